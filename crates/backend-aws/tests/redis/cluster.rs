//! What only a cluster does: channels are spread over nodes, and move between them.

use backend_aws::Redis;
use chat::ports::{Bus as _, Channel, Heard, Presence as _, Subscription};
use fred::{clients::Client, types::Value, util::redis_keyslot};
use futures::{StreamExt as _, future::join_all};
use tokio::time::{Duration, sleep, timeout};

use crate::engine::{
    SOON, Server, ask, check_heard, connect, free_port, next, numbered, room, with_free_ports,
};

#[tokio::test]
async fn channels_on_all_nodes_are_heard() {
    let cluster = Cluster::start().await;
    let redis = connect(&cluster.nodes[0].url(), "test:").await;
    let mut hearings = subscribe(&redis.bus()).await;

    for (n, (channel, _)) in (0..).zip(&hearings) {
        redis.bus().publish(channel, &numbered(n)).await.unwrap();
    }

    for (n, (_, hearing)) in (0..).zip(&mut hearings) {
        assert_eq!(next(hearing).await, Some(Heard::Event(numbered(n))));
    }
    for client in &cluster.clients {
        let channels: Vec<String> = ask(client, "PUBSUB SHARDCHANNELS").await;
        assert!(!channels.is_empty());
    }
}

#[tokio::test]
async fn one_lost_connection_ends_the_subscriptions_on_all_nodes() {
    let cluster = Cluster::start().await;
    let redis = connect(&cluster.nodes[0].url(), "test:").await;
    let mut hearings = subscribe(&redis.bus()).await;

    let n_killed: u64 = ask(&cluster.clients[1], "CLIENT KILL TYPE pubsub").await;

    assert_eq!(n_killed, 1);
    for (_, hearing) in &mut hearings {
        assert_eq!(next(hearing).await, None);
    }
    for (channel, mut hearing) in subscribe(&redis.bus()).await {
        check_heard(&redis, &channel, &mut hearing).await;
    }
}

#[tokio::test]
async fn a_subscription_ends_when_its_channel_moves_to_another_node() {
    let cluster = Cluster::start().await;
    let redis = connect(&cluster.nodes[0].url(), "test:").await;
    let mut hearings = subscribe(&redis.bus()).await;
    let (moved, mut ended) = hearings.pop().unwrap();

    cluster.move_slot(redis_keyslot(format!("test:{}", name(&moved)).as_bytes())).await;

    assert_eq!(next(&mut ended).await, None);
    let mut anew = redis.bus().subscribe(&moved).await.unwrap();
    check_heard(&redis, &moved, &mut anew).await;
    for (channel, hearing) in &mut hearings {
        check_heard(&redis, channel, hearing).await;
    }
}

#[tokio::test]
async fn a_master_that_is_killed_is_followed_by_its_replica_even_that_of_our_address() {
    for killed in [1, 0] {
        let mut cluster = Cluster::start().await;
        let _replica = cluster.follow(killed).await;
        let redis = connect(&cluster.nodes[0].url(), "test:").await;
        let hearings = subscribe(&redis.bus()).await;

        drop(cluster.nodes.remove(killed));

        for (channel, mut hearing) in hearings {
            assert_eq!(next(&mut hearing).await, None, "{channel:?}");
            timeout(SOON, until_heard(&redis, &channel)).await.expect("its replica takes over");
        }
        redis.presence().nodes().await.unwrap();
    }
}

/// The first and the last slot of each node.
const SLOTS: [(u16, u16); 3] = [(0, 5460), (5461, 10922), (10923, 16383)];

/// Three nodes of one test alone, each with a third of the slots.
pub(crate) struct Cluster {
    pub(crate) nodes: Vec<Server>,
    pub(crate) clients: Vec<Client>,
}

impl Cluster {
    /// Returns when all agree that it is whole.
    pub(crate) async fn start() -> Self {
        let nodes: Vec<_> = SLOTS.iter().map(|_| start_node()).collect();
        let clients = join_all(nodes.iter().map(|(node, _)| node.client())).await;
        for (n, (client, (first, last))) in (1..).zip(clients.iter().zip(SLOTS)) {
            ask::<()>(client, &format!("CLUSTER ADDSLOTSRANGE {first} {last}")).await;
            ask::<()>(client, &format!("CLUSTER SET-CONFIG-EPOCH {n}")).await;
        }
        for (node, bus_port) in &nodes[1..] {
            ask::<()>(&clients[0], &format!("CLUSTER MEET 127.0.0.1 {} {bus_port}", node.port)).await;
        }
        for client in &clients {
            timeout(SOON, until_whole(client)).await.expect("the nodes find each other");
        }
        Self { nodes: nodes.into_iter().map(|(node, _)| node).collect(), clients }
    }

    /// A replica of one of the nodes, which takes over when that is gone.
    async fn follow(&self, followed: usize) -> Server {
        let (replica, bus_port) = start_node();
        let client = replica.client().await;
        ask::<()>(&self.clients[0], &format!("CLUSTER MEET 127.0.0.1 {} {bus_port}", replica.port)).await;
        let id: String = ask(&self.clients[followed], "CLUSTER MYID").await;
        timeout(SOON, until_told(&client, "CLUSTER NODES", &id)).await.expect("the replica hears of it");
        ask::<()>(&client, &format!("CLUSTER REPLICATE {id}")).await;
        timeout(SOON, until_told(&client, "INFO replication", "master_link_status:up"))
            .await
            .expect("it follows");
        let replica_id: String = ask(&client, "CLUSTER MYID").await;
        for other in &self.clients {
            let told = until_told(other, "CLUSTER SLOTS", &replica_id);
            timeout(SOON, told).await.expect("all hear of it");
        }
        replica
    }

    /// Gives a slot, which is empty, to the next node. Returns when all have heard of it.
    async fn move_slot(&self, slot: u16) {
        let ids = join_all(self.clients.iter().map(|client| ask::<String>(client, "CLUSTER MYID"))).await;
        let from = SLOTS.iter().position(|(_, last)| slot <= *last).unwrap();
        let to = (from + 1) % 3;
        ask::<()>(&self.clients[to], &format!("CLUSTER SETSLOT {slot} IMPORTING {}", ids[from])).await;
        ask::<()>(&self.clients[from], &format!("CLUSTER SETSLOT {slot} MIGRATING {}", ids[to])).await;
        for n in [to, from, (to + 1) % 3] {
            ask::<()>(&self.clients[n], &format!("CLUSTER SETSLOT {slot} NODE {}", ids[to])).await;
        }
        for client in &self.clients {
            timeout(SOON, until_owned(client, slot, &ids[to])).await.expect("the nodes tell each other");
        }
    }
}

/// A node, and its port for other nodes.
fn start_node() -> (Server, u16) {
    with_free_ports(|| {
        let bus_port = free_port();
        let bus = bus_port.to_string();
        let more = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
        Server::try_at(free_port(), &more).map(|server| (server, bus_port))
    })
}

/// A cluster tells nobody when it has become whole, so it is asked again and again.
async fn until_whole(client: &Client) {
    loop {
        let told: String = ask(client, "CLUSTER INFO").await;
        let slots: Vec<Value> = ask(client, "CLUSTER SLOTS").await;
        if told.contains("cluster_state:ok") && slots.len() == 3 {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Asks again and again until the answer has this in it.
async fn until_told(client: &Client, command: &str, wanted: &str) {
    while !format!("{:?}", ask::<Value>(client, command).await).contains(wanted) {
        sleep(Duration::from_millis(20)).await;
    }
}

/// Subscribes and tells until what is told is heard, as a room does.
async fn until_heard(redis: &Redis, channel: &Channel) {
    loop {
        if let Ok(mut hearing) = redis.bus().subscribe(channel).await
            && redis.bus().publish(channel, &numbered(41)).await.is_ok()
            && let Ok(Some(Heard::Event(heard))) = timeout(Duration::from_secs(1), hearing.next()).await
        {
            return assert_eq!(heard, numbered(41));
        }
        sleep(Duration::from_millis(100)).await;
    }
}

async fn until_owned(client: &Client, slot: u16, id: &str) {
    loop {
        let ranges: Vec<(u16, u16, Vec<Value>)> = ask(client, "CLUSTER SLOTS").await;
        let range = ranges.into_iter().find(|(first, last, _)| (*first..=*last).contains(&slot));
        if range.is_some_and(|(_, _, owner)| owner[2] == Value::from(id)) {
            return;
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Hears thirty rooms and what is told to everybody.
async fn subscribe(bus: &impl chat::ports::Bus) -> Vec<(Channel, Subscription)> {
    let rooms = (0..30).map(|n| room(&format!("room-{n}")));
    let channels = rooms.chain([Channel::Members]);
    join_all(channels.map(async |channel| (channel.clone(), bus.subscribe(&channel).await.unwrap()))).await
}

fn name(channel: &Channel) -> String {
    match channel {
        Channel::Room(room) => format!("room:{room}"),
        Channel::Members => "members".to_owned(),
    }
}
