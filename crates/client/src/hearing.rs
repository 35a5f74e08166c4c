//! What the server says.

use std::time::Duration;

use protocol::{
    Anchor, ClientMessage, Ending, Heads, MemberId, Message, Page, Person, RoomId, RoomState, Sequence,
    ServerMessage, limits,
};

use crate::{
    client::{Client, Effect, Outcome},
    requests::Asked,
    rooms::Room,
    shown::Shown,
    timeline::Took,
};

impl Client {
    /// A frame came.
    pub fn received(&mut self, message: ServerMessage, now: Duration) {
        self.link.heard(now);
        match message {
            ServerMessage::Welcome { me, rooms, now: _, build } => self.welcomed(me, rooms, &build, now),
            ServerMessage::Opened { request, state, page, after, changed, here, typing } => {
                self.requests.answered(request);
                let is_closed = self.requests.was_closed(request);
                self.directory.learn(here.here.iter().chain(&here.away).chain(&typing));
                self.rooms.put(state);
                let room = page.room.clone();
                let is_current = self.current.as_ref() == Some(&room);
                let shown = self.views.entry(room.clone()).or_default();
                shown.company.opened(here, typing, now);
                shown.open = is_current && (!is_closed || shown.open);
                if !is_current {
                    // Another room is shown by now, or the question came twice.
                    self.send(ClientMessage::Close { room });
                } else if is_closed && !self.requests.has(&Asked::Open(room)) {
                    // It was closed after that, and is shown again.
                    self.open_current();
                }
                self.opened(page, (after, changed), now);
            }
            ServerMessage::Page { request, page } => {
                if let Some(asked) = self.requests.answered(request) {
                    self.page(asked, page, now);
                }
            }
            ServerMessage::Messages { page } => self.messages(page, now),
            ServerMessage::Changed { room, after, changed, lost, upto } => {
                if let Some(shown) = self.views.get_mut(&room).filter(|shown| shown.loaded) {
                    shown.company.lose(&lost, shown.timeline.last());
                    let follows = shown.timeline.change(after, &changed, upto);
                    self.open_again(&room, if follows { Sequence::ZERO } else { upto });
                }
            }
            ServerMessage::Revised { request, room, sequence } => {
                self.requests.answered(request);
                self.tell(Outcome::Revised(room, sequence));
            }
            ServerMessage::Sent { room, nonce, sequence, at: _ } => {
                self.outbox.acknowledged(&nonce, sequence);
                self.effects.push(Effect::Forget(nonce));
                self.rooms.moved(&room, sequence);
                self.read(&room, sequence, now);
                self.settle_drafts(&room);
                self.send_drafts(now);
            }
            ServerMessage::NotSent { room, nonce, refusal } => self.refuse_draft(&room, &nonce, refusal, now),
            ServerMessage::Refused { request, refusal } => self.refused(request, refusal, now),
            ServerMessage::Heads { heads, all } => {
                if all {
                    self.find_left(&heads);
                }
                self.heads(heads);
            }
            ServerMessage::Presence { room, came, went, n_here } => {
                self.directory.learn(&came);
                if let Some(shown) = self.views.get_mut(&room) {
                    let after = shown.timeline.last();
                    shown.company.changed(came, &went, n_here, after, now);
                }
            }
            ServerMessage::Typing { room, person } => {
                self.directory.learn([&person]);
                if let Some(shown) = self.views.get_mut(&room) {
                    shown.company.typed(person, now);
                }
            }
            ServerMessage::Joined { request, state } => {
                let room = state.info.id.clone();
                self.rooms.put(state);
                if request.and_then(|request| self.requests.answered(request)).is_some() {
                    self.tell(Outcome::Joined(room.clone()));
                }
                if self.current.as_ref() == Some(&room) {
                    self.open_current();
                }
            }
            ServerMessage::Left { request, room, why } => {
                if let Some(request) = request {
                    self.requests.answered(request);
                }
                self.lose(&room, why);
            }
            ServerMessage::RoomChanged { info } => self.rooms.describe(info),
            ServerMessage::RoleChanged { room, admin } => self.rooms.set_admin(&room, admin),
            ServerMessage::Read { room, upto } => {
                self.rooms.read(&room, upto);
            }
            ServerMessage::Rooms { .. } => {} // Never asked for: the page has them from elsewhere.
            ServerMessage::Resync => {
                self.lose_answers();
                self.requests.line_up();
                self.outbox.disconnected();
                self.open_current();
                self.ask_again(now);
                self.send_drafts(now);
            }
        }
        self.ask_next(now);
    }

    /// A connection begins: what is shown is opened, and what was not answered is asked again.
    fn welcomed(&mut self, me: Person, rooms: Vec<RoomState>, build: &str, now: Duration) {
        self.link.welcomed(now);
        self.newer_build = *build != self.build;
        self.directory.learn([&me]);
        self.me = Some(me);
        let is_gone = |room: &&Room| rooms.iter().all(|state| state.info.id != room.info.id);
        for room in self.rooms.all().iter().filter(is_gone).cloned().collect::<Vec<_>>() {
            self.lose(&room.info.id, Ending::Left);
        }
        self.unread_told.extend(self.rooms.replace(rooms));
        self.open_current();
        self.ask_again(now);
        self.reads_told_at = None;
        self.tell_reads(now);
        self.send_drafts(now);
    }

    /// How far rooms are.
    fn heads(&mut self, heads: Vec<(RoomId, Heads)>) {
        for (room, heads) in heads {
            self.find_room(&room);
            self.rooms.moved(&room, heads.messages);
            self.fill(&room, heads.messages);
            self.open_again(&room, heads.changes);
        }
    }

    /// The server says that the member is in this room. Where that is new its news was dropped.
    fn find_room(&mut self, room: &RoomId) {
        if self.rooms.get(room).is_none() {
            self.look_up(room);
        }
    }

    /// The server says that the member is in these rooms alone. Where that is new its news was dropped.
    fn find_left(&mut self, heads: &[(RoomId, Heads)]) {
        let rooms = self.rooms.all().iter().map(|room| &room.info.id);
        let left = rooms.filter(|id| heads.iter().all(|(room, _)| room != *id));
        for room in left.cloned().collect::<Vec<_>>() {
            self.look_up(&room);
        }
    }

    /// Asks whether the member is in a room: opening it tells what it is, and is refused where they are in it no longer.
    pub(crate) fn look_up(&mut self, room: &RoomId) {
        let asked = Asked::Open(room.clone());
        if !self.link.is_live() || self.requests.has(&asked) {
            return;
        }
        if self.current.as_ref() == Some(room) && self.rooms.get(room).is_some() {
            return self.open_current();
        }
        let room = room.clone();
        self.ask(asked, |request| ClientMessage::Open { request, room, have: None });
    }

    /// One is in a room no longer. A public one may still be read; of one that is not there for us nothing stays.
    pub(crate) fn lose(&mut self, room: &RoomId, why: Ending) {
        let is_private = self.rooms.get(room).is_some_and(|room| room.info.private);
        self.rooms.remove(room);
        self.unread_told.remove(room);
        if let Some(shown) = self.views.get_mut(room) {
            shown.open = false;
            if let Some(me) = &self.me {
                shown.company.leave(&me.id);
            }
            if is_private || why == Ending::Deleted {
                *shown = Shown::default();
            }
        }
        self.tell(Outcome::Left(room.clone(), why));
    }

    /// The answer to an open: the room's end, or what was missed of it.
    fn opened(&mut self, page: Page, (after, changed): (Sequence, Vec<Message>), now: Duration) {
        let Page { room, messages, people, heads } = page;
        self.directory.learn(&people);
        self.finish_drafts(&room, &messages);
        let Some(shown) = self.views.get_mut(&room) else { return };
        if shown.loaded && shown.timeline.is_beyond(after) {
            // It was asked before what is loaded came, of a node that is behind that: told of it, it reads on.
            if self.current.as_ref() == Some(&room) && !self.requests.has(&Asked::Open(room)) {
                self.open_current();
            }
            return;
        }
        let is_known = std::mem::replace(&mut shown.loaded, true);
        // What was changed of the page itself is told by the page alone; some of it may be loaded already, as it was.
        let in_page = messages.iter().filter(|message| message.revision > after).cloned();
        let changed: Vec<Message> = changed.into_iter().chain(in_page).collect();
        match is_known && shown.timeline.change(after, &changed, heads.changes) {
            true => match shown.timeline.follow(&messages) {
                Took::Gap { .. } if shown.reading => shown.timeline.restart(messages, heads.messages),
                // More was missed than is sent unasked, and the member reads on above: it is loaded when it is shown.
                Took::Gap { .. } => shown.timeline.stay(),
                Took::New(_) | Took::Elsewhere => {}
            },
            // Nothing is loaded yet, or too much of it was changed to be told.
            false => shown.timeline.begin(messages, heads),
        }
        shown.timeline.moved(heads.messages);
        self.rooms.moved(&room, heads.messages);
        self.mark_new(&room);
        self.fill(&room, heads.messages);
        self.seek_target(&room);
        self.read_shown(&room, now);
        self.settle_drafts(&room);
        self.send_drafts(now);
    }

    /// New messages of the shown room.
    fn messages(&mut self, page: Page, now: Duration) {
        let Page { room, messages, people, heads } = page;
        self.directory.learn(&people);
        self.finish_drafts(&room, &messages);
        self.rooms.moved(&room, heads.messages);
        let Some(shown) = self.views.get_mut(&room).filter(|shown| shown.loaded) else { return };
        let last = shown.timeline.last();
        let took = shown.timeline.follow(&messages);
        for message in &messages {
            shown.company.spoke(&message.author);
        }
        if let Took::Gap { .. } = took {
            self.fill(&room, heads.messages);
        }
        if let Some(last_own) = messages.iter().rev().find(|message| self.is_mine(&message.author)) {
            self.read(&room, last_own.sequence, now);
        }
        if self.current.as_ref() == Some(&room) {
            for message in messages {
                if message.sequence > last && !self.is_mine(&message.author) {
                    self.tell(Outcome::Spoken(message));
                }
            }
        }
        self.mark_new(&room);
        self.read_shown(&room, now);
        self.settle_drafts(&room);
        self.send_drafts(now);
        self.open_again(&room, heads.changes);
    }

    /// The answer to a request for a page.
    fn page(&mut self, asked: Asked, page: Page, now: Duration) {
        let Page { room, messages, people, heads } = page;
        self.directory.learn(&people);
        self.finish_drafts(&room, &messages);
        self.rooms.moved(&room, heads.messages);
        if let Asked::CatchUp(room) = &asked {
            return self.catch_up_on(room, now);
        }
        let Some(shown) = self.views.get_mut(&room) else { return };
        if !std::mem::replace(&mut shown.loaded, true) {
            shown.timeline.begin(Vec::new(), heads);
        }
        if shown.timeline.is_beyond(heads.changes) {
            return self.requests.ask_again(now, asked);
        }
        match asked {
            Asked::Jump(_, target) => {
                shown.timeline.restart(messages, heads.messages);
                // What is not there then is not there at all.
                let is_there = shown.timeline.get(target).is_some();
                shown.target = shown.target.filter(|it| is_there || *it != target);
            }
            Asked::End(_) => shown.timeline.restart(messages, heads.messages),
            _ => {
                shown.timeline.join(&messages);
                shown.timeline.moved(heads.messages);
            }
        }
        if shown.timeline.is_following() {
            let head = shown.timeline.head();
            self.fill(&room, head);
        }
        self.read_shown(&room, now);
        self.settle_drafts(&room);
    }

    /// A room that is followed is at `head`: asks for what is missing, if anything is.
    fn fill(&mut self, room: &RoomId, head: Sequence) {
        let Some(shown) = self.views.get_mut(room).filter(|shown| shown.loaded && shown.open) else { return };
        shown.timeline.moved(head);
        if shown.timeline.is_following() && shown.timeline.has_newer() {
            let anchor = Anchor::After(shown.timeline.last());
            self.ask_page(Asked::Newer(room.clone()), room, anchor, limits::PAGE_MAX);
        }
    }

    /// A room that is followed has changes up to `head`: opens it once more where some of them were not told.
    fn open_again(&mut self, room: &RoomId, head: Sequence) {
        let is_behind = self
            .views
            .get(room)
            .is_some_and(|shown| shown.loaded && shown.open && shown.timeline.changes() < head);
        if is_behind && self.current.as_ref() == Some(room) && !self.requests.has(&Asked::Open(room.clone()))
        {
            self.open_current();
        }
    }

    /// Drafts that stand in these messages are done.
    fn finish_drafts(&mut self, room: &RoomId, messages: &[Message]) {
        for nonce in self.outbox.looked_through(room, messages) {
            self.effects.push(Effect::Forget(nonce));
        }
    }

    /// A sent draft stands under the messages until it is one of them; where the end is not loaded, it is let go.
    fn settle_drafts(&mut self, room: &RoomId) {
        let end = match self.views.get(room).filter(|shown| shown.loaded && shown.timeline.is_following()) {
            Some(shown) if self.current.as_ref() == Some(room) => Some(shown.timeline.last()),
            _ => None,
        };
        self.outbox.settle(room, end);
    }

    /// Puts the line *new* above the first message that the member did not see come.
    fn mark_new(&mut self, room: &RoomId) {
        let Some(unread_from) = self.rooms.get(room).filter(|it| it.unread() > 0).map(|it| it.read.next())
        else {
            return;
        };
        if let Some(shown) = self.views.get_mut(room)
            && !shown.reading
            && shown.new_line.is_none()
        {
            shown.new_line = Some(unread_from);
        }
    }

    fn is_mine(&self, author: &MemberId) -> bool {
        self.me.as_ref().is_some_and(|me| me.id == *author)
    }
}
