//! A conversation over a site's WebSocket, in the frames of `crates/protocol/schema.json`.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tungstenite::{HandshakeError, Message, WebSocket, handshake::client::Request};

use super::line::{AGENT, Line, Site};

/// What our pages speak.
const SUBPROTOCOL: &str = "hubbub.v1.json";

/// How many frames may be about other things before that which is waited for.
const OTHERS_MAX: usize = 200;

/// An open conversation.
pub(super) struct Conversation(WebSocket<Line>);

impl Conversation {
    /// Begins one, as whoever has this cookie.
    ///
    /// # Errors
    /// When the site does not want it.
    pub(super) fn begin(site: &Site, cookie: &str) -> Result<Self> {
        let scheme = if site.is_secure { "wss" } else { "ws" };
        let request = Request::builder()
            .uri(format!("{scheme}://{}/ws", site.authority()))
            .header("Host", site.authority())
            .header("Origin", site.origin())
            // A firewall takes who does not say it for a bad one.
            .header("User-Agent", AGENT)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", tungstenite::handshake::client::generate_key())
            .header("Sec-WebSocket-Protocol", SUBPROTOCOL)
            .header("Cookie", cookie)
            .body(())?;
        match tungstenite::client(request, site.connect()?) {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                bail!("a handshake at /ws is answered with {}", answer.status())
            }
            Err(HandshakeError::Failure(why)) => Err(why).context("a handshake at /ws fails"),
            Err(HandshakeError::Interrupted(_)) => bail!("a handshake at /ws is not answered"),
        }
    }

    /// Says something.
    ///
    /// # Errors
    /// When nobody is there any more.
    pub(super) fn say(&mut self, frame: &Value) -> Result<()> {
        Ok(self.0.send(Message::text(frame.to_string()))?)
    }

    /// Waits for a frame that is so.
    ///
    /// # Errors
    /// When something is refused, or the conversation ends before.
    pub(super) fn hear(&mut self, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
        for _ in 0..OTHERS_MAX {
            let message = self.0.read().with_context(|| format!("nobody says {what}"))?;
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text).context("a frame is no JSON")?;
            if is_so(&frame) {
                return Ok(frame);
            }
            if matches!(frame["type"].as_str(), Some("refused" | "not_sent")) {
                bail!("instead of {what} it says {frame}");
            }
        }
        bail!("nobody says {what}")
    }
}
