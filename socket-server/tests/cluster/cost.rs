//! What members cost in DynamoDB's units and Redis commands, as the node itself counts them: the table in ARCHITECTURE.md.

use std::time::Duration;

use bench::raw::RawConnection;
use protocol::{ClientMessage, RequestId, Sequence};
use tokio::time::{Instant, sleep};

use crate::{
    cluster::{Cluster, general, sized, until},
    figures::{alone, beside_others},
    http::Metrics,
    storm::open_files,
    tab::{SOON, Tab},
};

/// Texts of so many bytes, and the write units of one alone: each begun KB is one, with what belongs to a message.
const SIZES: [(usize, f64); 3] = [(150, 1.0), (1_500, 2.0), (3_500, 4.0)];
/// How often a cursor moves within one minute.
const MOVES: u64 = 30;
/// Each connection's session is looked up every 30 seconds, in case the bus has lost the news of its end.
const LOOKS_HOURLY: f64 = 3_600.0 / 30.0;
/// Both heads of each active room are read every 15 seconds, in case it has lost a message.
const LOOKS_AT_ROOMS_HOURLY: f64 = 3_600.0 / 15.0;
/// What one look at a room's heads and one at a session cost, where both fall into a short time by chance.
const LOOK_MOST: f64 = 3.0;
/// Commands to Redis, however many people are there.
const COMMANDS_HOURLY: f64 = 7_200.0;
/// What DynamoDB Local says of an edit: 4 for each table of a transaction, however many small items it writes there. DynamoDB
/// itself counts 2 for each of the three items, so 6; that there are three is tested where they are made.
///
/// Source: <https://github.com/awslabs/amazon-dynamodb-local-samples/issues/31>, and
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>
const EDIT_BY_DYNAMODB_LOCAL: f64 = 8.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_send_costs_a_unit_for_each_kilobyte_and_one_publish() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    let nodes = [cluster.node(&[]), cluster.node(&[])];
    let mut bo = Tab::open(nodes[1].addr, &bo).await;
    let mut ada = Tab::open(nodes[0].addr, &ada).await;
    // What is still to be told of their coming, and of the first message, is not counted.
    bo.sees_come(&ada.id()).await;
    let nonce = ada.send(Sequence::ZERO).await;
    let (mut head, n) = (ada.acknowledged(&nonce).await.0, sized(20, 200));
    bo.sees(&nonce).await;

    for (n_bytes, units) in SIZES {
        let (before, began) = (Metrics::of(nodes[0].addr).await, Instant::now());
        for _ in 0..n {
            let nonce = ada.send_of(n_bytes, head).await;
            head = ada.acknowledged(&nonce).await.0;
            bo.sees(&nonce).await;
        }
        let after = Metrics::of(nodes[0].addr).await;

        let each = |figure: fn(&Metrics) -> f64| (figure(&after) - figure(&before)) / f64::from(n);
        let publishes = each(|it| it.commands_for("publish"));
        println!(
            "result: a message of {n_bytes} bytes costs {} write units, {:.2} read units, {publishes} PUBLISH",
            each(Metrics::write_units),
            each(Metrics::read_units),
        );
        assert_eq!((each(Metrics::write_units), publishes), (units, 1.0), "{n_bytes} bytes");
        // The right to write, once a second; a second that has begun counts, and so does what costs by the hour.
        let (read, seconds) = (after.read_units() - before.read_units(), began.elapsed().as_secs_f64());
        let most = seconds + 1.0 + LOOK_MOST + read_hourly(1.0) * seconds / 3_600.0;
        assert!(read <= most, "{read} read units in {seconds} seconds");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_costs_as_much_after_many_as_after_none() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [member] = cluster.members().await;
    let node = cluster.node(&[]);
    let mut ada = Tab::open(node.addr, &member).await;
    let nonce = ada.send(Sequence::ZERO).await;
    let (message, n) = (ada.acknowledged(&nonce).await.0, sized(100, 1_000));
    let reads = async || Metrics::of(node.addr).await.read_units();

    let mut costs = Vec::new();
    for change in 1..=n {
        if change == n {
            sleep(Duration::from_secs(1)).await; // Then it is looked up again what she may.
        }
        let before = Metrics::of(node.addr).await;
        ada.edit(message, Sequence(change - 1)).await;
        let after = Metrics::of(node.addr).await;
        let publishes: fn(&Metrics) -> f64 = |it| it.commands_for("publish");
        let figures = [Metrics::read_units, Metrics::write_units, publishes];
        costs.push(figures.map(|figure| figure(&after) - figure(&before)));
    }

    let [read, written, publishes] = costs[costs.len() - 1];
    println!(
        "result: an edit costs {written} write units as DynamoDB Local counts them and {read} read units, after {n} others"
    );
    // The last one's right to edit is among what it reads. None costs more than the others, but for a look that falls into it.
    assert!(read <= 5.0 + LOOK_MOST, "{read}");
    assert_eq!((written, publishes), (EDIT_BY_DYNAMODB_LOCAL, 1.0));
    costs.sort_by(|one, other| one[0].total_cmp(&other[0]));
    assert!(costs[costs.len() / 2][0] <= 4.0, "{:?}", costs[costs.len() / 2]);
    assert!(costs.iter().all(|[_, written, _]| *written <= EDIT_BY_DYNAMODB_LOCAL));

    // Nor does the first of a connection, by a right that the welcome has looked up.
    let mut again = Tab::open(node.addr, &member).await;
    let before = reads().await;
    again.edit(message, Sequence(n)).await;
    let read = reads().await - before;
    assert!(read <= 5.0 + LOOK_MOST, "{read}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_cursor_is_written_once_a_minute_and_once_more_when_the_page_is_hidden() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    // So that of the one that is watched nothing but cursors is told.
    let (elsewhere, node) = (cluster.node(&[]), cluster.node(&[]));
    let (mut ada, mut bo) = (Tab::open(elsewhere.addr, &ada).await, Tab::open(node.addr, &bo).await);
    ada.sees_come(&bo.id()).await;
    let mut head = Sequence::ZERO;
    for _ in 0..MOVES {
        let nonce = ada.send(head).await;
        head = ada.acknowledged(&nonce).await.0;
        bo.sees(&nonce).await;
    }
    let writes = async || Metrics::of(node.addr).await.writes();

    let (before, began) = (Metrics::of(node.addr).await, Instant::now());
    for upto in 1..MOVES {
        bo.say(&ClientMessage::Read { room: general(), upto: Sequence(upto) }).await;
    }
    until("it is written", SOON, async || writes().await > before.writes()).await;
    bo.say(&ClientMessage::Read { room: general(), upto: Sequence(MOVES) }).await;
    bo.say(&ClientMessage::Hidden).await;
    until("it is written once more", SOON, async || writes().await > before.writes() + 1.0).await;
    sleep(Duration::from_secs(2)).await; // In which no third one comes.
    let after = Metrics::of(node.addr).await;

    let publishes = after.commands_for("publish") - before.commands_for("publish");
    let units = (after.write_units() - before.write_units()) / 2.0;
    println!("result: a read cursor costs {units} write units and {} PUBLISH each time", publishes / 2.0);
    assert!(began.elapsed() < Duration::from_mins(1), "no minute is over");
    assert_eq!((after.writes() - before.writes(), units, publishes), (2.0, 1.0, 2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_and_says_nothing_costs_next_to_nothing() {
    let _alone = alone().await;
    let (n, watched_for) = sized((20, Duration::from_secs(16)), (1_000, Duration::from_mins(3)));
    open_files(n);
    let cluster = Cluster::fresh().await;
    let node = cluster.node(&[]);
    let members = cluster.crowd(n).await;

    let (before, began) = (Metrics::of(node.addr).await, Instant::now());
    let mut connections = Vec::with_capacity(n);
    for member in &members {
        let mut connection = RawConnection::open(node.addr, &member.token).await.unwrap();
        let open = ClientMessage::Open { request: RequestId(1), room: general(), have: None };
        connection.send(&open).await.unwrap();
        connections.push(connection);
    }
    sleep(Duration::from_secs(5)).await; // Who came has been told.
    let (come, coming_for) = (Metrics::of(node.addr).await, began.elapsed());
    stay(&mut connections, watched_for).await;
    let after = Metrics::of(node.addr).await;

    let n = f64::from(u32::try_from(n).unwrap());
    let each = |figure: fn(&Metrics) -> f64| (figure(&come) - figure(&before)) / n;
    println!(
        "result: coming costs {:.2} read units, {:.2} write units, {:.2} commands to Redis",
        each(Metrics::read_units),
        each(Metrics::write_units),
        each(Metrics::commands),
    );
    // Less what the time would have cost without them; a look may fall into it by chance.
    let hours = coming_for.as_secs_f64() / 3_600.0;
    let [read, written, commands] = [
        each(Metrics::read_units) - (read_hourly(n) * hours + LOOK_MOST) / n,
        each(Metrics::write_units),
        each(Metrics::commands) - COMMANDS_HOURLY * hours / n,
    ];
    assert!(read <= 6.0 && written <= 0.0 && commands <= 2.0, "{read}, {written}, {commands}");
    let hours = watched_for.as_secs_f64() / 3_600.0;
    let hourly = |figure: fn(&Metrics) -> f64| (figure(&after) - figure(&come)) / hours;
    let [read, written, commands] =
        [Metrics::read_units, Metrics::write_units, Metrics::commands].map(hourly);
    println!(
        "result: an hour of a node with {n} connections in one room costs {read:.0} read units, {written:.0} write \
         units, {commands:.0} commands to Redis",
    );
    assert!(written <= 0.0, "{written}");
    // A quarter more, as a look may fall into the time by chance.
    let expected = read_hourly(n);
    assert!(read <= 1.25 * expected, "{read} instead of {expected}");
    assert!(commands <= 1.25 * COMMANDS_HOURLY, "{commands} instead of {COMMANDS_HOURLY}");
}

/// Read units of an hour of a node with so many connections in one room.
fn read_hourly(n_connections: f64) -> f64 {
    LOOKS_HOURLY * n_connections + 2.0 * LOOKS_AT_ROOMS_HOURLY
}

/// Keeps connections alive for a time, as browsers do, and reads what they are told.
async fn stay(connections: &mut [RawConnection], time: Duration) {
    let (until, mut buffer) = (Instant::now() + time, vec![0; 1 << 16]);
    while Instant::now() < until {
        for connection in connections.iter_mut() {
            connection.sign_of_life().await.unwrap();
            connection.drain(&mut buffer).unwrap();
        }
        sleep(Duration::from_secs(10).min(until - Instant::now())).await;
    }
}
