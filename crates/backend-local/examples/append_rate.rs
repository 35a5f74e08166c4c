//! How fast messages become durable, and how fast a page of a big room is read:
//! `cargo run --release -p backend-local --example append_rate`.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use backend_local::{Database, SqliteLog, SqliteRooms};
use chat::ports::{Draft, GROUP_MAX, RoomLog, Rooms};
use futures::future::try_join_all;
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic};

/// Groups that each room appends, one after the other.
const GROUPS: u64 = 500;
/// Messages of the big room.
const BIG: u64 = 1_000_000;
/// Pages that are timed.
const PAGES: u64 = 2_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(".")?;
    let database = Database::open(folder.path())?;
    for (n_rooms, size) in [(1, 1), (1, GROUP_MAX), (20, 1), (20, GROUP_MAX), (200, 1)] {
        let started = Instant::now();
        let rooms = (0..n_rooms).map(|n| fill(&database, format!("r{n}-{n_rooms}-{size}"), size));
        let mut waits = try_join_all(rooms).await?.concat();
        let rate = (waits.len() * size) as f64 / started.elapsed().as_secs_f64();
        waits.sort_unstable();
        let (p50, p99) = (waits[waits.len() / 2], waits[waits.len() * 99 / 100]);
        let max = waits[waits.len() - 1];
        println!(
            "{n_rooms:3} rooms, groups of {size:2}: {rate:8.0} messages/s, p50 {p50:?}, p99 {p99:?}, max {max:?}"
        );
    }
    seed_and_page(&database).await
}

/// Appends groups to a new room, each when the one before is durable, and tells how long each took.
async fn fill(database: &Database, room: String, size: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut waits = Vec::new();
    let log = SqliteLog::new(database);
    let room = make_room(database, &room).await?;
    let drafts: Vec<Draft> = (0..size).map(|n| draft(n as u64)).collect::<Result<_, _>>()?;
    for group in 0..GROUPS {
        let started = Instant::now();
        log.append(&room, Sequence(group * size as u64), Timestamp(0), &drafts).await?;
        waits.push(started.elapsed());
    }
    Ok(waits)
}

/// Seeds a big room and reads pages all over it.
async fn seed_and_page(database: &Database) -> Result<(), Box<dyn Error>> {
    let log = SqliteLog::new(database);
    let room = make_room(database, "big").await?;
    let started = Instant::now();
    for _ in 0..BIG / 10_000 {
        let drafts = (0..10_000).map(|n| Ok((Timestamp(n), draft(n)?)));
        log.seed(&room, drafts.collect::<Result<_, protocol::Refusal>>()?).await?;
    }
    println!("seeded: {:8.0} messages/s", BIG as f64 / started.elapsed().as_secs_f64());

    let started = Instant::now();
    for n in 0..PAGES {
        log.read(&room, Sequence(n * 7_919 * 61 % BIG), 50).await?;
    }
    println!("page of 50: {:?}", started.elapsed() / u32::try_from(PAGES)?);

    let (author, nonce) = (MemberId::parse("ada")?, Nonce::parse("missing")?);
    let started = Instant::now();
    log.find(&room, &author, &nonce, Sequence(BIG - 10_000)).await?;
    println!("looking for a nonce in the last 10,000: {:?}", started.elapsed());
    Ok(())
}

async fn make_room(database: &Database, id: &str) -> Result<RoomId, Box<dyn Error>> {
    let room = RoomInfo { id: RoomId::parse(id)?, name: RoomName::parse("Room")?, topic: Topic::parse("")? };
    SqliteRooms::new(database).create(&room, Timestamp(0)).await?;
    Ok(room.id)
}

/// A text of 150 bytes.
fn draft(n: u64) -> Result<Draft, protocol::Refusal> {
    Ok(Draft {
        author: MemberId::parse("ada")?,
        nonce: Nonce::parse(&format!("n{n}"))?,
        text: MessageText::parse(&"All work and no play makes Jack a dull boy. ".repeat(4)[..150])?,
    })
}
