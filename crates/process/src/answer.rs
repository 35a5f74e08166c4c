//! Gives every request that is not upgraded an end: its answer begins in time, and is over in time.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, Request, StatusCode, header};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until, timeout_at};
use tower::ServiceExt as _;

/// From its head on, a request has its body and the beginning of its answer within this time. Forms are small, and what
/// answers them gives up on the store sooner.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);
/// The whole answer is taken within this time: the largest is 1.5 MB, so who takes 2.5 KB a second has it all.
const OVER_WITHIN: Duration = Duration::from_mins(10);

/// What `router` answers, or that it did not in time.
pub(crate) async fn answer(router: Router, request: Request<Incoming>) -> Result<Response, Infallible> {
    let began = Instant::now();
    let has_come = Arc::new(AtomicBool::new(request.body().is_end_stream()));
    let noticed = Arc::clone(&has_come);
    let request = request.map(|body| Body::new(Coming { body, has_come: noticed }));
    match timeout_at(began + ANSWERED_WITHIN, router.oneshot(request)).await {
        Ok(answered) => answered.map(|answer| answer.map(|body| Body::new(Going::new(body, began)))),
        Err(_) => Ok(too_late(has_come.load(Ordering::Relaxed))),
    }
}

/// Whose fault it is, and that the connection ends: what is left of the request may come at any moment.
fn too_late(has_come: bool) -> Response {
    let mut answer = match has_come {
        true => (StatusCode::SERVICE_UNAVAILABLE, "This took too long.\n").into_response(),
        false => (StatusCode::REQUEST_TIMEOUT, "The request did not come in time.\n").into_response(),
    };
    answer.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    answer
}

/// The body of a request.
struct Coming {
    body: Incoming,
    /// Whether all of it has.
    has_come: Arc<AtomicBool>,
}

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.has_come.store(frame.is_none() || self.body.is_end_stream(), Ordering::Relaxed);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer: an error where it is not over in time, which ends the connection.
struct Going {
    body: Body,
    until: Instant,
    /// Where the body had to wait.
    late: Option<Pin<Box<Sleep>>>,
}

impl Going {
    fn new(body: Body, began: Instant) -> Self {
        Self { body, until: began + OVER_WITHIN, late: None }
    }
}

impl HttpBody for Going {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if Instant::now() < self.until {
            if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
                return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
            }
            let until = self.until;
            let late = self.late.get_or_insert_with(|| Box::pin(sleep_until(until)));
            ready!(late.as_mut().poll(cx));
        }
        Poll::Ready(Some(Err("the answer is not over in time".into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, net::SocketAddr};

    use axum::{
        extract::Path,
        routing::{any, get},
    };
    use futures::StreamExt as _;
    use hyper_util::rt::TokioIo;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
        time::{interval, sleep, timeout},
    };

    use super::*;
    use crate::{
        accepted::Accepted,
        serve::{Peers, serve},
    };

    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_body_does_not_come_ends() {
        let addr = fresh_server(Router::new().route("/", any(|body: Bytes| async move { body }))).await;

        let answer = heard(addr, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf").await;

        assert!(answer.expect("it ends").starts_with("HTTP/1.1 408"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_body_comes_byte_by_byte_ends() {
        let addr = fresh_server(Router::new().route("/", any(|body: Bytes| async move { body }))).await;
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let began = Instant::now();
        stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n").await.unwrap();

        let mut answer = [0; 12];
        while timeout(Duration::from_secs(1), stream.read_exact(&mut answer)).await.is_err() {
            assert!(began.elapsed() < 2 * ANSWERED_WITHIN, "it goes on");
            stream.write_all(b"x").await.unwrap();
        }

        assert_eq!(&answer, b"HTTP/1.1 408");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_nothing_answers_ends_by_our_fault() {
        let router =
            Router::new().route("/", any(|body: Bytes| async move { drop((body, pending::<()>().await)) }));
        let addr = fresh_server(router).await;

        for request in [
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nall",
        ] {
            let answer = heard(addr, request).await.expect("it ends");
            assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_goes_on_is_heard_whole_and_one_without_an_end_ends() {
        let addr = fresh_server(Router::new().route("/{n}", get(seconds))).await;

        let long = heard(addr, "GET /500 HTTP/1.0\r\nHost: x\r\n\r\n").await.expect("it ends");
        assert!(long.ends_with(&"x".repeat(500)));

        assert!(heard(addr, "GET /1000000 HTTP/1.0\r\nHost: x\r\n\r\n").await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_upgraded_has_all_the_time_it_wants() {
        let router = Router::new().route(
            "/",
            get(async |mut request: axum::extract::Request| {
                let upgrade = hyper::upgrade::on(&mut request);
                tokio::spawn(async move {
                    let upgraded = upgrade.await.unwrap().downcast().map_err(drop).unwrap();
                    let mut stream = Accepted::into_inner(TokioIo::into_inner(upgraded.io));
                    sleep(LONG).await;
                    stream.write_all(b"still here").await.unwrap();
                });
                (StatusCode::SWITCHING_PROTOCOLS, [(header::UPGRADE, "x"), (header::CONNECTION, "upgrade")])
            }),
        );
        let addr = fresh_server(router).await;

        let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
        let answer = heard(addr, request).await.expect("it ends");

        assert!(answer.starts_with("HTTP/1.1 101") && answer.ends_with("still here"), "{answer}");
    }

    async fn fresh_server(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, router, Peers::Proxies, pending()));
        addr
    }

    /// All that comes until the connection ends; none where it does not.
    async fn heard(addr: SocketAddr, request: &str) -> Option<String> {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut heard = Vec::new();
        let mut buffer = [0; 4_096];
        let ended = timeout(2 * LONG, async {
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                heard.extend(&buffer[..n]);
            }
        });
        ended.await.ok().map(|()| String::from_utf8(heard).unwrap())
    }

    /// So many letters, one a second.
    async fn seconds(Path(n): Path<usize>) -> Body {
        let clock = futures::stream::unfold(interval(Duration::from_secs(1)), async |mut clock| {
            clock.tick().await;
            Some((Ok::<_, Infallible>("x"), clock))
        });
        Body::from_stream(clock.take(n))
    }
}
