//! The functions, called by `cargo lambda watch` as Lambda calls them, and what gives the indexer what happens in the table.

use std::{
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};
use serde_json::json;

use super::running::Plan;
use crate::{
    engines::{Aws, Engine, Listening, ask_aws},
    paths,
};

/// Below this `cargo lambda watch` gives what it is asked to the search, as an API Gateway would: as an event of an HTTP API.
pub(super) const OF_SEARCH: &str = "/lambda-url/search";

/// The functions that run. Dropping ends them.
pub(crate) struct Functions {
    // What they ask for work is to be there before them, and to end after them.
    pub(crate) indexer: Engine,
    pub(crate) search: Engine,
    pub(crate) poller: Engine,
    pub(super) caller: Engine,
    /// The port of what calls them.
    pub(super) port: u16,
    /// The URL of the queue of what the index can never take.
    pub(crate) letters: String,
}

/// Their programs, told everything but who calls them.
pub(super) struct Programs {
    pub(super) cargo_lambda: PathBuf,
    pub(super) indexer: Command,
    pub(super) search: Command,
    pub(super) bench: Command,
}

impl Functions {
    /// Starts them and what calls them, on a port of this machine. The tables must be there.
    ///
    /// # Errors
    /// When one cannot be started, or there is no queue to be had.
    pub(super) fn start(plan: &Plan<'_>, programs: Programs, port: u16) -> Result<Self> {
        let Programs { cargo_lambda, mut indexer, mut search, mut bench } = programs;
        let start = |name: &str, command: &Command| {
            Engine::start_with(name, command, &plan.folder.join(name), plan.logs)
        };
        let letters = make_queue(plan)?;
        let index = format!("http://127.0.0.1:{}", plan.engines.opensearch);
        indexer.env("HUBBUB_DEAD_LETTERS", &letters);
        for (name, function) in [("indexer", &mut indexer), ("search", &mut search)] {
            function.env("HUBBUB_INDEX", &index).envs(told_by_lambda(port, name));
        }
        let caller = called(&cargo_lambda, &plan.folder.join("functions"), port, plan.logs)?;
        Ok(Self {
            indexer: start("indexer", &indexer)?,
            search: start("search", &search)?,
            poller: start("poller", polls(&mut bench, plan, port))?,
            caller,
            port,
            letters,
        })
    }

    /// Starts functions again that have ended, as Lambda would.
    ///
    /// # Errors
    /// When one cannot be started.
    pub(crate) fn replace(&mut self) -> Result<()> {
        for function in [&mut self.indexer, &mut self.search] {
            if function.has_ended()? {
                function.start_again()?;
            }
        }
        Ok(())
    }

    /// Those that must run all the time.
    pub(super) fn engines(&mut self) -> [&mut Engine; 2] {
        [&mut self.caller, &mut self.poller]
    }
}

/// Starts what calls functions, and waits until it can be asked to. The functions themselves are ours to start: they are
/// compiled, and are to end and begin when we want.
///
/// # Errors
/// When it cannot be started.
pub(crate) fn called(cargo_lambda: &Path, folder: &Path, port: u16, logs: Listening) -> Result<Engine> {
    let mut watch = Command::new(cargo_lambda);
    watch.args(["lambda", "watch", "--only-lambda-apis", "--ignore-changes", "--disable-cors"]);
    watch.arg("--manifest-path").arg(paths::root().join("Cargo.toml"));
    watch.args(["--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string()]);
    let mut caller = Engine::start_with("cargo-lambda", &watch, folder, logs)?;
    caller.wait_until(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(drop)?))?;
    Ok(caller)
}

fn polls<'a>(bench: &'a mut Command, plan: &Plan<'_>, port: u16) -> &'a mut Command {
    let table = format!("{}-messages", plan.prefix);
    bench.arg("poll").args(["--dynamodb", &format!("http://127.0.0.1:{}", plan.engines.dynamodb)]);
    bench.args(["--table", &table, "--function", "indexer", "--functions", &format!("127.0.0.1:{port}")]);
    bench.args(plan.polling)
}

/// What a function finds in its environment.
///
/// Source: AWS Lambda's developer guide, "Defined runtime environment variables"; the path is cargo-lambda's.
pub(crate) fn told_by_lambda(port: u16, name: &str) -> [(&'static str, String); 4] {
    [
        ("AWS_LAMBDA_RUNTIME_API", format!("http://127.0.0.1:{port}/.rt/{name}")),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
    ]
}

/// Makes the queue of what the index can never take, and returns its URL.
fn make_queue(plan: &Plan<'_>) -> Result<String> {
    let name = format!("letters-{}", name_of(&plan.folder));
    let answer = ask_aws(plan.engines.queues, Aws::Sqs, "CreateQueue", &json!({ "QueueName": name }))?;
    Ok(answer["QueueUrl"].as_str().context("a queue without a URL was made")?.to_owned())
}

/// What tells stacks apart that use the same engines.
fn name_of(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}
