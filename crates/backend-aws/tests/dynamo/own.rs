//! What is DynamoDB's own: its pages, its units, its refusals.

use std::time::Duration;

use backend_aws::{Dynamo, DynamoConfig, DynamoLog, Used};
use chat::ports::{
    Draft, GROUP_MAX, LogError, Members as _, Memberships as _, RoomLog as _, Rooms as _, Start,
};
use protocol::{
    Heads, MemberId, MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Sequence, Timestamp,
    Topic, limits,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use crate::{
    gate::Gate,
    tables::{Tables, shared_tables, tables_at},
};

const NOW: Timestamp = Timestamp(1_762_175_109_000);

#[tokio::test]
async fn an_append_that_is_sent_again_meets_itself() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    tables.log.append(&room, Sequence::ZERO, NOW, &[draft("one", "hi")]).await.unwrap();

    let first = tables.log.append(&room, Sequence(1), NOW, &[draft("two", "hi")]).await.unwrap();
    let again = tables.log.append(&room, Sequence(1), NOW, &[draft("two", "hi")]).await.unwrap();

    assert_eq!(again, first);
}

#[tokio::test]
async fn an_append_that_is_overtaken_brings_what_was_faster_and_nothing_is_read_for_it() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    tables.log.append(&room, Sequence::ZERO, NOW, &[draft("one", "hi")]).await.unwrap();
    let faster = [draft("two", "hi"), draft("three", "hi")];
    let faster = tables.log.append(&room, Sequence(1), NOW, &faster).await.unwrap();
    tables.log.append(&room, Sequence(3), NOW, &[draft("four", "hi")]).await.unwrap();

    let own = shared_tables().await;
    let late = own.log.append(&room, Sequence(1), NOW, &[draft("five", "hi")]).await;

    let Err(LogError::Overtaken { head, between }) = late else { panic!("{late:?}") };
    assert_eq!((head, between), (Sequence(3), faster));
    assert_eq!(own.dynamo.used().reads, 0);
}

#[tokio::test]
async fn what_takes_many_pages_is_read_whole() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    // 4 MB: DynamoDB reads one at once.
    let (text, n_groups) = ("😀".repeat(limits::TEXT_MAX), 11);
    for group in 0..n_groups {
        let head = Sequence(group * GROUP_MAX as u64);
        let drafts: Vec<Draft> = (0..GROUP_MAX).map(|n| draft(&format!("{group}-{n}"), &text)).collect();
        tables.log.append(&room, head, NOW, &drafts).await.unwrap();
    }

    let all = tables.log.read(&room, Sequence(1), 10_000).await.unwrap();

    let n = n_groups * GROUP_MAX as u64;
    assert!(all.iter().map(|message| message.sequence.0).eq(1..=n));
}

#[tokio::test]
async fn more_people_than_one_request_names_are_all_told() {
    let tables = shared_tables().await;
    let people = fresh_people(&tables, 130).await;

    let ids: Vec<MemberId> = people.iter().map(|person| person.id.clone()).collect();
    let mut told = tables.members.people(&ids).await.unwrap();

    told.sort();
    assert_eq!(told, people);
}

#[tokio::test]
async fn a_message_costs_one_write_for_each_kilobyte_and_no_read() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    tables.log.append(&room, Sequence::ZERO, NOW, &[draft("first", "hi")]).await.unwrap();

    for (head, text, units) in [(1, "x".repeat(150), 1.0), (2, "x".repeat(3_500), 4.0)] {
        let before = tables.dynamo.used();
        tables.log.append(&room, Sequence(head), NOW, &[draft(&format!("n{head}"), &text)]).await.unwrap();

        assert_eq!(since(&tables, before), Used { writes: 1, write_units: units, ..Used::default() });
    }
}

#[tokio::test]
async fn a_read_cursor_costs_one_write() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    let start = Start { at: NOW, head: Sequence::ZERO, rooms_max: 1, added_by: None };
    let member = MemberId::parse(&engines::fresh()).unwrap();
    tables.memberships.join(&room, &member, &start).await.unwrap();

    let before = tables.dynamo.used();
    tables.memberships.read(&room, &member, Sequence(7)).await.unwrap();

    assert_eq!(since(&tables, before), Used { writes: 1, write_units: 1.0, ..Used::default() });
}

#[tokio::test]
async fn a_rooms_heads_cost_one_read_from_each_end() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;

    let before = tables.dynamo.used();
    assert_eq!(tables.log.heads(&room).await.unwrap(), Heads::default());

    assert_eq!(since(&tables, before), Used { reads: 2, read_units: 2.0, ..Used::default() });
}

#[tokio::test]
async fn tables_are_made_once() {
    let tables = shared_tables().await;

    assert_eq!(tables.dynamo.create_tables().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn who_is_throttled_hears_so_in_the_end() {
    let endpoint = answering(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 84\r\n\r\n\
         {\"__type\":\"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException\"}",
    )
    .await;

    let refused = log_at(endpoint).await.heads(&RoomId::parse("lobby").unwrap()).await;

    assert!(matches!(refused, Err(LogError::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn who_is_throttled_for_a_moment_is_answered_all_the_same() {
    let tables = shared_tables().await;
    let room = fresh_room(&tables).await;
    let gate = Gate::open().await;
    let behind = tables_at(tables.prefix.clone(), gate.endpoint.clone()).await;

    gate.refuse(1);
    assert_eq!(behind.log.heads(&room).await.unwrap(), Heads::default());
    gate.refuse(1);
    behind.log.append(&room, Sequence::ZERO, NOW, &[draft("one", "hi")]).await.unwrap();

    assert!(gate.is_idle());
    let written = tables.log.read(&room, Sequence(1), 10).await.unwrap();
    assert_eq!(written.iter().map(|it| it.nonce.as_str()).collect::<Vec<_>>(), ["one"]);
}

#[tokio::test]
async fn keys_that_were_not_processed_are_asked_for_again() {
    let tables = shared_tables().await;
    let people = fresh_people(&tables, 20).await;
    let gate = Gate::open().await;
    let behind = tables_at(tables.prefix.clone(), gate.endpoint.clone()).await;

    gate.halve(3);
    let ids: Vec<MemberId> = people.iter().map(|person| person.id.clone()).collect();
    let mut told = behind.members.people(&ids).await.unwrap();

    assert!(gate.is_idle());
    told.sort();
    assert_eq!(told, people);
}

#[tokio::test]
async fn where_nobody_answers_it_is_said_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let (log, room) = (log_at(endpoint).await, RoomId::parse("lobby").unwrap());

    let asked = log.heads(&room);
    let refused = tokio::time::timeout(Duration::from_secs(8), asked).await.expect("it is said in time");

    assert!(matches!(refused, Err(LogError::Unavailable(_))), "{refused:?}");
}

/// Answers whatever is asked with the same.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut asked = [0; 8192];
                while stream.read(&mut asked).await.is_ok_and(|n| n > 0) {
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    endpoint
}

async fn log_at(endpoint: String) -> DynamoLog {
    let config = DynamoConfig { prefix: "test-".to_owned(), endpoint: Some(endpoint) };
    DynamoLog::new(&Dynamo::connect(&config).await)
}

fn since(tables: &Tables, before: Used) -> Used {
    let now = tables.dynamo.used();
    Used {
        reads: now.reads - before.reads,
        read_units: now.read_units - before.read_units,
        writes: now.writes - before.writes,
        write_units: now.write_units - before.write_units,
    }
}

async fn fresh_room(tables: &Tables) -> RoomId {
    let id = RoomId::parse(&engines::fresh()).unwrap();
    let (name, topic) = (RoomName::parse("Room").unwrap(), Topic::parse("").unwrap());
    let room = RoomInfo { id: id.clone(), name, topic, private: false };
    tables.rooms.create(&room, NOW).await.unwrap();
    id
}

/// So many members, in their order.
async fn fresh_people(tables: &Tables, n: usize) -> Vec<Person> {
    let mut people = Vec::new();
    for _ in 0..n {
        let id = engines::fresh();
        let name = MemberName::parse(&format!("N {id}")).unwrap();
        let person = Person { id: MemberId::parse(&id).unwrap(), name, guest: true };
        tables.members.create(&person, None, NOW).await.unwrap();
        people.push(person);
    }
    people.sort();
    people
}

fn draft(name: &str, text: &str) -> Draft {
    Draft { author: ada(), nonce: nonce(name), text: MessageText::parse(text).unwrap() }
}

fn ada() -> MemberId {
    MemberId::parse("ada").unwrap()
}

fn nonce(name: &str) -> Nonce {
    Nonce::parse(name).unwrap()
}
