//! Many nodes: from one to another, and how much becomes durable by one, two and four of them. What the store takes is in
//! all of it, so with DynamoDB Local these are figures of that.

use std::{
    collections::HashMap,
    net::TcpListener,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use backend::{Backend, Config, StoreConfig};
use chat::ports::{Memberships as _, RoomLog as _, Rooms as _, Start};
use futures::future::try_join_all;
use protocol::{
    ClientMessage, MessageText, Nonce, RequestId, RoomId, RoomInfo, RoomName, Sequence, ServerMessage, Topic,
    limits,
};
use tokio::time::{MissedTickBehavior, interval, timeout_at};

use super::{
    Measured, Subject, Times, UNLIMITED, general,
    plot::{Bar, Plot},
};
use crate::{
    crowd::{self, Member},
    http,
    peer::Peer,
    server::Server,
};

/// Between two messages whose way is timed.
const EVERY: Duration = Duration::from_millis(20);
/// How long messages are poured into rooms.
const POURED_FOR: Duration = Duration::from_secs(10);
/// Clients of each node that write to the hot room, each the next message when the one before is durable.
const WRITERS: usize = 24;
/// Rooms written to at once, and by how many clients of each node.
const ROOMS: usize = 100;
const WRITERS_OF_ROOMS: usize = 10;

/// Starts nodes on the store and the bus of `config`, whose tables are made where they are missing.
///
/// # Errors
/// When a node does not start or refuses something.
pub async fn measure(subject: &Subject, config: &Config, n_messages: u64) -> anyhow::Result<Measured> {
    let StoreConfig::Dynamo(tables) = &config.store else {
        anyhow::bail!("many nodes need a store that they share: HUBBUB_STORE=dynamodb");
    };
    backend::create_tables(tables).await.context("the tables cannot be made")?;
    let backend = Backend::connect(config).await?;
    let members = crowd::gather(&backend, 4 * WRITERS, crowd::now()).await?;
    let nodes: Vec<Server> = (0..4).map(|_| start(subject)).collect::<Result<_, _>>()?;
    let (mut lines, mut bars) = (Vec::new(), Vec::new());

    let mut times = pass(&nodes, &members, n_messages).await?;
    let [p50, p99] = [500, 990].map(|it| times.at_ms(it));
    lines.push(format!(
        "send to seen, between two nodes: p50 {p50:.2} ms, p99 {p99:.2} ms ({n_messages} messages)"
    ));
    for n_nodes in [1, 2, 4] {
        let writers = nodes[..n_nodes].iter().flat_map(|node| [node; WRITERS]).zip(&members);
        let writers = writers.map(|(node, member)| (node, member, vec![general()])).collect();
        let Poured { messages, groups } = pour(&backend, &nodes, writers).await?;
        let s = if n_nodes == 1 { "" } else { "s" };
        bars.push(Bar { label: format!("one room, {n_nodes} node{s}"), value: messages, is_ours: true });
        lines.push(format!(
            "one hot room, {n_nodes} node{s} with {WRITERS} writers each: {messages:.0} messages/s in {groups:.0} appends/s"
        ));
    }
    let members = &members[..2 * WRITERS_OF_ROOMS];
    let rooms = make_rooms(&backend, members).await?;
    let writers = nodes[..2].iter().flat_map(|node| [node; WRITERS_OF_ROOMS]).zip(members).zip(rooms);
    let writers = writers.map(|((node, member), rooms)| (node, member, rooms)).collect();
    let Poured { messages, groups } = pour(&backend, &nodes, writers).await?;
    lines.push(format!("{ROOMS} rooms, 2 nodes: {messages:.0} messages/s in {groups:.0} appends/s"));
    bars.push(Bar { label: format!("{ROOMS} rooms, 2 nodes"), value: messages, is_ours: true });
    let title = "Messages made durable a second, on DynamoDB Local".into();
    Ok(Measured { lines, plots: vec![Plot { file: "nodes", title, bars }] })
}

fn start(subject: &Subject) -> anyhow::Result<Server> {
    // Whose page it is must be known before it listens.
    let addr = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let origin = format!("http://{addr}");
    let own = [("HUBBUB_ADDR", addr.as_str()), ("HUBBUB_ORIGIN", &origin), ("HUBBUB_LOG", "error")];
    Ok(Server::start_program(&subject.binary, &[&UNLIMITED[..], &own].concat())?)
}

/// Times from one node's client to another's.
async fn pass(nodes: &[Server], members: &[Member], n_messages: u64) -> anyhow::Result<Times> {
    let mut speaker = Peer::connect(nodes[0].addr, &members[0]).await?;
    let mut listener = Peer::connect(nodes[1].addr, &members[1]).await?;
    listener.say(&ClientMessage::Open { request: RequestId(1), room: general(), have: None }).await?;
    listener.hear_until(|it| matches!(it, ServerMessage::Opened { .. }).then_some(())).await?;
    let (mut times, mut since) = (Times::default(), Sequence::ZERO);
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0..n_messages {
        ticks.tick().await;
        let (nonce, began) = (Nonce::parse(&format!("probe{n}"))?, Instant::now());
        speaker.say(&message(&general(), nonce.clone(), since)?).await?;
        let seen = listener.hear_until(|heard| match heard {
            ServerMessage::Messages { page } => {
                page.messages.iter().any(|it| it.nonce == nonce).then(Instant::now)
            }
            _ => None,
        });
        times.note(seen.await? - began);
        let sent = speaker.hear_until(|heard| match heard {
            ServerMessage::Sent { nonce: it, sequence, .. } if it == nonce => Some(sequence),
            _ => None,
        });
        since = sent.await?;
    }
    Ok(times)
}

/// Who writes by which node to which rooms.
type Writer<'a> = (&'a Server, &'a Member, Vec<RoomId>);

/// What became durable in a second.
struct Poured {
    messages: f64,
    groups: f64,
}

/// Everybody writes to all of their rooms at once.
async fn pour(backend: &Backend, nodes: &[Server], writers: Vec<Writer<'_>>) -> anyhow::Result<Poured> {
    let mut peers = Vec::new();
    for (node, member, rooms) in writers {
        let mut heads = Vec::new();
        for room in rooms {
            let head = backend.log.heads(&room).await?.messages;
            heads.push((room, head));
        }
        peers.push((Peer::connect(node.addr, member).await?, heads));
    }
    let (before, began) = (appends(nodes).await?, Instant::now());
    let written = peers.into_iter().map(|(peer, heads)| write(peer, heads, began + POURED_FOR));
    let n_messages: u32 = try_join_all(written).await?.into_iter().sum();
    let took = began.elapsed().as_secs_f64();
    Ok(Poured { messages: f64::from(n_messages) / took, groups: (appends(nodes).await? - before) / took })
}

/// Keeps a message on its way to each of some rooms, whose heads are given. Returns how many became durable.
async fn write(mut peer: Peer, heads: Vec<(RoomId, Sequence)>, until: Instant) -> anyhow::Result<u32> {
    let mut behind: HashMap<RoomId, Sequence> = heads.into_iter().collect();
    for (room, head) in &behind {
        peer.say(&next_message(room, *head)?).await?;
    }
    let mut n = 0;
    loop {
        let Ok(heard) = timeout_at(until.into(), peer.hear()).await else { return Ok(n) };
        match heard {
            Ok(ServerMessage::Sent { room, sequence, .. }) => {
                n += 1;
                peer.say(&next_message(&room, sequence)?).await?;
                behind.insert(room, sequence);
            }
            // More than the store takes: the same once more, as a client does.
            Ok(ServerMessage::NotSent { room, .. }) => peer.say(&next_message(&room, behind[&room])?).await?,
            Ok(_) => {}
            Err(code) => anyhow::bail!("the connection ended with {}", code.0),
        }
    }
}

/// A message behind one, by whose place it is called: no member writes another behind the same.
fn next_message(room: &RoomId, after: Sequence) -> anyhow::Result<ClientMessage> {
    message(room, Nonce::parse(&format!("after{}", after.0))?, after)
}

fn message(room: &RoomId, nonce: Nonce, since: Sequence) -> anyhow::Result<ClientMessage> {
    let text = MessageText::parse(&"x".repeat(150))?;
    Ok(ClientMessage::Send { room: room.clone(), nonce, since, text })
}

/// Makes rooms and brings members into them, so that as many of each half are in each. Returns each member's.
async fn make_rooms(backend: &Backend, members: &[Member]) -> anyhow::Result<Vec<Vec<RoomId>>> {
    let mut rooms_of = vec![Vec::new(); members.len()];
    for n in 0..ROOMS {
        let (id, name, topic) =
            (RoomId::parse(&format!("of-many-{n}"))?, RoomName::parse("Room")?, Topic::parse("")?);
        backend.rooms.create(&RoomInfo { id: id.clone(), name, topic, private: false }, crowd::now()).await?;
        for at in [n % WRITERS_OF_ROOMS, n % WRITERS_OF_ROOMS + WRITERS_OF_ROOMS] {
            let rooms_max = limits::ROOMS_PER_MEMBER;
            let start = Start { at: crowd::now(), head: Sequence::ZERO, rooms_max, added_by: None };
            backend.memberships.join(&id, &members[at].person.id, &start).await?;
            rooms_of[at].push(id.clone());
        }
    }
    Ok(rooms_of)
}

/// How many groups these nodes have made durable.
async fn appends(nodes: &[Server]) -> anyhow::Result<f64> {
    let mut n = 0.0;
    for node in nodes {
        let (_, figures) = http::get(node.addr, "/metrics").await?;
        let line = figures.lines().find_map(|line| line.strip_prefix("hubbub_append_seconds_count "));
        n += line.context("a node does not tell how often it appended")?.trim().parse::<f64>()?;
    }
    Ok(n)
}
