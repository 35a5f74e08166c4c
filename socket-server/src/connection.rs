//! What a connection decides: no socket, clock or store. What it decides is done in `perform`.

use std::{collections::BTreeSet, time::Duration};

use chat::ports::Draft;
use protocol::{Action, ClientMessage, Field, MemberId, Refusal, RequestId, RoomId, limits};

use crate::{
    effect::{Effect, pause},
    hub::Wanted,
    limiter::Allowance,
};

/// The state of one connection.
pub(crate) struct Connection {
    member: MemberId,
    open: BTreeSet<RoomId>,
    allowance: Allowance,
    typed_at: Option<Duration>,
}

impl Connection {
    pub(crate) fn new(member: MemberId, allowance: Allowance) -> Self {
        Self { member, open: BTreeSet::new(), allowance, typed_at: None }
    }

    /// Decides what a message asks for. `now` is the time since any fixed moment.
    pub(crate) fn handle(&mut self, message: ClientMessage, now: Duration) -> Effect {
        match message {
            // Shown or not: it may be the outbox's.
            ClientMessage::Send { room, nonce, since, text } => {
                if let Err(wait) = self.allowance.take(Action::Send, now) {
                    return Effect::RefuseDraft { room, nonce, refusal: too_fast(Action::Send, wait) };
                }
                self.typed_at = None; // What was typed is this: who goes on typing says so anew.
                Effect::Append { room, since, draft: Draft { author: self.member.clone(), nonce, text } }
            }
            ClientMessage::Edit { request, room, sequence, seen, nonce, text } => {
                let wanted = Wanted::Edit { seen, text };
                self.revise(request, now, Effect::Revise { request, room, sequence, nonce, wanted })
            }
            ClientMessage::Delete { request, room, sequence, nonce } => {
                let wanted = Wanted::Delete;
                self.revise(request, now, Effect::Revise { request, room, sequence, nonce, wanted })
            }
            ClientMessage::Typing { room } => self.typing(room, now),
            ClientMessage::Join { request, room } => match self.allowance.take(Action::Join, now) {
                Ok(()) => Effect::Join { request, room },
                Err(wait) => refuse(request, too_fast(Action::Join, wait)),
            },
            ClientMessage::Leave { request, room } => match self.allowance.take(Action::Join, now) {
                Ok(()) => Effect::Leave { request, room },
                Err(wait) => refuse(request, too_fast(Action::Join, wait)),
            },
            ClientMessage::CreateRoom { request, name, topic, private } => {
                match self.allowance.take(Action::CreateRoom, now) {
                    Ok(()) => Effect::CreateRoom { request, name, topic, private },
                    Err(wait) => refuse(request, too_fast(Action::CreateRoom, wait)),
                }
            }
            other => self.ask(other, now),
        }
    }

    /// What came is no message.
    pub(crate) fn unreadable(&mut self, refusal: Refusal, now: Duration) -> Effect {
        match self.allowance.take(Action::Request, now) {
            Ok(()) => Effect::Refuse { request: None, refusal },
            Err(wait) => Effect::Refuse { request: None, refusal: too_fast(Action::Request, wait) },
        }
    }

    /// A ping or a pong came: for how long nothing is read afterwards.
    pub(crate) fn control(&mut self, now: Duration) -> Option<Duration> {
        self.allowance.take(Action::Request, now).err().map(pause)
    }

    /// Forgets the open rooms that the member is in no longer.
    pub(crate) fn keep_open(&mut self, is_in: impl Fn(&RoomId) -> bool) {
        self.open.retain(is_in);
    }

    /// The room could not be opened after all.
    pub(crate) fn not_opened(&mut self, room: &RoomId) {
        self.open.remove(room);
    }

    fn ask(&mut self, message: ClientMessage, now: Duration) -> Effect {
        let request = request_of(&message);
        if let Err(wait) = self.allowance.take(Action::Request, now) {
            return Effect::Refuse { request, refusal: too_fast(Action::Request, wait) };
        }
        match message {
            ClientMessage::Open { request, room, have } => {
                if self.open.len() >= limits::ROOMS_OPEN && !self.open.contains(&room) {
                    let refusal = Refusal::TooMany { field: Field::OpenRooms, limit: limits::ROOMS_OPEN };
                    return refuse(request, refusal);
                }
                self.open.insert(room.clone());
                Effect::Open { request, room, have }
            }
            ClientMessage::Close { room } => match self.open.remove(&room) {
                true => Effect::Close { room },
                false => Effect::Ignore,
            },
            ClientMessage::Page { request, limit, .. } if !(1..=limits::PAGE_MAX).contains(&limit) => {
                refuse(request, Refusal::TooLong { field: Field::Limit, limit: limits::PAGE_MAX })
            }
            ClientMessage::Page { request, room, anchor, limit } => {
                Effect::Page { request, room, anchor, limit }
            }
            ClientMessage::Read { room, upto } => Effect::Read { room, upto },
            ClientMessage::Hidden => Effect::WriteCursors,
            ClientMessage::Browse { request, after } => Effect::Browse { request, after },
            ClientMessage::Heads => Effect::TellHeads,
            ClientMessage::Send { .. }
            | ClientMessage::Edit { .. }
            | ClientMessage::Delete { .. }
            | ClientMessage::Typing { .. }
            | ClientMessage::Join { .. }
            | ClientMessage::Leave { .. }
            | ClientMessage::CreateRoom { .. } => Effect::Ignore, // Decided by the caller, each by a rate of its own.
        }
    }

    /// What is revised counts as if it was sent: either way everybody gets it.
    fn revise(&mut self, request: RequestId, now: Duration, effect: Effect) -> Effect {
        match self.allowance.take(Action::Send, now) {
            Ok(()) => effect,
            Err(wait) => refuse(request, too_fast(Action::Send, wait)),
        }
    }

    /// A claim to be typing that comes too soon is passed over: the last one still holds.
    fn typing(&mut self, room: RoomId, now: Duration) -> Effect {
        if let Err(wait) = self.allowance.take(Action::Typing, now) {
            return Effect::Refuse { request: None, refusal: too_fast(Action::Typing, wait) };
        }
        if !self.open.contains(&room) {
            return Effect::Refuse { request: None, refusal: Refusal::RoomNotOpen { room } };
        }
        if self.typed_at.is_some_and(|at| now < at + limits::TYPING_HEARD_EVERY) {
            return Effect::Ignore;
        }
        self.typed_at = Some(now);
        Effect::ShowTyping { room }
    }
}

fn refuse(request: RequestId, refusal: Refusal) -> Effect {
    Effect::Refuse { request: Some(request), refusal }
}

fn too_fast(action: Action, wait: Duration) -> Refusal {
    let wait = wait.max(Duration::from_millis(1));
    Refusal::TooFast { action, retry_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
}

fn request_of(message: &ClientMessage) -> Option<RequestId> {
    match message {
        ClientMessage::Open { request, .. }
        | ClientMessage::Page { request, .. }
        | ClientMessage::Edit { request, .. }
        | ClientMessage::Delete { request, .. }
        | ClientMessage::Join { request, .. }
        | ClientMessage::Leave { request, .. }
        | ClientMessage::CreateRoom { request, .. }
        | ClientMessage::Browse { request, .. } => Some(*request),
        ClientMessage::Close { .. }
        | ClientMessage::Send { .. }
        | ClientMessage::Read { .. }
        | ClientMessage::Hidden
        | ClientMessage::Typing { .. }
        | ClientMessage::Heads => None,
    }
}

#[cfg(test)]
mod tests {
    use chat::rate::Rate;
    use protocol::{Anchor, MessageText, Nonce, Sequence};

    use super::*;
    use crate::effect::PAUSE;
    use crate::limiter::{Limiter, Rates};

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn who_sends_too_fast_is_told_when_to_send_again() {
        let mut connection = fresh();
        for n in 0..3 {
            assert!(matches!(connection.handle(send(n), NOW), Effect::Append { .. }));
        }

        let Effect::RefuseDraft { refusal, .. } = connection.handle(send(3), NOW) else {
            panic!("it was taken")
        };
        assert_eq!(refusal, Refusal::TooFast { action: Action::Send, retry_ms: 1000 });
        assert!(matches!(connection.handle(send(3), Duration::from_secs(1)), Effect::Append { .. }));
    }

    #[test]
    fn who_revises_too_fast_is_told_so_like_who_sends() {
        let mut connection = fresh();
        let delete = |n| ClientMessage::Delete {
            request: RequestId(n),
            room: room("general"),
            sequence: Sequence(1),
            nonce: Nonce::parse("d").unwrap(),
        };
        for n in 0..3 {
            assert!(matches!(connection.handle(delete(n), NOW), Effect::Revise { .. }));
        }

        let refused = connection.handle(delete(3), NOW);

        let refusal = Refusal::TooFast { action: Action::Send, retry_ms: 1000 };
        assert_eq!(refused, Effect::Refuse { request: Some(RequestId(3)), refusal });
    }

    #[test]
    fn typing_is_told_once_in_a_while_and_only_of_an_open_room() {
        let mut connection = fresh();
        let typing = || ClientMessage::Typing { room: room("general") };
        assert!(matches!(connection.handle(typing(), NOW), Effect::Refuse { .. }));

        connection.handle(open("general"), NOW);

        assert_eq!(connection.handle(typing(), NOW), Effect::ShowTyping { room: room("general") });
        assert_eq!(connection.handle(typing(), Duration::from_secs(1)), Effect::Ignore);
        assert_eq!(
            connection.handle(typing(), limits::TYPING_HEARD_EVERY),
            Effect::ShowTyping { room: room("general") }
        );
    }

    #[test]
    fn who_types_after_a_message_is_heard_at_once() {
        let mut connection = fresh();
        connection.handle(open("general"), NOW);
        connection.handle(ClientMessage::Typing { room: room("general") }, NOW);

        connection.handle(send(1), NOW);

        let effect = connection.handle(ClientMessage::Typing { room: room("general") }, NOW);
        assert_eq!(effect, Effect::ShowTyping { room: room("general") });
    }

    #[test]
    fn only_so_many_rooms_are_open_at_once() {
        let mut connection = fresh();
        for n in 0..limits::ROOMS_OPEN {
            assert!(matches!(connection.handle(open(&format!("r{n}")), NOW), Effect::Open { .. }));
        }

        assert!(matches!(
            connection.handle(open("more"), NOW),
            Effect::Refuse { refusal: Refusal::TooMany { field: Field::OpenRooms, .. }, .. }
        ));
        connection.handle(ClientMessage::Close { room: room("r0") }, NOW);
        assert!(matches!(connection.handle(open("more"), NOW), Effect::Open { .. }));
    }

    #[test]
    fn whatever_comes_too_fast_makes_its_sender_wait() {
        let mut connection = fresh();
        connection.handle(open("general"), NOW);
        for n in 0..3 {
            assert_eq!(connection.handle(send(n), NOW).pause(), None);
        }
        assert_eq!(connection.handle(send(4), NOW).pause(), Some(*PAUSE.end()));

        for _ in 1..100 {
            assert_eq!(connection.unreadable(Refusal::SinceAhead, NOW).pause(), None);
        }

        let typing = ClientMessage::Typing { room: room("general") };
        assert!(connection.handle(typing, NOW).pause().is_some());
        assert!(connection.handle(ClientMessage::Heads, NOW).pause().is_some());
        assert!(connection.unreadable(Refusal::SinceAhead, NOW).pause().is_some());
        assert!(connection.control(NOW).is_some());
        assert_eq!(connection.control(Duration::from_secs(1)), None);
    }

    #[test]
    fn a_room_that_was_left_is_not_open() {
        let mut connection = fresh();
        connection.handle(open("general"), NOW);

        connection.keep_open(|_| false);

        let typing = ClientMessage::Typing { room: room("general") };
        assert!(matches!(connection.handle(typing, NOW), Effect::Refuse { .. }));
    }

    #[test]
    fn a_page_has_a_size() {
        let mut connection = fresh();
        for limit in [0, limits::PAGE_MAX + 1] {
            let page = ClientMessage::Page {
                request: RequestId(1),
                room: room("general"),
                anchor: Anchor::End,
                limit,
            };
            assert!(matches!(
                connection.handle(page, NOW),
                Effect::Refuse { refusal: Refusal::TooLong { field: Field::Limit, .. }, .. }
            ));
        }
    }

    fn fresh() -> Connection {
        let rate = Rate { burst: 3, per_second: 1.0 };
        let many = Rate { burst: 100, per_second: 1.0 };
        let rates = Rates {
            sends: rate,
            joins: rate,
            rooms: rate,
            requests: many,
            per_member: 1,
            per_address: 1,
            connects: rate,
        };
        let ada = MemberId::parse("ada").unwrap();
        let allowance = Allowance::new(Limiter::new(rates), ada.clone(), [192, 0, 2, 1].into(), NOW);
        Connection::new(ada, allowance)
    }

    fn send(n: usize) -> ClientMessage {
        ClientMessage::Send {
            room: room("general"),
            nonce: Nonce::parse(&format!("n{n}")).unwrap(),
            since: Sequence::ZERO,
            text: MessageText::parse("hi").unwrap(),
        }
    }

    fn open(id: &str) -> ClientMessage {
        ClientMessage::Open { request: RequestId(1), room: room(id), have: None }
    }

    fn room(id: &str) -> RoomId {
        RoomId::parse(id).unwrap()
    }
}
