//! The store of the model: one log for each room, and the rule of sending exactly once, written as plainly as can be.

use std::collections::BTreeMap;

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
    /// How far behind the head a sender may have looked.
    pub(crate) stale: u64,
}

/// Everything durable.
#[derive(Debug, Default)]
pub(crate) struct Store {
    logs: BTreeMap<RoomId, Vec<Message>>,
    read: BTreeMap<(MemberId, RoomId), Sequence>,
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
        log.push(Message {
            sequence,
            author: author.clone(),
            nonce: nonce.clone(),
            at: Timestamp(sequence.0),
            text: Some(text.clone()),
            revision: Sequence::ZERO,
        });
        Ok(sequence)
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
