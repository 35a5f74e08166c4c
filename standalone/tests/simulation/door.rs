//! The way of a page to the nodes: a real WebSocket over the network.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio::{
    io::DuplexStream,
    sync::mpsc,
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message as Frame},
};

use bench::{
    peer::handshake,
    random::Random,
    simulation::page::{self, BROKEN, Heard, Line},
};
use chat::session::SessionToken;
use protocol::{close::CloseCode, wire};

use crate::network::Network;

/// A handshake that takes longer has failed.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(8);

/// The network, as one page has it.
pub(crate) struct Door {
    pub(crate) network: Network,
    pub(crate) token: SessionToken,
}

impl page::Network for Door {
    fn connect(&self, random: Random) -> Line {
        let (tells, heard) = mpsc::unbounded_channel();
        let (says, said) = mpsc::unbounded_channel();
        let (network, token) = (self.network.clone(), self.token.clone());
        tokio::task::spawn_local(async move {
            let opening = timeout(HANDSHAKE_WITHIN, async {
                let (addr, stream) = network.connect(random).await?;
                let (socket, _) = tokio_tungstenite::client_async(handshake(addr, &token), stream).await?;
                Ok::<_, Error>(socket)
            });
            let talking = async {
                match opening.await {
                    Ok(Ok(socket)) => talk(socket, said, &tells).await,
                    Ok(Err(_)) | Err(_) => BROKEN,
                }
            };
            tokio::select! {
                code = talking => {
                    let _ = tells.send(Heard::Closed(code)); // Nobody listens where the page has gone on.
                }
                () = tells.closed() => {} // It was given up.
            }
        });
        Line { heard, says }
    }
}

/// Says and hears until the connection ends; the code that it ends with.
async fn talk(
    socket: WebSocketStream<DuplexStream>,
    mut said: mpsc::UnboundedReceiver<(Instant, String)>,
    tells: &mpsc::UnboundedSender<Heard>,
) -> CloseCode {
    let (mut sink, mut stream) = socket.split();
    let say = async {
        while let Some((_, text)) = said.recv().await {
            if sink.send(Frame::text(text)).await.is_err() {
                break;
            }
        }
        std::future::pending::<CloseCode>().await // Its end is heard.
    };
    let hear = async {
        loop {
            match stream.next().await {
                Some(Ok(Frame::Text(text))) => {
                    let message = wire::decode_server(&text).expect("the server speaks our language");
                    let _ = tells.send(Heard::Message(Box::new(message))); // Nobody listens where the page has gone on.
                }
                Some(Ok(Frame::Close(close))) => {
                    return close.map_or(CloseCode(1005), |close| CloseCode(close.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return BROKEN,
            }
        }
    };
    tokio::select! {
        code = say => code,
        code = hear => code,
    }
}
