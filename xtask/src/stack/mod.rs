//! `cargo xtask stack`: the chat as it runs in an account, on this machine: two nodes, pages, DynamoDB Local and Redis
//! behind one front door.

mod front_door;
mod routes;

use std::{net::Ipv4Addr, path::Path, process::Command, thread, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::front_door::{FrontDoor, Origins};
use crate::{
    build::{self, Built, Profile},
    engines::{Dynamodb, Engine, Folder, Ports, Redis, ask_http},
    paths, process, setup,
    ui::{self, Steps},
};

/// How often to look whether everything still runs.
const PAUSE: Duration = Duration::from_millis(500);

/// How it is started.
#[derive(Args)]
#[command(after_help = "\
Nothing in it is kept: each start begins with empty tables. Each process writes its log beside the
others'; the folder is told. One Ctrl-C ends everything.")]
pub(crate) struct Options {
    /// On which port of this machine the front door is.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// How many nodes of the chat there are.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=8))]
    nodes: u16,
}

/// Everything that runs. Dropping ends it.
struct Stack {
    door: FrontDoor,
    app: Program,
    nodes: Vec<Program>,
    redis: Redis,
    dynamodb: Dynamodb,
    folder: Folder,
}

/// One of our own programs.
struct Program {
    engine: Engine,
    port: u16,
}

/// Builds what has changed, starts everything, and runs until Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::new(build::N_STEPS + 4);
    let toolchain = steps.step("Look for a Rust that builds for the browser", setup::wasm)?;
    let (programs, nginx) = steps.step("Look for DynamoDB Local, Redis and nginx", || {
        Ok::<_, anyhow::Error>((setup::engines()?, setup::nginx()?))
    })?;
    let built = build::all(toolchain, Profile::Distributed, &mut steps)?;
    let mut stack = steps.step("Start DynamoDB Local and Redis, and make the tables", || {
        Stack::start(options, &built, (&programs, &nginx))
    })?;
    steps.step("Wait for nodes, pages and the front door", || stack.wait())?;
    ui::say(format_args!("Hubbub is on http://127.0.0.1:{}, with {} nodes.", options.port, options.nodes));
    ui::say(format_args!("Logs are in {}. Ctrl-C ends everything.", stack.folder.path.display()));
    loop {
        stack.check()?;
        thread::sleep(PAUSE);
    }
}

impl Stack {
    fn start(
        options: &Options,
        built: &Built,
        (programs, nginx): (&setup::EnginePrograms, &Path),
    ) -> Result<Self> {
        let folder = Folder::take(&paths::target().join("stack"))?;
        let mut ports = Ports::new();
        let mut dynamodb = Dynamodb::start(&programs.dynamodb, &folder.path, ports.take()?)?;
        let mut redis = Redis::start(&programs.redis, &folder.path.join("redis"), ports.take()?)?;
        redis.wait()?;
        dynamodb.wait()?;

        let secret = secret()?;
        let told = |program: &str| {
            let mut command = built.program(program);
            command
                .env("HUBBUB_STORE", "dynamodb")
                .env("HUBBUB_DYNAMODB_ENDPOINT", dynamodb.address())
                .env("HUBBUB_BUS", redis.address())
                .env("HUBBUB_ORIGIN", format!("http://127.0.0.1:{}", options.port))
                .env("HUBBUB_TRUSTED_HOPS", "1")
                .env("HUBBUB_EDGE_SECRETS", &secret);
            command
        };
        process::output(told("hubbub").args(["tables", "create"]))?;
        let mut nodes = Vec::new();
        for n in 1..=options.nodes {
            let port = ports.take()?;
            let mut command = told("socket-server");
            command.env("HUBBUB_ADDR", format!("127.0.0.1:{port}"));
            nodes.push(Program::start(&format!("node-{n}"), &command, (&folder.path, port))?);
        }
        let port = ports.take()?;
        let app = Program::start("app", told("app").env("PORT", port.to_string()), (&folder.path, port))?;
        let origins = Origins {
            nodes: nodes.iter().map(|node| node.port).collect(),
            web: port,
            assets: built.site.clone(),
            secret: secret.clone(),
        };
        let routes = routes::routes()?;
        let door = FrontDoor::start(nginx, &folder.path, options.port, (&routes, &origins))?;
        Ok(Self { door, app, nodes, redis, dynamodb, folder })
    }

    fn wait(&mut self) -> Result<()> {
        for program in self.nodes.iter_mut().chain([&mut self.app]) {
            program.wait()?;
        }
        self.door.wait()
    }

    fn check(&mut self) -> Result<()> {
        let Self { door, app, nodes, redis, dynamodb, folder: _ } = self;
        let ours = nodes.iter_mut().map(|node| &mut node.engine).chain([&mut app.engine, door.engine()]);
        ours.chain([redis.engine(), dynamodb.engine()]).try_for_each(Engine::check)
    }
}

impl Program {
    fn start(name: &str, command: &Command, (folder, port): (&Path, u16)) -> Result<Self> {
        Ok(Self { engine: Engine::start(name, command, &folder.join(name))?, port })
    }

    /// Waits until it says that it is ready.
    fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| {
            let request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            let answer = ask_http((Ipv4Addr::LOCALHOST, port), request)?;
            ensure!(answer.starts_with("HTTP/1.1 200 "), "it answers {answer}");
            Ok(())
        })
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
