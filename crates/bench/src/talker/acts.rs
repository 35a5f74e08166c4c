//! What a member does.

use std::time::{Duration, Instant};

use client::DraftState;
use protocol::{Message, MessageText, Nonce, RoomId, Sequence};

use super::{Patience, Talker};
use crate::checker::View;

/// Members are as patient as this when something was refused, or not answered.
const PATIENCE: Duration = Duration::from_millis(200);

impl Talker {
    /// Shows a room in place of the one before, at its end.
    pub fn show(&mut self, room: &RoomId) {
        let now = self.now();
        self.client.show(room, now);
        self.client.viewing(room, true, now);
    }

    /// Whether the member is in a room, as far as their client knows.
    pub fn is_in(&self, room: &RoomId) -> bool {
        self.client.room(room).is_some()
    }

    /// Writes a message.
    pub fn compose(&mut self, room: &RoomId, text: MessageText) {
        let nonce = self.client.compose(room, text.clone()).expect("a talker is a member");
        self.noted.composed(room, nonce, text);
    }

    /// Gives a message another text, as it is on screen.
    pub fn edit(&mut self, room: &RoomId, version: (Sequence, Sequence), text: MessageText) {
        self.client.edit(room, version, text);
    }

    /// Says no more than half of what is said next, and resets the connection.
    pub fn break_off_soon(&mut self) {
        self.breaks_off = true;
    }

    /// Takes a message's text away.
    pub fn delete(&mut self, room: &RoomId, sequence: Sequence) {
        self.client.delete(room, sequence);
    }

    /// Joins a room, however often that has to be asked.
    ///
    /// # Errors
    /// When it is not done within `limit`.
    pub async fn join(&mut self, limit: impl Into<Patience>, room: &RoomId) -> anyhow::Result<()> {
        let mut asked_at = None;
        self.ask_until(limit.into(), "joining", |talker, now| {
            let is_due = talker.may_ask(room, asked_at, now);
            if is_due && !talker.is_in(room) {
                asked_at = Some(now);
                talker.client.join(room);
            }
            talker.is_in(room)
        })
        .await
    }

    /// Leaves a room, likewise.
    ///
    /// # Errors
    /// When it is not done within `limit`.
    pub async fn leave(&mut self, limit: impl Into<Patience>, room: &RoomId) -> anyhow::Result<()> {
        let mut asked_at = None;
        self.ask_until(limit.into(), "leaving", |talker, now| {
            let is_due = talker.may_ask(room, asked_at, now);
            if is_due && talker.is_in(room) {
                asked_at = Some(now);
                talker.client.leave(room);
            }
            !talker.is_in(room)
        })
        .await
    }

    /// Whether it is time to ask for the membership to begin or to end: what was asked last has its answer, or lost it.
    fn may_ask(&self, room: &RoomId, asked_at: Option<Duration>, now: Duration) -> bool {
        asked_at.is_none_or(|at| now >= at + PATIENCE) && !self.noted.awaits_membership(room)
    }

    async fn ask_until(
        &mut self,
        limit: Patience,
        what: &str,
        mut ask: impl FnMut(&mut Self, Duration) -> bool,
    ) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let now = self.now();
            if ask(self, now) {
                return Ok(());
            }
            limit.check(began, what)?;
            self.step().await;
        }
    }

    /// What was refused is sent again, in case its member may now.
    pub(super) fn send_again(&mut self) {
        let now = self.now();
        if self.client.n_unsent() == 0 || now < self.retried_at + PATIENCE {
            return;
        }
        self.retried_at = now;
        for nonce in self.refused() {
            self.noted.sent_again(&nonce);
            self.client.retry(&nonce, now);
        }
    }

    /// Drafts that are on their way, or wait for those before them.
    pub fn n_pending(&self) -> usize {
        self.client.n_unsent() - self.refused().len()
    }

    /// Gives up all that was not sent to a room; how much that was.
    ///
    /// # Errors
    /// When it is not known within `limit` what was sent.
    pub async fn give_up(&mut self, limit: impl Into<Patience>, room: &RoomId) -> anyhow::Result<usize> {
        let (limit, began, mut n) = (limit.into(), Instant::now(), 0);
        while self.has_unsent(room) {
            limit.check(began, "giving up")?;
            for nonce in self.refused_of(room) {
                self.noted.given_up(&nonce);
                self.client.discard(&nonce);
                n += 1;
            }
            self.step().await;
        }
        Ok(n)
    }

    /// Whether anything is yet to be sent to a room.
    pub fn has_unsent(&self, room: &RoomId) -> bool {
        let mut drafts = self.client.drafts(room);
        drafts.any(|entry| !matches!(entry.state, DraftState::Sent { .. }))
    }

    /// Whether an edit or a deletion is not answered.
    pub fn awaits_answers(&self) -> bool {
        self.noted.awaits_answers()
    }

    /// The last messages on screen that say something, up to `n` of them, newest first, of this member alone or of all.
    pub fn last_shown(&self, room: &RoomId, whose: Whose, n: usize) -> Vec<&Message> {
        let messages = self.client.timeline(room).into_iter().flat_map(|it| it.messages().iter().rev());
        let me = self.member();
        let wanted = messages.filter(|it| it.text.is_some() && (whose == Whose::Anybody || it.author == *me));
        wanted.take(n).collect()
    }

    /// The messages of this member in a room, as far as they were acknowledged.
    pub fn written(&self, room: &RoomId) -> Vec<Sequence> {
        self.noted.written(room)
    }

    /// What is loaded of a room, as a view of this client's.
    pub fn view(&self, room: &RoomId) -> View {
        let messages = self.client.timeline(room).into_iter().flat_map(|it| it.messages().iter().cloned());
        View { member: self.member().clone(), room: room.clone(), messages: messages.collect() }
    }

    fn refused(&self) -> Vec<Nonce> {
        self.noted.rooms().flat_map(|room| self.refused_of(room)).collect()
    }

    fn refused_of(&self, room: &RoomId) -> Vec<Nonce> {
        let drafts = self.client.drafts(room);
        let refused = drafts.filter(|entry| matches!(entry.state, DraftState::Refused(_)));
        refused.map(|entry| entry.draft.nonce.clone()).collect()
    }
}

/// Whose messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The member's own.
    Mine,
    /// All.
    Anybody,
}
