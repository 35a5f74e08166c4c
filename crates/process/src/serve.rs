//! The accept loop: axum's own has no time-outs for slow requests and their answers.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Instant,
};

use backend::Edge;

use crate::{accepted::Accepted, addresses::Addresses, answer::answer};

/// A client's request has its head within this time, the first as any later one, or its connection ends.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// A proxy keeps connections for requests to come, and sends one at any moment: it is not to meet our end of it, so it is the
/// one that ends them. Load balancers of AWS do so after 4,000 seconds at most.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>
const HEAD_OF_PROXY_WITHIN: Duration = Duration::from_secs(4_100);
/// Plain connections at a time, half-open ones included. Upgraded ones are no longer counted here.
const PLAIN_MAX: usize = 4_096;
/// Where no connection can be accepted, it is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// How long plain requests may take to finish when the server stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peers {
    /// Clients. Each may have so many plain connections; those beyond are closed unread.
    Clients {
        /// How many.
        plain_max: usize,
    },
    /// Proxies of our own, whose connections are everybody's.
    Proxies,
}

impl Peers {
    /// Clients who may have so many, unless proxies stand before us.
    pub fn of(edge: &Edge, plain_max: usize) -> Self {
        match edge.trusted_hops {
            0 => Self::Clients { plain_max },
            _ => Self::Proxies,
        }
    }

    fn plain_max(self) -> usize {
        match self {
            Self::Clients { plain_max } => plain_max,
            Self::Proxies => usize::MAX,
        }
    }

    fn head_within(self) -> Duration {
        match self {
            Self::Clients { .. } => HEAD_WITHIN,
            Self::Proxies => HEAD_OF_PROXY_WITHIN,
        }
    }
}

/// Serves `router` until `stop` is done, then lets the requests that are under way finish. Connections that cannot be
/// accepted are passed over.
pub async fn serve(listener: TcpListener, router: Router, peers: Peers, stop: impl Future<Output = ()>) {
    let plain = Arc::<Addresses>::default();
    let places = Arc::new(Semaphore::new(PLAIN_MAX));
    let (stopping, _) = tokio::sync::watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => continue,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, peer, place)) = accepted else { continue };
        let Some(counted) = plain.count(peer.ip(), peers.plain_max()) else { continue };
        let (router, mut stopping) = (router.clone(), stopping.subscribe());
        connections.spawn(async move {
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                answer(router.clone(), request)
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(peers.head_within())
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(Accepted::new(stream)), service)
                .with_upgrades();
            tokio::pin!(connection);
            // A connection's errors are its client's: it went away, or spoke no HTTP.
            tokio::select! {
                _ = &mut connection => {}
                _ = stopping.changed() => {
                    connection.as_mut().graceful_shutdown();
                    // Its client's, too.
                    let _ = connection.await;
                }
            }
            drop((place, counted));
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let until = Instant::now() + FINISH_WITHIN;
    while let Ok(Some(_)) = tokio::time::timeout_at(until, connections.join_next()).await {}
    connections.abort_all();
}

/// The next connection; none where it was gone again.
///
/// # Cancel safety
/// Safe: a connection that was not taken stays with the kernel.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    match listener.accept().await {
        Ok((stream, peer)) => stream.set_nodelay(true).ok().map(|()| (stream, peer, place)), // Else it is gone.
        Err(error) if is_of_one_client(&error) => None,
        Err(error) => {
            // Out of file descriptors, as a rule: others must end before it can go on.
            tracing::warn!(error = &error as &dyn std::error::Error, "Could not accept a connection");
            tokio::time::sleep(AGAIN_AFTER).await;
            None
        }
    }
}

/// Whether an error means that one client has gone again, and nothing for the others. Source: accept(2).
fn is_of_one_client(error: &io::Error) -> bool {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, Interrupted, NetworkDown,
        NetworkUnreachable, TimedOut,
    };
    matches!(
        error.kind(),
        ConnectionAborted
            | ConnectionRefused
            | ConnectionReset
            | HostUnreachable
            | Interrupted
            | NetworkDown
            | NetworkUnreachable
            | TimedOut
    )
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_connection_is_ended_by_us_where_it_is_a_clients_and_by_the_proxy_where_it_is_ones() {
        let edge = Edge::local(3000);
        let proxied = Edge { trusted_hops: 1, ..edge.clone() };

        assert_eq!(n_answers(Peers::of(&edge, 9), 2 * HEAD_WITHIN).await, 1);
        assert_eq!(n_answers(Peers::of(&proxied, 9), 2 * HEAD_WITHIN).await, 2);
        assert_eq!(n_answers(Peers::of(&proxied, 9), Duration::from_secs(4_000)).await, 2);
    }

    /// How many of two requests on one connection are answered that come one after the other so much later.
    async fn n_answers(peers: Peers, later: Duration) -> usize {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let serving = tokio::spawn(serve(listener, Router::new(), peers, std::future::pending()));
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let mut n = 0;
        for wait in [Duration::ZERO, later] {
            tokio::time::sleep(wait).await;
            let asked = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
            let mut answer = vec![0; 4_096];
            n += usize::from(asked.is_ok() && stream.read(&mut answer).await.is_ok_and(|n| n > 0));
        }
        serving.abort();
        n
    }

    #[test]
    fn a_client_that_went_away_makes_nobody_wait() {
        // Source: errno(3), on Linux.
        let (connection_aborted, too_many_files, too_many_in_all, no_memory) = (103, 24, 23, 12);

        assert!(is_of_one_client(&io::Error::from_raw_os_error(connection_aborted)));
        for ours in [too_many_files, too_many_in_all, no_memory] {
            assert!(!is_of_one_client(&io::Error::from_raw_os_error(ours)), "{ours}");
        }
    }
}
