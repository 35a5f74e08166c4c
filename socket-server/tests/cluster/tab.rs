//! Somebody's connection to a node, by hand.

use std::{net::SocketAddr, time::Duration};

use bench::{crowd::Member, peer::Peer};
use protocol::{ClientMessage, MessageText, Nonce, RequestId, Sequence, ServerMessage};
use tokio::time::{Instant, timeout, timeout_at};

use crate::cluster::general;

/// Whatever is waited for comes within this time, or the test fails.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A connection that shows `general`.
pub(crate) struct Tab {
    pub(crate) peer: Peer,
    member: Member,
    n_sent: u64,
}

impl Tab {
    /// Connects and opens the room.
    pub(crate) async fn open(addr: SocketAddr, member: &Member) -> Self {
        Self::open_and_see_who_types(addr, member).await.0
    }

    /// As [`Self::open`], and tells who types by then.
    pub(crate) async fn open_and_see_who_types(addr: SocketAddr, member: &Member) -> (Self, Vec<String>) {
        let mut tab = Self::connect(addr, member).await;
        tab.say(&ClientMessage::Open { request: RequestId(1), room: general(), have: None }).await;
        let typing = tab.hear(|message| match message {
            ServerMessage::Opened { typing, .. } => {
                Some(typing.iter().map(|person| person.id.to_string()).collect())
            }
            _ => None,
        });
        let typing = typing.await;
        (tab, typing)
    }

    /// Connects, and shows nothing.
    pub(crate) async fn connect(addr: SocketAddr, member: &Member) -> Self {
        let mut tab =
            Self { peer: Peer::connect(addr, member).await.unwrap(), member: member.clone(), n_sent: 0 };
        tab.hear(|message| matches!(message, ServerMessage::Welcome { .. }).then_some(())).await;
        tab
    }

    pub(crate) fn id(&self) -> String {
        self.member.person.id.to_string()
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.peer.say(message).await.unwrap();
    }

    /// The first message that `pick` is after; the others are passed over.
    pub(crate) async fn hear<T>(&mut self, pick: impl Fn(ServerMessage) -> Option<T>) -> T {
        timeout(SOON, self.peer.hear_until(pick)).await.expect("it comes within its time").unwrap()
    }

    /// Sends the next message, and returns its nonce. `since` as far as it has seen the room.
    pub(crate) async fn send(&mut self, since: Sequence) -> Nonce {
        self.send_of(150, since).await
    }

    /// As [`Self::send`], a text of so many bytes.
    pub(crate) async fn send_of(&mut self, n_bytes: usize, since: Sequence) -> Nonce {
        self.n_sent += 1;
        let nonce = Nonce::parse(&format!("n{}", self.n_sent)).unwrap();
        let text = MessageText::parse(&"x".repeat(n_bytes)).unwrap();
        self.say(&ClientMessage::Send { room: general(), nonce: nonce.clone(), since, text }).await;
        nonce
    }

    /// When the server says that a draft is durable, and as what.
    pub(crate) async fn acknowledged(&mut self, nonce: &Nonce) -> (Sequence, Instant) {
        self.hear(|message| match message {
            ServerMessage::Sent { nonce: it, sequence, .. } if it == *nonce => {
                Some((sequence, Instant::now()))
            }
            _ => None,
        })
        .await
    }

    /// Gives a message another text, which it has by then.
    pub(crate) async fn edit(&mut self, sequence: Sequence, seen: Sequence) {
        self.n_sent += 1;
        let request = RequestId(u32::try_from(self.n_sent).unwrap());
        let nonce = Nonce::parse(&format!("n{}", self.n_sent)).unwrap();
        let text = MessageText::parse(&format!("text {}", self.n_sent)).unwrap();
        self.say(&ClientMessage::Edit { request, room: general(), sequence, seen, nonce, text }).await;
        self.hear(|message| match message {
            ServerMessage::Revised { request: it, .. } => (it == request).then_some(()),
            ServerMessage::Refused { refusal, .. } => panic!("{refusal}"),
            _ => None,
        })
        .await;
    }

    /// When somebody's message is seen.
    pub(crate) async fn sees(&mut self, nonce: &Nonce) -> Instant {
        self.hear(|message| match message {
            ServerMessage::Messages { page } => {
                page.messages.iter().any(|it| it.nonce == *nonce).then(Instant::now)
            }
            _ => None,
        })
        .await
    }

    /// Waits until somebody has gone.
    pub(crate) async fn sees_go(&mut self, who: &str) {
        self.hear(|message| match message {
            ServerMessage::Presence { went, .. } => went.iter().any(|it| it.as_str() == who).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Waits until somebody has come.
    pub(crate) async fn sees_come(&mut self, who: &str) {
        self.hear(|message| match message {
            ServerMessage::Presence { came, .. } => came.iter().any(|it| it.id.as_str() == who).then_some(()),
            _ => None,
        })
        .await;
    }

    /// Who comes and goes in so much time: `+` who comes, `-` who goes.
    pub(crate) async fn comings_and_goings(&mut self, time: Duration) -> Vec<String> {
        let until = Instant::now() + time;
        let mut lines = Vec::new();
        while let Ok(heard) = timeout_at(until, self.peer.hear()).await {
            if let ServerMessage::Presence { came, went, .. } = heard.expect("the connection lives") {
                lines.extend(came.iter().map(|it| format!("+{}", it.id)));
                lines.extend(went.iter().map(|it| format!("-{it}")));
            }
        }
        lines
    }
}
