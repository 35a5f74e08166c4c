//! A client that does not read for a while.

use futures::future::join_all;
use tokio::net::TcpSocket;

use protocol::{
    Anchor, ClientMessage, Heads, Message, Page, RequestId, Sequence, ServerMessage, limits, wire,
};

use crate::{
    client::draft,
    node::{Member, Node, general},
    raw::{Raw, masked},
};

const N_MESSAGES: u64 = 400;

#[tokio::test]
async fn a_slow_reader_resyncs_and_ends_with_exactly_the_log() {
    let settings = [("HUBBUB_SENDS", "10000/10000"), ("HUBBUB_SEND_QUEUE_BYTES", "65536")];
    let node = Node::start_with(&settings).await;
    let slow = node.member("Slow").await;
    let mut fast = [node.client("Fast").await, node.client("Faster").await, node.client("Fastest").await];
    let mut slow = Slow::connect(&node, &slow).await;
    slow.open().await;
    let (room, long) = (general(), "😀".repeat(4_000));

    // Nothing is read here meanwhile, and the kernel's buffers hold less than these.
    for _ in 0..N_MESSAGES / 3 {
        join_all(fast.iter_mut().map(|it| it.send(&room, &long))).await;
    }
    slow.say(&draft(&general(), "own", "mine")).await;

    while slow.log.len() as u64 != N_MESSAGES || !slow.is_acknowledged {
        slow.hear().await;
    }
    let sequences: Vec<u64> = slow.log.iter().map(|message| message.sequence.0).collect();
    assert_eq!(sequences, (1..=N_MESSAGES).collect::<Vec<_>>());
    assert_eq!(slow.log.iter().filter(|message| message.nonce.as_str() == "own").count(), 1);
    assert!(slow.n_resyncs > 0, "the buffers held it all");
}

/// Does what a client does: follows a room, opens it again from its cursor at a resync, asks for what is more than it opens
/// with, and repeats what was not acknowledged.
struct Slow {
    raw: Raw,
    log: Vec<Message>,
    /// Up to here it asks for pages, where the room did not open at its cursor.
    asks_upto: Sequence,
    n_resyncs: usize,
    is_acknowledged: bool,
}

impl Slow {
    async fn connect(node: &Node, member: &Member) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(node.addr).await.unwrap();
        let raw = Raw { stream }.upgrade(node.addr, member).await;
        Self { raw, log: Vec::new(), asks_upto: Sequence::ZERO, n_resyncs: 0, is_acknowledged: false }
    }

    async fn say(&mut self, message: &ClientMessage) {
        self.raw.write(&masked(0x81, wire::encode(message).as_bytes())).await;
    }

    async fn open(&mut self) {
        let have = Heads { messages: self.cursor(), ..Heads::default() };
        self.say(&ClientMessage::Open { request: RequestId(1), room: general(), have: Some(have) }).await;
    }

    async fn ask(&mut self) {
        let (anchor, limit) = (Anchor::After(self.cursor()), limits::PAGE_MAX);
        self.say(&ClientMessage::Page { request: RequestId(2), room: general(), anchor, limit }).await;
    }

    async fn hear(&mut self) {
        let (opcode, payload) = self.raw.frame().await.expect("it is not closed");
        if opcode != 0x81 {
            return;
        }
        match wire::decode_server(std::str::from_utf8(&payload).unwrap()).unwrap() {
            ServerMessage::Opened { page, .. } => {
                let begins_at = page.messages.first().map_or(Sequence::ZERO, |first| first.sequence);
                if begins_at > self.cursor().next() {
                    self.asks_upto = page.heads.messages;
                    return self.ask().await;
                }
                self.take(page);
            }
            ServerMessage::Messages { page } if self.cursor() < self.asks_upto => {
                self.asks_upto = page.heads.messages;
            }
            ServerMessage::Messages { page } => self.take(page),
            ServerMessage::Page { page, .. } => {
                self.take(page);
                if self.cursor() < self.asks_upto {
                    self.ask().await;
                }
            }
            ServerMessage::Resync => {
                self.n_resyncs += 1;
                self.open().await;
                if !self.is_acknowledged {
                    self.say(&draft(&general(), "own", "mine")).await;
                }
            }
            ServerMessage::Sent { .. } => self.is_acknowledged = true,
            _ => {}
        }
    }

    fn take(&mut self, page: Page) {
        for message in page.messages {
            if message.sequence > self.cursor() {
                assert_eq!(message.sequence, self.cursor().next(), "a hole, and no resync");
                self.log.push(message);
            }
        }
    }

    fn cursor(&self) -> Sequence {
        self.log.last().map_or(Sequence::ZERO, |message| message.sequence)
    }
}
