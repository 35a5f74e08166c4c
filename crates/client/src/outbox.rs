//! Drafts that are not acknowledged yet, and when each may be sent.

use std::time::Duration;

use protocol::{ClientMessage, MemberId, Message, MessageText, Nonce, Refusal, RoomId, Sequence};

/// Text not yet durable. This is what a browser keeps over a reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which room.
    pub room: RoomId,
    /// Who wrote it; nobody else's client sends it.
    pub author: MemberId,
    /// Its name, the same however often it is sent.
    pub nonce: Nonce,
    /// The room's head known when it was written: its nonce stands nowhere up to there.
    pub since: Sequence,
    /// What it says.
    pub text: MessageText,
}

/// How far a draft is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It is being put into the outbox; the composer still has the text.
    Saving,
    /// It waits for the connection or for those before it.
    Waiting,
    /// It was sent at this time, and not answered yet.
    Sending {
        /// When, on the clock that the driver passes.
        at: Duration,
    },
    /// It is durable at this place, and not yet in what is loaded of the room.
    Sent {
        /// Its place.
        sequence: Sequence,
    },
    /// The server did not take it. The member tries again or discards it.
    Refused(Refusal),
}

/// A draft and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The draft.
    pub draft: Draft,
    /// How far it is.
    pub state: DraftState,
}

/// All drafts of one member on one device, in the order in which they were composed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
    held: Vec<Hold>,
}

/// A room that takes nothing for now.
#[derive(Clone, Debug)]
struct Hold {
    room: RoomId,
    until: Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The server said when to try again.
    Time(Duration),
    /// The client is too far behind and reads on first.
    CaughtUp,
}

/// What a refused send asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterRefusal {
    /// Nothing, or waiting.
    Wait,
    /// Read the room from here on, looking for the nonce.
    CatchUp { after: Sequence },
}

impl Outbox {
    pub(crate) fn entries(&self, room: &RoomId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.draft.room == *room)
    }

    pub(crate) fn n_unsent(&self) -> usize {
        self.entries.iter().filter(|entry| !matches!(entry.state, DraftState::Sent { .. })).count()
    }

    pub(crate) fn add(&mut self, draft: Draft, state: DraftState) {
        if self.find(&draft.nonce).is_none() {
            self.entries.push(Entry { draft, state });
        }
    }

    /// The outbox's keeper has it, or could not take it; either way it is ours to send.
    pub(crate) fn saved(&mut self, nonce: &Nonce) {
        if let Some(entry) = self.find(nonce)
            && entry.state == DraftState::Saving
        {
            entry.state = DraftState::Waiting;
        }
    }

    /// What may be sent now: in each room the first draft that waits, if none is on its way.
    pub(crate) fn take_sendable(&mut self, now: Duration) -> Vec<ClientMessage> {
        self.held.retain(|hold| !matches!(hold.until, Until::Time(at) if at <= now));
        let mut rooms: Vec<RoomId> = self.held.iter().map(|hold| hold.room.clone()).collect();
        let mut sends = Vec::new();
        for entry in &mut self.entries {
            let room = &entry.draft.room;
            if rooms.contains(room) {
                continue;
            }
            match entry.state {
                DraftState::Refused(_) | DraftState::Sent { .. } => continue,
                DraftState::Saving | DraftState::Sending { .. } => {}
                DraftState::Waiting => {
                    sends.push(ClientMessage::Send {
                        room: room.clone(),
                        nonce: entry.draft.nonce.clone(),
                        since: entry.draft.since,
                        text: entry.draft.text.clone(),
                    });
                    entry.state = DraftState::Sending { at: now };
                }
            }
            rooms.push(room.clone());
        }
        sends
    }

    /// When a held room opens again by itself.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let times = self.held.iter().filter_map(|hold| match hold.until {
            Until::Time(at) => Some(at),
            Until::CaughtUp => None,
        });
        times.min()
    }

    /// The connection is gone: what was on its way may or may not have arrived, and is sent again.
    pub(crate) fn disconnected(&mut self) {
        for entry in &mut self.entries {
            if matches!(entry.state, DraftState::Sending { .. }) {
                entry.state = DraftState::Waiting;
            }
        }
        self.held.clear();
    }

    /// The server has it. It stays until the room shows it.
    pub(crate) fn acknowledged(&mut self, nonce: &Nonce, sequence: Sequence) {
        if let Some(entry) = self.find(nonce) {
            entry.state = DraftState::Sent { sequence };
        }
    }

    /// The server did not take it.
    pub(crate) fn refused(&mut self, nonce: &Nonce, refusal: Refusal, now: Duration) -> AfterRefusal {
        let Some(entry) = self.find(nonce) else { return AfterRefusal::Wait };
        if !matches!(entry.state, DraftState::Sending { .. }) {
            return AfterRefusal::Wait; // An answer to an earlier try.
        }
        let until = match refusal {
            Refusal::TooFast { retry_ms, .. } | Refusal::Busy { retry_ms } => {
                Until::Time(now + Duration::from_millis(retry_ms))
            }
            Refusal::Unavailable => Until::Time(now + UNAVAILABLE_WAIT),
            Refusal::Stale { .. } => Until::CaughtUp,
            _ => {
                entry.state = DraftState::Refused(refusal);
                return AfterRefusal::Wait;
            }
        };
        entry.state = DraftState::Waiting;
        let (room, after) = (entry.draft.room.clone(), entry.draft.since);
        self.held.retain(|hold| hold.room != room);
        self.held.push(Hold { room, until });
        match until {
            Until::Time(_) => AfterRefusal::Wait,
            Until::CaughtUp => AfterRefusal::CatchUp { after },
        }
    }

    /// Messages of a room came: drafts found in them are done, and those that were looked for without a hole are known
    /// to stand later, if anywhere. Returns the drafts that are done.
    pub(crate) fn looked_through(&mut self, room: &RoomId, messages: &[Message]) -> Vec<Nonce> {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Vec::new() };
        let mut done = Vec::new();
        self.entries.retain_mut(|Entry { draft, .. }| {
            if draft.room != *room {
                return true;
            }
            let found =
                messages.iter().any(|message| message.author == draft.author && message.nonce == draft.nonce);
            if found {
                done.push(draft.nonce.clone());
                return false;
            }
            if first.sequence <= draft.since.next() {
                draft.since = draft.since.max(last.sequence);
            }
            true
        });
        done
    }

    /// Sent drafts of a room are let go up to `end`, the last message loaded, or all of them where the end is not.
    pub(crate) fn settle(&mut self, room: &RoomId, end: Option<Sequence>) {
        self.entries.retain(|entry| match entry.state {
            DraftState::Sent { sequence } if entry.draft.room == *room => {
                end.is_some_and(|end| sequence > end)
            }
            _ => true,
        });
    }

    /// Where reading on must continue for a room that is held until then; none once it is caught up to `head`.
    pub(crate) fn catch_up_after(&mut self, room: &RoomId, head: Sequence) -> Option<Sequence> {
        self.held.iter().find(|hold| hold.room == *room && hold.until == Until::CaughtUp)?;
        let first = self.entries(room).find(|entry| entry.state == DraftState::Waiting);
        match first.map(|entry| entry.draft.since) {
            Some(since) if since < head => Some(since),
            _ => {
                self.held.retain(|hold| hold.room != *room);
                None
            }
        }
    }

    /// A refused draft goes out once more, as it is.
    pub(crate) fn retry(&mut self, nonce: &Nonce) {
        if let Some(entry) = self.find(nonce)
            && matches!(entry.state, DraftState::Refused(_))
        {
            entry.state = DraftState::Waiting;
        }
    }

    /// A refused draft is given up. One that may be in the log cannot be.
    pub(crate) fn discard(&mut self, nonce: &Nonce) -> bool {
        let before = self.entries.len();
        self.entries
            .retain(|entry| entry.draft.nonce != *nonce || !matches!(entry.state, DraftState::Refused(_)));
        self.entries.len() < before
    }

    fn find(&mut self, nonce: &Nonce) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.draft.nonce == *nonce)
    }
}

/// How long to wait when the store does not answer.
const UNAVAILABLE_WAIT: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use protocol::Action;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn one_send_a_room_is_on_its_way() {
        let mut outbox = holding(&[("general", "a"), ("general", "b"), ("help", "c")]);

        assert_eq!(sent(&mut outbox), ["a", "c"]);
        assert_eq!(sent(&mut outbox), [] as [&str; 0]);
        outbox.acknowledged(&nonce("a"), Sequence(1));
        assert_eq!(sent(&mut outbox), ["b"]);
    }

    #[test]
    fn what_was_on_its_way_goes_out_again_after_a_cut() {
        let mut outbox = holding(&[("general", "a"), ("general", "b")]);
        sent(&mut outbox);

        outbox.disconnected();

        assert_eq!(sent(&mut outbox), ["a"]);
    }

    #[test]
    fn too_fast_waits_and_keeps_the_order() {
        let mut outbox = holding(&[("general", "a"), ("general", "b")]);
        sent(&mut outbox);

        let too_fast = Refusal::TooFast { action: Action::Send, retry_ms: 500 };
        outbox.refused(&nonce("a"), too_fast, NOW);

        assert_eq!(sent(&mut outbox), [] as [&str; 0]);
        assert_eq!(outbox.next_wake(), Some(Duration::from_millis(500)));
        assert_eq!(sent_at(&mut outbox, Duration::from_millis(500)), ["a"]);
    }

    #[test]
    fn a_refused_draft_stays_and_lets_others_pass() {
        let mut outbox = holding(&[("general", "a"), ("general", "b")]);
        sent(&mut outbox);

        outbox.refused(&nonce("a"), Refusal::NotInRoom { room: room("general") }, NOW);

        assert_eq!(sent(&mut outbox), ["b"]);
        assert!(!outbox.discard(&nonce("b")));
        assert!(outbox.discard(&nonce("a")));
    }

    #[test]
    fn since_moves_only_over_messages_without_a_hole() {
        let mut outbox = holding(&[("general", "a")]);

        outbox.looked_through(&room("general"), &messages(5..=9));
        assert_eq!(since(&outbox), Sequence(0));
        outbox.looked_through(&room("general"), &messages(1..=4));
        assert_eq!(since(&outbox), Sequence(4));
    }

    #[test]
    fn a_draft_found_in_the_log_is_done() {
        let mut outbox = holding(&[("general", "n3"), ("help", "n3")]);

        let done = outbox.looked_through(&room("general"), &messages(1..=4));

        assert_eq!(done, [nonce("n3")]);
        assert_eq!(outbox.n_unsent(), 1);
    }

    #[test]
    fn who_is_too_far_behind_reads_on_first() {
        let mut outbox = holding(&[("general", "a")]);
        sent(&mut outbox);

        let act = outbox.refused(&nonce("a"), Refusal::Stale { limit: 10_000 }, NOW);

        assert_eq!(act, AfterRefusal::CatchUp { after: Sequence(0) });
        assert_eq!(sent(&mut outbox), [] as [&str; 0]);
        outbox.looked_through(&room("general"), &messages(1..=8));
        assert_eq!(outbox.catch_up_after(&room("general"), Sequence(9)), Some(Sequence(8)));
        outbox.looked_through(&room("general"), &messages(9..=9));
        assert_eq!(outbox.catch_up_after(&room("general"), Sequence(9)), None);
        assert_eq!(sent(&mut outbox), ["a"]);
    }

    fn holding(drafts: &[(&str, &str)]) -> Outbox {
        let mut outbox = Outbox::default();
        for (in_room, name) in drafts {
            let draft = Draft {
                room: room(in_room),
                author: MemberId::parse("ada").unwrap(),
                nonce: nonce(name),
                since: Sequence::ZERO,
                text: MessageText::parse("hi").unwrap(),
            };
            // Nonces are one member's, so that two rooms never share one; here they may.
            outbox.entries.push(Entry { draft, state: DraftState::Waiting });
        }
        outbox
    }

    fn messages(range: std::ops::RangeInclusive<u64>) -> Vec<Message> {
        range
            .map(|sequence| Message {
                sequence: Sequence(sequence),
                author: MemberId::parse("ada").unwrap(),
                nonce: nonce(&format!("n{sequence}")),
                at: protocol::Timestamp(sequence),
                text: Some(MessageText::parse("hi").unwrap()),
                revision: Sequence::ZERO,
            })
            .collect()
    }

    fn sent(outbox: &mut Outbox) -> Vec<String> {
        sent_at(outbox, NOW)
    }

    fn sent_at(outbox: &mut Outbox, now: Duration) -> Vec<String> {
        let sends = outbox.take_sendable(now).into_iter();
        sends
            .map(|send| match send {
                ClientMessage::Send { nonce, .. } => nonce.to_string(),
                other => panic!("not a send: {other:?}"),
            })
            .collect()
    }

    fn since(outbox: &Outbox) -> Sequence {
        outbox.entries[0].draft.since
    }

    fn room(id: &str) -> RoomId {
        RoomId::parse(id).unwrap()
    }

    fn nonce(text: &str) -> Nonce {
        Nonce::parse(text).unwrap()
    }
}
