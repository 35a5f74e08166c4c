//! The end of a room in which everybody goes on writing.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use backend_aws::DynamoArchive;
use chat::ports::{
    Archive as _, Deed, Draft, Entry, Erasures as _, LogError, Revision, RoomLog as _, Rooms as _,
};
use futures::{
    StreamExt as _,
    future::{join, select},
    stream::FuturesUnordered,
};
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::tables::{Tables, endpoint, fresh_tables, tables_at};

const NOW: Timestamp = Timestamp(4_000_000_000_000);
/// How many write at once, each without a pause.
const N_WRITERS: u64 = 2;
/// As many messages are written before each request of who deletes the room, as long as anybody writes.
const WRITTEN_BEFORE_EACH: u32 = 3;
/// A right to write is looked up again after as many messages. A node does so every second.
const LOOKS_UP_EVERY: u64 = 20;

#[tokio::test]
async fn a_room_in_which_everybody_writes_without_a_pause_is_deleted_and_nothing_of_it_stays() {
    let tables = fresh_tables().await;
    let room = fresh_room(&tables).await;
    let (is_over, n_written) = (AtomicBool::new(false), Arc::new(Semaphore::new(0)));
    let slow = tables_at(tables.prefix.clone(), always_overtaken(Arc::clone(&n_written)).await).await;
    let writers: FuturesUnordered<_> =
        (0..N_WRITERS).map(|n| write(&tables, &room, n, (&is_over, &n_written))).collect();
    let writing = async {
        join(writers.collect::<()>(), edit(&tables, &room, &is_over)).await;
        n_written.close();
    };
    let deed = Deed::of(&ada(), NOW);
    let end = async {
        slow.erasures.delete_room(&room, &deed).await.unwrap();
        is_over.store(true, SeqCst);
    };

    join(Box::pin(end), Box::pin(writing)).await;

    assert!(tables.erasures.pending().await.unwrap().is_some(), "its messages are left to be erased");
    while tables.log.erase(&room, 500).await.unwrap() {}
    let mut scanned = DynamoArchive::new(&tables.dynamo).scan(None, 10_000).await.unwrap();
    scanned.entries.retain(|entry| entry.room == room);
    assert!(!scanned.entries.is_empty());
    assert!(scanned.entries.iter().all(|entry| *entry == Entry::erased(&room, entry.sequence)));
}

/// A way to DynamoDB on which each request waits until more has been written.
async fn always_overtaken(n_written: Arc<Semaphore>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(endpoint().trim_start_matches("http://")).await.unwrap();
            let n_written = Arc::clone(&n_written);
            tokio::spawn(async move {
                let ((mut asks, mut hears), (mut answers, mut asked)) = (near.into_split(), far.into_split());
                let answering = tokio::io::copy(&mut answers, &mut hears);
                let asking = async {
                    let mut request = [0; 8192];
                    while let Ok(n @ 1..) = asks.read(&mut request).await {
                        n_written.forget_permits(usize::MAX >> 4); // What was written before does not count.
                        if let Ok(written) = n_written.acquire_many(WRITTEN_BEFORE_EACH).await {
                            written.forget();
                        }
                        asked.write_all(&request[..n]).await.unwrap();
                    }
                };
                // Whichever ends ends the other.
                let _ = select(pin!(answering), pin!(asking)).await;
            });
        }
    });
    format!("http://{addr}")
}

/// Appends until the room is gone.
async fn write(tables: &Tables, room: &RoomId, writer: u64, (is_over, n_written): (&AtomicBool, &Semaphore)) {
    let mut head = Sequence::ZERO;
    for n in 0_u64.. {
        if n.is_multiple_of(LOOKS_UP_EVERY) && tables.rooms.find(room).await.unwrap().is_none() {
            return;
        }
        let nonce = Nonce::parse(&format!("{writer}-{n}")).unwrap();
        let draft = Draft { author: ada(), nonce, text: MessageText::parse("hi").unwrap() };
        let was_over = is_over.load(SeqCst);
        match tables.log.append(room, head, NOW, &[draft]).await {
            Ok(messages) => {
                assert!(!was_over, "what is written after the end is refused");
                head = messages[0].sequence;
                n_written.add_permits(1);
            }
            Err(LogError::Overtaken { head: now, .. }) => head = now,
            Err(LogError::NoSuchRoom { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

/// Edits the first message, again and again, until the room is gone.
async fn edit(tables: &Tables, room: &RoomId, is_over: &AtomicBool) {
    let mut seen = Sequence::ZERO;
    for n in 0_u64.. {
        if n.is_multiple_of(LOOKS_UP_EVERY) && tables.rooms.find(room).await.unwrap().is_none() {
            return;
        }
        let revision = Revision {
            message: Sequence(1),
            seen,
            by: ada(),
            since: seen,
            nonce: Nonce::parse(&format!("e{n}")).unwrap(),
            at: NOW,
            text: Some(MessageText::parse("edited").unwrap()),
        };
        let was_over = is_over.load(SeqCst);
        match tables.log.revise(room, &revision).await {
            Ok(message) => {
                assert!(!was_over, "what is edited after the end is refused");
                seen = message.revision;
            }
            Err(LogError::NoSuchMessage { .. }) => {} // Nobody has written yet.
            Err(LogError::NoSuchRoom { .. }) => return,
            Err(error) => panic!("{error}"),
        }
    }
}

async fn fresh_room(tables: &Tables) -> RoomId {
    let id = RoomId::parse(&engines::fresh()).unwrap();
    let (name, topic) = (RoomName::parse("Room").unwrap(), Topic::parse("").unwrap());
    let room = RoomInfo { id: id.clone(), name, topic, private: false };
    tables.rooms.create(&room, NOW).await.unwrap();
    id
}

fn ada() -> MemberId {
    MemberId::parse("ada").unwrap()
}
