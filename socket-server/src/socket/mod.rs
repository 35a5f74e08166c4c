//! One WebSocket: reads, performs, writes, and decides nothing.

mod inbound;
mod scan;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use fastwebsockets::upgrade::UpgradeFut;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use chat::session::SessionKey;
use protocol::{Person, close::CloseCode, wire};

use crate::{
    connection::Connection,
    frame,
    hub::{Entered, Queue},
    perform::{Performed, Shell},
    send_queue::SendQueue,
    service::Service,
};

use self::inbound::{Broken, Inbound, Read};

/// How long a closing connection may take to read its last frames and to answer.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// A client that sends faster than it may is read more slowly: it makes only itself wait.
const TOO_FAST_PAUSE: Duration = Duration::from_millis(20);

/// Serves a member's connection from its upgrade to its end.
pub(crate) async fn serve(service: Arc<Service>, upgrade: UpgradeFut, person: Person, session: SessionKey) {
    let Some((socket, early)) = upgraded(upgrade).await else { return };
    let queue = SendQueue::new(Arc::clone(&socket), service.config.send_queue_bytes.get());
    let mut inbound = Inbound::new(socket, early);
    let most = service.config.per_member.get();
    let Some(entered) = service.hub.enter(person, session, Arc::clone(&queue), most) else {
        end(&queue, &mut inbound, CloseCode::TOO_MANY).await;
        return;
    };
    let code = tokio::select! {
        code = talk(&service, &entered, &mut inbound) => code,
        () = queue.ended() => None,
    };
    if let Some(code) = code.or(queue.close_code()).filter(|code| *code != CloseCode::NORMAL) {
        end(&queue, &mut inbound, code).await;
    }
}

/// Tells a client of another version that it is one.
pub(crate) async fn turn_away(upgrade: UpgradeFut, code: CloseCode) {
    let Some((socket, early)) = upgraded(upgrade).await else { return };
    let queue = SendQueue::new(Arc::clone(&socket), 1024);
    let mut inbound = Inbound::new(socket, early);
    end(&queue, &mut inbound, code).await;
}

/// The socket below the upgrade, and what was read of it beyond the handshake.
async fn upgraded(upgrade: UpgradeFut) -> Option<(Arc<TcpStream>, Bytes)> {
    let upgraded = upgrade.await.ok()?.into_inner().into_inner(); // Gone before it began: nobody to tell.
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?; // Every listener of ours is TCP.
    Some((Arc::new(parts.io.into_inner()), parts.read_buf))
}

/// Welcomes and serves, until the client ends it or breaks a rule. The code is what we close with.
async fn talk(service: &Arc<Service>, entered: &Entered, inbound: &mut Inbound) -> Option<CloseCode> {
    let place = &entered.place;
    let mut shell = Shell::new(Arc::clone(service), Arc::clone(place));
    if let Err(error) = Box::pin(shell.welcome()).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "The store did not answer a new connection"
        );
        return Some(CloseCode::INTERNAL);
    }
    let mut connection = Connection::new(place.person.id.clone(), service.config.rates, service.hub.now());
    loop {
        let read = match inbound.next().await {
            Ok(read) => read,
            Err(Broken::Rule(code)) => return Some(code),
            Err(Broken::Gone) => return None,
        };
        place.heard(service.hub.now());
        match read {
            Read::Text(text) => hear(service, &mut connection, &mut shell, &text).await,
            Read::Ping(payload) => {
                place.queue.push(&frame::pong(&payload));
            }
            Read::Pong => {}
            Read::Close => {
                place.queue.close(CloseCode::NORMAL); // Both have said it: there is nothing to wait for.
                return None;
            }
        }
    }
}

async fn hear(service: &Service, connection: &mut Connection, shell: &mut Shell, text: &str) {
    let effect = match wire::decode_client(text) {
        Ok(message) => connection.handle(message, service.hub.now()),
        Err(refusal) => connection.unreadable(refusal, service.hub.now()),
    };
    // Boxed: an idle connection does not hold room for what it might do.
    match Box::pin(shell.perform(effect)).await {
        Performed::Done => {}
        Performed::NotOpened(room) => connection.not_opened(&room),
        Performed::TooFast => tokio::time::sleep(TOO_FAST_PAUSE).await,
    }
}

/// Says why, lets the last frames out, and gives the client a moment to answer.
async fn end(queue: &Arc<Queue>, inbound: &mut Inbound, code: CloseCode) {
    queue.close(code);
    let answered = async { while !matches!(inbound.next().await, Ok(Read::Close) | Err(_)) {} };
    // Both outcomes are an end.
    let _ = tokio::time::timeout(CLOSE_WITHIN, answered).await;
    queue.abandon();
}
