//! Drafts become messages: one append a room is under way, and what comes meanwhile is the next group.

use std::{sync::Arc, time::Duration};

use futures::FutureExt as _;
use tokio::time::Instant;

use backend::Log;
use chat::{
    access,
    gather::{Group, Waiting},
    ports::{Draft, Event, LogError, RoomLog as _, Unavailable},
    tail::TAIL_MAX,
};
use protocol::{Heads, MemberId, Message, Nonce, Refusal, RoomId, Sequence, ServerMessage};

use super::{
    super::{Offer, ticker::timestamp},
    Hub, Keeper, Place,
    turns::Chance,
};
use crate::{patience::in_time, perform::RIGHTS_FOR, refusals::log_refusal};

/// Whose draft waits.
pub(super) struct Sender {
    place: Arc<Place>,
    /// When they were found to be in the room.
    allowed_at: Instant,
}

/// What became of a group.
pub(super) struct Appended {
    drafts: Vec<Waiting<Sender>>,
    /// What is known of some of them without an append: that they are messages already, or may not become any.
    known: Known,
    /// The end of the room, where that was read to look for them, as of this change.
    read_back: Option<(Sequence, Vec<Message>)>,
    /// The others, in their order.
    res: Result<Vec<Message>, LogError>,
    took: Duration,
}

impl Keeper {
    /// A draft waits for the next group.
    pub(super) fn offer(&mut self, place: Arc<Place>, Offer { draft, since, allowed_at }: Offer) {
        // Who knows more of the room than we do is right: we have slept.
        self.is_doubtful |= since > self.tail.heads().messages;
        let nonce = draft.nonce.clone();
        let reply = Sender { place, allowed_at };
        if let Err((Sender { place, .. }, refusal)) = self.gather.offer(Waiting { draft, since, reply }) {
            place.tell(&ServerMessage::NotSent { room: self.room.clone(), nonce, refusal });
        }
    }

    /// Begins the next append, if none is under way and something waits.
    pub(super) async fn append_next(&mut self) {
        if self.append.is_some() || self.gather.is_empty() || Instant::now() < self.turns.due() {
            return;
        }
        if self.is_doubtful {
            self.catch_up().await;
        }
        let mut group = self.gather.next_group(&self.tail);
        self.answer_all(&mut group);
        if !group.drafts.is_empty() {
            let (hub, room, heads) = (Arc::clone(&self.hub), self.room.clone(), self.tail.heads());
            let reach = if self.tail.has_room() { TAIL_MAX } else { 0 };
            self.append = Some(append(hub, room, (heads, reach), (group.drafts, group.unknown)).boxed());
        }
    }

    /// An append is done: tells its senders, and everybody.
    pub(super) async fn appended(&mut self, appended: Appended) {
        let Appended { drafts, known, read_back, res, took } = appended;
        // Who looks next time, looks in memory.
        if let Some((changes, messages)) = read_back
            && changes == self.tail.heads().changes
        {
            self.tail.extend_back(&messages);
        }
        let mut drafts: Vec<Option<Waiting<Sender>>> = drafts.into_iter().map(Some).collect();
        for (at, answer) in known {
            if let Some(waiting) = drafts[at].take() {
                self.answer(&waiting.reply, &waiting.draft.nonce, answer);
            }
        }
        let drafts: Vec<Waiting<Sender>> = drafts.into_iter().flatten().collect();
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
                    let at =
                        Chance { node: &self.hub.node, room: &self.room, head: self.tail.heads().messages };
                    self.turns.succeeded(took, self.presence.is_elsewhere(), (at, self.known_at));
                    let page = self.deliver(&messages).await;
                    self.publish(Event::Committed(page));
                }
            }
            Err(LogError::Overtaken { between, .. }) => {
                self.gather.put_back(drafts);
                self.overtaken_by(&between).await;
                let at = Chance { node: &self.hub.node, room: &self.room, head: self.tail.heads().messages };
                self.turns.overtaken((at, Instant::now()));
            }
            Err(error) => {
                // It may have been written: before the next append we look.
                self.is_doubtful = true;
                self.hub.metrics.append_failures.inc();
                let refusal = log_refusal(error);
                for waiting in drafts {
                    self.answer(&waiting.reply, &waiting.draft.nonce, Err(refusal.clone()));
                }
            }
        }
    }

    /// Delivers what another node has written before us, as far as the store has said what.
    async fn overtaken_by(&mut self, messages: &[Message]) {
        let known = self.tail.heads().changes;
        if messages.is_empty() || messages.iter().any(|message| message.revision > known) {
            return self.catch_up().await;
        }
        self.take(messages).await;
    }

    fn answer_all(&self, group: &mut Group<Sender>) {
        for ((sender, nonce), answer) in group.answers.drain(..) {
            self.answer(&sender, &nonce, answer);
        }
    }

    fn answer(&self, Sender { place, .. }: &Sender, nonce: &Nonce, answer: Result<Message, Refusal>) {
        let (room, nonce) = (self.room.clone(), nonce.clone());
        place.tell(&match answer {
            Ok(Message { sequence, at, .. }) => ServerMessage::Sent { room, nonce, sequence, at },
            Err(refusal) => ServerMessage::NotSent { room, nonce, refusal },
        });
    }
}

/// Looks for what must be looked for in the store, and at rights that were looked at a while ago, then appends the rest.
async fn append(
    hub: Arc<Hub>,
    room: RoomId,
    (heads, reach): (Heads, usize),
    (mut drafts, unknown): (Vec<Waiting<Sender>>, Vec<usize>),
) -> Appended {
    let (mut known, mut read_back, mut began) = (Vec::new(), None, Instant::now());
    let res = async {
        let unknown = (drafts.as_slice(), unknown.as_slice());
        read_back = look_for(&hub.backend.log, &room, (heads, reach), unknown, &mut known).await?;
        look_at_rights(&hub, &room, &mut drafts, &mut known).await?;
        let is_known = |at: usize| known.iter().any(|(it, _)| *it == at);
        let rest = drafts.iter().enumerate().filter(|(at, _)| !is_known(*at));
        let rest: Vec<Draft> = rest.map(|(_, waiting)| waiting.draft.clone()).collect();
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        began = Instant::now();
        let appended = hub.backend.log.append(&room, heads.messages, timestamp(), &rest);
        in_time("log while appending", appended).await
    };
    let res = res.await;
    Appended { drafts, known, read_back, res, took: began.elapsed() }
}

/// What is known of drafts without an append, by their places in the group.
type Known = Vec<(usize, Result<Message, Refusal>)>;

/// Looks for drafts that memory does not reach back to: in one reading of the room's end, where that is at most so long.
async fn look_for(
    log: &Log,
    room: &RoomId,
    (heads, reach): (Heads, usize),
    (drafts, unknown): (&[Waiting<Sender>], &[usize]),
    known: &mut Known,
) -> Result<Option<(Sequence, Vec<Message>)>, LogError> {
    let Some(since) = unknown.iter().map(|at| drafts[*at].since).min() else { return Ok(None) };
    let n = usize::try_from(heads.messages.since(since)).unwrap_or(usize::MAX);
    if n > reach {
        for at in unknown {
            let Waiting { draft, since, .. } = &drafts[*at];
            let found = log.find(room, &draft.author, &draft.nonce, *since);
            let found = in_time("log while looking for a draft", found).await?;
            known.extend(found.map(|message| (*at, Ok(message))));
        }
        return Ok(None);
    }
    let messages = in_time("log while looking for drafts", log.read(room, since.next(), n)).await?;
    for at in unknown {
        let Waiting { draft, since, .. } = &drafts[*at];
        let is_it =
            |it: &&Message| it.nonce == draft.nonce && it.author == draft.author && it.sequence > *since;
        known.extend(messages.iter().find(is_it).map(|message| (*at, Ok(message.clone()))));
    }
    Ok(Some((heads.changes, messages)))
}

/// Looks at the rights to write again where one was looked at too long ago: its draft has waited, or this process has slept.
/// Then at those of all drafts, at once, since a look takes time, after which another may be too old; a draft that is
/// overtaken then need not be looked at again.
async fn look_at_rights(
    hub: &Hub,
    room: &RoomId,
    drafts: &mut [Waiting<Sender>],
    known: &mut Known,
) -> Result<(), LogError> {
    let asked = Instant::now();
    let is_known = |at: usize| known.iter().any(|(it, _)| *it == at);
    let is_old = |at: &usize| asked.duration_since(drafts[*at].reply.allowed_at) >= RIGHTS_FOR;
    let unknown: Vec<usize> = (0..drafts.len()).filter(|at| !is_known(*at)).collect();
    if !unknown.iter().any(is_old) {
        return Ok(());
    }
    let mut authors: Vec<MemberId> = unknown.iter().map(|at| drafts[*at].draft.author.clone()).collect();
    authors.sort();
    authors.dedup();
    let refused = access::refused(&hub.known_rooms, &hub.backend.memberships, &authors, room);
    let refused = in_time::<_, Unavailable>("memberships before an append", refused).await?;
    for at in unknown {
        let Waiting { draft, reply, .. } = &mut drafts[at];
        match refused.get(&draft.author) {
            None => reply.allowed_at = asked,
            Some(refusal) => known.push((at, Err(refusal.clone()))),
        }
    }
    Ok(())
}
