//! `cargo xtask stack-of-tests`: a stack that behaves as one server does to whoever starts it, on engines that run
//! already. Playwright's tests start it in place of `hubbub serve`, and tell it by its input when another build is to take
//! the place of the one that runs.

use std::{
    env, io,
    path::PathBuf,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
};

use anyhow::{Context as _, Result, bail};

use super::{
    PAUSE,
    running::{EnginePorts, Plan, Stack},
    whole::Tools,
};
use crate::{
    build::Built,
    engines::{Listening, Ports},
    ui,
};

/// How many nodes it has.
const N_NODES: u16 = 2;

/// Starts it, says where it is, and runs until it is ended.
pub(crate) fn run() -> Result<()> {
    let built = Built { binary: told("HUBBUB_BINARY")?.into(), site: told("LEPTOS_SITE_ROOT")?.into() };
    let folder = PathBuf::from(told("HUBBUB_DATA")?);
    let mut ports = Ports::new();
    let plan = Plan {
        folder,
        port: port(&told("HUBBUB_ADDR")?, &mut ports)?,
        n_nodes: N_NODES,
        engines: EnginePorts {
            dynamodb: port(&told("HUBBUB_DYNAMODB_ENDPOINT")?, &mut ports)?,
            redis: port(&told("HUBBUB_BUS")?, &mut ports)?,
            opensearch: port(&told("HUBBUB_TEST_OPENSEARCH")?, &mut ports)?,
            queues: port(&told("HUBBUB_TEST_SQS")?, &mut ports)?,
        },
        prefix: told("HUBBUB_PREFIX")?,
        // What else there is to tell, programs find in the environment that is ours.
        settings: &[],
        polling: &[],
        logs: Listening::Aloud,
        is_updated: true,
    };
    let tools =
        Tools { nginx: told("HUBBUB_NGINX")?.into(), cargo_lambda: told("HUBBUB_CARGO_LAMBDA")?.into() };
    let mut stack = Stack::start(&plan, &built, &tools, &mut ports)?;
    stack.wait()?;
    tell_nodes(&stack);
    ui::say(format_args!("the front door is http://127.0.0.1:{}", plan.port));
    let newer = newer_builds();
    loop {
        if stack.replace()? {
            tell_nodes(&stack);
        }
        match newer.recv_timeout(PAUSE) {
            Ok(newer) => {
                stack.update(&plan, &newer)?;
                tell_nodes(&stack);
                ui::say("updated");
            }
            Err(RecvTimeoutError::Timeout) => {}
            // Whoever has no input to give wants no other build.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(PAUSE),
        }
    }
}

/// The builds that are to take the place of the one that runs, from now on.
fn newer_builds() -> Receiver<Built> {
    let (say, newer) = mpsc::channel();
    // Ends with the input or with the process: nobody can be kept from waiting for a line.
    thread::spawn(move || {
        let lines = io::stdin().lines().map_while(Result::ok);
        for built in lines.filter_map(|line| newer_build(&line)) {
            if say.send(built).is_err() {
                return;
            }
        }
    });
    newer
}

/// Reads `update BINARY SITE`.
fn newer_build(line: &str) -> Option<Built> {
    let (binary, site) = line.strip_prefix("update ")?.split_once(' ')?;
    Some(Built { binary: binary.into(), site: site.into() })
}

fn tell_nodes(stack: &Stack) {
    for (node, n) in stack.nodes.iter().zip(1..) {
        ui::say(format_args!("node {n} is process {}", node.program.engine.id()));
    }
}

#[expect(clippy::disallowed_methods, reason = "a test says with them what it wants")]
fn told(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is to say where that is"))
}

/// The port in an address; one that is free for 0.
fn port(address: &str, ports: &mut Ports) -> Result<u16> {
    let port = address.rsplit(':').next().and_then(|it| it.trim_end_matches('/').parse().ok());
    match port {
        Some(0) => ports.take(),
        Some(port) => Ok(port),
        None => bail!("`{address}` names no port"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_found_in_every_kind_of_address() {
        let mut ports = Ports::new();

        assert_eq!(port("127.0.0.1:41234", &mut ports).unwrap(), 41_234);
        assert_eq!(port("redis://127.0.0.1:15000", &mut ports).unwrap(), 15_000);
        assert!(port("127.0.0.1:0", &mut ports).unwrap() > 0);
        assert!(port("aws", &mut ports).is_err());
    }

    #[test]
    fn a_line_names_the_build_that_is_to_take_over() {
        let built = newer_build("update /newer/hubbub /newer/site").unwrap();

        assert_eq!((built.binary, built.site), ("/newer/hubbub".into(), "/newer/site".into()));
        assert!(newer_build("update").is_none());
    }
}
