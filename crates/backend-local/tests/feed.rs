//! What becomes of messages comes in the order in which it was written, whatever it is.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use backend_local::{Database, SqliteErasures, SqliteFeed, SqliteLog, SqliteMemberships, SqliteRooms};
use chat::ports::{
    Actor, Archive as _, Deed, Draft, Entry, Erasures as _, Feed as _, Memberships as _, Place, Position,
    Revision, RoomLog as _, Rooms as _, Start,
};
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic};

#[tokio::test]
async fn what_is_written_edited_and_deleted_comes_as_it_is_now() {
    let store = Store::with_room("lobby", false).await;
    store.write("lobby", &["one", "two"]).await;
    store.revise("lobby", 1, Some("uno")).await;
    store.revise("lobby", 2, None).await;

    let fed = store.feed.after(Position(0), 100).await.unwrap();

    let now = [told("lobby", 1, 1, Some("uno")), told("lobby", 2, 2, None)];
    assert_eq!(texts(&fed.entries), [&now[..], &now[..1], &now[1..]].concat());
    assert_eq!(store.feed.head().await.unwrap().1, fed.upto);
}

#[tokio::test]
async fn it_goes_on_after_a_position_and_what_is_forgotten_does_not_come_again() {
    let store = Store::with_room("lobby", true).await;
    for text in ["one", "two", "three"] {
        store.write("lobby", &[text]).await;
    }

    let first = store.feed.after(Position(0), 2).await.unwrap();
    let rest = store.feed.after(first.upto, 2).await.unwrap();
    store.feed.forget(first.upto).await.unwrap();
    let again = store.feed.after(Position(0), 100).await.unwrap();

    assert_eq!((first.entries.len(), rest.entries.len()), (2, 1));
    assert!(rest.entries[0].said.as_ref().unwrap().private);
    assert_eq!(again, rest);
    store.feed.forget(rest.upto).await.unwrap();
    assert_eq!(store.feed.head().await.unwrap().1, rest.upto, "no position is given twice");
    store.write("lobby", &["four"]).await;
    assert_eq!(store.feed.after(rest.upto, 100).await.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn the_messages_of_a_deleted_room_come_as_erased() {
    let store = Store::with_room("lobby", false).await;
    store.write("lobby", &["one", "two", "three"]).await;
    let before = store.feed.head().await.unwrap().1;
    SqliteErasures::new(&store.database).delete_room(&room("lobby"), &deed()).await.unwrap();
    while store.log.erase(&room("lobby"), 2).await.unwrap() {}

    let fed = store.feed.after(before, 100).await.unwrap();

    let erased: Vec<Entry> = (1..=4).map(|at| Entry::erased(&room("lobby"), Sequence(at))).collect();
    assert_eq!(fed.entries, erased, "and perhaps some that never were");
}

#[tokio::test]
async fn an_archive_is_read_in_steps_without_deleted_rooms() {
    let store = Store::with_room("attic", false).await;
    store.write("attic", &["old"]).await;
    SqliteErasures::new(&store.database).delete_room(&room("attic"), &deed()).await.unwrap();
    for name in ["lobby", "tea"] {
        store.make_room(name, false).await;
        store.write(name, &["one", "two"]).await;
    }

    let (mut all, mut after, mut n_steps) = (Vec::new(), None::<Place>, 0);
    loop {
        let scanned = store.feed.scan(after.as_ref(), 3).await.unwrap();
        all.extend(scanned.entries);
        n_steps += 1;
        match scanned.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }

    let told = ["lobby", "tea"].map(|name| [told(name, 1, 0, Some("one")), told(name, 2, 0, Some("two"))]);
    assert_eq!(texts(&all), told.concat());
    assert_eq!(n_steps, 2);
}

#[tokio::test]
async fn each_database_has_a_feed_of_its_own() {
    let [one, other] = [Store::with_room("lobby", false).await, Store::with_room("lobby", false).await];

    assert_ne!(one.feed.head().await.unwrap().0, other.feed.head().await.unwrap().0);
}

struct Store {
    database: Database,
    feed: SqliteFeed,
    log: SqliteLog,
}

impl Store {
    async fn with_room(name: &str, private: bool) -> Self {
        let database = Database::in_memory();
        let (feed, log) = (SqliteFeed::new(&database), SqliteLog::new(&database));
        let store = Self { database, feed, log };
        store.make_room(name, private).await;
        store
    }

    async fn make_room(&self, name: &str, private: bool) {
        let (id, name) = (room(name), RoomName::parse(name).unwrap());
        let info = RoomInfo { id, name, topic: Topic::parse("").unwrap(), private };
        SqliteRooms::new(&self.database).create(&info, Timestamp(1)).await.unwrap();
        let start = Start { at: Timestamp(1), head: Sequence::ZERO, rooms_max: 10, added_by: None };
        SqliteMemberships::new(&self.database).join(&info.id, &ada(), &start).await.unwrap();
    }

    async fn write(&self, name: &str, texts: &[&str]) {
        let head = self.log.heads(&room(name)).await.unwrap().messages;
        let draft = |text: &&str| Draft { author: ada(), nonce: nonce(text), text: typed(text) };
        let drafts: Vec<Draft> = texts.iter().map(draft).collect();
        self.log.append(&room(name), head, Timestamp(7), &drafts).await.unwrap();
    }

    async fn revise(&self, name: &str, at: u64, text: Option<&str>) {
        let revision = Revision {
            message: Sequence(at),
            seen: Sequence::ZERO,
            by: ada(),
            since: Sequence::ZERO,
            nonce: nonce(&format!("r{at}")),
            at: Timestamp(8),
            text: text.map(typed),
        };
        self.log.revise(&room(name), &revision).await.unwrap();
    }
}

type Told = (RoomId, u64, u64, Option<String>);

fn told(name: &str, at: u64, revision: u64, text: Option<&str>) -> Told {
    (room(name), at, revision, text.map(str::to_owned))
}

fn texts(entries: &[Entry]) -> Vec<Told> {
    let told = |entry: &Entry| {
        let text = entry.said.as_ref().map(|said| said.text.as_str().to_owned());
        (entry.room.clone(), entry.sequence.0, entry.revision.0, text)
    };
    entries.iter().map(told).collect()
}

fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn ada() -> MemberId {
    MemberId::parse("ada").unwrap()
}

fn nonce(name: &str) -> Nonce {
    Nonce::parse(name).unwrap()
}

fn typed(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}

fn deed() -> Deed {
    Deed { by: Actor::Operator, at: Timestamp(9) }
}
