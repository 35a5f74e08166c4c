//! The binary `socket-server`: one node of the chat, beside others.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;

use backend::{Backend, BusConfig, Edge, Setting, Settings, StoreConfig};
use chat::ports::NodeId;
use process::{LogConfig, Stop, Task};
use socket_server::{Config, Service};

const ADDR: Setting = Setting {
    name: "HUBBUB_ADDR",
    default: "127.0.0.1:3002",
    meaning: "Where to listen. Port 0 takes any that is free.",
    expected: "an address and a port, as `0.0.0.0:3002`",
};

/// Everything the program is told from outside.
struct Told {
    addr: SocketAddr,
    log: LogConfig,
    backend: backend::Config,
    edge: Edge,
    socket: Config,
}

impl Told {
    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            addr: settings.read_parsed(&ADDR),
            log: LogConfig::read(settings),
            backend: backend::Config::read(settings),
            edge: Edge::read(settings),
            socket: Config::read(settings),
        }
    }

    fn settings() -> impl Iterator<Item = &'static Setting> {
        let others =
            [LogConfig::settings(), backend::Config::settings(), Edge::settings(), Config::settings()];
        std::iter::once(&ADDR).chain(others.into_iter().flatten())
    }
}

fn main() -> ExitCode {
    let task = process::task(
        "socket-server",
        "One node of the chat: the WebSocket service at /ws. Others serve beside it, and pages from elsewhere.",
        process::help(Told::settings()),
    );
    process::run("socket-server", async {
        let told = process::from_environment(Told::read)?;
        told.log.start();
        match task {
            Task::Serve => serve(told).await,
            Task::AskHealth => process::ask_health(told.addr).await,
        }
    })
}

/// Serves until told to stop, then asks everybody to come back elsewhere.
async fn serve(told: Told) -> Result<()> {
    let Told { addr, log: _, backend, edge, socket } = told;
    ensure!(
        !matches!(backend.bus, BusConfig::Local),
        "HUBBUB_BUS is `local`, by which this node would hear of no other and of no page: give it a Redis"
    );
    ensure!(
        !matches!(backend.store, StoreConfig::Sqlite(_)),
        "HUBBUB_STORE is SQLite, which this node would have to itself: give it `dynamodb`, or start `hubbub`"
    );
    let mut stop = Stop::listen()?;
    let store = backend.store.clone();
    let backend = Backend::connect(&backend).await?;
    if !process::found(&backend.rooms, &mut stop).await? {
        return Ok(());
    }
    let listener = TcpListener::bind(addr).await;
    let listener = listener.with_context(|| format!("cannot listen on {addr} (HUBBUB_ADDR)"))?;
    let node = NodeId::from_random(getrandom::u64().context("the system has no randomness")?);
    let build = process::build_of_this_program().unwrap_or_else(|| "unbuilt".to_owned());
    let peers = socket.peers(&edge);
    let addr = listener.local_addr()?;
    let service = Service::start(node, backend.clone(), edge.clone(), socket, build);
    let stopping = Arc::clone(&service);
    let router = socket_server::router(Arc::clone(&service))
        .merge(process::health(backend, move || stopping.is_draining()));

    let telling = tokio::spawn(Arc::clone(&service).tell_minutes());

    process::tell_where(&store, addr);
    process::serve(listener, process::behind(&edge, router), peers, async {
        stop.wait().await;
        tracing::info!("Stopping: connections are told to come back");
        service.drain().await;
    })
    .await;
    telling.abort();
    tracing::info!("Stopped");
    Ok(())
}
