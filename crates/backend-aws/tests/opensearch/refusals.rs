//! What the gate does not let in: it could not show anything if it let in all.

use std::time::SystemTime;

use axum::body::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};

use crate::{
    gate::Gate,
    http1::send,
    signature::{SERVERLESS, Signer},
};

const WRITE: (&str, &str) = ("POST", "/_bulk");

#[tokio::test]
async fn what_is_signed_for_serverless_is_let_in() {
    let (status, told) = ask(WRITE, SERVERLESS, |_| ()).await;

    assert_eq!(status, StatusCode::OK, "{told}");
}

#[tokio::test]
async fn another_key_is_refused() {
    refuses(WRITE, Signer { secret: "guessed", ..SERVERLESS }, "its signature is another one").await;
}

#[tokio::test]
async fn another_service_is_refused() {
    refuses(WRITE, Signer { service: "es", ..SERVERLESS }, "its signature is another one").await;
}

#[tokio::test]
async fn a_body_without_its_hash_is_refused() {
    refuses(WRITE, Signer { tells_hash: false, ..SERVERLESS }, "it does not tell the hash of its body").await;
}

#[tokio::test]
async fn what_serverless_does_not_do_is_refused() {
    for asked in [("POST", "/messages/_refresh"), ("GET", "/_cluster/health"), ("DELETE", "/*")] {
        refuses(asked, SERVERLESS, "serverless does not do that").await;
    }
}

#[tokio::test]
async fn what_is_changed_on_the_way_is_refused() {
    let told = "its signature is another one";
    let (status, body) = ask(WRITE, SERVERLESS, |request| *request.body_mut() = "{}".into()).await;
    assert_eq!((status, body.contains(told)), (StatusCode::FORBIDDEN, true), "{body}");
    let (status, body) = ask(WRITE, SERVERLESS, |request| *request.headers_mut() = HeaderMap::new()).await;
    assert_eq!((status, body.contains("it is not signed")), (StatusCode::FORBIDDEN, true), "{body}");
}

async fn refuses(asked: (&str, &str), signer: Signer, why: &str) {
    let (status, told) = ask(asked, signer, |_| ()).await;

    assert_eq!(status, StatusCode::FORBIDDEN, "{asked:?}");
    assert!(told.contains(why), "{told}");
}

/// Asks a gate for something, with a request that is changed after it is signed.
async fn ask(
    (method, path): (&str, &str),
    signer: Signer,
    change: impl Fn(&mut Request<Bytes>),
) -> (StatusCode, String) {
    let gate = Gate::open().await;
    let body = Bytes::from("{\"delete\":{\"_index\":\"none\",\"_id\":\"1\"}}\n");
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let mut request = request.body(body).unwrap();
    let headers = signer.sign(&gate.host, &request, SystemTime::now());
    request.headers_mut().extend(headers);
    change(&mut request);
    let answer: Response<Bytes> = send(&gate.host, request).await;
    (answer.status(), String::from_utf8_lossy(answer.body()).into_owned())
}
