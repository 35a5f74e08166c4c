//! The functions as they are uploaded: built for the system that Lambda has, put into an account of moto's, started here.

use std::{
    fs,
    net::Ipv4Addr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Instant,
};

use anyhow::{Context as _, Result, ensure};

use super::{results, tally::Tally};
use crate::{
    engines::{Engine, Folder, Listening, Ports, Queues, ask_http, signed_by_anybody},
    functions::{FUNCTIONS, build, cargo_lambda_of, zip},
    paths, process, setup,
    stack::{functions_called, told_by_lambda},
    ui::{self, Steps},
};

/// Nothing larger is uploaded, in bytes: what is small starts soon.
const ZIPPED_MAX: u64 = 10_000_000;
/// How often each is started.
const STARTS: usize = 5;
/// What functions may do in an account, which is not this test's to say.
const ROLE: &str = "functions";
/// In seconds and MB: what an account is asked for, and must then tell.
const TIMEOUT: &str = "180";
const MEMORY: &str = "256";

/// Does all of it, and adds to `to_keep` what it came to.
pub(super) fn run(to_keep: &mut Vec<String>) -> Result<Tally> {
    let cargo_lambda = setup::cargo_lambda()?;
    let mut steps = Steps::new(4);
    steps.step("Build the functions", || process::run(&mut build(&cargo_lambda, &uploads())))?;
    let folder = Folder::take(&paths::target().join("functions"))?;
    let mut ports = Ports::new();
    let mut account = Queues::start(&setup::engines()?.moto, &folder.path, ports.take()?)?;
    account.wait()?;
    let mut see = |checked: Result<String>| match checked {
        Ok(line) => {
            ui::say(format_args!("result: {line}"));
            to_keep.extend(results::kept(&format!("result: {line}")));
            Tally::SUCCESS
        }
        Err(why) => {
            ui::say(format_args!("{why:#}"));
            Tally::FAILURE
        }
    };
    let mut tally = Tally::default();
    steps.step("Weigh them", || {
        for name in FUNCTIONS {
            tally = tally.and(see(weigh(name)));
        }
    });
    steps.step("Put them into an account", || {
        for name in FUNCTIONS {
            tally = tally.and(see(deploy(&cargo_lambda, account.port, name)));
        }
    });
    steps.step("Start them", || {
        for name in FUNCTIONS {
            let started = unpack(&cargo_lambda, &folder.path, name)
                .and_then(|program| start(&cargo_lambda, &folder.path, ports.take()?, name, &program));
            tally = tally.and(see(started));
        }
    });
    Ok(tally)
}

fn uploads() -> PathBuf {
    paths::target().join("lambda")
}

fn weigh(name: &str) -> Result<String> {
    let file = zip(&uploads(), name);
    let size = fs::metadata(&file).with_context(|| format!("there is no {}", file.display()))?.len();
    ensure!(size < ZIPPED_MAX, "{name} is too large: {size} bytes zipped");
    Ok(format!("{name}: {}.{:02} MB zipped", size / 1_000_000, size % 1_000_000 / 10_000))
}

/// Uploads one, and reads its configuration back.
fn deploy(cargo_lambda: &Path, port: u16, name: &str) -> Result<String> {
    let role = make_role(port)?;
    let mut deploy = cargo_lambda_of(cargo_lambda, "deploy");
    deploy.args(["--endpoint-url", &format!("http://127.0.0.1:{port}"), "--region", "us-east-1"]);
    deploy.args(["--iam-role", &role, "--memory", MEMORY, "--timeout", TIMEOUT, "--lambda-dir"]);
    deploy.arg(uploads()).args(["--env-var", "HUBBUB_LOG_FORMAT=json", name]);
    deploy.env("AWS_ACCESS_KEY_ID", "local").env("AWS_SECRET_ACCESS_KEY", "local");
    process::output(&mut deploy)?;
    let told = ask(port, "lambda", &format!("GET /2015-03-31/functions/{name}/configuration"), "")?;
    for part in [
        format!("\"FunctionName\": \"{name}\""),
        format!("\"MemorySize\": {MEMORY}"),
        format!("\"Timeout\": {TIMEOUT}"),
        "\"Runtime\": \"provided.al2023\"".to_owned(),
        "\"HUBBUB_LOG_FORMAT\": \"json\"".to_owned(),
        format!("\"Role\": \"{role}\""),
    ] {
        ensure!(told.contains(&part), "{name} was put into an account without {part}: {told}");
    }
    Ok(format!("{name}: cargo lambda deploy put it into an account, which tells its configuration"))
}

fn make_role(port: u16) -> Result<String> {
    let body =
        format!("Action=CreateRole&Version=2010-05-08&RoleName={ROLE}&AssumeRolePolicyDocument=%7B%7D");
    // It may be there.
    ask(port, "iam", "POST /", &body)?;
    Ok(format!("arn:aws:iam::123456789012:role/{ROLE}"))
}

/// Asks one of the services that moto stands in for.
fn ask(port: u16, service: &str, what: &str, body: &str) -> Result<String> {
    let request = format!(
        "{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        signed_by_anybody(service),
        body.len()
    );
    ask_http((Ipv4Addr::LOCALHOST, port), &request)
}

/// Unpacks the program of what is uploaded. Python is there: it brought cargo-lambda.
fn unpack(cargo_lambda: &Path, folder: &Path, name: &str) -> Result<PathBuf> {
    let unpacked = folder.join(format!("{name}-unpacked"));
    let mut python = Command::new(cargo_lambda.with_file_name("python"));
    python.args(["-m", "zipfile", "-e"]).arg(zip(&uploads(), name)).arg(&unpacked);
    process::output(&mut python)?;
    let program = unpacked.join("bootstrap");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("{name} has no bootstrap"))?;
    Ok(program)
}

/// Has one be called that is not there yet, starts it, and takes the time to its answer: the call is long there before the
/// process is.
fn start(cargo_lambda: &Path, folder: &Path, port: u16, name: &str, program: &Path) -> Result<String> {
    let mut caller =
        functions_called(cargo_lambda, &folder.join(format!("{name}-called")), port, Listening::Log)?;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let waiting = thread::spawn({
            let request = first_request(name, port);
            move || ask_http((Ipv4Addr::LOCALHOST, port), &request)
        });
        let began = Instant::now();
        let mut function = Engine::start(name, &function(program, name, port), &folder.join(name))?;
        let answer = waiting.join().expect("nothing panics there");
        // Where it has ended it says why.
        let answer = answer.or_else(|why| function.check().and(Err(why)))?;
        times.push(began.elapsed());
        drop(function);
        ensure!(answer.contains(first_answer(name)), "{name} answers {answer}");
    }
    caller.check()?;
    times.sort_unstable();
    let [best, usual] = [times[0], times[STARTS / 2]].map(|time| time.as_millis());
    Ok(format!("{name}: from its start to its first answer {usual} ms, at best {best} ms ({STARTS} starts)"))
}

fn function(program: &Path, name: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .envs(told_by_lambda(port, name))
        .env("HUBBUB_STORE", "dynamodb")
        .env("HUBBUB_DYNAMODB_ENDPOINT", "http://127.0.0.1:1")
        .env("HUBBUB_INDEX", "http://127.0.0.1:1")
        .env("HUBBUB_DEAD_LETTERS", "http://127.0.0.1:1/123456789012/letters");
    command
}

/// Something that it answers by itself.
fn first_request(name: &str, port: u16) -> String {
    let (what, body) = match name {
        "search" => ("GET /lambda-url/search/api/search?q=tea".to_owned(), ""),
        name => (format!("POST /2015-03-31/functions/{name}/invocations"), r#"{"Records":[]}"#),
    };
    format!(
        "{what} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn first_answer(name: &str) -> &'static str {
    match name {
        "search" => " 401 ",
        _ => "batchItemFailures",
    }
}
