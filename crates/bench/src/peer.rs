//! A WebSocket client by other hands than the server's, one frame at a time.

use std::{io, net::SocketAddr};

use chat::session::{COOKIE, SessionToken};
use futures::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, ServerMessage, close::CloseCode, wire};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, handshake::client::Request},
};

use crate::{crowd::Member, raw::text_frame};

/// What is said is sent at once, as browsers do.
const NO_DELAY: bool = true;

/// An open connection.
pub struct Peer(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Peer {
    /// Connects as a member.
    ///
    /// # Errors
    /// When the server refuses or is away.
    pub async fn connect(addr: SocketAddr, member: &Member) -> Result<Self, Error> {
        Self::connect_from(addr, &format!("http://{addr}"), member).await
    }

    /// Connects as a member, from a page of this origin.
    ///
    /// # Errors
    /// When the server refuses or is away.
    pub async fn connect_from(addr: SocketAddr, origin: &str, member: &Member) -> Result<Self, Error> {
        let request = handshake_from(addr, origin, &member.token);
        let (socket, _) = connect_async_with_config(request, None, NO_DELAY).await?;
        Ok(Self(socket))
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say(&mut self, message: &ClientMessage) -> Result<(), Error> {
        self.0.send(Message::text(wire::encode(message))).await
    }

    /// Says half of something and is gone, without a word and without waiting for what it said before: a reset.
    ///
    /// # Errors
    /// When the connection is gone already.
    pub async fn break_off(self, message: &ClientMessage) -> io::Result<()> {
        let MaybeTlsStream::Plain(mut stream) = self.0.into_inner() else {
            return Err(io::Error::other("a connection without TLS can be reset, and no other"));
        };
        let frame = text_frame(wire::encode(message).as_bytes());
        stream.write_all(&frame[..frame.len() / 2]).await?;
        stream.set_zero_linger()
    }

    /// Waits for what the server says next, or for the end.
    ///
    /// # Errors
    /// The code of the end; [`CloseCode::GOING_AWAY`] where none came.
    ///
    /// # Cancel safety
    /// Safe: a frame that is half there stays in the connection.
    pub async fn hear(&mut self) -> Result<ServerMessage, CloseCode> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => {
                    return Ok(wire::decode_server(&text).expect("the server speaks our protocol"));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map_or(CloseCode::NORMAL, |it| CloseCode(it.code.into())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(CloseCode::GOING_AWAY),
            }
        }
    }

    /// Waits for a message of which `pick` makes something, and forgets the others.
    ///
    /// # Errors
    /// When something is refused or the connection ends before.
    pub async fn hear_until<T>(&mut self, pick: impl Fn(ServerMessage) -> Option<T>) -> anyhow::Result<T> {
        loop {
            match self.hear().await {
                Ok(ServerMessage::Refused { refusal, .. } | ServerMessage::NotSent { refusal, .. }) => {
                    return Err(refusal.into());
                }
                Ok(message) => {
                    if let Some(picked) = pick(message) {
                        return Ok(picked);
                    }
                }
                Err(code) => anyhow::bail!("the connection ended with {}", code.0),
            }
        }
    }
}

/// A handshake as our own page makes it.
pub fn handshake(addr: SocketAddr, token: &SessionToken) -> Request {
    handshake_from(addr, &format!("http://{addr}"), token)
}

fn handshake_from(addr: SocketAddr, origin: &str, token: &SessionToken) -> Request {
    let request = Request::builder()
        .uri(format!("ws://{addr}/ws"))
        .header("Host", addr.to_string())
        .header("Origin", origin)
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw==")
        .header("Sec-WebSocket-Protocol", wire::SUBPROTOCOL)
        .header("Cookie", format!("{COOKIE}={}", token.reveal()));
    request.body(()).expect("visible ASCII")
}
