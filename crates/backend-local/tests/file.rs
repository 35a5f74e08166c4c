//! The database's file: made, moved forward, shared, and left alone where it is not ours.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::{fs, path::Path, sync::Barrier, thread, time::Duration};

use backend_local::{Database, EngineError, OpenError, SqliteErasures, SqliteLog, SqliteRooms};
use chat::ports::{Actor, Deed, Draft, Erasures, LogError, Revision, RoomLog, Rooms};
use futures::future::join;
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic};
use tempfile::TempDir;

const AT: Timestamp = Timestamp(0);

#[tokio::test]
async fn a_folder_is_made_where_it_is_missing() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("deep/down");

    let database = Database::open(&folder).unwrap();

    SqliteRooms::new(&database).create(&room(), AT).await.unwrap();
    assert!(folder.join("hubbub.db").exists());
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    drop(Database::open(folder.path()).unwrap());
    set_version(folder.path(), 4711);
    let before = contents(folder.path());

    let refused = Database::open(folder.path()).map(drop);

    let Err(OpenError::Newer { found, known, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!((found, known), (4711, version_of_fresh()));
    assert!(contents(folder.path()) == before, "the folder was changed");
}

#[test]
fn an_empty_file_gets_the_schema() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("hubbub.db"), "").unwrap();

    drop(Database::open(folder.path()).unwrap());

    assert_eq!(version(folder.path()), version_of_fresh());
}

#[test]
fn what_is_no_database_is_refused_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("hubbub.db"), "a diary, not a database\n".repeat(500)).unwrap();
    let before = contents(folder.path());

    let refused = Database::open(folder.path()).map(drop);

    assert!(matches!(refused, Err(OpenError::Engine { cause: EngineError::Damaged, .. })), "{refused:?}");
    assert!(contents(folder.path()) == before, "the folder was changed");
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();

    let refused = Database::open(&file.join("data")).map(drop);

    let Err(error @ OpenError::Folder { .. }) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[test]
fn eight_that_start_at_once_share_a_new_database() {
    let folder = TempDir::new().unwrap();
    let start = Barrier::new(8);

    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                Database::open(folder.path()).unwrap();
            });
        }
    });

    assert_eq!(version(folder.path()), version_of_fresh());
}

#[tokio::test]
async fn two_that_share_a_database_share_its_logs() {
    let folder = TempDir::new().unwrap();
    let [one, other] = [0, 1].map(|_| Database::open(folder.path()).unwrap());
    SqliteRooms::new(&one).create(&room(), AT).await.unwrap();
    let logs = [SqliteLog::new(&one), SqliteLog::new(&other)];

    join(send(&logs[0], "one", 50), send(&logs[1], "other", 50)).await;

    for log in &logs {
        let messages = log.read(&room().id, Sequence(1), 1000).await.unwrap();
        let sequences = messages.iter().map(|message| message.sequence.0);
        assert!(sequences.eq(1..=100));
    }
}

#[tokio::test]
async fn a_seeded_room_has_no_holes_and_goes_on() {
    let log = SqliteLog::new(&{
        let database = Database::in_memory();
        SqliteRooms::new(&database).create(&room(), AT).await.unwrap();
        database
    });
    let seeds = |n: u64| (0..n).map(|n| (Timestamp(n), draft("seed", n))).collect::<Vec<_>>();

    assert_eq!(log.seed(&room().id, seeds(1000)).await.unwrap(), Sequence(1000));
    assert_eq!(log.seed(&room().id, Vec::new()).await.unwrap(), Sequence(1000));
    assert_eq!(log.seed(&room().id, seeds(234)).await.unwrap(), Sequence(1234));
    log.append(&room().id, Sequence(1234), AT, &[draft("next", 0)]).await.unwrap();

    let messages = log.read(&room().id, Sequence(1), 5000).await.unwrap();
    assert!(messages.iter().map(|message| message.sequence.0).eq(1..=1235));
    assert_eq!(messages[1000 + 41].at, Timestamp(41));
}

#[tokio::test]
async fn a_database_that_is_closed_is_one_file() {
    for _ in 0..10 {
        let folder = TempDir::new().unwrap();
        let database = Database::open(folder.path()).unwrap();
        SqliteRooms::new(&database).create(&room(), AT).await.unwrap();
        SqliteRooms::new(&database).find(&room().id).await.unwrap();

        drop(database);

        let files: Vec<String> = contents(folder.path()).into_iter().map(|(name, _)| name).collect();
        assert_eq!(files, ["hubbub.db"]);
    }
}

#[tokio::test]
async fn a_deleted_text_is_nowhere_in_the_folder() {
    let folder = TempDir::new().unwrap();
    let database = Database::open(folder.path()).unwrap();
    SqliteRooms::new(&database).create(&room(), AT).await.unwrap();
    let log = SqliteLog::new(&database);
    // A long one spills into pages of its own.
    let [kept, brief, spilt] = ["what stays", "what nobody reads again", &"nor a long one ".repeat(200)];
    let drafts =
        [brief, spilt, kept].map(|text| Draft { text: MessageText::parse(text).unwrap(), ..draft("ada", 0) });
    log.append(&room().id, Sequence::ZERO, AT, &drafts).await.unwrap();

    log.revise(&room().id, &deletion(1)).await.unwrap();
    log.revise(&room().id, &deletion(2)).await.unwrap();
    drop((log, database));

    assert!(holds(folder.path(), kept));
    assert!(!holds(folder.path(), brief));
    assert!(!holds(folder.path(), "nor a long one"));
}

#[tokio::test]
async fn an_erased_rooms_texts_are_nowhere_in_the_folder() {
    let folder = TempDir::new().unwrap();
    let database = Database::open(folder.path()).unwrap();
    let rooms = SqliteRooms::new(&database);
    let named = |id, name| RoomInfo {
        id: RoomId::parse(id).unwrap(),
        name: RoomName::parse(name).unwrap(),
        ..room()
    };
    let [gone, kept] = [named("gone", "Secret plans"), named("kept", "Open house")];
    let log = SqliteLog::new(&database);
    for (room, text) in [(&gone, "what nobody reads again"), (&kept, "what stays")] {
        rooms.create(room, AT).await.unwrap();
        let draft = Draft { text: MessageText::parse(text).unwrap(), ..draft("ada", 0) };
        log.append(&room.id, Sequence::ZERO, AT, &[draft]).await.unwrap();
    }

    let deed = Deed { by: Actor::Operator, at: AT };
    SqliteErasures::new(&database).delete_room(&gone.id, &deed).await.unwrap();
    while log.erase(&gone.id, 10).await.unwrap() {}
    drop((log, rooms, database));

    assert!(holds(folder.path(), "what stays") && holds(folder.path(), "Open house"));
    assert!(!holds(folder.path(), "what nobody reads again") && !holds(folder.path(), "Secret plans"));
}

#[tokio::test]
async fn what_was_deleted_is_soon_in_no_file_though_the_database_stays_open() {
    let folder = TempDir::new().unwrap();
    let database = Database::open(folder.path()).unwrap();
    SqliteRooms::new(&database).create(&room(), AT).await.unwrap();
    let log = SqliteLog::new(&database);
    for (n, text) in [(0, "what nobody reads again"), (1, "what stays")] {
        let draft = Draft { text: MessageText::parse(text).unwrap(), ..draft("ada", n) };
        log.append(&room().id, Sequence(n), AT, &[draft]).await.unwrap();
    }
    assert!(holds(folder.path(), "what nobody reads again"));

    log.revise(&room().id, &deletion(1)).await.unwrap();

    let forgotten = async {
        let mut moments = tokio::time::interval(Duration::from_millis(20));
        while holds(folder.path(), "what nobody reads again") {
            moments.tick().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), forgotten).await.unwrap();
    assert!(holds(folder.path(), "what stays"));
}

/// Sends messages in order, each until it is in.
async fn send(log: &SqliteLog, author: &str, n: u64) {
    let mut head = Sequence::ZERO;
    for n in 0..n {
        let drafts = [draft(author, n)];
        loop {
            match log.append(&room().id, head, AT, &drafts).await {
                Ok(appended) => break head = appended[0].sequence,
                Err(LogError::Overtaken { head: now, .. }) => head = now,
                Err(other) => panic!("{other}"),
            }
        }
    }
}

fn room() -> RoomInfo {
    RoomInfo {
        id: RoomId::parse("lobby").unwrap(),
        name: RoomName::parse("Lobby").unwrap(),
        topic: Topic::parse("").unwrap(),
        private: false,
    }
}

fn draft(author: &str, n: u64) -> Draft {
    Draft {
        author: MemberId::parse(author).unwrap(),
        nonce: Nonce::parse(&format!("n{n}")).unwrap(),
        text: MessageText::parse("hi").unwrap(),
    }
}

fn deletion(message: u64) -> Revision {
    let Draft { author, nonce, .. } = draft("ed", message);
    Revision {
        message: Sequence(message),
        seen: Sequence::ZERO,
        by: author,
        since: Sequence::ZERO,
        nonce,
        at: AT,
        text: None,
    }
}

/// Whether any file has these bytes.
fn holds(folder: &Path, text: &str) -> bool {
    contents(folder)
        .iter()
        .any(|(_, bytes)| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn version_of_fresh() -> u32 {
    let folder = TempDir::new().unwrap();
    drop(Database::open(folder.path()).unwrap());
    version(folder.path())
}

fn version(folder: &Path) -> u32 {
    let connection = rusqlite::Connection::open(folder.join("hubbub.db")).unwrap();
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

fn set_version(folder: &Path, version: u32) {
    let connection = rusqlite::Connection::open(folder.join("hubbub.db")).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
}

/// The name and bytes of every file.
fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    files
}
