//! A WebSocket client by other hands than the server's, one frame at a time.

use std::net::SocketAddr;

use chat::session::COOKIE;
use futures::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, ServerMessage, close::CloseCode, wire};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use crate::crowd::Member;

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
        let mut request = format!("ws://{addr}/ws").into_client_request()?;
        let origin = format!("http://{addr}");
        let cookie = format!("{COOKIE}={}", member.token.reveal());
        for (name, value) in
            [("origin", origin.as_str()), ("cookie", &cookie), ("sec-websocket-protocol", wire::SUBPROTOCOL)]
        {
            request.headers_mut().insert(name, value.parse().expect("visible ASCII"));
        }
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
