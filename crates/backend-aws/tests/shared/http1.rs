//! Requests past all libraries of AWS.

use axum::body::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

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
