//! Nodes and pages behind one front door.

use std::{path::PathBuf, process::Command};

use anyhow::{Error, Result};

use super::{
    front_door::{FrontDoor, Origins},
    functions::{Functions, Programs},
    link::Link,
    program::Program,
    routes,
    whole::Tools,
};
use crate::{
    build::{self, Built},
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
    /// Whether another build may take the place of the one that is started.
    pub(crate) is_updated: bool,
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
    pub(super) app: Program,
    pub(crate) nodes: Vec<Node>,
    pub(crate) functions: Functions,
    pub(super) grounds: Grounds,
}

/// What programs find where they begin.
pub(super) struct Grounds {
    /// What tells them that a request comes by the front door.
    secret: String,
    /// The folder of what browsers load, of whichever builds.
    pub(super) assets: PathBuf,
    /// Where newer ones begin, beside those whose place they take.
    pub(super) spare: Option<Spare>,
}

/// Ports that the front door knows and nobody listens on.
#[derive(Clone, Copy)]
pub(super) struct Spare {
    pub(super) node: u16,
    pub(super) web: u16,
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
        let EnginePorts { dynamodb: store, redis, .. } = plan.engines;
        let assets = plan.folder.join("assets");
        build::copy(&built.site, &assets)?;
        let spare =
            plan.is_updated.then(|| Ok::<_, Error>(Spare { node: ports.take()?, web: ports.take()? }));
        let grounds = Grounds { secret: secret(), assets, spare: spare.transpose()? };
        let told = |program: &str| plan.told(built.program(program), (store, redis), &grounds);
        process::output(told("hubbub").args(["tables", "create"]))?;
        let nodes: Vec<Node> = (1..=plan.n_nodes)
            .map(|n| plan.node(n, built, (ports.take()?, &grounds)))
            .collect::<Result<_>>()?;
        let app = plan.web(built, (ports.take()?, &grounds))?;
        let programs = Programs {
            cargo_lambda: tools.cargo_lambda.clone(),
            indexer: told("indexer"),
            search: told("search"),
            bench: built.program("bench"),
        };
        let functions = Functions::start(plan, programs, ports.take()?)?;
        let origins = Origins {
            nodes: nodes.iter().map(|node| node.program.port).collect(),
            web: app.port,
            spare: grounds.spare.map(|it| (it.node, it.web)),
            functions: functions.port,
            assets: grounds.assets.clone(),
            secret: grounds.secret.clone(),
        };
        let door = FrontDoor::start(&tools.nginx, &plan.folder, plan.port, (&routes::routes()?, &origins))?;
        Ok(Self { door, app, nodes, functions, grounds })
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
        let Self { door, app, nodes, functions, grounds: _ } = self;
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
    /// Starts a node on a port.
    pub(super) fn node(&self, n: u16, built: &Built, (port, grounds): (u16, &Grounds)) -> Result<Node> {
        let (to_store, to_redis) = (Link::to(self.engines.dynamodb)?, Link::to(self.engines.redis)?);
        let mut command = self.told(built.program("socket-server"), (to_store.port, to_redis.port), grounds);
        command.env("HUBBUB_ADDR", format!("127.0.0.1:{port}"));
        let program = Program::start(&format!("node-{n}"), &command, port, (&self.folder, self.logs))?;
        Ok(Node { program, to_redis, to_store })
    }

    /// Starts the pages on a port.
    pub(super) fn web(&self, built: &Built, (port, grounds): (u16, &Grounds)) -> Result<Program> {
        let engines = (self.engines.dynamodb, self.engines.redis);
        let mut command = self.told(built.program("app"), engines, grounds);
        Program::start("app", command.env("PORT", port.to_string()), port, (&self.folder, self.logs))
    }

    /// A program, told all that those behind the front door are told.
    fn told(&self, command: Command, engines: (u16, u16), grounds: &Grounds) -> Command {
        let mut command = self.beside(command, engines);
        command
            .env("HUBBUB_ORIGIN", format!("http://127.0.0.1:{}", self.port))
            .env("HUBBUB_TRUSTED_HOPS", "1")
            .env("HUBBUB_EDGE_SECRETS", &grounds.secret);
        command
    }

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
fn secret() -> String {
    format!("{:032x}", rand::random::<u128>())
}
