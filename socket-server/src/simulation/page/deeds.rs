//! What members do.

use client::{Client, DraftState, Room, Timeline};
use protocol::{MessageText, Nonce, RoomId, Sequence};

use super::{N_REVISIONS, N_SENDS, Page, UNSENT_MAX};
use crate::simulation::world::{private_room, rooms};

impl Page {
    /// One of the things that members do, as chance has it.
    pub(super) fn do_something(&mut self) {
        let room = rooms()[self.random.index(rooms().len())].clone();
        match self.random.below(400) {
            0..300 if self.n_sent < N_SENDS && self.n_on_their_way() < UNSENT_MAX => {
                let length = self.random.pick(&[5, 5, 5, 40, 40, 200, 200, 3_000]);
                self.act(|client, _| client.compose(&room, long(length)));
            }
            0..330 if self.n_revised < N_REVISIONS => match self.random.below(3) {
                0 => self.delete(),
                _ => self.edit(),
            },
            330..350 => self.show(&room),
            350..353 => self.act(|client, _| client.hide()),
            353..365 => self.act(|client, _| client.need_older(&room)),
            365..372 => {
                let head = self.client.room(&room).map_or(0, |room| room.heads.messages.0);
                let at = Sequence(self.random.below(head + 1).max(1));
                self.act(|client, _| client.jump_to(&room, at));
            }
            372..380 => {
                self.act(|client, _| client.jump_to_end(&room));
            }
            380..383 => self.reload(),
            383..387 => {
                let is_online = self.random.below(2) == 0;
                self.act(|client, now| client.set_online(is_online, now));
            }
            387..393 => self.act(Client::try_now),
            393..397 => self.come_or_go(&room),
            397..399 => self.retry(),
            _ => {}
        }
    }

    fn edit(&mut self) {
        if let Some((room, sequence, revision)) = self.any_shown(|_| false) {
            let length = self.random.index(100) + 1;
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
        (!wanted.is_empty()).then(|| wanted.swap_remove(self.random.index(wanted.len())))
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
    pub(in crate::simulation) fn come_back(&mut self) -> bool {
        let missing: Vec<RoomId> = rooms().into_iter().filter(|room| !self.is_inside(room)).collect();
        for room in &missing {
            self.act(|client, _| client.join(room));
        }
        missing.is_empty()
    }

    /// Sends again what was refused.
    pub(in crate::simulation) fn retry(&mut self) {
        for nonce in rooms().iter().flat_map(|room| self.refused(room)).collect::<Vec<_>>() {
            self.noted.sent_again(&nonce);
            self.act(|client, now| client.retry(&nonce, now));
        }
    }

    fn n_on_their_way(&self) -> usize {
        let n_refused: usize = rooms().iter().map(|room| self.refused(room).len()).sum();
        self.client.n_unsent() - n_refused
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
