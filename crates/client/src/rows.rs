//! How messages stand under each other: who is named again, where a day begins, where the line *new* is.

use std::ops::RangeInclusive;

use protocol::{Message, Person, Sequence, Timestamp};

use crate::{client::Client, people::Note, timeline::Timeline};

/// Messages of one author within this time share one heading.
pub const GROUP_MS: u64 = 5 * 60 * 1000;

/// A message as it stands in the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The message.
    pub message: Message,
    /// Its author; none if the client has never heard of them.
    pub author: Option<Person>,
    /// Whether the author is named above it.
    pub starts_group: bool,
    /// Whether a day begins with it.
    pub starts_day: bool,
    /// Whether the line *new* stands above it.
    pub is_first_new: bool,
    /// Who came and went after it.
    pub note: Option<Note>,
    /// What the member may do with it.
    pub may: May,
}

/// What a member may do with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum May {
    /// Read it.
    Read,
    /// Delete it too: it is somebody else's, in a room that they look after.
    Delete,
    /// Edit and delete it: it is their own.
    Edit,
}

/// The rows of a part of a room's timeline. `day` tells which day a moment is in, in the reader's zone.
pub fn rows(
    client: &Client,
    timeline: &Timeline,
    room: &protocol::RoomId,
    window: &RangeInclusive<Sequence>,
    day: impl Fn(Timestamp) -> i64,
) -> Vec<Row> {
    let new_line = client.new_line(room);
    let notes = client.notes(room);
    let inside = client.room(room).zip(client.me());
    let first = window.start().since(timeline.first());
    let skip = usize::try_from(first).unwrap_or(usize::MAX);
    let n = usize::try_from(window.end().since(*window.start()) + 1).unwrap_or(usize::MAX);
    let mut before = timeline.get(window.start().minus(1));
    let mut rows = Vec::new();
    for message in timeline.messages().iter().skip(skip).take(n) {
        let is_first_new = new_line == Some(message.sequence);
        let starts_day = before.is_none_or(|before| day(before.at) != day(message.at));
        let follows = before.is_some_and(|before| {
            before.author == message.author && message.at.0.saturating_sub(before.at.0) < GROUP_MS
        });
        rows.push(Row {
            message: message.clone(),
            author: client.person(&message.author).cloned(),
            starts_group: !follows || starts_day || is_first_new,
            starts_day,
            is_first_new,
            note: notes.iter().find(|note| note.after == message.sequence).cloned(),
            may: match inside {
                _ if message.text.is_none() => May::Read,
                Some((_, me)) if me.id == message.author => May::Edit,
                Some((room, _)) if room.admin => May::Delete,
                _ => May::Read,
            },
        });
        before = Some(message);
    }
    rows
}

#[cfg(test)]
mod tests {
    use protocol::{Heads, Here, MemberId, MessageText, Nonce, Page, RoomId};

    use super::*;
    use crate::Setup;
    use std::time::Duration;

    #[test]
    fn messages_of_one_author_share_a_heading_for_five_minutes() {
        let rows =
            rows_of(&[("ada", 0), ("ada", GROUP_MS - 1), ("ada", 2 * GROUP_MS), ("bo", 2 * GROUP_MS + 1)]);

        let starts: Vec<bool> = rows.iter().map(|row| row.starts_group).collect();
        assert_eq!(starts, [true, false, true, true]);
    }

    #[test]
    fn a_day_begins_a_group() {
        let rows = rows_of(&[("ada", 86_399_000), ("ada", 86_401_000)]);

        assert!(rows[1].starts_day && rows[1].starts_group);
    }

    fn rows_of(messages: &[(&str, u64)]) -> Vec<Row> {
        let room = RoomId::parse("general").unwrap();
        let messages: Vec<Message> = (1..)
            .zip(messages)
            .map(|(sequence, (author, at))| Message {
                sequence: Sequence(sequence),
                author: MemberId::parse(author).unwrap(),
                nonce: Nonce::parse("n").unwrap(),
                at: Timestamp(*at),
                text: Some(MessageText::parse("hi").unwrap()),
                revision: Sequence::ZERO,
                revised: None,
            })
            .collect();
        let mut client = Client::new(Setup { me: None, rooms: Vec::new(), build: String::new(), seed: 1 });
        let heads = Heads { messages: Sequence(messages.len() as u64), changes: Sequence::ZERO };
        let page = Page { room: room.clone(), messages, people: Vec::new(), heads };
        client.rendered(page, Here::default(), Duration::ZERO);
        let timeline = client.timeline(&room).unwrap();
        let day = |at: Timestamp| i64::try_from(at.0 / 86_400_000).unwrap();
        rows(&client, timeline, &room, &(Sequence(1)..=timeline.last()), day)
    }
}
