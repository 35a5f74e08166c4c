//! Frames on their way to one connection.
//!
//! Where nothing waits, a push writes straight to the socket. Only what the kernel refuses waits here, bounded in bytes,
//! and a task writes it out. A connection that does not keep up loses what waits, after the frame already begun, and is
//! told to resync; only one that then reads nothing for a while is dropped. A push never waits.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{sync::Notify, task::AbortHandle};

use protocol::{ServerMessage, close::CloseCode};

use crate::frame;

/// A connection whose socket takes nothing for this long, while frames wait, is dropped.
const STALLED_AFTER: Duration = Duration::from_secs(10);
/// Most pieces written at once.
const SLICES_MAX: usize = 64;

/// What a queue writes to.
pub(crate) trait Wire: Send + Sync + 'static {
    /// Writes what the socket takes now. [`io::ErrorKind::WouldBlock`] where that is nothing.
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Waits until it takes something, or is gone.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;
}

impl Wire for tokio::net::TcpStream {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        self.try_write_vectored(pieces)
    }

    async fn writable(&self) -> io::Result<()> {
        Self::writable(self).await
    }
}

/// Frames on their way to one connection.
pub(crate) struct SendQueue<W: Wire> {
    wire: Arc<W>,
    limit_bytes: usize,
    state: Mutex<State>,
    /// Told when the connection is to end: by the queue's closing, or by a socket that is gone.
    ended: Notify,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Piece>,
    waiting_bytes: usize,
    /// Lost frames, and has not opened anew since.
    is_lagging: bool,
    close: Option<CloseCode>,
    is_gone: bool,
    writer: Option<AbortHandle>,
}

/// Whole frames, of which the first `written` bytes are out.
struct Piece {
    frames: Bytes,
    written: usize,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is written, or waits.
    Taken,
    /// The connection does not keep up: this was dropped, with what waited, and it must resync.
    Lagging,
    /// The connection is ending.
    Closed,
}

impl<W: Wire> SendQueue<W> {
    pub(crate) fn new(wire: Arc<W>, limit_bytes: usize) -> Arc<Self> {
        Arc::new(Self { wire, limit_bytes, state: Mutex::default(), ended: Notify::new() })
    }

    /// Sends whole frames that follow a connection's view: dropped while it lags.
    pub(crate) fn push(self: &Arc<Self>, frames: &Bytes) -> Pushed {
        let mut state = self.lock();
        if state.is_lagging {
            return Pushed::Lagging;
        }
        self.put(&mut state, frames)
    }

    /// Sends the answer to an open: from here on the connection follows again.
    pub(crate) fn push_opened(self: &Arc<Self>, frames: &Bytes) -> Pushed {
        let mut state = self.lock();
        state.is_lagging = false;
        self.put(&mut state, frames)
    }

    /// Ends the connection: what waits is written, then the close frame. Later pushes are dropped.
    pub(crate) fn close(self: &Arc<Self>, code: CloseCode) {
        let mut state = self.lock();
        if state.close.is_some() {
            return;
        }
        state.is_lagging = false;
        self.put(&mut state, &frame::close(code));
        state.close = Some(code);
        drop(state);
        self.ended.notify_one();
    }

    /// Waits until the connection is to end.
    ///
    /// # Cancel safety
    /// Safe: nothing is lost when dropped.
    pub(crate) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            {
                let state = self.lock();
                if state.close.is_some() || state.is_gone {
                    return;
                }
            }
            ended.await;
        }
    }

    /// Why the connection was ended from here, if it was.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        self.lock().close
    }

    /// Whether everything is written.
    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.lock().waiting.is_empty()
    }

    /// Forgets what waits and stops writing. The last call.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.is_gone = true;
        state.waiting.clear();
        if let Some(writer) = state.writer.take() {
            writer.abort();
        }
    }

    fn put(self: &Arc<Self>, state: &mut State, frames: &Bytes) -> Pushed {
        if state.is_gone || state.close.is_some() {
            return Pushed::Closed;
        }
        let mut written = 0;
        if state.waiting.is_empty() {
            match self.wire.try_write(&[IoSlice::new(frames)]) {
                Ok(n) if n == frames.len() => return Pushed::Taken,
                Ok(n) => written = n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    state.is_gone = true;
                    self.ended.notify_one();
                    return Pushed::Closed;
                }
            }
        }
        let rest = frames.len() - written;
        if state.waiting_bytes + rest > self.limit_bytes {
            state.waiting.push_back(Piece { frames: frames.clone(), written });
            state.waiting_bytes += rest;
            state.lag();
            self.write_later(state);
            return Pushed::Lagging;
        }
        state.waiting_bytes += rest;
        state.waiting.push_back(Piece { frames: frames.clone(), written });
        self.write_later(state);
        Pushed::Taken
    }

    /// Sees to it that somebody writes what waits.
    fn write_later(self: &Arc<Self>, state: &mut State) {
        if state.writer.is_none() {
            let queue = Arc::downgrade(self);
            let wire = Arc::clone(&self.wire);
            state.writer = Some(tokio::spawn(write_waiting(wire, queue)).abort_handle());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops all but the rest of the frame that is begun, and asks for a resync.
    fn lag(&mut self) {
        self.is_lagging = true;
        let begun = self.waiting.pop_front().filter(|piece| piece.written > 0);
        self.waiting.clear();
        self.waiting_bytes = 0;
        if let Some(Piece { frames, written }) = begun {
            let end = written + frame::rest_of_frame(&frames, written);
            if end > written {
                self.waiting_bytes += end - written;
                self.waiting.push_back(Piece { frames: frames.slice(..end), written });
            }
        }
        let resync = frame::text(&ServerMessage::Resync);
        self.waiting_bytes += resync.len();
        self.waiting.push_back(Piece { frames: resync, written: 0 });
    }

    /// So many bytes are out.
    fn wrote(&mut self, mut n: usize) {
        self.waiting_bytes -= n;
        while n > 0 {
            let piece = self.waiting.front_mut().expect("only what waits is written");
            let rest = piece.frames.len() - piece.written;
            if n < rest {
                piece.written += n;
                return;
            }
            n -= rest;
            self.waiting.pop_front();
        }
    }
}

/// Writes out what waits, and ends when nothing does.
async fn write_waiting<W: Wire>(wire: Arc<W>, queue: Weak<SendQueue<W>>) {
    loop {
        let writable = tokio::time::timeout(STALLED_AFTER, wire.writable()).await;
        let Some(queue) = queue.upgrade() else { return };
        let mut state = queue.lock();
        let wrote = match writable {
            Ok(Ok(())) => {
                let mut pieces = Vec::with_capacity(SLICES_MAX.min(state.waiting.len()));
                for piece in state.waiting.iter().take(SLICES_MAX) {
                    let mut rest = &piece.frames[..];
                    rest.advance(piece.written);
                    pieces.push(IoSlice::new(rest));
                }
                wire.try_write(&pieces)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        match wrote {
            Ok(n) => state.wrote(n),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => {
                if error.kind() == io::ErrorKind::TimedOut {
                    state.close = Some(CloseCode::TOO_SLOW);
                }
                state.is_gone = true;
                state.waiting.clear();
            }
        }
        if state.waiting.is_empty() {
            state.writer = None;
            drop(state);
            queue.ended.notify_one();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket whose kernel buffer takes so many bytes.
    #[derive(Default)]
    struct Pipe {
        state: Mutex<(usize, Vec<u8>)>,
        drained: Notify,
    }

    impl Pipe {
        fn taking(n: usize) -> Arc<Self> {
            Arc::new(Self { state: Mutex::new((n, Vec::new())), drained: Notify::new() })
        }

        fn take_more(&self, n: usize) {
            self.state.lock().unwrap().0 += n;
            self.drained.notify_one();
        }

        fn written(&self) -> Vec<u8> {
            self.state.lock().unwrap().1.clone()
        }
    }

    impl Wire for Pipe {
        fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
            let mut state = self.state.lock().unwrap();
            let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
            let n = bytes.len().min(state.0);
            if n == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            state.0 -= n;
            state.1.extend(&bytes[..n]);
            Ok(n)
        }

        async fn writable(&self) -> io::Result<()> {
            while self.state.lock().unwrap().0 == 0 {
                self.drained.notified().await;
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn where_nothing_waits_a_push_writes_through() {
        let pipe = Pipe::taking(1000);
        let queue = SendQueue::new(Arc::clone(&pipe), 100);

        assert_eq!(queue.push(&frame::ping()), Pushed::Taken);

        assert_eq!(pipe.written(), frame::ping());
    }

    #[tokio::test]
    async fn what_the_socket_refuses_is_written_later_in_order() {
        let pipe = Pipe::taking(3);
        let queue = SendQueue::new(Arc::clone(&pipe), 100);

        for _ in 0..5 {
            assert_eq!(queue.push(&frame::ping()), Pushed::Taken);
        }
        pipe.take_more(1000);
        until(|| queue.is_empty()).await;

        assert_eq!(pipe.written(), frame::ping().repeat(5));
    }

    #[tokio::test]
    async fn who_does_not_keep_up_gets_the_frame_begun_and_is_asked_to_resync() {
        let pipe = Pipe::taking(4);
        let queue = SendQueue::new(Arc::clone(&pipe), 64);
        let long = frame::pong(&[b'x'; 40]);

        assert_eq!(queue.push(&long), Pushed::Taken);
        assert_eq!(queue.push(&long), Pushed::Lagging);
        assert_eq!(queue.push(&long), Pushed::Lagging);
        pipe.take_more(1000);
        until(|| queue.is_empty()).await;
        queue.push_opened(&frame::ping());

        let resync = frame::text(&ServerMessage::Resync);
        assert_eq!(pipe.written(), [&long[..], &resync, &frame::ping()].concat());
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_nothing_at_all_is_dropped() {
        let pipe = Pipe::taking(0);
        let queue = SendQueue::new(pipe, 64);

        queue.push(&frame::ping());
        queue.ended().await;

        assert_eq!(queue.close_code(), Some(CloseCode::TOO_SLOW));
        assert_eq!(queue.push(&frame::ping()), Pushed::Closed);
    }

    #[tokio::test]
    async fn after_the_close_frame_nothing_is_sent() {
        let pipe = Pipe::taking(1000);
        let queue = SendQueue::new(Arc::clone(&pipe), 64);

        queue.close(CloseCode::RESTART);
        assert_eq!(queue.push(&frame::ping()), Pushed::Closed);
        queue.ended().await;

        assert_eq!(pipe.written(), frame::close(CloseCode::RESTART));
    }

    async fn until(done: impl Fn() -> bool) {
        while !done() {
            tokio::task::yield_now().await;
        }
    }
}
