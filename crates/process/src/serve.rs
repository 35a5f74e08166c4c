//! The accept loop: axum's own has no time-out for slow requests.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::Instant,
};
use tower::ServiceExt as _;

use crate::addresses::Addresses;

/// A request's head comes within this time, or its connection ends.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Plain connections at a time, half-open ones included. Upgraded ones are no longer counted here.
const PLAIN_MAX: usize = 4_096;
/// Where no connection can be accepted, it is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// How long plain requests may take to finish when the server stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Serves `router` until `stop` is done, then lets the requests that are under way finish. One peer may have so many
/// plain connections; those beyond are closed unread.
///
/// # Errors
/// Never for a connection's sake; those that cannot be accepted are passed over.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    plain_per_peer: usize,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let peers = Arc::<Addresses>::default();
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
        let Some(counted) = peers.count(peer.ip(), plain_per_peer) else { continue };
        let (router, mut stopping) = (router.clone(), stopping.subscribe());
        connections.spawn(async move {
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                router.clone().oneshot(request.map(Body::new))
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_WITHIN)
                .max_buf_size(64 * 1024)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades();
            tokio::pin!(connection);
            // A connection's errors are its client's: it went away, or spoke no HTTP.
            tokio::select! {
                _ = &mut connection => {}
                _ = stopping.changed() => {
                    connection.as_mut().graceful_shutdown();
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
    Ok(())
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
    use super::*;

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
