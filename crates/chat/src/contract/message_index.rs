//! What an index of messages is. Behaviours take one, and a function after which all that was put in is found.

use protocol::{MemberId, Message, RoomId, Sequence, Timestamp, query::Query};

use super::{NOW, member, nonce, typed, unique_room};
use crate::{
    ports::{Entry, FindError, Mark, MessageIndex, Order, Put, Search},
    search::{Criteria, examples},
};

/// Stamps one test per behaviour; `$fresh` makes an index and an async function that lets it catch up.
#[macro_export]
macro_rules! message_index_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(message_index, $fresh;
            every_example_is_found_or_missed,
            what_is_found_is_what_matches,
            what_is_put_in_again_or_late_changes_nothing,
            an_edited_message_is_found_by_its_new_words_alone,
            a_deleted_message_is_not_found_and_does_not_come_back,
            a_private_room_is_found_by_those_inside_alone,
            pages_have_each_hit_once_the_newest_first,
            pages_have_each_hit_once_the_best_first,
            what_says_it_more_often_comes_first,
            a_mark_of_something_else_is_refused,
        );
    };
}

pub async fn every_example_is_found_or_missed((index, caught_up): (impl MessageIndex, impl AsyncFn())) {
    let mut cases = Vec::new();
    for example in examples() {
        let room = unique_room();
        let texts: Vec<&str> = example.found.iter().chain(example.missed).copied().collect();
        let entries: Vec<Entry> = (1..).zip(&texts).map(|(at, text)| entry(&room, at, text)).collect();
        index.put(&entries).await.unwrap();
        cases.push((example, room));
    }
    caught_up().await;

    for (example, room) in cases {
        let mut found = find(&index, &search(example.query, &room)).await;
        found.sort_unstable();
        let expected: Vec<u64> = (1..=example.found.len() as u64).collect();
        assert_eq!(found, expected, "{example:?}");
    }
}

pub async fn what_is_found_is_what_matches((index, caught_up): (impl MessageIndex, impl AsyncFn())) {
    let rooms = [unique_room(), unique_room()];
    let texts = ["one fish", "two fish", "red https://example.org fish", "blue fish, one fish"];
    let mut messages = Vec::new();
    for (n, room) in rooms.iter().enumerate() {
        for (at, text) in (1..).zip(texts) {
            let author = member(if (at + n as u64).is_multiple_of(2) { "ada" } else { "bo" });
            messages.push((room.clone(), Message { author, ..message(at, text) }));
        }
    }
    let entries: Vec<Entry> = messages.iter().map(|(room, it)| Entry::of(room, false, it.clone())).collect();
    index.put(&entries).await.unwrap();
    caught_up().await;

    let [here, there] = &rooms;
    let everywhere = || Criteria { rooms: Some(rooms.to_vec()), ..criteria("fish ", here) };
    let times = |from, to| Timestamp(NOW.0 + from)..Timestamp(NOW.0 + to);
    let asked = [
        everywhere(),
        Criteria { authors: Some(vec![member("ada")]), ..everywhere() },
        Criteria { authors: Some(vec![member("ada"), member("bo"), member("nobody")]), ..everywhere() },
        Criteria { authors: Some(vec![member("nobody")]), ..everywhere() },
        Criteria { not_authors: vec![member("ada"), member("nobody")], ..everywhere() },
        Criteria { not_rooms: vec![there.clone(), unique_room()], ..everywhere() },
        Criteria { rooms: Some(vec![unique_room()]), ..everywhere() },
        Criteria { times: Some(times(2, 4)), ..everywhere() },
        Criteria { not_times: vec![times(0, 2), times(3, 4)], ..everywhere() },
        Criteria { link: true, ..everywhere() },
        Criteria { no_link: true, ..everywhere() },
        Criteria { all: Vec::new(), authors: Some(vec![member("bo")]), ..everywhere() },
        Criteria { none: criteria("one ", here).all, ..everywhere() },
    ];
    for criteria in asked {
        let matching = messages.iter().filter(|(room, message)| criteria.matches(room, message));
        let mut expected: Vec<(RoomId, Sequence)> =
            matching.map(|(room, it)| (room.clone(), it.sequence)).collect();
        expected.sort_unstable();
        for order in [Order::Newest, Order::Best] {
            let search = Search { criteria: criteria.clone(), order, ..search("", here) };
            let mut found = index.find(&search).await.unwrap().hits;
            found.sort_unstable();
            assert_eq!(found, expected, "{search:?}");
        }
    }
}

pub async fn what_is_put_in_again_or_late_changes_nothing(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let room = unique_room();
    let [old, new] = [(0, "old"), (5, "new")].map(|(revision, text)| revised(&room, revision, text));

    let put = index.put(&[new.clone(), old.clone()]).await.unwrap();
    index.put(std::slice::from_ref(&old)).await.unwrap();
    index.put(&[new, revised(&room, 5, "other")]).await.unwrap();
    caught_up().await;

    assert_eq!(put, [Put::Taken, Put::Taken]);
    assert_eq!(find(&index, &search("new ", &room)).await, [1]);
    assert_eq!(find(&index, &search("old ", &room)).await, [0; 0]);
    assert_eq!(find(&index, &search("other ", &room)).await, [0; 0]);
}

pub async fn an_edited_message_is_found_by_its_new_words_alone(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let room = unique_room();
    index.put(&[revised(&room, 0, "tea and cake")]).await.unwrap();

    index.put(&[revised(&room, 1, "coffee and cake")]).await.unwrap();
    caught_up().await;

    for (query, expected) in [("coffee ", &[1][..]), ("cake ", &[1]), ("tea ", &[])] {
        assert_eq!(find(&index, &search(query, &room)).await, expected);
    }
}

pub async fn a_deleted_message_is_not_found_and_does_not_come_back(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let room = unique_room();
    let entries =
        [entry(&room, 1, "one secret"), entry(&room, 2, "two secret"), entry(&room, 3, "three secret")];
    index.put(&entries).await.unwrap();
    let deleted = Entry { revision: Sequence(1), said: None, ..entries[0].clone() };

    index
        .put(&[deleted, Entry::erased(&room, Sequence(2)), Entry::erased(&room, Sequence(4))])
        .await
        .unwrap();
    index.put(&entries).await.unwrap();
    index.put(&[entry(&room, 4, "four secret")]).await.unwrap();
    caught_up().await;

    assert_eq!(find(&index, &search("secret ", &room)).await, [3]);
    let criteria = Criteria { all: Vec::new(), ..criteria("secret ", &room) };
    let whatever = Search { criteria, inside: vec![room.clone()], ..search("", &room) };
    assert_eq!(find(&index, &whatever).await, [3], "by no word of theirs either");
}

pub async fn a_private_room_is_found_by_those_inside_alone(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let [public, private, other] = [unique_room(), unique_room(), unique_room()];
    let of = |room: &RoomId, private| Entry::of(room, private, message(1, "plans"));
    index.put(&[of(&public, false), of(&private, true), of(&other, true)]).await.unwrap();
    caught_up().await;

    let rooms = [public.clone(), private.clone(), other];
    let asked = async |inside: &[RoomId]| {
        let criteria = Criteria { rooms: Some(rooms.to_vec()), ..criteria("plans ", &public) };
        let search = Search { criteria, inside: inside.to_vec(), ..search("", &public) };
        let found = index.find(&search).await.unwrap().hits.into_iter();
        let mut found: Vec<RoomId> = found.map(|(room, _)| room).collect();
        found.sort_unstable_by_key(|room| *room == private);
        found
    };
    assert_eq!(asked(&[]).await, std::slice::from_ref(&public));
    assert_eq!(asked(&[private.clone(), unique_room()]).await, [public.clone(), private.clone()]);
}

pub async fn pages_have_each_hit_once_the_newest_first(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let room = full_room(&index).await;
    caught_up().await;

    let found = page_through(&index, &search("word ", &room)).await;

    assert_eq!(found, (1..=N_FULL).rev().collect::<Vec<_>>());
}

pub async fn pages_have_each_hit_once_the_best_first(
    (index, caught_up): (impl MessageIndex, impl AsyncFn()),
) {
    let room = full_room(&index).await;
    caught_up().await;

    let search = Search { order: Order::Best, ..search("word ", &room) };
    let mut found = page_through(&index, &search).await;

    found.sort_unstable();
    assert_eq!(found, (1..=N_FULL).collect::<Vec<_>>());
}

pub async fn what_says_it_more_often_comes_first((index, caught_up): (impl MessageIndex, impl AsyncFn())) {
    let room = unique_room();
    let texts = ["rust rust rust", "rust and a good deal else, at length", "rust and rust", "no such thing"];
    let entries: Vec<Entry> = (1..).zip(texts).map(|(at, text)| entry(&room, at, text)).collect();
    index.put(&entries).await.unwrap();
    caught_up().await;

    let search = Search { order: Order::Best, ..search("rust ", &room) };
    assert_eq!(find(&index, &search).await, [1, 3, 2]);
}

pub async fn a_mark_of_something_else_is_refused((index, _): (impl MessageIndex, impl AsyncFn())) {
    for order in [Order::Newest, Order::Best] {
        for mark in ["", "x", "1 2 3", "{}", "[\"a\"]"] {
            let after = Some(Mark(mark.to_owned()));
            let search = Search { order, after, ..search("word ", &unique_room()) };
            assert!(matches!(index.find(&search).await, Err(FindError::BadMark)), "{mark}");
        }
    }
}

/// Messages of a full room, and hits of a page: it has a last one that is not full.
const N_FULL: u64 = 25;
const N_PAGE: usize = 10;

async fn full_room(index: &impl MessageIndex) -> RoomId {
    let room = unique_room();
    let entries: Vec<Entry> = (1..=N_FULL).map(|at| entry(&room, at, &format!("word {at}"))).collect();
    index.put(&entries).await.unwrap();
    room
}

async fn page_through(index: &impl MessageIndex, search: &Search) -> Vec<u64> {
    let (mut all, mut search) = (Vec::new(), Search { n: N_PAGE, ..search.clone() });
    loop {
        let found = index.find(&search).await.unwrap();
        assert!(found.hits.len() <= N_PAGE);
        all.extend(found.hits.into_iter().map(|(_, sequence)| sequence.0));
        match found.next {
            Some(next) => search.after = Some(next),
            None => return all,
        }
    }
}

async fn find(index: &impl MessageIndex, search: &Search) -> Vec<u64> {
    index.find(search).await.unwrap().hits.into_iter().map(|(_, sequence)| sequence.0).collect()
}

/// A search in one public room, the newest first.
fn search(query: &str, room: &RoomId) -> Search {
    let criteria = criteria(query, room);
    Search { criteria, inside: Vec::new(), order: Order::Newest, after: None, n: 100 }
}

fn criteria(query: &str, room: &RoomId) -> Criteria {
    let criteria = Criteria::of(&Query::parse(query), 0, |name| MemberId::parse(name).ok(), |_| Vec::new());
    match criteria.match_nothing() {
        true => criteria,
        false => Criteria { rooms: Some(vec![room.clone()]), ..criteria },
    }
}

fn entry(room: &RoomId, at: u64, text: &str) -> Entry {
    Entry::of(room, false, message(at, text))
}

fn revised(room: &RoomId, revision: u64, text: &str) -> Entry {
    Entry { revision: Sequence(revision), ..entry(room, 1, text) }
}

fn message(at: u64, text: &str) -> Message {
    Message {
        sequence: Sequence(at),
        author: member("ada"),
        nonce: nonce(&format!("n{at}")),
        at: Timestamp(NOW.0 + at),
        text: Some(typed(text)),
        revision: Sequence::ZERO,
        revised: None,
    }
}
