//! A gate before DynamoDB Local, which is never too busy itself.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{
    StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{http1::send, tables::endpoint};

/// No request is larger. Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB".
const REQUEST_MAX: usize = 16 << 20;
/// The header that names what is asked for.
const TARGET: &str = "x-amz-target";

/// A gate, closed when dropped.
pub(crate) struct Gate {
    pub(crate) endpoint: String,
    mood: Arc<Mutex<Mood>>,
    task: JoinHandle<()>,
}

/// How it is just now.
#[derive(Default)]
struct Mood {
    /// So many requests are too many.
    refused: usize,
    /// Of so many requests for several items it does the first alone.
    halved: usize,
}

impl Gate {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mood = Arc::<Mutex<Mood>>::default();
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&mood));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { endpoint, mood, task }
    }

    /// Is too busy for the next requests.
    pub(crate) fn refuse(&self, n: usize) {
        self.mood.lock().unwrap().refused = n;
    }

    /// Is too busy for all but the first item of the next requests for several.
    pub(crate) fn halve(&self, n: usize) {
        self.mood.lock().unwrap().halved = n;
    }

    /// Whether it is as ever again.
    pub(crate) fn is_idle(&self) -> bool {
        let mood = self.mood.lock().unwrap();
        mood.refused == 0 && mood.halved == 0
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(mood): State<Arc<Mutex<Mood>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, REQUEST_MAX).await.unwrap();
    let request = Request::from_parts(head, body);
    let is_batch = request.headers()[TARGET].as_bytes().ends_with(b".BatchGetItem");
    let (is_refused, is_halved) = mood.lock().unwrap().meet(is_batch);
    if is_refused {
        let kind = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
        return answer(StatusCode::BAD_REQUEST, json!({ "__type": kind, "message": "too many" }).to_string());
    }
    match is_halved {
        true => pass_first(request).await,
        false => forward(request).await,
    }
}

impl Mood {
    /// How a request finds it: whether that is refused, and whether it is done for its first item alone.
    fn meet(&mut self, is_batch: bool) -> (bool, bool) {
        let found = (self.refused > 0, is_batch && self.halved > 0);
        self.refused = self.refused.saturating_sub(1);
        self.halved = self.halved.saturating_sub(usize::from(found.1));
        found
    }
}

/// Has the first of several items read; the others were not processed.
async fn pass_first(request: Request<Bytes>) -> Response {
    let (mut head, body) = request.into_parts();
    head.headers.remove(CONTENT_LENGTH); // It is shorter now.
    let mut asked: Value = serde_json::from_slice(&body).unwrap();
    let mut left = Map::new();
    for (table, keys) in asked["RequestItems"].as_object_mut().unwrap() {
        let mut others = keys.clone();
        let first = others["Keys"].as_array_mut().unwrap().remove(0);
        keys["Keys"] = json!([first]);
        left.insert(table.clone(), others);
    }
    let got = send(&host(), Request::from_parts(head, asked.to_string().into())).await;
    let mut told: Value = serde_json::from_slice(got.body()).unwrap();
    told["UnprocessedKeys"] = Value::Object(left);
    answer(got.status(), told.to_string())
}

async fn forward(request: Request<Bytes>) -> Response {
    let got = send(&host(), request).await;
    answer(got.status(), got.into_body())
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response {
    (status, [(CONTENT_TYPE, "application/x-amz-json-1.0")], body.into()).into_response()
}

fn host() -> String {
    endpoint().trim_start_matches("http://").to_owned()
}
