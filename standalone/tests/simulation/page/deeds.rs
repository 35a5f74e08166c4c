//! What members do.

use client::{Client, DraftState, Room, Timeline};
use protocol::{MessageText, Nonce, RoomId, Sequence};
use rand::RngExt as _;

use super::Page;
use crate::nodes::{private_room, rooms};

impl Page {
    /// One of the things that members do, as chance has it.
    pub(super) fn do_something(&mut self) {
        let room = rooms()[self.random.random_range(0..rooms().len())].clone();
        match self.random.random_range(0..54) {
            0..=23 => {
                let length = [5, 40, 3_000][self.random.random_range(0..3)];
                self.act(|client, _| client.compose(&room, long(length)));
            }
            24..=27 => self.show(&room),
            28 => self.act(|client, _| client.hide()),
            29..=31 => self.act(|client, _| client.need_older(&room)),
            32..=33 => {
                let head = self.client.room(&room).map_or(0, |room| room.heads.messages.0);
                let at = Sequence(self.random.random_range(0..=head).max(1));
                self.act(|client, _| client.jump_to(&room, at));
            }
            34..=35 => {
                self.act(|client, _| client.jump_to_end(&room));
            }
            36 => self.reload(),
            37 => {
                let is_online = self.random.random_bool(0.5);
                self.act(|client, now| client.set_online(is_online, now));
            }
            38..=39 => self.act(Client::try_now),
            40..=47 => self.edit(),
            48..=51 => self.delete(),
            _ => self.come_or_go(&room),
        }
    }

    fn edit(&mut self) {
        if let Some((room, sequence, revision)) = self.any_shown(|_| false) {
            let length = self.random.random_range(1..100);
            self.act(|client, _| client.edit(&room, (sequence, revision), long(length)));
        }
    }

    /// Deletes a message; those who look after the room, anybody's.
    fn delete(&mut self) {
        if let Some((room, sequence, _)) = self.any_shown(|room| room.admin) {
            self.act(|client, _| client.delete(&room, sequence));
        }
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
        (!wanted.is_empty()).then(|| wanted.swap_remove(self.random.random_range(0..wanted.len())))
    }

    /// Leaves a room or joins it. Who looks after rooms stays, and from a private one there is no way back.
    fn come_or_go(&mut self, room: &RoomId) {
        match self.client.room(room) {
            None => self.act(|client, _| client.join(room)),
            Some(it) if it.admin || *room == private_room() => {}
            Some(_) => self.act(|client, _| client.leave(room)),
        }
    }

    /// Joins the public rooms that this member is not in; whether they were in all.
    pub(crate) fn come_back(&mut self) -> bool {
        let missing = rooms().into_iter().filter(|room| self.client.room(room).is_none());
        let missing: Vec<RoomId> = missing.filter(|room| *room != private_room()).collect();
        for room in &missing {
            self.act(|client, _| client.join(room));
        }
        missing.is_empty()
    }

    /// Sends again what was refused.
    pub(crate) fn retry(&mut self) {
        for nonce in rooms().iter().flat_map(|room| self.refused(room)).collect::<Vec<_>>() {
            self.noted.sent_again(&nonce);
            self.act(|client, now| client.retry(&nonce, now));
        }
    }

    /// Gives up what was refused by a room.
    pub(crate) fn give_up(&mut self, room: &RoomId) {
        for nonce in self.refused(room) {
            self.noted.given_up(&nonce);
            self.act(|client, _| client.discard(&nonce));
        }
    }

    fn refused(&self, room: &RoomId) -> Vec<Nonce> {
        let drafts = self.client.drafts(room);
        let refused = drafts.filter(|entry| matches!(entry.state, DraftState::Refused(_)));
        refused.map(|entry| entry.draft.nonce.clone()).collect()
    }
}

fn long(length: usize) -> MessageText {
    MessageText::parse(&"x".repeat(length)).unwrap()
}
