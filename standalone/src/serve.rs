//! `hubbub serve`: pages and the chat on one port.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use app::{Assets, Site};
use backend::Backend;
use chat::{accounts, ports::NodeId};
use socket_server::Service;

use crate::{config::Config, moment};

/// Serves until told to stop, then lets everybody finish.
#[expect(clippy::print_stdout, reason = "whoever starts the program reads here where it listens")]
pub(crate) async fn run(config: Config) -> Result<()> {
    let backend = Backend::connect(&config.backend).await?;
    accounts::found(&backend.rooms, moment::now()).await?;
    let listener = TcpListener::bind(config.addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {} (HUBBUB_ADDR)", config.addr))?;
    let addr = listener.local_addr()?;
    let edge = config.edge.listening_on(addr.port());
    let assets = Assets::of_this_program();
    let node = NodeId::from_random(getrandom::u64().context("the system has no randomness")?);
    let build = assets.build.clone();
    let plain_per_peer = config.socket.plain_per_peer(&edge);
    let service = Service::start(node, backend.clone(), edge.clone(), config.socket, build);
    let site = Site::new(backend, edge, config.app, assets);
    let router = socket_server::router(Arc::clone(&service)).merge(app::router(Arc::new(site)));
    let mut stop = Stop::listen()?;

    println!("data in {}", config.backend.data.display());
    println!("listening on http://{addr}");
    socket_server::serve(listener, router, plain_per_peer, async {
        stop.wait().await;
        tracing::info!("Stopping: connections are told to come back");
        service.drain().await;
    })
    .await?;
    tracing::info!("Stopped");
    Ok(())
}

/// What asks the program to stop: Ctrl-C, or whoever runs it.
struct Stop {
    interrupted: tokio::signal::unix::Signal,
    terminated: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}
