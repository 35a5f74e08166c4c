//! One WebSocket: reads, performs, writes, and decides nothing.

mod inbound;
mod scan;

use std::{
    io,
    net::{IpAddr, Shutdown},
    os::fd::AsFd as _,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use fastwebsockets::upgrade::UpgradeFut;
use hyper_util::rt::TokioIo;
use prometheus_client::metrics::counter::Counter;
use tokio::net::TcpStream;

use chat::session::SessionKey;
use process::{Accepted, tell_seldom};
use protocol::{Person, close::CloseCode, limits, wire};

use crate::{
    connection::Connection,
    frame,
    hub::{Entered, Queue},
    limiter::Allowance,
    perform::{Performed, Shell},
    send_queue::SendQueue,
    service::Service,
};

use self::inbound::Inbound;
pub(crate) use self::inbound::{Broken, Read};

/// How long a closing connection may take to read its last frames and to answer.
pub(crate) const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// How much it may still send meanwhile.
const DRAIN_MAX_BYTES: usize = 4 * limits::FRAME_MAX_BYTES;

/// What brings a client's messages.
pub(crate) trait Inbox: Send {
    /// The next one.
    ///
    /// # Errors
    /// [`Broken`]; then there is no next one.
    fn next(&mut self) -> impl Future<Output = Result<Read, Broken>> + Send;
}

impl Inbox for Inbound {
    async fn next(&mut self) -> Result<Read, Broken> {
        Inbound::next(self).await
    }
}

/// Serves a member's connection from its upgrade to its end.
pub(crate) async fn serve(
    service: Arc<Service>,
    upgrade: UpgradeFut,
    person: Person,
    session: SessionKey,
    network: IpAddr,
) {
    let Some((socket, early)) = upgraded(upgrade).await else { return };
    let overflows = service.metrics.overflows.clone();
    let queue = SendQueue::new(Arc::clone(&socket), service.config.send_queue_bytes.get(), overflows);
    let most = service.config.per_member.get();
    let entered = match service.hub.enter(person, session, Arc::clone(&queue), most) {
        Ok(entered) => entered,
        Err(code) => return Box::pin(end(&queue, &socket, code)).await,
    };
    let code = tokio::select! {
        code = talk(&service, &entered, network, Inbound::new(Arc::clone(&socket), early)) => code,
        () = queue.ended() => None,
    };
    if let Some(code) = code.or(queue.close_code()) {
        Box::pin(end(&queue, &socket, code)).await; // Boxed: an idle connection does not hold room for its end.
    }
}

/// Tells a client of another version that it is one.
pub(crate) async fn turn_away(upgrade: UpgradeFut, code: CloseCode) {
    let Some((socket, _)) = upgraded(upgrade).await else { return };
    let queue = SendQueue::new(Arc::clone(&socket), 1024, Counter::default());
    end(&queue, &socket, code).await;
}

/// The socket below the upgrade, and what was read of it beyond the handshake.
async fn upgraded(upgrade: UpgradeFut) -> Option<(Arc<TcpStream>, Bytes)> {
    let upgraded = upgrade.await.ok()?.into_inner().into_inner(); // Gone before it began: nobody to tell.
    let parts = upgraded.downcast::<TokioIo<Accepted>>().ok()?; // What every listener of ours accepts.
    // A copy, of nothing as a rule: what hyper read into is 8 KiB, and would stay as long as the connection.
    Some((Arc::new(parts.io.into_inner().into_inner()), Bytes::copy_from_slice(&parts.read_buf)))
}

/// Welcomes and serves, until the client ends it or breaks a rule. The code is what we close with.
pub(crate) async fn talk(
    service: &Arc<Service>,
    entered: &Entered,
    network: IpAddr,
    mut inbound: impl Inbox,
) -> Option<CloseCode> {
    let place = &entered.place;
    let mut shell = Shell::new(Arc::clone(service), Arc::clone(place));
    if let Err(error) = Box::pin(shell.welcome()).await {
        tell_seldom("The store did not answer a new connection", &error);
        return Some(CloseCode::INTERNAL);
    }
    let member = place.person.id.clone();
    let limiter = Arc::clone(&service.limiter);
    let allowance = Allowance::new(limiter, member.clone(), network, service.hub.now());
    let mut connection = Connection::new(member, allowance);
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
                pause(connection.control(service.hub.now())).await;
                place.queue.push(&frame::pong(&payload));
            }
            Read::Pong => pause(connection.control(service.hub.now())).await,
            Read::Close => return Some(CloseCode::NORMAL),
        }
    }
}

async fn hear(service: &Service, connection: &mut Connection, shell: &mut Shell, text: &str) {
    connection.keep_open(|room| shell.is_in(room)); // It may have left some, here or elsewhere.
    let effect = match wire::decode_client(text) {
        Ok(message) => connection.handle(message, service.hub.now()),
        Err(refusal) => connection.unreadable(refusal, service.hub.now()),
    };
    let pause_after = effect.pause();
    // Boxed: an idle connection does not hold room for what it might do.
    match Box::pin(shell.perform(effect)).await {
        Performed::Done => {}
        Performed::NotOpened(room) => connection.not_opened(&room),
    }
    pause(pause_after).await;
}

/// Reads nothing for a while: a client that is too fast makes only itself wait.
async fn pause(pause: Option<Duration>) {
    if let Some(pause) = pause {
        tokio::time::sleep(pause).await;
    }
}

/// Says why, and lets the client take its last frames: what it still sends is read and dropped, since a socket that is
/// closed with something unread is reset, and the reset overtakes what the client has not read.
async fn end(queue: &Arc<Queue>, socket: &TcpStream, code: CloseCode) {
    queue.close(code);
    let ended = async {
        queue.written().await;
        shut_writing(socket)?;
        drain(socket).await
    };
    // Every outcome is an end.
    let _ = tokio::time::timeout(CLOSE_WITHIN, ended).await;
    queue.abandon();
}

/// Tells the client that nothing more comes. The handle is a second one of the same socket, since ours is shared.
fn shut_writing(socket: &TcpStream) -> io::Result<()> {
    let second = socket.as_fd().try_clone_to_owned()?;
    std::net::TcpStream::from(second).shutdown(Shutdown::Write)
}

/// Reads until the client has closed too, but not for ever.
async fn drain(socket: &TcpStream) -> io::Result<()> {
    let (mut n_read, mut buffer) = (0, [0; 1024]);
    while n_read < DRAIN_MAX_BYTES {
        socket.readable().await?;
        match socket.try_read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n_read += n,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use backend::{Backend, Edge};
    use chat::{ports::NodeId, session::SessionToken};
    use protocol::{MemberId, MemberName};

    use super::*;
    use crate::config::Config;

    /// What the task of one connection holds while nothing moves. The places that it may wait at share this.
    const IDLE_BYTES: usize = 1_400;

    #[tokio::test]
    async fn an_idle_connection_is_small() {
        let (node, edge) = (NodeId::from_random(1), Edge::local(3000));
        let build = "test".to_owned();
        let service = Service::start(node, Backend::in_memory(), edge, Config::default(), build);
        let mut request = http::Request::builder()
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "AAECAwQFBgcICQoLDA0ODw==")
            .body(())
            .unwrap();
        let (_, upgrade) = fastwebsockets::upgrade::upgrade(&mut request).unwrap();
        let person = Person {
            id: MemberId::parse("ada").unwrap(),
            name: MemberName::parse("Ada").unwrap(),
            guest: true,
        };
        let session = SessionToken::from_random([1; 32]).key();

        let connection = serve(service, upgrade, person, session, [192, 0, 2, 1].into());

        let size = size_of_val(&connection);
        assert!(size <= IDLE_BYTES, "{size} bytes");
    }
}
