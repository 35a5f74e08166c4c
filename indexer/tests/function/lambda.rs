//! What stands in for Lambda: it gives a function events, one after the other, and keeps what is answered.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::{process::Stdio, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    io::AsyncReadExt as _,
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::timeout,
};

/// As fast as anybody waits for, on a machine that is busy.
const SOON: Duration = Duration::from_mins(1);

/// A function that runs, until it is dropped.
pub(crate) struct Function {
    events: mpsc::Sender<Value>,
    answers: mpsc::Receiver<(Outcome, Value)>,
    program: Child,
}

/// What became of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Failed,
}

struct Lambda {
    events: Mutex<mpsc::Receiver<Value>>,
    answers: mpsc::Sender<(Outcome, Value)>,
}

impl Function {
    /// Starts a program as Lambda does.
    pub(crate) async fn start(program: &str, settings: &[(&str, &str)]) -> Self {
        let (events, next) = mpsc::channel(1);
        let (answer, answers) = mpsc::channel(1);
        let lambda = Arc::new(Lambda { events: Mutex::new(next), answers: answer });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(give))
            .route("/2018-06-01/runtime/invocation/{id}/{outcome}", post(take))
            .with_state(lambda);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async { axum::serve(listener, router).await });
        let program = Command::new(program)
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "tested")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("HUBBUB_LOG_FORMAT", "json")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { events, answers, program }
    }

    /// Gives it an event, and waits for what becomes of it.
    pub(crate) async fn invoke(&mut self, event: Value) -> (Outcome, Value) {
        self.events.send(event).await.unwrap();
        let answer = timeout(SOON, self.answers.recv()).await.expect("it answers in time");
        answer.unwrap()
    }

    /// Ends it, and tells what it has logged.
    pub(crate) async fn end(mut self) -> String {
        self.program.kill().await.unwrap();
        let mut log = String::new();
        self.program.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
        log
    }
}

async fn give(State(lambda): State<Arc<Lambda>>) -> (HeaderMap, String) {
    let Some(event) = lambda.events.lock().await.recv().await else { std::future::pending().await };
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4000000000000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:tested"),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    (headers, event.to_string())
}

async fn take(
    State(lambda): State<Arc<Lambda>>,
    Path((_, outcome)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let outcome = match outcome.as_str() {
        "response" => Outcome::Answered,
        _ => Outcome::Failed,
    };
    lambda.answers.send((outcome, serde_json::from_str(&body).unwrap())).await.unwrap();
    StatusCode::ACCEPTED
}
