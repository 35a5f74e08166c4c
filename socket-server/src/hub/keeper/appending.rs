//! Drafts become messages: one append a room is under way, and what comes meanwhile is the next group.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    sync::Arc,
    time::Duration,
};

use futures::FutureExt as _;
use tokio::time::Instant;

use backend::Log;
use chat::{
    gather::Waiting,
    ports::{Draft, Event, LogError, RoomLog as _},
};
use protocol::{Message, Refusal, RoomId, Sequence, ServerMessage, Timestamp};

use super::{super::ticker::timestamp, Keeper, Place, refusal};
use crate::patience::in_time;

/// After an append that was overtaken the next one waits for up to this time, at random.
const OVERTAKEN_MAX: Duration = Duration::from_millis(20);

/// What became of a group.
pub(super) struct Appended {
    drafts: Vec<Waiting<Arc<Place>>>,
    /// Drafts of the group that the store knew already.
    found: Vec<(usize, Message)>,
    /// The others, in their order.
    res: Result<Vec<Message>, LogError>,
    took: Duration,
}

impl Keeper {
    /// A draft waits for the next group.
    pub(super) fn offer(&mut self, place: Arc<Place>, since: Sequence, draft: Draft) {
        // Who knows more of the room than we do is right: we have slept.
        self.is_doubtful |= since > self.tail.heads().messages;
        let nonce = draft.nonce.clone();
        if let Err((place, refusal)) = self.gather.offer(Waiting { draft, since, reply: place }) {
            place.tell(&ServerMessage::NotSent { room: self.room.clone(), nonce, refusal });
        }
    }

    /// Begins the next append, if none is under way and something waits.
    pub(super) async fn append_next(&mut self) {
        if self.append.is_some() || self.gather.is_empty() || Instant::now() < self.append_at {
            return;
        }
        if self.is_doubtful {
            self.catch_up().await;
        }
        let group = self.gather.next_group(&self.tail);
        for ((place, nonce), answer) in group.answers {
            self.answer(&place, &nonce, answer);
        }
        if !group.drafts.is_empty() {
            let (log, room) = (self.hub.backend.log.clone(), self.room.clone());
            let head = self.tail.heads().messages;
            self.append = Some(append(log, room, head, (group.drafts, group.unknown)).boxed());
        }
    }

    /// An append is done: tells its senders, and everybody.
    pub(super) async fn appended(&mut self, appended: Appended) {
        let Appended { drafts, found, res, took } = appended;
        let mut drafts: Vec<Option<Waiting<Arc<Place>>>> = drafts.into_iter().map(Some).collect();
        for (at, message) in found {
            if let Some(waiting) = drafts[at].take() {
                self.answer(&waiting.reply, &waiting.draft.nonce, Ok(message));
            }
        }
        let drafts: Vec<Waiting<Arc<Place>>> = drafts.into_iter().flatten().collect();
        match res {
            Ok(messages) => {
                if !messages.is_empty() {
                    self.hub.metrics.append_seconds.observe(took.as_secs_f64());
                    self.hub.metrics.messages.inc_by(messages.len() as u64);
                }
                self.tail.take(&messages);
                for (waiting, message) in drafts.iter().zip(&messages) {
                    self.answer(&waiting.reply, &waiting.draft.nonce, Ok(message.clone()));
                }
                if !messages.is_empty() {
                    self.known_at = Instant::now();
                    let page = self.deliver(&messages).await;
                    self.publish(Event::Committed(page));
                }
            }
            Err(LogError::Overtaken { .. }) => {
                self.gather.put_back(drafts);
                self.append_at = Instant::now() + random_up_to(OVERTAKEN_MAX);
                self.catch_up().await;
            }
            Err(error) => {
                // It may have been written: before the next append we look.
                self.is_doubtful = true;
                let refusal = refusal(&self.room, error);
                for waiting in drafts {
                    self.answer(&waiting.reply, &waiting.draft.nonce, Err(refusal.clone()));
                }
            }
        }
    }

    fn answer(&self, place: &Place, nonce: &protocol::Nonce, answer: Result<Message, Refusal>) {
        let (room, nonce) = (self.room.clone(), nonce.clone());
        place.tell(&match answer {
            Ok(Message { sequence, at, .. }) => ServerMessage::Sent { room, nonce, sequence, at },
            Err(refusal) => ServerMessage::NotSent { room, nonce, refusal },
        });
    }
}

/// Looks for what must be looked for in the store, then appends the rest.
async fn append(
    log: Log,
    room: RoomId,
    head: Sequence,
    (drafts, unknown): (Vec<Waiting<Arc<Place>>>, Vec<usize>),
) -> Appended {
    let began = Instant::now();
    let mut found = Vec::new();
    for at in unknown {
        let Waiting { draft, since, .. } = &drafts[at];
        let found_one = log.find(&room, &draft.author, &draft.nonce, *since);
        match in_time("log while looking for a draft", found_one).await {
            Ok(Some(message)) => found.push((at, message)),
            Ok(None) => {}
            Err(error) => return Appended { drafts, found, res: Err(error), took: began.elapsed() },
        }
    }
    let is_found = |at: usize| found.iter().any(|(it, _)| *it == at);
    let rest = drafts.iter().enumerate().filter(|(at, _)| !is_found(*at));
    let rest: Vec<Draft> = rest.map(|(_, waiting)| waiting.draft.clone()).collect();
    let now: Timestamp = timestamp();
    let res = match rest.is_empty() {
        true => Ok(Vec::new()),
        false => in_time("log while appending", log.append(&room, head, now, &rest)).await,
    };
    Appended { drafts, found, res, took: began.elapsed() }
}

/// Any time up to `most`: each hasher has random keys.
fn random_up_to(most: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    most.mul_f64(f64::from(u16::try_from(random & 0xFFFF).expect("sixteen bits")) / 65_536.0)
}
