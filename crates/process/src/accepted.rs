//! A connection that was accepted, whose peer takes what is written to it.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};

/// A peer that takes nothing of its answer for so long is gone, or plays dead.
const TAKES_WITHIN: Duration = Duration::from_secs(30);

/// A connection that was accepted: a write that waits for too long is an error. Who upgrades it takes the socket out of it,
/// and has limits of their own.
pub struct Accepted {
    stream: TcpStream,
    /// While a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Accepted {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, stalled: None }
    }

    /// The socket alone.
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }

    fn in_time(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(TAKES_WITHIN)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Accepted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Accepted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.in_time(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use axum::{Router, routing::get};
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::serve::{Peers, serve};

    /// More than the kernel holds for anybody.
    const LARGE_BYTES: usize = 64 << 20;

    #[tokio::test]
    async fn a_peer_that_takes_nothing_of_its_answer_is_left() {
        assert!(taken_after(2 * TAKES_WITHIN).await < LARGE_BYTES);
        assert!(taken_after(TAKES_WITHIN / 2).await > LARGE_BYTES);
    }

    /// How many bytes come to who begins to read after so long.
    async fn taken_after(silence: Duration) -> usize {
        tokio::time::pause();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async || vec![0; LARGE_BYTES]));
        let serving = tokio::spawn(serve(listener, router, Peers::Proxies, pending()));
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n").await.unwrap();

        sleep(silence).await;
        tokio::time::resume(); // Else it would go on where the kernel is slow to carry so much.

        let mut taken = Vec::new();
        // Its end may be a reset.
        let _ = stream.read_to_end(&mut taken).await;
        serving.abort();
        taken.len()
    }
}
