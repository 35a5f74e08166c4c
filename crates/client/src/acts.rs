//! What the member does.

use std::time::Duration;

use protocol::{
    Anchor, ClientMessage, Message, MessageText, Nonce, RequestId, RoomId, RoomName, Sequence, Topic, limits,
};

use crate::{
    client::{Client, Effect, Outcome},
    draft::Draft,
    requests::Asked,
};

/// Rooms whose messages are kept after they were left, so that coming back is immediate.
const KEPT_MAX: usize = limits::ROOMS_OPEN;

impl Client {
    /// Shows a room in place of the one shown before.
    pub fn show(&mut self, room: &RoomId, now: Duration) {
        if self.current.as_ref() == Some(room) {
            return;
        }
        self.hide();
        self.current = Some(room.clone());
        let unread_from = self.rooms.get(room).filter(|it| it.unread() > 0).map(|it| it.read.next());
        let shown = self.views.entry(room.clone()).or_default();
        shown.new_line = unread_from;
        self.open_current();
        self.tell_reads(now);
        self.let_go();
    }

    /// Shows no room: the page is elsewhere.
    pub fn hide(&mut self) {
        let Some(room) = self.current.take() else { return };
        let is_asked = self.requests.close(&room);
        let Some(shown) = self.views.get_mut(&room) else { return };
        (shown.new_line, shown.target, shown.reading) = (None, None, false);
        // What was asked for and not answered is open too, for the server.
        if (std::mem::take(&mut shown.open) || is_asked) && self.link.is_live() {
            self.send(ClientMessage::Close { room });
        }
    }

    /// Whether the member sees the end of the shown room: what is there counts as read.
    pub fn viewing(&mut self, room: &RoomId, reading: bool, now: Duration) {
        let Some(shown) = self.views.get_mut(room) else { return };
        shown.reading = reading;
        self.read_shown(room, now);
    }

    /// Brings a message into view, loading it if need be.
    pub fn jump_to(&mut self, room: &RoomId, sequence: Sequence) {
        let Some(shown) = self.views.get_mut(room) else { return };
        shown.target = Some(sequence);
        self.requests.give_up(|asked| is_jump(asked, room) || *asked == Asked::End(room.clone()));
        self.seek_target(room);
    }

    /// Brings the first message that the member has not read into view, if there is one. Loaded if need be, at the
    /// latest when the server has told the room's end.
    pub fn jump_to_unread(&mut self, room: &RoomId) {
        let Some(shown) = self.views.get_mut(room) else { return };
        shown.target = shown.new_line;
        if shown.loaded {
            self.seek_target(room);
        }
    }

    /// Asks for the messages around the target, unless it is loaded.
    pub(crate) fn seek_target(&mut self, room: &RoomId) {
        let Some(shown) = self.views.get(room) else { return };
        let Some(target) = shown.target else { return };
        if shown.timeline.get(target).is_none() {
            let asked = Asked::Jump(room.clone(), target);
            self.ask_page(asked, room, Anchor::Around(target), limits::PAGE_MAX);
        }
    }

    /// The page has brought the target into view.
    pub fn jumped(&mut self, room: &RoomId) {
        if let Some(shown) = self.views.get_mut(room) {
            shown.target = None;
        }
    }

    /// Loads the end of a room that was left for its past; whether it had to.
    pub fn jump_to_end(&mut self, room: &RoomId) -> bool {
        let Some(shown) = self.views.get_mut(room) else { return false };
        shown.target = None;
        let away = !shown.timeline.is_following();
        self.requests.give_up(|asked| is_jump(asked, room));
        if away {
            self.ask_page(Asked::End(room.clone()), room, Anchor::End, limits::PAGE_DEFAULT);
        }
        away
    }

    /// The member comes near the first loaded message.
    pub fn need_older(&mut self, room: &RoomId) {
        let Some(timeline) = self.timeline(room).filter(|timeline| timeline.has_older()) else { return };
        let anchor = Anchor::Before(timeline.first());
        self.ask_page(Asked::Older(room.clone()), room, anchor, limits::PAGE_MAX);
    }

    /// The member comes near the last loaded message.
    pub fn need_newer(&mut self, room: &RoomId) {
        let Some(timeline) = self.timeline(room).filter(|timeline| timeline.has_newer()) else { return };
        let anchor = Anchor::After(timeline.last());
        self.ask_page(Asked::Newer(room.clone()), room, anchor, limits::PAGE_MAX);
    }

    /// Makes a text a draft. It goes out once it is [`saved`](Client::saved); until then the composer keeps it.
    /// None for a visitor.
    pub fn compose(&mut self, room: &RoomId, text: MessageText) -> Option<Nonce> {
        let author = self.me.as_ref()?.id.clone();
        let nonce = self.random.nonce();
        let since = self.rooms.get(room).map_or(Sequence::ZERO, |room| room.heads.messages);
        let draft = Draft { room: room.clone(), author, nonce: nonce.clone(), since, text };
        self.outbox.add(draft.clone());
        self.effects.push(Effect::Save(draft));
        self.typed_at = None;
        self.jump_to_end(room);
        Some(nonce)
    }

    /// Sends a refused draft again.
    pub fn retry(&mut self, nonce: &Nonce, now: Duration) {
        if self.outbox.retry(nonce) {
            self.effects.push(Effect::Mark(nonce.clone(), None));
            self.send_drafts(now);
        }
    }

    /// Gives a refused draft up.
    pub fn discard(&mut self, nonce: &Nonce) {
        if self.outbox.discard(nonce) {
            self.effects.push(Effect::Forget(nonce.clone()));
        }
    }

    /// The text in the composer has changed.
    pub fn type_in(&mut self, room: &RoomId, now: Duration) {
        let told = self
            .typed_at
            .as_ref()
            .is_some_and(|(other, at)| other == room && now < *at + limits::TYPING_EVERY);
        let open = self.views.get(room).is_some_and(|shown| shown.open);
        if open && !told {
            self.typed_at = Some((room.clone(), now));
            self.send(ClientMessage::Typing { room: room.clone() });
        }
    }

    /// Joins a public room. Answered by an [`Outcome`].
    pub fn join(&mut self, room: &RoomId) {
        let room = room.clone();
        self.ask_act(Asked::Join(room.clone()), |request| ClientMessage::Join { request, room });
    }

    /// Leaves a room. Answered by an [`Outcome`].
    pub fn leave(&mut self, room: &RoomId) {
        let room = room.clone();
        self.ask_act(Asked::Leave(room.clone()), |request| ClientMessage::Leave { request, room });
    }

    /// Makes a room. Answered by an [`Outcome`].
    pub fn create_room(&mut self, name: RoomName, topic: Topic, private: bool) {
        self.ask_act(Asked::CreateRoom, |request| ClientMessage::CreateRoom {
            request,
            name,
            topic,
            private,
        });
    }

    /// Gives a message another text, if it is still what it was at the revision that the member saw. Answered by an
    /// [`Outcome`].
    pub fn edit(&mut self, room: &RoomId, (sequence, seen): (Sequence, Sequence), text: MessageText) {
        let (room, nonce) = (room.clone(), self.random.nonce());
        self.ask_act(Asked::Edit(room.clone(), sequence), |request| ClientMessage::Edit {
            request,
            room,
            sequence,
            seen,
            nonce,
            text,
        });
    }

    /// Takes a message's text away. Answered by an [`Outcome`].
    pub fn delete(&mut self, room: &RoomId, sequence: Sequence) {
        let (room, nonce) = (room.clone(), self.random.nonce());
        self.ask_act(Asked::Delete(room.clone(), sequence), |request| ClientMessage::Delete {
            request,
            room,
            sequence,
            nonce,
        });
    }

    /// The message that the member wrote last, where the room's end is loaded and it still says something.
    pub fn last_own(&self, room: &RoomId) -> Option<&Message> {
        let timeline = self.timeline(room).filter(|timeline| !timeline.has_newer())?;
        let me = &self.me.as_ref()?.id;
        timeline.messages().iter().rev().find(|message| message.author == *me && message.text.is_some())
    }

    /// Without a connection nothing that the member does is done.
    fn ask_act(&mut self, asked: Asked, message: impl FnOnce(RequestId) -> ClientMessage) {
        match self.link.is_live() {
            true => self.ask(asked, message),
            false => self.tell(Outcome::Refused { asked, refusal: self.why_not() }),
        }
    }

    /// Asks the server for the shown room: to follow it for a member of it, for its end otherwise.
    pub(crate) fn open_current(&mut self) {
        let Some(room) = self.current.clone() else { return };
        let Some(shown) = self.views.get(&room) else { return };
        let (have, loaded) = (shown.have(), shown.loaded);
        match self.rooms.get(&room) {
            Some(_) if self.link.is_live() => {
                self.ask(Asked::Open(room.clone()), |request| ClientMessage::Open { request, room, have });
            }
            None if !loaded => {
                let asked = Asked::End(room.clone());
                self.ask_page(asked, &room, Anchor::End, limits::PAGE_DEFAULT);
            }
            _ => {}
        }
    }

    /// What the member sees of the end of a room is read.
    pub(crate) fn read_shown(&mut self, room: &RoomId, now: Duration) {
        let Some(shown) = self.views.get(room) else { return };
        if shown.reading && shown.loaded && shown.timeline.is_following() {
            let upto = shown.timeline.last();
            self.read(room, upto, now);
        }
    }

    pub(crate) fn read(&mut self, room: &RoomId, upto: Sequence, now: Duration) {
        if self.rooms.read(room, upto) {
            self.unread_told.insert(room.clone(), upto);
            self.tell_reads(now);
        }
    }

    /// Forgets the messages of rooms that were not shown for longest, roughly.
    fn let_go(&mut self) {
        if self.views.len() > KEPT_MAX {
            let current = self.current.clone();
            self.views.retain(|room, _| current.as_ref() == Some(room));
        }
    }
}

fn is_jump(asked: &Asked, to: &RoomId) -> bool {
    matches!(asked, Asked::Jump(room, _) if room == to)
}
