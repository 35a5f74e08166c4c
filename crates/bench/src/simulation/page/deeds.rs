//! What members do.

use client::{DraftState, Room, Timeline};
use protocol::{MessageText, Nonce, RoomId, Sequence};

use super::{Network, Page};
use crate::simulation::rooms::{private_room, rooms};

impl<N: Network> Page<N> {
    /// Writes a message of so many letters.
    pub fn write(&mut self, room: &RoomId, length: usize) {
        self.act(|client, _| client.compose(room, long(length)));
    }

    /// Looks at a room.
    pub fn show(&mut self, room: &RoomId) {
        self.act(|client, now| {
            client.show(room, now);
            client.viewing(room, true, now);
        });
    }

    /// Goes to some place in a room.
    pub fn jump(&mut self, room: &RoomId) {
        let head = self.client.room(room).map_or(0, |room| room.heads.messages.0);
        let at = Sequence(self.random.below(head + 1).max(1));
        self.act(|client, _| client.jump_to(room, at));
    }

    /// Edits a message of their own.
    pub fn edit(&mut self) {
        if let Some((room, sequence, revision)) = self.any_shown(|_| false) {
            let length = self.random.index(100) + 1;
            self.act(|client, _| client.edit(&room, (sequence, revision), long(length)));
        }
    }

    /// Deletes a message; those who look after the room, anybody's.
    pub fn delete(&mut self) {
        if let Some((room, sequence, _)) = self.any_shown(|room| room.admin) {
            self.act(|client, _| client.delete(&room, sequence));
        }
    }

    /// Leaves a room or joins it. Who looks after rooms stays, and from a private one there is no way back.
    pub fn come_or_go(&mut self, room: &RoomId) {
        match self.client.room(room) {
            None => self.act(|client, _| client.join(room)),
            Some(it) if it.admin || *room == private_room() => {}
            Some(_) => self.act(|client, _| client.leave(room)),
        }
    }

    /// The network is there, or is not.
    pub fn set_online(&mut self, is_online: bool) {
        self.act(|client, now| client.set_online(is_online, now));
    }

    /// Joins the public rooms that this member is not in; whether they were in all.
    pub fn come_back(&mut self) -> bool {
        let missing = rooms().into_iter().filter(|room| self.client.room(room).is_none());
        let missing: Vec<RoomId> = missing.filter(|room| *room != private_room()).collect();
        for room in &missing {
            self.act(|client, _| client.join(room));
        }
        missing.is_empty()
    }

    /// Sends again what was refused.
    pub fn retry(&mut self) {
        for nonce in rooms().iter().flat_map(|room| self.refused(room)).collect::<Vec<_>>() {
            self.noted.sent_again(&nonce);
            self.act(|client, now| client.retry(&nonce, now));
        }
    }

    /// Gives up what was refused by a room.
    pub fn give_up(&mut self, room: &RoomId) {
        for nonce in self.refused(room) {
            self.noted.given_up(&nonce);
            self.act(|client, _| client.discard(&nonce));
        }
    }

    /// How much of what was written has yet to go out, and was not refused.
    pub fn n_on_their_way(&self) -> usize {
        let n_refused: usize = rooms().iter().map(|room| self.refused(room).len()).sum();
        self.client.n_unsent() - n_refused
    }

    /// A message that is loaded, with its revision: one of this member's own, or of anybody's where that is allowed.
    fn any_shown(&mut self, is_any_allowed: impl Fn(&Room) -> bool) -> Option<(RoomId, Sequence, Sequence)> {
        let mut wanted = Vec::new();
        for room in rooms() {
            let is_any = self.client.room(&room).is_some_and(&is_any_allowed);
            let messages = self.client.timeline(&room).into_iter().flat_map(Timeline::messages);
            let own = messages.filter(|it| it.text.is_some() && (is_any || it.author == self.person.id));
            wanted.extend(own.map(|message| (room.clone(), message.sequence, message.revision)));
        }
        (!wanted.is_empty()).then(|| wanted.swap_remove(self.random.index(wanted.len())))
    }

    fn refused(&self, room: &RoomId) -> Vec<Nonce> {
        let drafts = self.client.drafts(room);
        let refused = drafts.filter(|entry| matches!(entry.state, DraftState::Refused(_)));
        refused.map(|entry| entry.draft.nonce.clone()).collect()
    }
}

fn long(length: usize) -> MessageText {
    MessageText::parse(&"x".repeat(length)).expect("neither blank nor too long")
}
