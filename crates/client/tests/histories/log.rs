//! The store of the model: one log for each room, and the rule of sending exactly once, written as plainly as can be.

use std::collections::{BTreeMap, BTreeSet};

use protocol::{Anchor, MemberId, Message, MessageText, Nonce, Refusal, RoomId, Sequence, Timestamp};

/// What a model server limits. Small limits reach every edge with few messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Most missed messages in the answer to an open.
    pub(crate) catch_up: u64,
    /// Messages of an answer to an open otherwise.
    pub(crate) end: u64,
    /// Most messages of a page.
    pub(crate) page: u64,
    /// Most changes of what a client has in the answer to an open.
    pub(crate) changes: u64,
    /// How far behind the head a sender may have looked.
    pub(crate) stale: u64,
}

/// Everything durable.
#[derive(Debug, Default)]
pub(crate) struct Store {
    logs: BTreeMap<RoomId, Vec<Message>>,
    /// All messages as they were written.
    written: BTreeMap<RoomId, Vec<Message>>,
    /// The changes of each room; none where a membership ended.
    changes: BTreeMap<RoomId, Vec<Option<Change>>>,
    /// Who is in a room no longer.
    outside: BTreeSet<(MemberId, RoomId)>,
    read: BTreeMap<(MemberId, RoomId), Sequence>,
}

/// Whose change it was, what they called it, and what the message was from then on.
type Change = (MemberId, Nonce, Message);

/// An edit, or a deletion where there is no text, as a frame brings it.
pub(crate) struct Revising<'a> {
    pub(crate) by: &'a MemberId,
    pub(crate) nonce: &'a Nonce,
    pub(crate) sequence: Sequence,
    pub(crate) seen: Option<Sequence>,
    pub(crate) text: Option<MessageText>,
}

/// A draft as a frame brings it.
pub(crate) struct Offered<'a> {
    pub(crate) author: &'a MemberId,
    pub(crate) nonce: &'a Nonce,
    pub(crate) since: Sequence,
    pub(crate) text: &'a MessageText,
}

impl Store {
    pub(crate) fn log(&self, room: &RoomId) -> &[Message] {
        self.logs.get(room).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn head(&self, room: &RoomId) -> Sequence {
        Sequence(self.log(room).len() as u64)
    }

    /// Messages of a log, from the one after `after` up to `upto`.
    pub(crate) fn between(&self, room: &RoomId, after: Sequence, upto: Sequence) -> Vec<Message> {
        let log = self.log(room);
        let [from, upto] = [after, upto].map(|it| usize::try_from(it.0).unwrap().min(log.len()));
        log[from.min(upto)..upto].to_vec()
    }

    /// Appends after the head only what stands nowhere in `since` + 1 up to the head.
    pub(crate) fn append(
        &mut self,
        room: &RoomId,
        offered: &Offered<'_>,
        stale: u64,
    ) -> Result<Sequence, Refusal> {
        let head = self.head(room);
        let Offered { author, nonce, since, text } = *offered;
        if since > head {
            return Err(Refusal::SinceAhead);
        }
        if head.since(since) > stale {
            return Err(Refusal::Stale { limit: stale });
        }
        let log = self.logs.entry(room.clone()).or_default();
        let mut looked_at = log.iter().skip(usize::try_from(since.0).unwrap());
        if let Some(known) = looked_at.find(|it| it.author == *author && it.nonce == *nonce) {
            return Ok(known.sequence);
        }
        let sequence = head.next();
        let message = Message {
            sequence,
            author: author.clone(),
            nonce: nonce.clone(),
            at: Timestamp(sequence.0),
            text: Some(text.clone()),
            revision: Sequence::ZERO,
            revised: None,
        };
        self.written.entry(room.clone()).or_default().push(message.clone());
        log.push(message);
        Ok(sequence)
    }

    /// How many changes a room has had.
    pub(crate) fn changes_head(&self, room: &RoomId) -> Sequence {
        Sequence(self.changes.get(room).map_or(0, |changes| changes.len() as u64))
    }

    /// What a message was after each of its changes, first as it was written.
    pub(crate) fn versions(&self, room: &RoomId, sequence: Sequence) -> Vec<Message> {
        let changes = self.changes.get(room).map_or(&[][..], Vec::as_slice);
        let later = changes.iter().flatten().map(|(_, _, message)| message);
        let later = later.filter(|it| it.sequence == sequence);
        let first = self.written.get(room).and_then(|all| all.iter().find(|it| it.sequence == sequence));
        first.into_iter().chain(later).cloned().collect()
    }

    /// The messages that the changes after one, up to another, have changed, as they are now.
    pub(crate) fn changed_between(&self, room: &RoomId, after: Sequence, upto: Sequence) -> Vec<Message> {
        let is_within = |message: &&Message| message.revision > after && message.revision <= upto;
        let changes = self.changes.get(room).map_or(&[][..], Vec::as_slice);
        let within = changes.iter().flatten().map(|(_, _, message)| message).filter(is_within);
        let sequences: BTreeSet<Sequence> = within.map(|message| message.sequence).collect();
        let now = sequences.into_iter().flat_map(|it| self.between(room, it.minus(1), it));
        let mut now: Vec<Message> = now.collect();
        now.sort_by_key(|message| message.revision);
        now
    }

    /// Gives a message another text, or none, once.
    pub(crate) fn revise(&mut self, room: &RoomId, revising: Revising<'_>) -> Result<(), Refusal> {
        let Revising { by, nonce, sequence, seen, text } = revising;
        let missing = || Refusal::NoSuchMessage { room: room.clone(), sequence };
        let now = self.between(room, sequence.minus(1), sequence).pop().ok_or_else(missing)?;
        let changes = self.changes.entry(room.clone()).or_default();
        if changes.iter().flatten().any(|(other, name, _)| other == by && name == nonce) {
            return Ok(());
        }
        if now.author != *by {
            return Err(Refusal::NotYours { room: room.clone(), sequence });
        }
        if now.text.is_none() {
            return if text.is_none() { Ok(()) } else { Err(missing()) };
        }
        if seen.is_some_and(|seen| seen != now.revision) {
            return Err(Refusal::Overtaken { room: room.clone(), sequence });
        }
        let revision = Sequence(changes.len() as u64 + 1);
        let now = Message { text, revision, revised: Some(Timestamp(revision.0)), ..now };
        changes.push(Some((by.clone(), nonce.clone(), now.clone())));
        let log = self.logs.get_mut(room).ok_or_else(missing)?;
        log[usize::try_from(sequence.0 - 1).unwrap()] = now;
        Ok(())
    }

    pub(crate) fn is_in(&self, member: &MemberId, room: &RoomId) -> bool {
        !self.outside.contains(&(member.clone(), room.clone()))
    }

    /// Brings a member back, who then has read all; whether they were outside.
    pub(crate) fn join(&mut self, member: &MemberId, room: &RoomId) -> bool {
        let key = (member.clone(), room.clone());
        let was_outside = self.outside.remove(&key);
        if was_outside {
            self.read.insert(key, self.head(room));
        }
        was_outside
    }

    /// Ends a membership, which is a change of the room; whether there was one.
    pub(crate) fn leave(&mut self, member: &MemberId, room: &RoomId) -> bool {
        let was_inside = self.outside.insert((member.clone(), room.clone()));
        if was_inside {
            self.changes.entry(room.clone()).or_default().push(None);
        }
        was_inside
    }

    /// The messages of a page.
    pub(crate) fn page(&self, room: &RoomId, anchor: Anchor, limit: u64) -> Vec<Message> {
        let head = self.head(room);
        let (after, upto) = match anchor {
            Anchor::End => (head.minus(limit), head),
            Anchor::Before(at) => (at.minus(limit + 1), at.minus(1)),
            Anchor::After(at) => (at, at.plus(limit)),
            Anchor::Around(at) => {
                let upto = at.plus(limit / 2).max(Sequence(limit)).min(head);
                (upto.minus(limit), upto)
            }
        };
        self.between(room, after, upto)
    }

    pub(crate) fn read(&self, member: &MemberId, room: &RoomId) -> Sequence {
        self.read.get(&(member.clone(), room.clone())).copied().unwrap_or_default()
    }

    /// Moves a read cursor forward, at most to the head; where it stands then.
    pub(crate) fn move_read(&mut self, member: &MemberId, room: &RoomId, upto: Sequence) -> Sequence {
        let upto = upto.min(self.head(room));
        let read = self.read.entry((member.clone(), room.clone())).or_default();
        *read = upto.max(*read);
        *read
    }
}
