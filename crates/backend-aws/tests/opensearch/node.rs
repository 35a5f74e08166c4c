//! The real node, asked past the gate.

use axum::body::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// Where it is: `127.0.0.1:15000`.
pub(crate) fn node() -> String {
    engines::told("HUBBUB_TEST_OPENSEARCH").trim_start_matches("http://").to_owned()
}

/// Asks the node for something that it does.
pub(crate) async fn ask(method: Method, path: &str, body: Value) -> Value {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = send(&node(), request.body(body).unwrap()).await;
    let told = serde_json::from_slice(response.body()).unwrap();
    assert!(response.status().is_success(), "{path}: {told}");
    told
}

/// Sends a request to a host, over a connection of its own.
pub(crate) async fn send(host: &str, mut request: Request<Bytes>) -> Response<Bytes> {
    let stream = TcpStream::connect(host).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    request.headers_mut().insert("host", host.parse().unwrap());
    let answered = async {
        let response = sender.send_request(request.map(Full::new)).await.unwrap();
        let (head, body) = response.into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    };
    tokio::select! {
        response = answered => response,
        ended = async { connection.await.unwrap(); std::future::pending().await } => ended,
    }
}
