//! What a node knows of a room's log: its heads, and its last messages.

mod names;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use protocol::{Heads, MemberId, Message, MessageText, Nonce, Sequence, Timestamp, limits};

use self::names::Names;

/// Most messages kept in memory for a room: enough that reconnecting clients are answered without the store.
pub const TAIL_MAX: usize = 1_000;
/// Most bytes kept in memory for a room, as far as they are texts: a thousand long ones are 16 MB.
pub const TAIL_MAX_BYTES: usize = 2 * 1024 * 1024;

/// The end of a room's log, without holes, and what was changed in it lately.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    heads: Heads,
    messages: VecDeque<Message>,
    bytes: usize,
    /// Of those messages, and of many before them.
    names: Names,
    changes: Changes,
}

/// The messages that were changed last.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// All that were changed after this are here.
    since: Sequence,
    /// By revision, each once.
    messages: VecDeque<Message>,
    bytes: usize,
}

/// What messages that came mean for a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many at the end of what came were new.
    New(usize),
    /// From this sequence on, up to what came, something is missing: read it first.
    Gap(Sequence),
}

/// Where a draft stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its place.
    pub sequence: Sequence,
    /// When it was written.
    pub at: Timestamp,
}

impl From<&Message> for Written {
    fn from(message: &Message) -> Self {
        Self { sequence: message.sequence, at: message.at }
    }
}

/// Whether a draft is in the log already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is.
    Found(Written),
    /// It is in none of the messages after `since`, up to the head.
    Absent,
    /// Not so much is remembered: ask the store for what is between `since` and the first name that is known.
    Unknown,
}

impl Tail {
    /// Begins at heads that the store gave, with no messages.
    pub fn at(heads: Heads) -> Self {
        let changes = Changes { since: heads.changes, ..Changes::default() };
        Self { heads, changes, ..Self::default() }
    }

    /// How far the room is, as far as this node knows.
    pub fn heads(&self) -> Heads {
        self.heads
    }

    /// Takes committed messages in order. Those known already are passed over.
    pub fn take(&mut self, messages: &[Message]) -> Taken {
        let head = self.heads.messages;
        let known = messages.partition_point(|message| message.sequence <= head);
        let new = &messages[known..];
        match new.first() {
            Some(first) if first.sequence > head.next() => return Taken::Gap(head.next()),
            Some(_) => {}
            None => return Taken::New(0),
        }
        self.names.extend(new);
        self.messages.extend(new.iter().cloned());
        self.bytes += new.iter().map(text_bytes).sum::<usize>();
        self.heads.messages = head.plus(new.len() as u64);
        while self.messages.len() > TAIL_MAX || self.bytes > TAIL_MAX_BYTES {
            let oldest = self.messages.pop_front().expect("what is too much is not nothing");
            self.bytes -= text_bytes(&oldest);
        }
        Taken::New(new.len())
    }

    /// Takes the room's changes after one, up to another, as the messages are now. What is known already is passed over.
    pub fn change(&mut self, after: Sequence, changed: &[Message], upto: Sequence) -> Taken {
        let known = self.heads.changes;
        if after > known {
            return Taken::Gap(known.next());
        }
        let new: Vec<&Message> = changed.iter().filter(|message| message.revision > known).collect();
        for message in &new {
            self.rewrite(message);
        }
        self.heads.changes = known.max(upto);
        self.changes.add(new.iter().map(|message| (*message).clone()));
        Taken::New(new.len())
    }

    /// All messages that were changed after `since`, as they are now; none where that is not remembered.
    pub fn changed_after(&self, since: Sequence) -> Option<Vec<Message>> {
        self.changes.after(since)
    }

    /// The messages that were changed after `since`, read from the store: from now on that is remembered.
    pub fn remember_changes(&mut self, since: Sequence, changed: Vec<Message>) {
        self.changes = Changes { since, messages: VecDeque::new(), bytes: 0 };
        self.changes.add(changed.into_iter());
    }

    /// Brings messages, which were read when this was the last change, to what they are now. False where that is not
    /// remembered of all.
    pub fn renew(&self, as_of: Sequence, messages: &mut [Message]) -> bool {
        for now in self.changes.messages.iter().filter(|now| now.revision > as_of) {
            let older =
                messages.iter_mut().find(|it| it.sequence == now.sequence && it.revision < now.revision);
            if let Some(older) = older {
                older.clone_from(now);
            }
        }
        as_of >= self.changes.since
    }

    fn rewrite(&mut self, now: &Message) {
        let Some(at) = now.sequence.0.checked_sub(self.first().0).and_then(|at| usize::try_from(at).ok())
        else {
            return;
        };
        if let Some(message) = self.messages.get_mut(at).filter(|it| it.revision < now.revision) {
            self.bytes = self.bytes - text_bytes(message) + text_bytes(now);
            *message = now.clone();
        }
    }

    /// Takes the names of messages that end just before those whose names are known.
    pub fn learn_names(&mut self, messages: &[Message]) {
        self.names.extend_back(messages, self.heads.messages);
    }

    /// The first message whose name is known, or the next one to come.
    pub fn first_named(&self) -> Sequence {
        self.names.first(self.heads.messages)
    }

    /// Takes messages that end just before the kept ones, so that the tail reaches further back.
    pub fn extend_back(&mut self, messages: &[Message]) {
        self.learn_names(messages);
        let first = self.first();
        let room = TAIL_MAX.saturating_sub(self.messages.len());
        let older: Vec<&Message> = messages.iter().filter(|message| message.sequence < first).collect();
        if older.last().is_some_and(|last| last.sequence.next() == first) {
            for message in older.into_iter().rev().take(room) {
                if self.bytes + text_bytes(message) > TAIL_MAX_BYTES {
                    return;
                }
                self.bytes += text_bytes(message);
                self.messages.push_front(message.clone());
            }
        }
    }

    /// Lets go of what was written before a time, but for the last messages, as many as are shown first.
    pub fn forget(&mut self, before: Timestamp) {
        let most = self.messages.len().saturating_sub(limits::PAGE_DEFAULT);
        let n_old = self.messages.iter().take(most).take_while(|message| message.at < before).count();
        self.bytes -= self.messages.drain(..n_old).map(|message| text_bytes(&message)).sum::<usize>();
        self.messages.shrink_to(2 * self.messages.len());
    }

    /// Lets go of the names of messages that are not kept.
    pub fn forget_names(&mut self) {
        self.names.forget_before(self.first(), self.heads.messages);
    }

    /// The last messages after `since`, as far as their texts have no more than so many bytes on the wire in all; none where
    /// the tail does not reach back so far.
    pub fn end(&self, since: Sequence, max_bytes: usize) -> Option<Vec<Message>> {
        let (mut n, mut bytes, mut is_whole) = (0, 0, since.next() >= self.first());
        for message in self.messages.iter().rev().take_while(|message| message.sequence > since) {
            bytes += wire_bytes(message);
            if bytes > max_bytes {
                is_whole = true;
                break;
            }
            n += 1;
        }
        is_whole.then(|| self.messages.iter().skip(self.messages.len() - n).cloned().collect())
    }

    /// Looks for a draft in all messages after `since`.
    pub fn find(&self, author: &MemberId, nonce: &Nonce, since: Sequence) -> Lookup {
        let found = self.messages.iter().rev().take_while(|message| message.sequence > since);
        let mut found = found.filter(|message| message.nonce == *nonce && message.author == *author);
        match found.next() {
            Some(message) => Lookup::Found(message.into()),
            None if since.next() >= self.first() => Lookup::Absent,
            None => match self.names.find((author, nonce), since, self.heads.messages) {
                Some(written) => Lookup::Found(written),
                None if since.next() >= self.first_named() => Lookup::Absent,
                None => Lookup::Unknown,
            },
        }
    }

    /// Whether an author is known to have written nothing after `since`.
    pub fn is_silent(&self, author: &MemberId, since: Sequence) -> bool {
        let mut later = self.messages.iter().rev().take_while(|message| message.sequence > since);
        since.next() >= self.first() && later.all(|message| message.author != *author)
    }

    /// The first message that is kept, or the next one to come.
    pub fn first(&self) -> Sequence {
        self.messages.front().map_or(self.heads.messages.next(), |message| message.sequence)
    }
}

impl Changes {
    fn add(&mut self, changed: impl Iterator<Item = Message>) {
        for message in changed {
            if let Some(at) = self.messages.iter().position(|it| it.sequence == message.sequence) {
                let earlier = self.messages.remove(at).expect("it was found there");
                self.bytes -= text_bytes(&earlier);
            }
            self.bytes += text_bytes(&message);
            self.messages.push_back(message);
        }
        // As many as a client that comes back is told.
        while self.messages.len() as u64 > limits::CHANGES_MAX || self.bytes > TAIL_MAX_BYTES {
            let oldest = self.messages.pop_front().expect("what is too much is not nothing");
            self.bytes -= text_bytes(&oldest);
            self.since = oldest.revision;
        }
    }

    fn after(&self, since: Sequence) -> Option<Vec<Message>> {
        let later = self.messages.iter().filter(|message| message.revision > since);
        (since >= self.since).then(|| later.cloned().collect())
    }
}

fn text_bytes(message: &Message) -> usize {
    message.text.as_ref().map_or(0, |text| text.as_str().len())
}

/// What a message's text takes in a frame.
pub fn wire_bytes(message: &Message) -> usize {
    message.text.as_ref().map_or(0, MessageText::wire_bytes)
}
