//! What a table's stream tells, and what is read of the whole table: the same, whatever became of messages.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::{
    Client, Config,
    config::{BehaviorVersion, Credentials, Region},
    types::AttributeValue,
};
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use backend_aws::{DynamoArchive, Malformed, Reason, streamed};
use chat::{
    erase::{Step, step},
    ports::{
        Archive as _, Deed, Draft, Entry, Erasures as _, Legacy, Letter, Members as _, Memberships as _,
        Place, Revision, RoomLog as _, Rooms as _, Scanned, Start,
    },
};
use protocol::{
    MemberId, MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic,
};

use crate::tables::{Tables, endpoint, fresh_tables, shared_tables};

const NOW: Timestamp = Timestamp(4_000_000_000_000);
/// Long after everything: no late text is waited for.
const SETTLED: Timestamp = Timestamp(NOW.0 + 60_000);

#[tokio::test]
async fn the_stream_of_all_that_becomes_of_messages_comes_to_what_the_table_has() {
    let tables = fresh_tables().await;
    let [lobby, attic, cellar] = ["lobby", "attic", "p--abcdefghijklmnop"].map(room);
    for (id, private) in [(&lobby, false), (&attic, false), (&cellar, true)] {
        make_room(&tables, id, private).await;
    }
    let [ada, bo] = ["ada", "bo"].map(member);
    for who in [&ada, &bo] {
        come(&tables, who, &[&lobby, &attic, &cellar]).await;
    }
    for id in [&lobby, &attic, &cellar] {
        write(&tables, id, &ada, 30).await;
        write(&tables, id, &bo, 1).await;
    }
    revise(&tables, &lobby, 3, &ada, Some("edited")).await;
    revise(&tables, &lobby, 31, &bo, None).await;
    revise(&tables, &lobby, 3, &ada, Some("edited again")).await;
    tables.erasures.delete_room(&attic, &Deed::of(&ada, NOW)).await.unwrap();
    tables.erasures.delete_member(&ada, Legacy::Goes, NOW).await.unwrap();
    while !matches!(step(&tables.log, &tables.erasures, SETTLED).await.unwrap(), Step::Nothing) {}
    write(&tables, &lobby, &bo, 2).await;

    let told = read_stream(&tables).await;
    let told: Vec<Entry> = told.into_iter().flat_map(|record| told_of(record).unwrap()).collect();
    let scanned = scan(&tables, 7).await;

    assert_eq!(scanned.unread, []);
    assert_eq!(latest(told), latest(scanned.entries.clone()));
    let of = |id: &RoomId| scanned.entries.iter().filter(|entry| entry.room == *id).collect::<Vec<_>>();
    assert!(of(&attic).iter().all(|entry| **entry == Entry::erased(&attic, entry.sequence)));
    let private = of(&cellar).iter().filter_map(|entry| entry.said.as_ref()).all(|said| said.private);
    assert!(private && [of(&lobby).len(), of(&attic).len(), of(&cellar).len()] == [33, 31, 31]);
    let texts: Vec<u64> = of(&lobby).iter().filter(|it| it.said.is_some()).map(|it| it.sequence.0).collect();
    assert_eq!(texts, [32, 33]);
}

#[tokio::test]
async fn what_is_no_group_stands_in_nobodys_way_and_can_be_looked_up_again() {
    let tables = fresh_tables().await;
    let lobby = room("lobby");
    make_room(&tables, &lobby, false).await;
    write(&tables, &lobby, &member("ada"), 1).await;
    let n = |n: u64| AttributeValue::N(n.to_string());
    let s = |s: &str| AttributeValue::S(s.to_owned());
    let bad = [("room", s("garden")), ("first", n(5)), ("n", n(1)), ("messages", s("a secret"))];
    let table = format!("{}messages", tables.prefix);
    let put = raw().put_item().table_name(&table);
    put.set_item(Some(bad.clone().map(|(name, value)| (name.to_owned(), value)).into()))
        .send()
        .await
        .unwrap();

    let told: Vec<_> = read_stream(&tables).await.into_iter().map(told_of).collect();
    let scanned = scan(&tables, 1).await;

    let malformed = Malformed { room: "garden".to_owned(), first: 5, reason: Reason::Attributes };
    assert_eq!(told.last().unwrap(), &Err(malformed.clone()));
    let letter = Letter::from(malformed);
    assert_eq!((scanned.entries.len(), &scanned.unread[..]), (1, &[letter.clone()][..]));
    let archive = DynamoArchive::new(&tables.dynamo);
    assert_eq!(archive.look_up(&letter).await.unwrap().unread[0], letter);
    // Mended, and then taken out.
    let place = [("room", s("garden")), ("first", n(5))];
    let place: std::collections::HashMap<_, _> = place.map(|(name, value)| (name.to_owned(), value)).into();
    let mend = raw().update_item().table_name(&table).set_key(Some(place.clone()));
    mend.update_expression("REMOVE messages").send().await.unwrap();
    let mended = archive.look_up(&letter).await.unwrap();
    assert_eq!((mended.entries, mended.unread), (vec![Entry::erased(&room("garden"), Sequence(5))], vec![]));
    raw().delete_item().table_name(&table).set_key(Some(place)).send().await.unwrap();
    let gone = archive.look_up(&letter).await.unwrap();
    assert_eq!((gone.entries, gone.unread), (vec![], vec![]));
    let told = read_stream(&tables).await.pop().map(told_of).unwrap();
    assert_eq!(told.unwrap_err().reason, Reason::Removed);
}

#[tokio::test]
async fn a_letter_is_looked_up_by_any_message_of_its_group() {
    let tables = shared_tables().await;
    let id = room(&engines::fresh());
    make_room(&tables, &id, false).await;
    write(&tables, &id, &member("ada"), 5).await;
    write(&tables, &id, &member("ada"), 1).await;
    let archive = DynamoArchive::new(&tables.dynamo);
    let at = |sequence| Letter { room: id.to_string(), sequence: Sequence(sequence), why: String::new() };

    assert_eq!(archive.look_up(&at(4)).await.unwrap().entries.len(), 5);
    assert_eq!(archive.look_up(&at(6)).await.unwrap().entries.len(), 1);
    let unknown = Letter { room: String::new(), ..at(0) };
    assert_eq!(archive.look_up(&unknown).await.unwrap().unread, [unknown]);
}

#[tokio::test]
async fn a_place_of_another_archive_is_none() {
    let archive = DynamoArchive::new(&shared_tables().await.dynamo);

    archive.scan(Some(&Place("elsewhere".to_owned())), 2).await.unwrap_err();
}

fn told_of(record: Record) -> Result<Vec<Entry>, Malformed> {
    let change = record.dynamodb.unwrap();
    streamed(change.keys.unwrap(), change.new_image)
}

/// What is known of each message in the end.
fn latest(entries: Vec<Entry>) -> BTreeMap<(RoomId, Sequence), Entry> {
    entries.into_iter().map(|entry| ((entry.room.clone(), entry.sequence), entry)).collect()
}

async fn scan(tables: &Tables, n: usize) -> Scanned {
    let (archive, mut all) = (DynamoArchive::new(&tables.dynamo), archive_of_nothing());
    loop {
        let scanned = archive.scan(all.next.as_ref(), n).await.unwrap();
        all.entries.extend(scanned.entries);
        all.unread.extend(scanned.unread);
        all.next = scanned.next;
        if all.next.is_none() {
            return all;
        }
    }
}

fn archive_of_nothing() -> Scanned {
    Scanned { entries: Vec::new(), unread: Vec::new(), next: None }
}

/// All that the stream of messages has told until now, in order.
async fn read_stream(tables: &Tables) -> Vec<Record> {
    let client = streams();
    let table = format!("{}messages", tables.prefix);
    let stream = client.list_streams().table_name(table).send().await.unwrap();
    let stream = stream.streams()[0].stream_arn().unwrap().to_owned();
    let described = client.describe_stream().stream_arn(&stream).send().await.unwrap();
    let mut records = Vec::new();
    for shard in described.stream_description().unwrap().shards() {
        let from = client.get_shard_iterator().stream_arn(&stream).shard_id(shard.shard_id().unwrap());
        let from = from.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.unwrap();
        let mut next = from.shard_iterator;
        while let Some(from) = next {
            let page = client.get_records().shard_iterator(from).send().await.unwrap();
            let came = page.records.unwrap_or_default();
            next = page.next_shard_iterator.filter(|_| !came.is_empty());
            records.extend(came);
        }
    }
    records
}

fn streams() -> aws_sdk_dynamodbstreams::Client {
    let config = aws_sdk_dynamodbstreams::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    aws_sdk_dynamodbstreams::Client::from_conf(config.build())
}

fn raw() -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint())
        .region(Region::from_static("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"));
    Client::from_conf(config.build())
}

async fn make_room(tables: &Tables, id: &RoomId, private: bool) {
    let (name, topic) = (RoomName::parse("Room").unwrap(), Topic::parse("").unwrap());
    tables.rooms.create(&RoomInfo { id: id.clone(), name, topic, private }, NOW).await.unwrap();
}

async fn come(tables: &Tables, who: &MemberId, rooms: &[&RoomId]) {
    let person = Person { id: who.clone(), name: MemberName::parse(who.as_str()).unwrap(), guest: true };
    tables.members.create(&person, None, NOW).await.unwrap();
    for id in rooms {
        let start = Start { at: NOW, head: Sequence::ZERO, rooms_max: 10, added_by: None };
        tables.memberships.join(id, who, &start).await.unwrap();
    }
}

/// Writes so many messages, in groups as they fit.
async fn write(tables: &Tables, id: &RoomId, who: &MemberId, n: u64) {
    let head = tables.log.heads(id).await.unwrap().messages;
    let drafts = (head.next().0..=head.plus(n).0).map(|n| {
        let (author, nonce) = (who.clone(), Nonce::parse(&format!("n{n}")).unwrap());
        (NOW, Draft { author, nonce, text: MessageText::parse(&format!("text {n}")).unwrap() })
    });
    tables.log.seed(id, drafts.collect()).await.unwrap();
}

async fn revise(tables: &Tables, id: &RoomId, at: u64, by: &MemberId, text: Option<&str>) {
    let message = tables.log.read(id, Sequence(at), 1).await.unwrap().remove(0);
    let heads = tables.log.heads(id).await.unwrap();
    let revision = Revision {
        message: message.sequence,
        seen: message.revision,
        by: by.clone(),
        since: heads.changes,
        nonce: Nonce::parse(&format!("r{}", heads.changes)).unwrap(),
        at: NOW,
        text: text.map(|text| MessageText::parse(text).unwrap()),
    };
    tables.log.revise(id, &revision).await.unwrap();
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}
