//! What one member does: writes, thinks again, leaves and comes back, and knocks where they were put out.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use protocol::{MessageText, RoomId, Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{Cast, Goal, Progress, Script};
use crate::{
    checker::{Removed, View},
    record::{Event, Pen},
    talker::{Patience, Talker, Whose},
};

/// Drafts that one member leaves unacknowledged before it writes on.
const UNSENT_MAX: usize = 8;
/// After so many messages out of a thousand a member leaves a room and comes back.
const LEAVINGS: u32 = 5;
/// Members look back at so many messages when they think again.
const LOOKS_BACK: usize = 20;
/// Who was removed for good knocks for so long: longer than a server may take to notice.
const KNOCKS_FOR: Duration = Duration::from_secs(3);
/// And so often.
const KNOCKS_EVERY: Duration = Duration::from_millis(150);

/// What one member does.
pub(super) struct Part {
    pub(super) script: Script,
    pub(super) at: usize,
    pub(super) cast: Arc<Cast>,
    pub(super) progress: Arc<Progress>,
    pub(super) pen: Pen,
    pub(super) patience: Patience,
}

impl Part {
    pub(super) async fn play(self, mut talker: Talker) {
        let told = self.talk(&mut talker).await;
        self.progress.n_done.fetch_add(1, Ordering::Relaxed);
        let seen = match told {
            Ok(()) => self.look_around(&mut talker).await,
            Err(stuck) => Err(stuck),
        };
        if let Err(stuck) = &seen {
            self.pen.write(Event::Stuck { at: stuck.to_string() });
        }
        let said = talker.into_said();
        for mut removed in seen.into_iter().flatten() {
            if let Some(left) = said.left.get(&removed.room) {
                (removed.heard_at, removed.received) = (Some(left.heard_at), left.received.clone());
            }
            removed.newest = said.newest.get(&removed.room).copied().unwrap_or_default();
            self.pen.write(Event::Removed(removed));
        }
    }

    /// Joins all rooms, and writes this member's share of the messages, half of them at home.
    async fn talk(&self, talker: &mut Talker) -> anyhow::Result<()> {
        let patience = &self.patience;
        talker.until(patience, "connecting", |talker| !talker.client().rooms().is_empty()).await?;
        for stage in self.cast.rooms_of(self.at) {
            talker.join(patience, &stage.room.id).await?;
        }
        talker.show(self.home());

        let mut random = StdRng::seed_from_u64(self.script.seed ^ self.at as u64);
        let (mut banished_from, mut closed, mut said) = (self.banished_from(), None, 0);
        while self.writes_on(said) {
            said += 1;
            if let Some(room) = banished_from.take_if(|room| !talker.is_in(room)) {
                self.knock(talker, room).await?;
                closed = Some(room);
            }
            let room = self.room_to_write_in(talker, &mut random, closed);
            talker.compose(room, text(&format!("{said} from {}", self.at)));
            self.think_again(talker, &mut random);
            if random.random_range(0..1_000) < LEAVINGS {
                self.go_for_a_walk(talker, &mut random).await?;
            }
            if random.random_range(0..100_000) < self.script.resets {
                talker.break_off_soon();
            }
            talker.until(patience, "sending", |talker| talker.n_pending() < UNSENT_MAX).await?;
        }
        if let Some(room) = banished_from {
            talker.until(patience, "hearing of a removal", |talker| !talker.is_in(room)).await?;
            self.knock(talker, room).await?;
        }
        let is_done = |talker: &Talker| talker.client().n_unsent() == 0 && !talker.awaits_answers();
        talker.until(patience, "sending the last", is_done).await
    }

    /// Where they are not, members try once, and write elsewhere then; not where they have knocked in vain.
    fn room_to_write_in(&self, talker: &Talker, random: &mut StdRng, closed: Option<&RoomId>) -> &RoomId {
        let rooms = self.cast.rooms_of(self.at);
        let anywhere = &rooms[random.random_range(0..rooms.len())].room.id;
        let room = if random.random_bool(0.5) { self.home() } else { anywhere };
        if closed != Some(room) && (talker.is_in(room) || !talker.has_unsent(room)) {
            return room;
        }
        self.elsewhere(talker, closed.unwrap_or(room))
    }

    /// Another room, one that they are in if there is any.
    fn elsewhere(&self, talker: &Talker, room: &RoomId) -> &RoomId {
        let others = self.cast.rooms_of(self.at).into_iter().map(|stage| &stage.room.id);
        let others: Vec<&RoomId> = others.filter(|it| *it != room).collect();
        others.iter().find(|it| talker.is_in(it)).unwrap_or(&others[0])
    }

    /// Edits or deletes something at home, now and then; admins delete what anybody wrote.
    fn think_again(&self, talker: &mut Talker, random: &mut StdRng) {
        let does = random.random_range(0..1_000);
        if does >= self.script.revisions {
            return;
        }
        let (home, is_edit) = (self.home(), does % 3 < 2);
        let is_admin = talker.client().room(home).is_some_and(|room| room.admin);
        let whose = match !is_edit && is_admin && random.random_bool(0.5) {
            true => Whose::Anybody,
            false => Whose::Mine,
        };
        let last = talker.last_shown(home, whose, LOOKS_BACK);
        if last.is_empty() {
            return;
        }
        let message = last[random.random_range(0..last.len())];
        let (sequence, revision) = (message.sequence, message.revision);
        match is_edit {
            true => {
                let text = text(&format!("{sequence} again, by {}", self.at));
                talker.edit(home, (sequence, revision), text);
            }
            false => talker.delete(home, sequence),
        }
    }

    /// Leaves a room and comes back. Those who look after one stay, and who is to be removed for good does so once.
    async fn go_for_a_walk(&self, talker: &mut Talker, random: &mut StdRng) -> anyhow::Result<()> {
        let mut rooms = self.cast.rooms_of(self.at);
        rooms.retain(|it| !it.room.private && it.founder != self.at && !it.banished.contains(&self.at));
        let room = &rooms[random.random_range(0..rooms.len())].room.id;
        talker.leave(&self.patience, room).await?;
        talker.join(&self.patience, room).await
    }

    /// Tries to get something into a room from which this member was removed for good, then writes it elsewhere.
    async fn knock(&self, talker: &mut Talker, room: &RoomId) -> anyhow::Result<()> {
        let began = Instant::now();
        let (mut knocked, mut own) = (None, talker.written(room).into_iter().rev());
        while began.elapsed() < KNOCKS_FOR {
            if knocked.is_none_or(|at: Instant| at.elapsed() > KNOCKS_EVERY) {
                knocked = Some(Instant::now());
                if let Some(sequence) = own.next() {
                    talker.delete(room, sequence);
                }
                if !talker.has_unsent(room) {
                    talker.compose(room, text("knock, knock"));
                }
            }
            talker.step().await;
        }
        for _ in 0..talker.give_up(&self.patience, room).await? {
            talker.compose(self.elsewhere(talker, room), text("then here"));
        }
        Ok(())
    }

    /// Once all are done: what each room opens with then, and what came of those that this member was removed from.
    async fn look_around(&self, talker: &mut Talker) -> anyhow::Result<Vec<Removed>> {
        let ends = loop {
            match self.progress.ends.get() {
                Some(ends) => break ends,
                None => talker.step().await,
            }
        };
        let mut removed = Vec::new();
        let is_at_end = |talker: &Talker, room: &RoomId| {
            let heads = ends.heads[room];
            talker.client().timeline(room).is_some_and(|it| {
                it.last() >= heads.messages && it.changes() >= heads.changes && it.is_following()
            })
        };
        for stage in self.cast.rooms_of(self.at) {
            let room = &stage.room.id;
            if !ends.inside.contains(&(room.clone(), talker.member().clone())) {
                removed.push(Removed {
                    member: talker.member().clone(),
                    room: room.clone(),
                    is_private: stage.room.private,
                    heard_at: None,
                    shown: talker.view(room).messages,
                    received: Vec::new(),
                    newest: Timestamp(0),
                });
                continue;
            }
            talker.until(&self.patience, "hearing of a room", |talker| talker.is_in(room)).await?;
            talker.show(room);
            talker.until(&self.patience, "opening a room", |talker| is_at_end(talker, room)).await?;
            let View { room, messages, .. } = talker.view(room);
            self.pen.write(Event::View { room, messages });
        }
        Ok(removed)
    }

    /// From where this member is removed for good, if from anywhere.
    fn banished_from(&self) -> Option<&RoomId> {
        self.cast.banished().find(|(_, at)| *at == self.at).map(|(stage, _)| &stage.room.id)
    }

    fn home(&self) -> &RoomId {
        &self.cast.home(self.at).room.id
    }

    /// Whether there is more to write for who has written so much.
    fn writes_on(&self, said: u64) -> bool {
        let Goal::Messages(n_messages) = self.script.goal else { return !self.progress.is_reached() };
        let (n, at) = (self.script.n_clients as u64, self.at as u64);
        said < n_messages / n + u64::from(at < n_messages % n)
    }
}

fn text(text: &str) -> MessageText {
    MessageText::parse(text).expect("short and not blank")
}
