//! What whoever runs a program asks it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use axum::{Router, http::StatusCode, routing::get};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use backend::Backend;
use chat::ports::Rooms as _;

/// The store answers within this time, or the program is not ready.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// A program that is alive says so within this time.
const ALIVE_WITHIN: Duration = Duration::from_secs(3);

/// `/healthz`, which says that the program runs and asks nobody; `/readyz`, which says whether the store answers.
pub fn health(backend: Backend, is_stopping: impl Fn() -> bool + Send + Sync + 'static) -> Router {
    let is_stopping = Arc::new(is_stopping);
    let ready = move || {
        let (backend, is_stopping) = (backend.clone(), Arc::clone(&is_stopping));
        async move { ready(&backend, is_stopping()).await }
    };
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

/// Asks the program that listens there whether it is alive.
///
/// # Errors
/// When it does not say so.
pub async fn ask_health(addr: SocketAddr) -> Result<()> {
    let addr = SocketAddr::new(own(addr.ip()), addr.port());
    let answer = timeout(ALIVE_WITHIN, answer_of(addr)).await;
    let answer = answer.with_context(|| format!("{addr} does not answer"))?;
    let answer = answer.with_context(|| format!("nobody answers at {addr}"))?;
    let status = answer.lines().next().unwrap_or_default();
    ensure!(status.starts_with("HTTP/1.1 200 "), "{addr} is not well: it answers `{status}`");
    Ok(())
}

async fn ready(backend: &Backend, is_stopping: bool) -> (StatusCode, &'static str) {
    match timeout(READY_WITHIN, backend.rooms.list(None, 1)).await {
        Ok(Ok(_)) if !is_stopping => (StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}

async fn answer_of(addr: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(addr).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: health\r\nConnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// By which address a program is asked that listens on all.
fn own(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        named => named,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpSocket};

    use super::*;

    #[tokio::test]
    async fn a_program_on_all_addresses_is_asked_on_its_own_and_only_yes_is_well() {
        for (answer, is_well) in [("200 OK", true), ("503 Service Unavailable", false)] {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
            let addr = listener.local_addr().unwrap();
            let router = Router::new().route("/healthz", get(async move || status(answer)));
            let serving = tokio::spawn(async move { axum::serve(listener, router).await });

            assert_eq!(ask_health(addr).await.is_ok(), is_well, "{answer}");

            serving.abort();
        }
    }

    #[tokio::test]
    async fn who_is_not_there_is_not_well() {
        // Nobody else gets its port meanwhile, and nobody listens on it.
        let held = TcpSocket::new_v4().unwrap();
        held.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let addr = held.local_addr().unwrap();

        assert!(ask_health(addr).await.unwrap_err().to_string().starts_with("nobody answers at 127.0.0.1:"));
    }

    fn status(answer: &str) -> StatusCode {
        answer[..3].parse().unwrap()
    }
}
