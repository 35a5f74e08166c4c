//! Drafts become messages: one append a room is under way, and what comes meanwhile is the next group.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::FutureExt as _;
use tokio::time::Instant;

use backend::Log;
use chat::{
    access,
    gather::{Group, Waiting},
    ports::{Draft, Event, LogError, RoomLog as _, Unavailable},
    tail::{TAIL_MAX, Taken, Written},
};
use protocol::{Heads, MemberId, Message, Nonce, Refusal, RoomId, Sequence, ServerMessage};

use super::{
    super::{Offer, ticker::timestamp},
    FILL, Hub, Keeper, Place,
    turns::Chance,
};
use crate::{
    patience::in_time,
    perform::RIGHTS_FOR,
    refusals::{is_outside, log_refusal},
    tasks::of_node,
};

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
    /// The room's last change that was known when it began: what was changed since, the messages here do not say.
    changes: Sequence,
    /// What was read to look for them: the messages before those whose names are known.
    read_back: Vec<Message>,
    /// The others, in their order.
    res: Result<Vec<Message>, LogError>,
    took: Duration,
}

impl Appended {
    /// Those who were refused since they are not in the room.
    fn outside(&self) -> Vec<Arc<Place>> {
        let refused = self.known.iter().filter(|(_, answer)| answer.as_ref().is_err_and(is_outside));
        refused.map(|(at, _)| Arc::clone(&self.drafts[*at].reply.place)).collect()
    }
}

impl Keeper {
    /// A draft waits for the next group.
    pub(super) fn offer(&mut self, place: Arc<Place>, Offer { draft, since, allowed_at }: Offer) {
        if since.next() < self.tail.first() {
            self.behind_at = Instant::now();
        }
        // Who knows more of the room than we do is right: we have slept. Unless they were wrong before.
        self.is_doubtful |= since > self.tail.heads().messages && place.is_believed();
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
        if self.is_doubtful
            && let Err(error) = self.try_to_catch_up().await
        {
            return self.refuse_waiting(&log_refusal(error));
        }
        let mut group = self.gather.next_group(&self.tail);
        self.answer_all(&mut group);
        if !group.drafts.is_empty() {
            let (hub, room) = (Arc::clone(&self.hub), self.room.clone());
            let append = append(hub, room, (self.tail.heads(), self.tail.first_named()), group);
            // By itself: what was found out about rights is to be used while it is so, whatever the keeper waits for meanwhile.
            let append = tokio::spawn(of_node(append));
            self.append = Some(append.map(|done| done.expect("an append ends as its node does")).boxed());
        }
    }

    /// Nothing can be appended now. What is known to be a message already is one.
    fn refuse_waiting(&mut self, refusal: &Refusal) {
        while !self.gather.is_empty() {
            let mut group = self.gather.next_group(&self.tail);
            // What else there is to say of a draft is said by a tail that may not be the end of the room.
            for (_, answer) in &mut group.answers {
                if answer.is_err() {
                    *answer = Err(refusal.clone());
                }
            }
            self.answer_all(&mut group);
            for waiting in group.drafts {
                self.answer(&waiting.reply, &waiting.draft.nonce, Err(refusal.clone()));
            }
        }
    }

    /// An append is done: tells its senders, and everybody.
    pub(super) async fn appended(&mut self, appended: Appended) {
        self.see_out(appended.outside()).await;
        let Appended { drafts, known, changes, mut read_back, mut res, took } = appended;
        // Who looks next time, looks in memory.
        match self.tail.renew(changes, &mut read_back) {
            true => self.tail.extend_back(&read_back),
            false => self.tail.learn_names(&read_back),
        }
        let messages = match &mut res {
            Ok(messages) | Err(LogError::Overtaken { between: messages, .. }) => messages.as_mut_slice(),
            Err(_) => &mut [],
        };
        let is_renewed = self.tail.renew(changes, messages);
        let mut drafts: Vec<Option<Waiting<Sender>>> = drafts.into_iter().map(Some).collect();
        for (at, answer) in known {
            if let Some(waiting) = drafts[at].take() {
                self.answer(&waiting.reply, &waiting.draft.nonce, answer);
            }
        }
        let drafts: Vec<Waiting<Sender>> = drafts.into_iter().flatten().collect();
        match res {
            Ok(messages) if !is_renewed => {
                for (waiting, message) in drafts.iter().zip(&messages) {
                    self.answer(&waiting.reply, &waiting.draft.nonce, Ok(message.into()));
                }
                self.catch_up().await; // What they say by now, the store knows.
            }
            Err(LogError::Overtaken { .. }) if !is_renewed => {
                self.gather.put_back(drafts);
                self.is_doubtful = true;
            }
            Ok(messages) => {
                if !messages.is_empty() {
                    self.hub.metrics.append_seconds.observe(took.as_secs_f64());
                    self.hub.metrics.messages.inc_by(messages.len() as u64);
                }
                let n_new = match self.tail.take(&messages) {
                    Taken::New(n) => n, // Of an answer that came late, a reading may have brought them before.
                    Taken::Gap(_) => unreachable!("it was appended after the tail"),
                };
                for (waiting, message) in drafts.iter().zip(&messages) {
                    self.answer(&waiting.reply, &waiting.draft.nonce, Ok(message.into()));
                }
                if !messages.is_empty() {
                    self.known_at = Instant::now();
                    let at =
                        Chance { node: &self.hub.node, room: &self.room, head: self.tail.heads().messages };
                    // Of whom nothing is heard may be there all the same.
                    let may_be_others = self.presence.is_elsewhere() || !self.ears.hears();
                    self.turns.succeeded(took, may_be_others, (at, self.known_at));
                    let new = &messages[messages.len() - n_new..];
                    let page = match new.is_empty() {
                        true => self.page_of(messages).await,
                        false => self.deliver(new).await,
                    };
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
        // Nobody says how far whoever was faster is by the time it is tried again.
        self.is_doubtful |= !self.ears.hears();
    }

    fn answer_all(&self, group: &mut Group<Sender>) {
        for ((sender, nonce), answer) in group.answers.drain(..) {
            if let Err(Refusal::SinceAhead) = answer {
                sender.place.believe_no_more();
            }
            self.answer(&sender, &nonce, answer);
        }
    }

    fn answer(&self, Sender { place, .. }: &Sender, nonce: &Nonce, answer: Result<Written, Refusal>) {
        let (room, nonce) = (self.room.clone(), nonce.clone());
        place.tell(&match answer {
            Ok(Written { sequence, at }) => ServerMessage::Sent { room, nonce, sequence, at },
            Err(refusal) => ServerMessage::NotSent { room, nonce, refusal },
        });
    }
}

/// Looks for what must be looked for in the store, and at rights that were looked at a while ago, then appends the rest.
async fn append(
    hub: Arc<Hub>,
    room: RoomId,
    (heads, named): (Heads, Sequence),
    group: Group<Sender>,
) -> Appended {
    let Group { mut drafts, unknown, .. } = group;
    let (mut known, mut read_back, mut began) = (Vec::new(), Vec::new(), Instant::now());
    let res = async {
        let log = &hub.backend.log;
        read_back = look_for(log, &room, named, (&drafts, &unknown), &mut known).await;
        for at in unknown {
            drafts[at].since = heads.messages; // Overtaken, they are looked for from here on.
        }
        look_at_rights(&hub, &room, &mut drafts, &mut known).await?;
        let rest: Vec<Draft> =
            not_in(&known, 0..drafts.len()).into_iter().map(|at| drafts[at].draft.clone()).collect();
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        began = Instant::now();
        let appended = hub.backend.log.append(&room, heads.messages, timestamp(), &rest);
        in_time("log while appending", appended).await
    };
    let res = res.await;
    Appended { drafts, known, changes: heads.changes, read_back, res, took: began.elapsed() }
}

/// What is known of drafts without an append, by their places in the group.
type Known = Vec<(usize, Result<Written, Refusal>)>;

/// Looks for drafts that memory does not reach back to, in what is before the names that are known: in one reading for all of
/// them, from there back, which is returned as far as it came. Those for which not all could be read are refused.
async fn look_for(
    log: &Log,
    room: &RoomId,
    named: Sequence,
    (drafts, unknown): (&[Waiting<Sender>], &[usize]),
    known: &mut Known,
) -> Vec<Message> {
    let mut read_back = VecDeque::new();
    let Some(since) = unknown.iter().map(|at| drafts[*at].since).min() else { return Vec::new() };
    let mut first = named;
    while since.next() < first {
        // Many at once, however few are asked for: those who come next may be a little further behind, each time.
        let n = FILL.min(usize::try_from(first.0 - 1).unwrap_or(FILL));
        let unread_to = first;
        first = first.minus(n as u64);
        let read = in_time("log while looking for drafts", log.read(room, first, n)).await;
        let messages = match read {
            Ok(messages) if messages.len() == n => messages,
            other => {
                let refusal = other.map_or_else(log_refusal, |_| Refusal::Unavailable);
                for at in not_in(known, unknown.iter().copied()) {
                    if drafts[at].since.next() < unread_to {
                        known.push((at, Err(refusal.clone())));
                    }
                }
                break;
            }
        };
        for at in not_in(known, unknown.iter().copied()) {
            known.extend(found(&drafts[at], &messages).map(|it| (at, Ok(it.into()))));
        }
        for mut message in messages.into_iter().rev() {
            if read_back.len() >= TAIL_MAX {
                message.text = None; // Only its name is remembered.
            }
            read_back.push_front(message);
        }
    }
    read_back.into()
}

/// The message that a draft is, if it is among these.
fn found<'a>(waiting: &Waiting<Sender>, messages: &'a [Message]) -> Option<&'a Message> {
    let Waiting { draft, since, .. } = waiting;
    let is_it = |it: &&Message| it.nonce == draft.nonce && it.author == draft.author && it.sequence > *since;
    messages.iter().find(is_it)
}

/// Those of some places of which nothing is known.
fn not_in(known: &Known, places: impl Iterator<Item = usize>) -> Vec<usize> {
    places.filter(|at| !known.iter().any(|(it, _)| it == at)).collect()
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
    let is_old = |at: &usize| asked.duration_since(drafts[*at].reply.allowed_at) >= RIGHTS_FOR;
    let unknown = not_in(known, 0..drafts.len());
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
