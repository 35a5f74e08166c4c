//! A database that an older program made, and what becomes of it.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use backend_local::{
    Database, SqliteErasures, SqliteLog, SqliteMemberships, SqliteRecords, SqliteRooms, SqliteSessions,
};
use chat::{
    ports::{
        Changed, Erasures as _, Legacy, Memberships as _, Records as _, Role, RoomLog as _, Rooms as _,
        Sessions as _, Way,
    },
    session::SessionKey,
};
use protocol::{Heads, MemberId, RoomId, Sequence, Timestamp};
use tempfile::TempDir;

/// What the first schema held: a room with three messages, of which one was edited and one deleted, somebody who is in
/// it, and somebody who has written and left.
const OLD: &str = "
    INSERT INTO rooms VALUES (1, 'lobby', 'Lobby', 'Talk', 1);
    INSERT INTO members VALUES ('ada', 'Ada', 'ada', 1, NULL, NULL), ('bo', 'Bo', 'bo', 1, NULL, NULL);
    INSERT INTO memberships VALUES (1, 'ada', 'lobby', 5, 3);
    INSERT INTO messages VALUES
        (1, 1, 1, 10, 'ada', 'n1', 'edited'), (1, 2, 2, 20, 'bo', 'n2', NULL), (1, 3, 0, 30, 'bo', 'n3', 'bye');
    INSERT INTO changes VALUES (1, 1, 40, 'ada', 'e1', 'edited', 1), (1, 2, 50, 'bo', 'd1', 'deleted', 2);
    INSERT INTO sessions VALUES ('k1', 'ada', 1, 100);
    PRAGMA user_version = 1;
";

#[tokio::test]
async fn rooms_messages_and_changes_are_as_they_were() {
    let (_folder, database) = moved_forward();
    let log = SqliteLog::new(&database);

    let room = SqliteRooms::new(&database).find_public(&lobby()).await.unwrap().unwrap();
    let messages = log.read(&lobby(), Sequence(1), 10).await.unwrap();
    let changes = log.changes(&lobby(), Sequence(1), 10).await.unwrap();

    assert!(room.name.as_str() == "Lobby" && !room.private);
    assert_eq!(log.heads(&lobby()).await.unwrap(), Heads { messages: Sequence(3), changes: Sequence(2) });
    let texts: Vec<_> =
        messages.iter().map(|it| it.text.as_ref().map(protocol::MessageText::as_str)).collect();
    assert_eq!(texts, [Some("edited"), None, Some("bye")]);
    assert_eq!(messages[0].revised, Some(Timestamp(40)));
    let what: Vec<_> = changes.into_iter().map(|change| change.what).collect();
    assert_eq!(what, [Changed::Edited(Sequence(1)), Changed::Deleted(Sequence(2))]);
}

#[tokio::test]
async fn who_is_inside_is_a_member_and_signed_in_as_before() {
    let (_folder, database) = moved_forward();

    let found = SqliteMemberships::new(&database).find(&lobby(), &member("ada")).await.unwrap().unwrap();
    let key = SessionKey::from_stored("k1".to_owned());
    let session = SqliteSessions::new(&database).find(&key, Timestamp(1)).await.unwrap().unwrap();

    assert_eq!((found.role, found.read), (Role::Member, Sequence(3)));
    assert_eq!(session.member, member("ada"));
}

#[tokio::test]
async fn time_lines_tell_who_is_inside_and_who_was() {
    let (_folder, database) = moved_forward();
    let records = SqliteRecords::new(&database);
    let ways = async |id: &str| {
        let turns = records.turns(&lobby(), &member(id)).await.unwrap();
        turns.iter().map(|turn| (turn.way, turn.head.0)).collect::<Vec<_>>()
    };

    assert_eq!(ways("ada").await, [(Way::Joined, 0)]);
    assert_eq!(ways("bo").await, [(Way::Joined, 0), (Way::Left, 3)]);
    // So the texts of who has left can go with them.
    let erasures = SqliteErasures::new(&database);
    erasures.delete_member(&member("bo"), Legacy::Goes, Timestamp(60)).await.unwrap();
    assert_eq!(erasures.pending().await.unwrap().unwrap().room, lobby());
}

fn moved_forward() -> (TempDir, Database) {
    let folder = TempDir::new().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("hubbub.db")).unwrap();
    connection.execute_batch(include_str!("../schema/1.sql")).unwrap();
    connection.execute_batch(OLD).unwrap();
    drop(connection);
    let database = Database::open(folder.path()).unwrap();
    (folder, database)
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}
