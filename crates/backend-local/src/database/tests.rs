//! What the threads promise, when jobs fail, disks fill and others hold the file.

use std::{fs, sync::mpsc, time::Duration};

use futures::{FutureExt, future::join};
use rusqlite::Connection;
use tokio::sync::oneshot;

use chat::ports::Unavailable;

use super::{Database, EngineError, FILE, Failed};

/// What a test's work may say no with.
#[derive(Debug)]
enum No {
    Refused,
    Unavailable(Unavailable),
}

impl From<Unavailable> for No {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(unavailable)
    }
}

#[tokio::test]
async fn a_job_that_fails_is_undone_alone() {
    let database = fresh_database().await;

    let jobs = async {
        tokio::join!(
            insert(&database, 1),
            database.write("test", |connection| {
                put(connection, 2)?;
                Err::<(), _>(Failed::Refused(No::Refused))
            }),
            database.write("test", |connection| {
                put(connection, 3)?;
                put(connection, 1)?; // Is there.
                Ok::<(), Failed<No>>(())
            }),
            insert(&database, 4),
        )
    };
    let (first, refused, failed, last) = together(&database, jobs).await;

    first.unwrap();
    last.unwrap();
    assert!(matches!(refused, Err(No::Refused)), "{refused:?}");
    assert!(matches!(cause(failed), EngineError::Other { .. }));
    assert_eq!(numbers(&database).await, [1, 4]);
}

#[tokio::test]
async fn a_job_that_panics_ends_nothing_else() {
    let database = fresh_database().await;

    let jobs = async {
        tokio::join!(
            insert(&database, 1),
            database.write("test", |connection| -> Result<(), Failed<No>> {
                put(connection, 2)?;
                panic!("a bug, made for this test")
            }),
            insert(&database, 3),
        )
    };
    let (first, panicked, last) = together(&database, jobs).await;

    first.unwrap();
    last.unwrap();
    assert_eq!(cause(panicked), EngineError::Stopped);
    assert_eq!(numbers(&database).await, [1, 3]);
}

#[tokio::test]
async fn when_the_commit_fails_nobody_hears_a_yes() {
    let database = fresh_database().await;

    let jobs = async {
        tokio::join!(
            insert(&database, 1),
            database.write("test", |connection| {
                // What is wrong shows at the commit only.
                connection.execute_batch("PRAGMA defer_foreign_keys = ON; INSERT INTO child VALUES (41);")?;
                Ok::<(), Failed<No>>(())
            }),
            database.write("test", |_| Err::<(), _>(Failed::Refused(No::Refused))),
        )
    };
    let (first, second, third) = together(&database, jobs).await;

    for answer in [first, second, third] {
        // Not even a no: it may rest on what was undone.
        assert!(matches!(cause(answer), EngineError::Other { .. }));
    }
    assert!(numbers(&database).await.is_empty());
    insert(&database, 1).await.unwrap();
    assert_eq!(numbers(&database).await, [1]);
}

#[tokio::test]
async fn on_a_full_disk_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;
    limit_pages(&database, 64).await;

    let mut kept = Vec::new();
    let error = loop {
        let number = i64::try_from(kept.len()).unwrap();
        let big = database.write("test", move |connection| {
            put(connection, number)?;
            connection.execute("INSERT INTO ballast VALUES (zeroblob(20000))", [])?;
            Ok::<(), Failed<No>>(())
        });
        match big.await {
            Ok(()) => kept.push(number),
            failed => break cause(failed),
        }
    };

    assert_eq!(error, EngineError::Full);
    assert!(!kept.is_empty());
    assert_eq!(numbers(&database).await, kept);
    limit_pages(&database, 1_000_000).await;
    insert(&database, 1000).await.unwrap();
}

#[tokio::test]
async fn a_locked_file_fails_writes_until_it_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;
    be_impatient(&database).await;
    let other = Connection::open(folder.path().join(FILE)).unwrap();

    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = insert(&database, 1).await;
    let meanwhile = numbers(&database).await;
    other.execute_batch("ROLLBACK").unwrap();
    let taken = insert(&database, 2).await;

    assert_eq!(cause(refused), EngineError::Locked);
    assert!(meanwhile.is_empty());
    taken.unwrap();
    assert_eq!(numbers(&database).await, [2]);
}

#[tokio::test]
async fn reading_does_not_wait_for_writing() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;
    let (release, released) = mpsc::channel::<()>();

    let writing = database.write("test", move |connection| {
        put(connection, 1)?;
        let _ = released.recv_timeout(Duration::from_mins(1)); // Either way the test goes on.
        Ok::<(), Failed<No>>(())
    });
    let reading = async {
        let meanwhile = numbers(&database).await;
        release.send(()).unwrap();
        meanwhile
    };
    let (written, meanwhile) = join(writing, reading).await;

    written.unwrap();
    assert!(meanwhile.is_empty());
    assert_eq!(numbers(&database).await, [1]);
}

#[tokio::test]
async fn readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;

    let written = database.read("test", |connection| Ok::<_, Failed<No>>(put(connection, 1)?)).await;

    assert_eq!(cause(written.map(drop)), EngineError::ReadOnly);
}

#[tokio::test]
async fn what_was_queued_is_done_though_nobody_waits_and_the_database_closes() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;

    let answer = insert(&database, 1).now_or_never();
    assert!(answer.is_none_or(|answer| answer.is_ok()));
    drop(database);

    let database = Database::open(folder.path()).unwrap();
    assert_eq!(numbers(&database).await, [1]);
}

#[tokio::test]
async fn a_closed_database_is_one_file_though_others_have_handles() {
    let folder = tempfile::tempdir().unwrap();
    let database = database_in(&folder).await;
    let other = database.clone();

    let asked = insert(&other, 1);
    let (answer, ()) = join(asked, database.close()).await;
    answer.unwrap();
    database.close().await;

    let names = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(names.collect::<Vec<_>>(), [FILE]);
    assert_eq!(cause(insert(&other, 2).await), EngineError::Stopped);
}

/// A database with tables for the tests.
async fn fresh_database() -> Database {
    with_tables(Database::in_memory()).await
}

async fn database_in(folder: &tempfile::TempDir) -> Database {
    with_tables(Database::open(folder.path()).unwrap()).await
}

async fn with_tables(database: Database) -> Database {
    let tables = database.write("test", |connection| {
        connection.execute_batch(
            "CREATE TABLE numbers (n INTEGER PRIMARY KEY);
             CREATE TABLE ballast (bytes BLOB);
             CREATE TABLE child (parent INTEGER REFERENCES numbers (n));",
        )?;
        Ok::<(), Failed<No>>(())
    });
    tables.await.unwrap();
    database
}

/// Has all `jobs` done in one group: they queue while the writer is kept busy.
async fn together<T>(database: &Database, jobs: impl Future<Output = T>) -> T {
    let (begin, holds) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let holding = database.write("test", move |_| {
        begin.send(()).unwrap();
        let _ = released.recv_timeout(Duration::from_mins(1)); // Either way the test goes on.
        Ok::<(), Failed<No>>(())
    });
    assert!(holding.now_or_never().is_none());
    holds.await.unwrap();
    // Each job queues when it is first polled, which is before the release is.
    join(jobs, async { release.send(()).unwrap() }).await.0
}

async fn insert(database: &Database, number: i64) -> Result<(), No> {
    database.write("test", move |connection| Ok(put(connection, number).map(drop)?)).await
}

async fn numbers(database: &Database) -> Vec<i64> {
    let numbers = database.read("test", |connection| {
        let mut statement = connection.prepare("SELECT n FROM numbers ORDER BY n")?;
        let numbers: rusqlite::Result<Vec<i64>> = statement.query_map([], |row| row.get(0))?.collect();
        Ok::<_, Failed<No>>(numbers?)
    });
    numbers.await.unwrap()
}

async fn limit_pages(database: &Database, n: i64) {
    let limited = database.write("test", move |connection| {
        connection.query_row(&format!("PRAGMA max_page_count = {n}"), [], |_| Ok(()))?;
        Ok::<(), Failed<No>>(())
    });
    limited.await.unwrap();
}

async fn be_impatient(database: &Database) {
    let set = database.write("test", |connection| {
        connection.busy_timeout(Duration::ZERO)?;
        Ok::<(), Failed<No>>(())
    });
    set.await.unwrap();
}

fn put(connection: &Connection, number: i64) -> rusqlite::Result<usize> {
    connection.execute("INSERT INTO numbers VALUES (?1)", [number])
}

/// The cause of an answer that must be *unavailable*.
#[track_caller]
fn cause(answer: Result<(), No>) -> EngineError {
    match answer {
        Err(No::Unavailable(unavailable)) => *unavailable.cause.downcast().unwrap(),
        other => panic!("{other:?}"),
    }
}
