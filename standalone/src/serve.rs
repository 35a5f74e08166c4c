//! `hubbub serve`: pages and the chat on one port.

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{net::TcpListener, task::JoinSet, time::timeout};

use app::{Assets, Site};
use backend::{Backend, Following};
use chat::ports::NodeId;
use process::Stop;
use socket_server::Service;

use crate::config::Config;

/// The index is given what it lacks within this time, when the server stops.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(2);

/// Serves until told to stop, then lets everybody finish.
pub(crate) async fn run(config: Config) -> Result<()> {
    let mut stop = Stop::listen()?;
    let backend = Backend::connect(&config.backend).await?;
    let _claim = config.backend.claim()?;
    if !process::found(&backend.rooms, &mut stop).await? {
        return Ok(());
    }
    let listener = TcpListener::bind(config.addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {} (HUBBUB_ADDR)", config.addr))?;
    let addr = listener.local_addr()?;
    let edge = config.edge.listening_on(addr.port());
    let assets = Assets::of_this_program();
    let node = NodeId::from_random(getrandom::u64().context("the system has no randomness")?);
    let build = assets.build.clone();
    let peers = config.socket.peers(&edge);
    let service = Service::start(node, backend.clone(), edge.clone(), config.socket, build);
    let site = Site::new(backend.clone(), edge.clone(), config.app, assets);
    let found = search::Service::new(backend.clone(), config.search);
    let mut beside = JoinSet::new();
    let following = backend.following.clone();
    if let Some(Following { feed, index }) = following.clone() {
        beside.spawn(async move { indexer::follow(&feed, &index).await });
    }
    let stopping = Arc::clone(&service);
    let router = socket_server::router(Arc::clone(&service))
        .merge(search::router(Arc::new(found)))
        .merge(app::router(Arc::new(site)))
        .merge(process::health(backend.clone(), move || stopping.is_draining()));
    let router = process::behind(&edge, router);

    process::tell_where(&config.backend.store, addr);
    process::serve(listener, router, peers, async {
        stop.wait().await;
        tracing::info!("Stopping: connections are told to come back");
        service.drain().await;
    })
    .await;
    beside.shutdown().await;
    if let Some(Following { feed, index }) = following {
        // What is left is put in at the next start.
        let caught_up = timeout(CAUGHT_UP_WITHIN, indexer::catch_up(&feed, &index)).await;
        tracing::debug!(?caught_up, "The index is left");
    }
    backend.close().await;
    tracing::info!("Stopped");
    Ok(())
}
