//! The accept loop: axum's own has no time-out for slow requests.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet, time::Instant};
use tower::ServiceExt as _;

/// A request's head comes within this time, or its connection ends.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// Plain connections at a time, half-open ones included. Upgraded ones are no longer counted here.
const PLAIN_MAX: usize = 4_096;
/// How long plain requests may take to finish when the server stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// Serves `router` until `stop` is done, then lets the requests that are under way finish.
///
/// # Errors
/// Never for a connection's sake; those that cannot be accepted are passed over.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) -> io::Result<()> {
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
        let Some((stream, peer, place)) = accepted else {
            // Out of file descriptors, as a rule: others must end before it can go on.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
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
            drop(place);
        });
    }
    drop(listener);
    stopping.send_replace(true);
    let until = Instant::now() + FINISH_WITHIN;
    while let Ok(Some(_)) = tokio::time::timeout_at(until, connections.join_next()).await {}
    connections.abort_all();
    Ok(())
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.expect("the semaphore is never closed");
    let (stream, peer) = listener.accept().await.ok()?; // The client went away, or we have no descriptor left.
    stream.set_nodelay(true).ok()?; // Fails only where it is gone already.
    Some((stream, peer, place))
}
