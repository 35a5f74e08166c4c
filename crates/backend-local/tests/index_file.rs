//! The index's file.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::fs;

use backend_local::{Database, SqliteIndex};
use chat::{
    ports::{Entry, FollowingIndex as _, MessageIndex as _, Order, Said, Search},
    search::Criteria,
};
use protocol::{MemberId, MessageText, RoomId, Sequence, Timestamp, query::Query};
use tempfile::TempDir;

#[tokio::test]
async fn a_deleted_text_is_nowhere_in_it() {
    let folder = TempDir::new().unwrap();
    let index = SqliteIndex::new(&Database::open_index(folder.path()).unwrap());
    let secret = entry(1, "xylophonequartz and something else");
    // Enough that it is not all in one place.
    let others: Vec<Entry> = (2..500).map(|at| entry(at, &format!("something else, number{at}"))).collect();
    index.put(std::slice::from_ref(&secret)).await.unwrap();
    index.put(&others).await.unwrap();

    index.put(&[Entry { revision: Sequence(1), said: None, ..secret }]).await.unwrap();
    drop(index); // It is all in the file then.

    assert!(!contains(&folder, "xylophone") && contains(&folder, "number499"));
}

#[tokio::test]
async fn how_far_it_is_is_kept_and_gone_where_it_is_emptied() {
    let folder = TempDir::new().unwrap();
    {
        let index = SqliteIndex::new(&Database::open_index(folder.path()).unwrap());
        assert_eq!(index.progress().await.unwrap(), None);
        index.keep("here").await.unwrap();
        index.keep("there").await.unwrap();
    }
    let index = SqliteIndex::new(&Database::open_index(folder.path()).unwrap());
    assert_eq!(index.progress().await.unwrap().as_deref(), Some("there"));

    index.put(&[entry(1, "xylophonequartz")]).await.unwrap();
    index.clear().await.unwrap();

    assert_eq!(index.progress().await.unwrap(), None);
    index.put(&[entry(1, "number1")]).await.unwrap();
    drop(index);
    assert!(!contains(&folder, "xylophone") && contains(&folder, "number1"));
}

#[tokio::test]
async fn those_of_other_versions_are_removed() {
    let folder = TempDir::new().unwrap();
    let others = ["index-0.db", "index-0.db-wal", "index-99.db"].map(|name| folder.path().join(name));
    for other in &others {
        fs::write(other, "x").unwrap();
    }
    fs::write(folder.path().join("hubbub.db"), "").unwrap();

    drop(Database::open_index(folder.path()).unwrap());

    assert!(others.iter().all(|other| !other.exists()));
    assert!(folder.path().join("hubbub.db").exists());
}

#[tokio::test]
async fn however_many_there_are_the_best_first_tells_each_once() {
    let index = SqliteIndex::new(&Database::index_in_memory());
    let texts = (1..=2_500).map(|at| if at % 2 == 0 { "word".to_owned() } else { format!("word {at}") });
    let entries: Vec<Entry> = (1..).zip(texts).map(|(at, text)| entry(at, &text)).collect();
    index.put(&entries).await.unwrap();
    let criteria = Criteria::of(&Query::parse("word"), 0, |_| None, |_| Vec::new());
    let mut search = Search { criteria, inside: Vec::new(), order: Order::Best, after: None, n: 300 };

    let mut told = Vec::new();
    loop {
        let found = index.find(&search).await.unwrap();
        told.extend(found.hits.into_iter().map(|(_, sequence)| sequence.0));
        let Some(next) = found.next else { break };
        search.after = Some(next);
        // It is not among those that are told any more.
        let meanwhile = told.len() as u64 + 10_000;
        index.put(&[entry(meanwhile, "word")]).await.unwrap();
    }

    assert_eq!(told[..2], [2_500, 2_498], "what says nothing else fits better");
    told.sort_unstable();
    assert_eq!(told, (1..=2_500).collect::<Vec<_>>());
}

fn contains(folder: &TempDir, word: &str) -> bool {
    let files = fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|file| file.windows(word.len()).any(|bytes| bytes == word.as_bytes()))
}

fn entry(at: u64, text: &str) -> Entry {
    let said = Said {
        author: MemberId::parse("ada").unwrap(),
        at: Timestamp(at),
        text: MessageText::parse(text).unwrap(),
        private: false,
    };
    Entry {
        room: RoomId::parse("lobby").unwrap(),
        sequence: Sequence(at),
        revision: Sequence::ZERO,
        said: Some(said),
    }
}
