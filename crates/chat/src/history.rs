//! Pages of a room's log.

use protocol::{Anchor, Heads, MemberId, Message, Page, RoomId, Sequence, limits};

use crate::{
    access::Reader,
    ports::{LogError, Members, RoomLog, Unavailable},
    tail::wire_bytes,
};

/// Reads a page of a room that the viewer may read.
///
/// # Errors
/// [`LogError`].
pub async fn page(
    log: &impl RoomLog,
    members: &impl Members,
    reader: &Reader,
    anchor: Anchor,
    limit: usize,
) -> Result<Page, LogError> {
    let room = &reader.room().id;
    let heads = log.heads(room).await?;
    let (first, n) = place(anchor, limit, heads.messages);
    let messages = match n {
        0 => Vec::new(),
        _ => log.read(room, first, n).await?,
    };
    let messages = cut(messages, anchor, limits::PAGE_MAX_BYTES);
    Ok(with_people(members, room.clone(), messages, heads).await?)
}

/// Makes a page of messages: adds their authors.
///
/// # Errors
/// [`Unavailable`].
pub async fn with_people(
    members: &impl Members,
    room: RoomId,
    messages: Vec<Message>,
    heads: Heads,
) -> Result<Page, Unavailable> {
    let mut ids: Vec<MemberId> = messages.iter().map(|message| message.author.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let people = match ids.is_empty() {
        true => Vec::new(),
        false => members.people(&ids).await?,
    };
    Ok(Page { room, messages, people, heads })
}

/// Where a page lies in a log that ends at `head`: its first sequence and how many messages it has. No holes, so no
/// search: this is arithmetic.
pub fn place(anchor: Anchor, limit: usize, head: Sequence) -> (Sequence, usize) {
    let limit = limit.clamp(1, limits::PAGE_MAX) as u64;
    let (first, last) = match anchor {
        Anchor::End => (head.minus(limit - 1), head),
        Anchor::Before(at) => {
            let last = at.minus(1).min(head);
            (last.minus(limit - 1), last)
        }
        Anchor::After(at) => (at.next(), at.plus(limit).min(head)),
        Anchor::Around(at) => {
            let last = at.plus(limit / 2).max(Sequence(limit)).min(head);
            (last.minus(limit - 1), last)
        }
    };
    let first = first.max(Sequence(1));
    let n = last.next().since(first);
    (first, usize::try_from(n).expect("at most PAGE_MAX"))
}

/// As many of a page's messages as have so many bytes of text on the wire, one at least: those that are nearest to where it
/// was asked for.
fn cut(mut messages: Vec<Message>, anchor: Anchor, max_bytes: usize) -> Vec<Message> {
    let mut bytes: usize = messages.iter().map(wire_bytes).sum();
    let mut left = 0..messages.len();
    while bytes > max_bytes && left.len() > 1 {
        let (first, last) = (&messages[left.start], &messages[left.end - 1]);
        let is_first_further = match anchor {
            Anchor::End | Anchor::Before(_) => true,
            Anchor::After(_) => false,
            Anchor::Around(at) => at.since(first.sequence) >= last.sequence.since(at),
        };
        if is_first_further {
            bytes -= wire_bytes(first);
            left.start += 1;
        } else {
            bytes -= wire_bytes(last);
            left.end -= 1;
        }
    }
    messages.truncate(left.end);
    messages.split_off(left.start)
}

#[cfg(test)]
mod tests {
    use protocol::{MessageText, Nonce, Timestamp};

    use super::*;

    #[test]
    fn of_long_messages_a_page_has_those_that_are_nearest_to_where_it_was_asked_for() {
        let sequences = |anchor, max_bytes| -> Vec<u64> {
            let messages = (11..=20).map(message).collect();
            cut(messages, anchor, max_bytes).iter().map(|message| message.sequence.0).collect()
        };

        assert_eq!(sequences(Anchor::End, 30), [18, 19, 20]);
        assert_eq!(sequences(Anchor::Before(Sequence(21)), 39), [18, 19, 20]);
        assert_eq!(sequences(Anchor::After(Sequence(10)), 30), [11, 12, 13]);
        assert_eq!(sequences(Anchor::Around(Sequence(15)), 30), [14, 15, 16]);
        assert_eq!(sequences(Anchor::Around(Sequence(11)), 30), [11, 12, 13]);
        assert_eq!(sequences(Anchor::Around(Sequence(30)), 30), [18, 19, 20]);
        assert_eq!(sequences(Anchor::After(Sequence(10)), 3), [11], "one at least");
        assert_eq!(sequences(Anchor::End, 100).len(), 10);
        assert_eq!(cut(Vec::new(), Anchor::End, 0), []);
    }

    /// A message of ten letters.
    fn message(sequence: u64) -> Message {
        Message {
            sequence: Sequence(sequence),
            author: MemberId::parse("ada").unwrap(),
            nonce: Nonce::parse("n").unwrap(),
            at: Timestamp(sequence),
            text: MessageText::parse("0123456789").ok(),
            revision: Sequence::ZERO,
            revised: None,
        }
    }

    #[track_caller]
    fn check(anchor: Anchor, head: u64, expected: std::ops::Range<u64>) {
        let (first, n) = place(anchor, 10, Sequence(head));
        assert_eq!((first.0, n as u64), (expected.start, expected.end - expected.start));
    }

    #[test]
    fn a_page_lies_where_its_anchor_says() {
        check(Anchor::End, 100, 91..101);
        check(Anchor::Before(Sequence(50)), 100, 40..50);
        check(Anchor::After(Sequence(50)), 100, 51..61);
        check(Anchor::Around(Sequence(50)), 100, 46..56);
    }

    #[test]
    fn a_page_ends_where_the_room_does() {
        check(Anchor::End, 0, 1..1);
        check(Anchor::End, 3, 1..4);
        check(Anchor::Before(Sequence(4)), 100, 1..4);
        check(Anchor::Before(Sequence(1)), 100, 1..1);
        check(Anchor::Before(Sequence(1000)), 100, 91..101);
        check(Anchor::After(Sequence(98)), 100, 99..101);
        check(Anchor::After(Sequence(100)), 100, 101..101);
        check(Anchor::Around(Sequence(2)), 100, 1..11);
        check(Anchor::Around(Sequence(99)), 100, 91..101);
    }

    #[test]
    fn beyond_the_end_is_nothing_however_far() {
        for far in [101, u64::MAX - 1, u64::MAX] {
            let (_, n) = place(Anchor::After(Sequence(far)), 10, Sequence(100));
            assert_eq!(n, 0, "{far}");
        }
    }
}
