//! What one member does: writes, thinks again, leaves and comes back, and knocks where they were put out.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use protocol::{MemberId, MessageText, RoomId, Timestamp};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{Ordeal, Progress, cast::Cast};
use crate::{
    checker::{Removed, View, Witnessed},
    noted::Said,
    talker::{Talker, Whose},
};

/// Drafts that one member leaves unacknowledged before it writes on.
const UNSENT_MAX: usize = 8;
/// A client that is not done with a stage within this time never will be.
const STAGE_MAX: Duration = Duration::from_mins(3);
/// After so many messages out of a thousand something is edited: an edit in ten acts, those included that come too late.
const EDITS: u32 = 132;
/// Likewise for deletions: one in twenty acts.
const DELETIONS: u32 = 66;
/// Likewise for leaving a room and coming back.
const LEAVINGS: u32 = 5;
/// Members look back at so many messages when they think again.
const LOOKS_BACK: usize = 20;
/// Who was removed for good knocks for so long: longer than a server may take to notice.
const KNOCKS_FOR: Duration = Duration::from_secs(3);
/// And so often.
const KNOCKS_EVERY: Duration = Duration::from_millis(150);

/// What one member does.
pub(super) struct Part {
    pub(super) ordeal: Ordeal,
    pub(super) at: usize,
    pub(super) cast: Arc<Cast>,
    pub(super) progress: Arc<Progress>,
}

/// What came of it.
pub(super) struct Played {
    pub(super) member: MemberId,
    pub(super) said: Said,
    /// What they saw, unless their client never got on.
    pub(super) seen: anyhow::Result<Seen>,
}

/// What a member saw.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) views: Vec<View>,
    pub(super) witnessed: Vec<Witnessed>,
    pub(super) removed: Vec<Removed>,
}

impl Part {
    pub(super) async fn play(self, mut talker: Talker) -> Played {
        let told = self.talk(&mut talker).await;
        self.progress.n_done.fetch_add(1, Ordering::Relaxed);
        let mut seen = match told {
            Ok(()) => self.look_around(&mut talker).await,
            Err(stuck) => Err(stuck),
        };
        let (member, said) = (talker.member().clone(), talker.into_said());
        if let Ok(Seen { removed, .. }) = &mut seen {
            for removed in removed {
                if let Some(left) = said.left.get(&removed.room) {
                    (removed.heard_at, removed.received) = (Some(left.heard_at), left.received.clone());
                }
                removed.newest = said.newest.get(&removed.room).copied().unwrap_or_default();
            }
        }
        Played { member, said, seen }
    }

    /// Joins all rooms, and writes this member's share of the messages, half of them at home.
    async fn talk(&self, talker: &mut Talker) -> anyhow::Result<()> {
        talker.until(STAGE_MAX, "connecting", |talker| !talker.client().rooms().is_empty()).await?;
        for stage in self.cast.rooms_of(self.at) {
            talker.join(STAGE_MAX, &stage.room.id).await?;
        }
        talker.show(self.home());

        let mut random = StdRng::seed_from_u64(self.ordeal.seed ^ self.at as u64);
        let (n, mut out_since) = (self.share(), None);
        for said in 1..=n {
            if out_since.is_none() && self.banished_from().is_some_and(|room| !talker.is_in(room)) {
                out_since = Some(Instant::now());
            }
            let room = self.room_to_write_in(talker, &mut random);
            talker.compose(room, text(&format!("{said} of {n} from {}", self.at)));
            self.think_again(talker, &mut random);
            if random.random_range(0..1_000) < LEAVINGS {
                self.go_for_a_walk(talker, &mut random).await?;
            }
            talker.until(STAGE_MAX, "sending", |talker| talker.n_pending() < UNSENT_MAX).await?;
        }
        if let Some(room) = self.banished_from() {
            self.knock(talker, room, out_since).await?;
        }
        let is_done = |talker: &Talker| talker.client().n_unsent() == 0 && !talker.awaits_answers();
        talker.until(STAGE_MAX, "sending the last", is_done).await
    }

    /// Where they are not, members try once, and write elsewhere then.
    fn room_to_write_in(&self, talker: &Talker, random: &mut StdRng) -> &RoomId {
        let rooms = self.cast.rooms_of(self.at);
        let anywhere = &rooms[random.random_range(0..rooms.len())].room.id;
        let room = if random.random_bool(0.5) { self.home() } else { anywhere };
        if talker.is_in(room) || !talker.has_unsent(room) {
            return room;
        }
        let inside = rooms.into_iter().map(|stage| &stage.room.id).find(|room| talker.is_in(room));
        inside.unwrap_or(room)
    }

    /// Edits or deletes something at home, now and then; admins delete what anybody wrote.
    fn think_again(&self, talker: &mut Talker, random: &mut StdRng) {
        let does = random.random_range(0..1_000);
        if does >= EDITS + DELETIONS {
            return;
        }
        let (home, is_edit) = (self.home(), does < EDITS);
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
        talker.leave(STAGE_MAX, room).await?;
        talker.join(STAGE_MAX, room).await
    }

    /// Tries to get something into a room from which this member was removed for good, then writes it elsewhere.
    async fn knock(
        &self,
        talker: &mut Talker,
        room: &RoomId,
        out_since: Option<Instant>,
    ) -> anyhow::Result<()> {
        talker.until(STAGE_MAX, "hearing of a removal", |talker| !talker.is_in(room)).await?;
        let began = out_since.unwrap_or_else(Instant::now);
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
        for _ in 0..talker.give_up(room).await {
            let rooms = self.cast.rooms_of(self.at).into_iter().map(|stage| &stage.room.id);
            let elsewhere = rooms.filter(|it| *it != room).find(|it| talker.is_in(it));
            talker.compose(elsewhere.unwrap_or(self.home()), text("then here"));
        }
        Ok(())
    }

    /// Once all are done: what this member has seen at home all along, and what each room opens with then.
    async fn look_around(&self, talker: &mut Talker) -> anyhow::Result<Seen> {
        let ends = loop {
            match self.progress.ends.get() {
                Some(ends) => break ends,
                None => talker.step().await,
            }
        };
        let mut seen = Seen::default();
        let is_at_end = |talker: &Talker, room: &RoomId| {
            let heads = ends.heads[room];
            talker.client().timeline(room).is_some_and(|it| {
                it.last() >= heads.messages && it.changes() >= heads.changes && it.is_following()
            })
        };
        let mut rooms = self.cast.rooms_of(self.at);
        rooms.sort_by_key(|stage| stage.room.id != *self.home()); // Before it was shown anew.
        for stage in rooms {
            let room = &stage.room.id;
            if !ends.inside.contains(&(room.clone(), talker.member().clone())) {
                seen.removed.push(Removed {
                    member: talker.member().clone(),
                    room: room.clone(),
                    is_private: stage.room.private,
                    heard_at: None,
                    shown: talker.view(room).messages,
                    received: Vec::new(),
                    newest: Timestamp(0),
                });
                seen.witnessed.push(talker.witnessed(room));
                continue;
            }
            talker.until(STAGE_MAX, "hearing of a room", |talker| talker.is_in(room)).await?;
            talker.show(room);
            talker.until(STAGE_MAX, "opening a room", |talker| is_at_end(talker, room)).await?;
            seen.views.push(talker.view(room));
            seen.witnessed.push(talker.witnessed(room));
        }
        Ok(seen)
    }

    /// From where this member is removed for good, if from anywhere.
    fn banished_from(&self) -> Option<&RoomId> {
        self.cast.banished().find(|(_, at)| *at == self.at).map(|(stage, _)| &stage.room.id)
    }

    fn home(&self) -> &RoomId {
        &self.cast.home(self.at).room.id
    }

    fn share(&self) -> u64 {
        let (n, at) = (self.ordeal.n_clients as u64, self.at as u64);
        self.ordeal.n_messages / n + u64::from(at < self.ordeal.n_messages % n)
    }
}

fn text(text: &str) -> MessageText {
    MessageText::parse(text).expect("short and not blank")
}
