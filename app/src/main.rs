//! The binary `app`: pages, accounts and assets. It keeps nothing, so there may be any number of it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context as _, Result, ensure};
use tokio::net::TcpListener;

use app::{Assets, Config, Site};
use backend::{Backend, BusConfig, Edge, Setting, Settings};
use process::{LogConfig, Peers, Stop, Task};

const PORT: Setting = Setting {
    name: "PORT",
    default: "3003",
    meaning: "Where to listen, on every address. App Runner and its like set it.",
    expected: "a port; 0 takes any that is free",
};

/// Everything the program is told from outside.
struct Told {
    port: u16,
    log: LogConfig,
    backend: backend::Config,
    edge: Edge,
    app: Config,
}

impl Told {
    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            port: settings.read_parsed(&PORT),
            log: LogConfig::read(settings),
            backend: backend::Config::read(settings),
            edge: Edge::read(settings),
            app: Config::read(settings),
        }
    }

    fn settings() -> impl Iterator<Item = &'static Setting> {
        let others =
            [LogConfig::settings(), backend::Config::settings(), Edge::settings(), Config::settings()];
        std::iter::once(&PORT).chain(others.into_iter().flatten())
    }
}

fn main() -> ExitCode {
    let task = process::task(
        "app",
        "The pages of the chat, rendered; the chat itself is served by socket-server.",
        process::help(Told::settings()),
    );
    process::run("app", async {
        let told = process::from_environment(Told::read)?;
        told.log.start();
        match task {
            Task::Serve => serve(told).await,
            Task::AskHealth => process::ask_health(everywhere(told.port)).await,
        }
    })
}

/// Serves until told to stop, then lets every page be finished.
async fn serve(told: Told) -> Result<()> {
    let Told { port, log: _, backend, edge, app } = told;
    ensure!(
        !matches!(backend.bus, BusConfig::Local),
        "HUBBUB_BUS is `local`, by which no node would hear what is done on pages: give it a Redis, or start `hubbub`"
    );
    let mut stop = Stop::listen()?;
    let store = backend.store.clone();
    let backend = Backend::connect(&backend).await?;
    if !process::found(&backend.rooms, &mut stop).await? {
        return Ok(());
    }
    let listener = TcpListener::bind(everywhere(port)).await;
    let listener = listener.with_context(|| format!("cannot listen on port {port} (PORT)"))?;
    let port = listener.local_addr()?.port();
    let site = Site::new(backend.clone(), edge.clone(), app, Assets::of_this_program());
    let router = app::router(Arc::new(site)).merge(process::health(backend, || false));

    process::tell_where(&store, (Ipv4Addr::LOCALHOST, port).into());
    process::serve(listener, process::behind(&edge, router), Peers::of(&edge, usize::MAX), async {
        stop.wait().await;
    })
    .await;
    tracing::info!("Stopped");
    Ok(())
}

fn everywhere(port: u16) -> SocketAddr {
    (Ipv4Addr::UNSPECIFIED, port).into()
}
