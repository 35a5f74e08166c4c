//! A gate before the node that lets in what OpenSearch Serverless would, and is as slow or as busy as that may be.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
};
use http::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle, time::Instant};

use crate::{http1::send, node, operations::is_known, signature};

/// No request is larger. Source: AWS, "Amazon OpenSearch Service quotas", network quotas.
const REQUEST_MAX: usize = 10 << 20;

/// A gate, closed when dropped.
pub(crate) struct Gate {
    pub(crate) host: String,
    mood: Arc<Mutex<Mood>>,
    task: JoinHandle<()>,
}

/// How it is just now.
#[derive(Default)]
struct Mood {
    /// It sleeps, and wakes so long after the first request.
    wakes_in: Option<Duration>,
    /// When it is awake.
    awake_at: Option<Instant>,
    /// So many requests are too many.
    busy_requests: usize,
    /// This operation of the next request that has many is one too many.
    busy_item: Option<usize>,
    /// It makes no index that is sorted.
    refuses_sorting: bool,
    /// So many requests to drop an index are too many.
    busy_drops: usize,
    /// So many requests were let in.
    n_requests: usize,
}

impl Gate {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let mood = Arc::<Mutex<Mood>>::default();
        let routes = Router::new().fallback(pass).with_state(Arc::clone(&mood));
        let task = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { host, mood, task }
    }

    /// Falls asleep: the next request wakes it, and is answered after this time as are all until then.
    pub(crate) fn sleep(&self, wakes_in: Duration) {
        let mut mood = self.mood.lock().unwrap();
        (mood.wakes_in, mood.awake_at) = (Some(wakes_in), None);
    }

    /// Is too busy for the next requests.
    pub(crate) fn refuse_requests(&self, n: usize) {
        self.mood.lock().unwrap().busy_requests = n;
    }

    /// Is too busy for one operation of the next request that has many.
    pub(crate) fn refuse_item(&self, n: usize) {
        self.mood.lock().unwrap().busy_item = Some(n);
    }

    /// Makes no index that is sorted.
    pub(crate) fn refuse_sorting(&self) {
        self.mood.lock().unwrap().refuses_sorting = true;
    }

    /// Is too busy to drop an index, so many times.
    pub(crate) fn refuse_drops(&self, n: usize) {
        self.mood.lock().unwrap().busy_drops = n;
    }

    /// How many requests were let in.
    pub(crate) fn n_requests(&self) -> usize {
        self.mood.lock().unwrap().n_requests
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(State(mood): State<Arc<Mutex<Mood>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, REQUEST_MAX).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
    };
    let request = Request::from_parts(head, body);
    if let Err(why) = signature::refused(&request) {
        return refusal(StatusCode::FORBIDDEN, why);
    }
    let path = request.uri().path();
    if !is_known(request.method().as_str(), path) {
        return refusal(StatusCode::FORBIDDEN, "serverless does not do that");
    }
    let (wakes_at, is_busy, busy_item) =
        mood.lock().unwrap().meet(request.method(), path.ends_with("/_bulk"));
    if let Some(wakes_at) = wakes_at {
        tokio::time::sleep_until(wakes_at).await;
    }
    if is_busy {
        return refusal(StatusCode::TOO_MANY_REQUESTS, "throttled");
    }
    if mood.lock().unwrap().refuses_sorting && is_sorted(request.body()) {
        return refusal(StatusCode::BAD_REQUEST, "illegal_argument_exception");
    }
    match busy_item {
        Some(n) => pass_without(n, request).await,
        None => forward(request).await,
    }
}

impl Mood {
    /// How a request finds it: when it is awake, whether it is busy, and for which operation.
    fn meet(&mut self, method: &Method, is_bulk: bool) -> (Option<Instant>, bool, Option<usize>) {
        let wakes_at =
            self.wakes_in.map(|wakes_in| *self.awake_at.get_or_insert_with(|| Instant::now() + wakes_in));
        let is_busy_drop = *method == Method::DELETE && self.busy_drops > 0;
        self.busy_drops -= usize::from(is_busy_drop);
        let is_busy = self.busy_requests > 0 || is_busy_drop;
        self.busy_requests = self.busy_requests.saturating_sub(1);
        self.n_requests += usize::from(!is_busy);
        let busy_item = if is_bulk && !is_busy { self.busy_item.take() } else { None };
        (wakes_at, is_busy, busy_item)
    }
}

/// Whether an index is to be made that is sorted.
fn is_sorted(body: &[u8]) -> bool {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["settings"]["sort"]["field"].is_array()
}

/// Has the node do all but one of many operations.
async fn pass_without(n: usize, request: Request<Bytes>) -> Response {
    let (head, body) = request.into_parts();
    let lines: Vec<&str> = str::from_utf8(&body).unwrap().lines().collect();
    let others = lines.chunks(2).enumerate().filter(|(at, _)| *at != n).flat_map(|(_, lines)| lines);
    let others: String = others.flat_map(|line| [line, "\n"]).collect();
    let answer = send(&node::node(), to_node(&Request::from_parts(head, others.into()))).await;
    let mut told: Value = serde_json::from_slice(answer.body()).unwrap();
    let busy = json!({ "index": { "status": 429, "error": { "type": "throttled", "reason": "too many" } } });
    told["items"].as_array_mut().unwrap().insert(n, busy);
    axum::Json(told).into_response()
}

async fn forward(request: Request<Bytes>) -> Response {
    let answer = send(&node::node(), to_node(&request)).await;
    let kind = answer.headers().get(CONTENT_TYPE).cloned();
    let mut response = (answer.status(), answer.into_body()).into_response();
    response.headers_mut().remove(CONTENT_TYPE);
    response.headers_mut().extend(kind.map(|kind| (CONTENT_TYPE, kind)));
    response
}

/// The same request without what is meant for the gate.
fn to_node(request: &Request<Bytes>) -> Request<Bytes> {
    let mut same = Request::new(request.body().clone());
    (*same.method_mut(), *same.uri_mut()) = (request.method().clone(), request.uri().clone());
    let kind = request.headers().get(CONTENT_TYPE).cloned();
    same.headers_mut().extend(kind.map(|kind| (CONTENT_TYPE, kind)));
    same
}

/// As AWS refuses: in other words than OpenSearch's.
fn refusal(status: StatusCode, why: &str) -> Response {
    (status, axum::Json(json!({ "message": why }))).into_response()
}
