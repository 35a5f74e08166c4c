//! Nodes and pages behind one front door.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, Result};

use super::{
    front_door::{FrontDoor, Origins},
    functions::{Functions, Programs},
    link::Link,
    program::Program,
    routes,
    whole::Tools,
};
use crate::{
    build::Built,
    engines::{self, Engine, Listening, Ports},
    process, ui,
};

/// What is started.
pub(crate) struct Plan<'a> {
    /// Below which everything writes.
    pub(crate) folder: PathBuf,
    /// Where the front door is.
    pub(crate) port: u16,
    /// How many nodes there are.
    pub(crate) n_nodes: u16,
    /// Where the engines are.
    pub(crate) engines: EnginePorts,
    /// What the names of tables, keys and indexes begin with.
    pub(crate) prefix: String,
    /// What programs are told besides where everything is.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// What the poller is told besides.
    pub(crate) polling: &'a [&'a str],
    /// Where what they say goes.
    pub(crate) logs: Listening,
}

/// The ports of the engines.
#[derive(Clone, Copy)]
pub(crate) struct EnginePorts {
    pub(crate) dynamodb: u16,
    pub(crate) redis: u16,
    pub(crate) opensearch: u16,
    pub(crate) queues: u16,
}

/// What runs. Dropping ends it.
pub(crate) struct Stack {
    door: FrontDoor,
    app: Program,
    pub(crate) nodes: Vec<Node>,
    pub(crate) functions: Functions,
}

/// A node, with its lines to the engines.
pub(crate) struct Node {
    pub(crate) program: Program,
    pub(crate) to_redis: Link,
    pub(crate) to_store: Link,
}

impl Stack {
    /// Makes the tables, then starts everything, which then need not answer yet.
    ///
    /// # Errors
    /// When the store does not answer, or something cannot be started.
    pub(crate) fn start(plan: &Plan<'_>, built: &Built, tools: &Tools, ports: &mut Ports) -> Result<Self> {
        let Plan { folder, engines, logs, .. } = plan;
        let EnginePorts { dynamodb: store, redis, .. } = engines;
        let spoken = (folder.as_path(), *logs);
        let secret = secret()?;
        let told = |program: &str, (store, redis): (u16, u16)| {
            let mut command = plan.beside(built.program(program), (store, redis));
            command
                .env("HUBBUB_ORIGIN", format!("http://127.0.0.1:{}", plan.port))
                .env("HUBBUB_TRUSTED_HOPS", "1")
                .env("HUBBUB_EDGE_SECRETS", &secret);
            command
        };
        process::output(told("hubbub", (*store, *redis)).args(["tables", "create"]))?;
        let mut nodes = Vec::new();
        for n in 1..=plan.n_nodes {
            let port = ports.take()?;
            let (to_store, to_redis) = (Link::to(*store)?, Link::to(*redis)?);
            let mut command = told("socket-server", (to_store.port, to_redis.port));
            command.env("HUBBUB_ADDR", format!("127.0.0.1:{port}"));
            let program = Program::start(&format!("node-{n}"), &command, port, spoken)?;
            nodes.push(Node { program, to_redis, to_store });
        }
        let port = ports.take()?;
        let mut command = told("app", (*store, *redis));
        let app = Program::start("app", command.env("PORT", port.to_string()), port, spoken)?;
        let programs = Programs {
            cargo_lambda: tools.cargo_lambda.clone(),
            indexer: told("indexer", (*store, *redis)),
            search: told("search", (*store, *redis)),
            bench: built.program("bench"),
        };
        let functions = Functions::start(plan, programs, ports.take()?)?;
        let origins = Origins {
            nodes: nodes.iter().map(|node| node.program.port).collect(),
            web: port,
            functions: functions.port,
            assets: built.site.clone(),
            secret: secret.clone(),
        };
        let door = FrontDoor::start(&tools.nginx, folder, plan.port, (&routes::routes()?, &origins))?;
        Ok(Self { door, app, nodes, functions })
    }

    /// Waits until everything answers.
    ///
    /// # Errors
    /// When something does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        for program in self.nodes.iter_mut().map(|node| &mut node.program).chain([&mut self.app]) {
            program.wait()?;
        }
        self.door.wait()
    }

    /// Whether everything still runs, but for the nodes that are down.
    ///
    /// # Errors
    /// When something else has ended; its log is told.
    pub(crate) fn check_but(&mut self, is_node_down: impl Fn(usize) -> bool) -> Result<()> {
        let Self { door, app, nodes, functions } = self;
        let nodes = nodes.iter_mut().enumerate().filter(|(at, _)| !is_node_down(*at));
        let nodes = nodes.map(|(_, node)| &mut node.program.engine);
        let others = [&mut app.engine, door.engine()].into_iter().chain(functions.engines());
        nodes.chain(others).try_for_each(Engine::check)
    }

    /// Starts nodes and functions again that have ended, as their platform would; whether there was a node.
    ///
    /// # Errors
    /// When one cannot be started, or something else has ended.
    pub(crate) fn replace(&mut self) -> Result<bool> {
        self.functions.replace()?;
        let mut is_replaced = false;
        for (node, n) in self.nodes.iter_mut().zip(1..) {
            if node.program.engine.has_ended()? {
                ui::say(format_args!("Node {n} has ended. It is started again."));
                node.program.engine.start_again()?;
                is_replaced = true;
            }
        }
        self.check_but(|_| false).map(|()| is_replaced)
    }
}

impl Plan<'_> {
    /// A program that works on the same tables and keys.
    pub(crate) fn beside(&self, mut command: Command, (store, redis): (u16, u16)) -> Command {
        command
            .envs(engines::settings(
                format!("http://127.0.0.1:{store}"),
                format!("redis://127.0.0.1:{redis}"),
            ))
            .env("HUBBUB_PREFIX", &self.prefix)
            .envs(self.settings.iter().copied());
        command
    }
}

/// Something that nobody knows who does not come by the front door.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    let file = std::fs::File::open("/dev/urandom");
    let mut file = file.context("this system has no /dev/urandom")?;
    std::io::Read::read_exact(&mut file, &mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
