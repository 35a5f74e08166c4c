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
        let before = Metrics::of(nodes[0].addr).await;
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
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_costs_as_much_after_many_as_after_none() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada] = cluster.members().await;
    let node = cluster.node(&[]);
    let mut ada = Tab::open(node.addr, &ada).await;
    let nonce = ada.send(Sequence::ZERO).await;
    let (message, n) = (ada.acknowledged(&nonce).await.0, sized(100, 1_000));

    let mut units = Vec::new();
    for change in 1..=n {
        if change == n {
            sleep(Duration::from_secs(1)).await; // Then it is looked up again what she may.
        }
        let before = Metrics::of(node.addr).await;
        ada.edit(message, Sequence(change - 1)).await;
        let after = Metrics::of(node.addr).await;
        units
            .push([Metrics::read_units, Metrics::write_units].map(|figure| figure(&after) - figure(&before)));
    }

    let (first, last) = (units[0], units[units.len() - 1]);
    let [read, written] = last;
    println!("result: an edit costs {written} write units and {read} read units, after {n} others");
    assert!(read <= first[0] + 1.0 && written <= first[1], "{last:?} instead of {first:?}");
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
    assert_eq!((after.writes() - before.writes(), publishes), (2.0, 2.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_and_says_nothing_costs_next_to_nothing() {
    let _alone = alone().await;
    let (n, watched_for) = sized((20, Duration::from_secs(16)), (1_000, Duration::from_mins(3)));
    open_files(n);
    let cluster = Cluster::fresh().await;
    let node = cluster.node(&[]);
    let members = cluster.crowd(n).await;

    let before = Metrics::of(node.addr).await;
    let mut connections = Vec::with_capacity(n);
    for member in &members {
        let mut connection = RawConnection::open(node.addr, &member.token).await.unwrap();
        let open = ClientMessage::Open { request: RequestId(1), room: general(), have: None };
        connection.send(&open).await.unwrap();
        connections.push(connection);
    }
    sleep(Duration::from_secs(5)).await; // Who came has been told.
    let come = Metrics::of(node.addr).await;
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
    let hours = watched_for.as_secs_f64() / 3_600.0;
    let hourly = |figure: fn(&Metrics) -> f64| (figure(&after) - figure(&come)) / hours;
    let (read, written) = (hourly(Metrics::read_units), hourly(Metrics::write_units));
    println!(
        "result: an hour of a node with {n} connections in one room costs {read:.0} read units, {written:.0} write \
         units, {:.0} commands to Redis",
        hourly(Metrics::commands),
    );
    assert!(written <= 0.0, "{written}");
    // A quarter more, as a look may fall into the time by chance.
    let expected = LOOKS_HOURLY * n + 2.0 * LOOKS_AT_ROOMS_HOURLY;
    assert!(read <= 1.25 * expected, "{read} instead of {expected}");
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
