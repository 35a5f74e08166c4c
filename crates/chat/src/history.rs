//! Pages of a room's log.

use protocol::{Anchor, Heads, MemberId, Message, Page, RoomId, Sequence, limits};

use crate::{
    access::Reader,
    ports::{LogError, Members, RoomLog, Unavailable},
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

#[cfg(test)]
mod tests {
    use super::*;

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
