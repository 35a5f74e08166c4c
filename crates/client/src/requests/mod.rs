//! Requests that wait for their answers, and those that are to be made once more.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use protocol::{Anchor, ClientMessage, Ending, Refusal, RequestId, RoomId, Sequence, limits};

use crate::{
    client::{Client, Outcome},
    link::Status,
};

/// How long to wait when the store does not answer.
const UNAVAILABLE_WAIT: Duration = Duration::from_secs(2);

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To show a room.
    Open(RoomId),
    /// For a room's last messages.
    End(RoomId),
    /// For messages around one.
    Jump(RoomId, Sequence),
    /// For messages before the loaded ones.
    Older(RoomId),
    /// For messages after the loaded ones.
    Newer(RoomId),
    /// For messages to look for a nonce in.
    CatchUp(RoomId),
    /// To join a room.
    Join(RoomId),
    /// To leave a room.
    Leave(RoomId),
    /// To make a room.
    CreateRoom,
    /// To give a message another text.
    Edit(RoomId, Sequence),
    /// To take a message's text away.
    Delete(RoomId, Sequence),
}

impl Asked {
    /// Whether the member did it, and would do it again. All else the client asks for by itself.
    fn is_act(&self) -> bool {
        matches!(self, Self::Join(_) | Self::Leave(_) | Self::CreateRoom | Self::Edit(..) | Self::Delete(..))
    }

    /// Whether it is for messages that the member wants to see, whatever becomes of the connection.
    fn is_wish(&self) -> bool {
        matches!(self, Self::End(_) | Self::Jump(..))
    }
}

/// Requests on their way, and those that wait for their time.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    asked: BTreeMap<RequestId, Asked>,
    /// Opens that are not answered yet, of rooms that were closed since.
    closed: BTreeSet<RequestId>,
    again: Vec<(Duration, Asked)>,
    /// To be asked one by one: the answers together are more than the connection takes.
    in_line: VecDeque<Asked>,
    last: u32,
}

impl Requests {
    fn begin(&mut self, asked: Asked) -> RequestId {
        self.last = self.last.wrapping_add(1);
        self.asked.insert(RequestId(self.last), asked);
        RequestId(self.last)
    }

    /// It is answered; none for what is wanted no longer.
    pub(crate) fn answered(&mut self, request: RequestId) -> Option<Asked> {
        self.asked.remove(&request)
    }

    /// Whether the same was asked and not answered, or is to be asked.
    pub(crate) fn has(&self, asked: &Asked) -> bool {
        let again = self.again.iter().map(|(_, it)| it);
        self.asked.values().chain(again).chain(&self.in_line).any(|it| it == asked)
    }

    /// Wants some of it no longer.
    pub(crate) fn give_up(&mut self, unwanted: impl Fn(&Asked) -> bool) {
        self.asked.retain(|_, it| !unwanted(it));
        self.again.retain(|(_, it)| !unwanted(it));
        self.in_line.retain(|it| !unwanted(it));
    }

    /// A room is closed; whether one has asked for it to be opened, and has no answer.
    pub(crate) fn close(&mut self, room: &RoomId) -> bool {
        let open = Asked::Open(room.clone());
        let asked = self.asked.iter().filter(|(_, asked)| **asked == open);
        let n = self.closed.len();
        self.closed.extend(asked.map(|(request, _)| *request));
        self.give_up(|asked| *asked == open);
        self.closed.len() > n
    }

    /// Whether an open is answered whose room was closed since.
    pub(crate) fn was_closed(&mut self, request: RequestId) -> bool {
        self.closed.remove(&request)
    }

    /// There is another connection: what was asked on the one before has no answer.
    pub(crate) fn disconnected(&mut self) {
        self.closed.clear();
    }

    pub(crate) fn ask_again(&mut self, at: Duration, asked: Asked) {
        if !self.has(&asked) {
            self.again.push((at, asked));
        }
    }

    /// The answers will not come. Returns the member's acts, of which nobody knows now whether they were done.
    fn lose(&mut self) -> Vec<Asked> {
        let again = std::mem::take(&mut self.again).into_iter().map(|(_, asked)| asked);
        let later = again.chain(std::mem::take(&mut self.in_line));
        let all: Vec<Asked> = std::mem::take(&mut self.asked).into_values().chain(later).collect();
        let (acts, others): (Vec<Asked>, Vec<Asked>) = all.into_iter().partition(Asked::is_act);
        for wish in others.into_iter().filter(Asked::is_wish) {
            self.ask_again(Duration::ZERO, wish);
        }
        acts
    }

    /// The connection has lost some of its answers: what is to be asked again is asked one by one.
    pub(crate) fn line_up(&mut self) {
        self.in_line.extend(std::mem::take(&mut self.again).into_iter().map(|(_, asked)| asked));
    }

    /// What is next in line, once nothing else is on its way that has a page for its answer.
    fn take_next(&mut self) -> Option<Asked> {
        let is_page = |asked: &Asked| matches!(asked, Asked::Open(_)) || asked.is_wish();
        match self.asked.values().any(is_page) {
            true => None,
            false => self.in_line.pop_front(),
        }
    }

    fn take_due(&mut self, now: Duration) -> Vec<Asked> {
        let (due, later) = std::mem::take(&mut self.again).into_iter().partition(|(at, _)| *at <= now);
        self.again = later;
        let due: Vec<(Duration, Asked)> = due;
        due.into_iter().map(|(_, asked)| asked).collect()
    }

    /// When something is to be asked again.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        self.again.iter().map(|(at, _)| *at).min()
    }
}

/// How long to wait before asking the same again can help; none where it cannot.
pub(crate) fn wait_after(refusal: &Refusal) -> Option<Duration> {
    match refusal {
        Refusal::TooFast { retry_ms, .. } | Refusal::Busy { retry_ms } => {
            Some(Duration::from_millis(*retry_ms))
        }
        Refusal::Unavailable => Some(UNAVAILABLE_WAIT),
        _ => None,
    }
}

impl Client {
    pub(crate) fn ask(&mut self, asked: Asked, message: impl FnOnce(RequestId) -> ClientMessage) {
        let request = self.requests.begin(asked);
        self.send(message(request));
    }

    /// Asks for a page, unless one for the same purpose is on its way. Without a connection, once there is one.
    pub(crate) fn ask_page(&mut self, asked: Asked, room: &RoomId, anchor: Anchor, limit: usize) {
        if self.requests.has(&asked) {
            return;
        }
        if self.me.is_some() && !self.link.is_live() {
            self.requests.ask_again(Duration::ZERO, asked);
            return;
        }
        let room = room.clone();
        self.ask(asked, |request| ClientMessage::Page { request, room, anchor, limit });
    }

    pub(crate) fn catch_up(&mut self, room: &RoomId, after: Sequence) {
        self.ask_page(Asked::CatchUp(room.clone()), room, Anchor::After(after), limits::PAGE_MAX);
    }

    /// A request was refused. What the client wants for itself it asks for again, where that can help.
    pub(crate) fn refused(&mut self, request: Option<RequestId>, refusal: Refusal, now: Duration) {
        let Some(request) = request else { return };
        self.requests.was_closed(request);
        let Some(asked) = self.requests.answered(request) else { return };
        let wait = wait_after(&refusal).filter(|_| self.me.is_some() && !asked.is_act());
        match (wait, &asked) {
            (Some(wait), _) => self.requests.ask_again(now + wait, asked.clone()),
            (None, Asked::CatchUp(room)) => {
                self.outbox.release(room); // The draft is then refused for the same reason.
                self.send_drafts(now);
            }
            (None, _) => {}
        }
        if let Asked::Open(room) = &asked
            && self.is_news_of_an_end(room, &refusal)
        {
            self.lose(room, Ending::Left);
        }
        let is_quiet = match &asked {
            Asked::CatchUp(_) => true,
            // Where nothing is to be seen yet, the member wants to know why.
            Asked::Open(room) | Asked::End(room) => wait.is_some() && self.timeline(room).is_some(),
            _ => wait.is_some(),
        };
        if !is_quiet {
            self.tell(Outcome::Refused { asked, refusal });
        }
    }

    /// Whether a refusal is the first that one hears of being in a room no longer: of what a slow connection is told some
    /// is dropped.
    pub(crate) fn is_news_of_an_end(&self, room: &RoomId, refusal: &Refusal) -> bool {
        let is_outside = matches!(refusal, Refusal::NotInRoom { .. } | Refusal::NoSuchRoom { .. });
        is_outside && self.rooms.get(room).is_some()
    }

    /// What was asked will not be answered.
    pub(crate) fn lose_answers(&mut self) {
        for asked in self.requests.lose() {
            self.tell(Outcome::Refused { asked, refusal: self.why_not() });
        }
    }

    /// Why nothing that the member does is done just now.
    pub(crate) fn why_not(&self) -> Refusal {
        match self.link.status() {
            Status::SessionEnded => Refusal::NotSignedIn,
            _ => Refusal::Unavailable,
        }
    }

    /// Asks for what is due to be asked for again, if it is still wanted.
    pub(crate) fn ask_again(&mut self, now: Duration) {
        if !self.link.is_live() {
            return;
        }
        for asked in self.requests.take_due(now) {
            self.ask_once_more(&asked, now);
        }
        self.ask_next(now);
    }

    /// Asks for what is next in line, if it is its turn.
    pub(crate) fn ask_next(&mut self, now: Duration) {
        if self.link.is_live()
            && let Some(asked) = self.requests.take_next()
        {
            self.ask_once_more(&asked, now);
        }
    }

    fn ask_once_more(&mut self, asked: &Asked, now: Duration) {
        match asked {
            Asked::Open(room) => self.look_up(room),
            Asked::End(room) => self.ask_page(asked.clone(), room, Anchor::End, limits::PAGE_DEFAULT),
            Asked::Jump(room, sequence) => {
                self.ask_page(asked.clone(), room, Anchor::Around(*sequence), limits::PAGE_MAX);
            }
            Asked::Older(room) => self.need_older(room),
            Asked::Newer(room) => self.need_newer(room),
            Asked::CatchUp(room) => self.catch_up_on(room, now),
            Asked::Join(_) | Asked::Leave(_) | Asked::CreateRoom | Asked::Edit(..) | Asked::Delete(..) => {}
        }
    }
}

#[cfg(test)]
mod tests;
