//! A client on tungstenite.

use std::{future::Future, net::SocketAddr};

use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message as Frame},
};

pub(crate) use bench::peer::handshake;
use chat::session::SessionToken;
use protocol::{
    ClientMessage, Heads, Message, MessageText, Nonce, Page, Refusal, RequestId, RoomId, RoomState, Sequence,
    ServerMessage, wire,
};

use crate::node::SOON;

pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    n_requests: u32,
}

impl Client {
    /// Connects as our own page would.
    pub(crate) async fn connect(addr: SocketAddr, token: &SessionToken) -> Self {
        Self::connect_with(addr, handshake(addr, token)).await.unwrap()
    }

    pub(crate) async fn connect_with(addr: SocketAddr, request: Request<()>) -> Result<Self, Error> {
        let stream = TcpStream::connect(addr).await.unwrap();
        let (socket, _) = soon(tokio_tungstenite::client_async(request, stream)).await?;
        Ok(Self { socket, n_requests: 0 })
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.say_text(&wire::encode(message)).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        soon(self.socket.send(Frame::text(text))).await.unwrap();
    }

    /// The next frame that is not the server's ping.
    pub(crate) async fn hear_frame(&mut self) -> Frame {
        loop {
            match soon(self.socket.next()).await.unwrap().unwrap() {
                Frame::Ping(_) => {}
                frame => return frame,
            }
        }
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> ServerMessage {
        match self.hear_frame().await {
            Frame::Text(text) => wire::decode_server(&text).unwrap(),
            other => panic!("expected a message, came {other:?}"),
        }
    }

    /// The first message that `pick` is after; the others are passed over.
    pub(crate) async fn hear_one<T>(&mut self, pick: impl Fn(ServerMessage) -> Option<T>) -> T {
        soon(async {
            loop {
                if let Some(picked) = pick(self.hear().await) {
                    return picked;
                }
            }
        })
        .await
    }

    /// The code that the server closes with; what comes before is passed over.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            if let Frame::Close(close) = self.hear_frame().await {
                return close.map_or(1005, |close| close.code.into());
            }
        }
    }

    pub(crate) async fn welcome(&mut self) -> Vec<RoomState> {
        self.hear_one(|message| match message {
            ServerMessage::Welcome { rooms, .. } => Some(rooms),
            _ => None,
        })
        .await
    }

    /// Opens a room.
    pub(crate) async fn open(&mut self, room: &RoomId, have: Option<Heads>) -> Page {
        let request = self.request();
        self.say(&ClientMessage::Open { request, room: room.clone(), have }).await;
        self.hear_one(|message| match message {
            ServerMessage::Opened { request: it, page, .. } if it == request => Some(page),
            _ => None,
        })
        .await
    }

    /// Opens a room, and gives how it is.
    pub(crate) async fn hear_opened(&mut self, room: &RoomId) -> RoomState {
        let request = self.request();
        self.say(&ClientMessage::Open { request, room: room.clone(), have: None }).await;
        self.hear_one(|message| match message {
            ServerMessage::Opened { request: it, state, .. } if it == request => Some(state),
            _ => None,
        })
        .await
    }

    /// Sends a text and waits for its place.
    pub(crate) async fn send(&mut self, room: &RoomId, text: &str) -> Sequence {
        self.n_requests += 1;
        let nonce = format!("n{}", self.n_requests);
        self.say(&draft(room, &nonce, text)).await;
        self.hear_one(|message| match message {
            ServerMessage::Sent { nonce: it, sequence, .. } if it.as_str() == nonce => Some(sequence),
            _ => None,
        })
        .await
    }

    /// The next new messages of an open room.
    pub(crate) async fn messages(&mut self) -> Vec<Message> {
        self.hear_one(|message| match message {
            ServerMessage::Messages { page } => Some(page.messages),
            _ => None,
        })
        .await
    }

    /// The next refusal of a request.
    pub(crate) async fn refusal(&mut self) -> Refusal {
        self.hear_one(|message| match message {
            ServerMessage::Refused { refusal, .. } => Some(refusal),
            _ => None,
        })
        .await
    }

    pub(crate) fn request(&mut self) -> RequestId {
        self.n_requests += 1;
        RequestId(self.n_requests)
    }
}

pub(crate) fn draft(room: &RoomId, nonce: &str, text: &str) -> ClientMessage {
    ClientMessage::Send {
        room: room.clone(),
        nonce: Nonce::parse(nonce).unwrap(),
        since: Sequence::ZERO,
        text: MessageText::parse(text).unwrap(),
    }
}

/// Waits, but not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, what).await.expect("it comes within its time")
}
