//! Frames on their way to one connection.
//!
//! Where nothing waits, a push writes straight to the socket. Only what the kernel refuses waits here, bounded in bytes,
//! and a task writes it out. A connection that does not keep up loses what waits, after the frame already begun, and all
//! its views, and is told to resync; only one that then reads nothing for a while is dropped. A push never waits.
//!
//! What is lost is lost before the resync in the stream. Answers that are pushed later follow it, so a client that
//! repeats, at the resync, what was not answered hears of everything at least once.

mod waiting;

use std::{
    io::{self, IoSlice},
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use prometheus_client::metrics::counter::Counter;
use tokio::{net::TcpStream, sync::Notify, task::AbortHandle};

use protocol::{ServerMessage, close::CloseCode};

use crate::{frame, tasks::of_node};

use self::waiting::Waiting;

/// A connection whose socket takes nothing for this long, while frames wait, is dropped.
const STALLED_AFTER: Duration = Duration::from_secs(10);

/// What a queue writes to: a handle.
pub(crate) trait Wire: Clone + Send + Sync + 'static {
    /// Writes what the socket takes now. [`io::ErrorKind::WouldBlock`] where that is nothing.
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize>;

    /// Waits until it takes something, or is gone.
    fn writable(&self) -> impl Future<Output = io::Result<()>> + Send;
}

impl Wire for Arc<TcpStream> {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match pieces {
            [piece] => TcpStream::try_write(self, piece), // A `send`, which costs a fan-out a few per cent less than a `writev`.
            _ => self.try_write_vectored(pieces),
        }
    }

    async fn writable(&self) -> io::Result<()> {
        TcpStream::writable(self).await
    }
}

/// Frames on their way to one connection.
pub(crate) struct SendQueue<W: Wire> {
    wire: W,
    limit_bytes: usize,
    overflows: Counter,
    state: Mutex<State>,
    /// Told when the connection is to end, by the queue's closing or by a socket that is gone, and when nothing waits.
    changed: Notify,
}

#[derive(Default)]
struct State {
    waiting: Waiting,
    /// How often frames were lost: views from before are no longer whole.
    n_lost: u64,
    close: Option<CloseCode>,
    is_gone: bool,
    writer: Option<AbortHandle>,
}

/// A room as a connection shows it, until that loses frames, or it is ended.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// How often the connection had lost frames before.
    n_lost: u64,
    is_over: Arc<AtomicBool>,
}

impl View {
    /// What is pushed from now on comes behind the last that followed it.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pushed {
    /// It is written, or waits.
    Taken,
    /// The connection does not keep up: this was dropped, and it must resync.
    Lagging,
    /// The view is over.
    Over,
    /// The connection is ending.
    Closed,
}

/// How far a push may go past the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// Not at all: there is always more of it.
    Strict,
    /// By one frame where nothing else waits: it was asked for, and may be larger than the limit.
    Answer,
    /// Always: it is small, and the last.
    Last,
}

impl<W: Wire> SendQueue<W> {
    pub(crate) fn new(wire: impl Into<W>, limit_bytes: usize, overflows: Counter) -> Arc<Self> {
        let wire = wire.into();
        Arc::new(Self { wire, limit_bytes, overflows, state: Mutex::default(), changed: Notify::new() })
    }

    /// Sends a frame that follows no view: an answer, or news for this connection.
    pub(crate) fn push(self: &Arc<Self>, frame: &Bytes) -> Pushed {
        self.put(&mut self.lock(), frame, Strictness::Answer)
    }

    /// Sends the answer to an open: what follows the view continues where that ends. None where it got lost.
    pub(crate) fn open(self: &Arc<Self>, opened: &Bytes) -> Option<View> {
        let mut state = self.lock();
        let pushed = self.put(&mut state, opened, Strictness::Answer);
        (pushed == Pushed::Taken).then(|| View { n_lost: state.n_lost, is_over: Arc::default() })
    }

    /// Sends whole frames that follow a view. Lagging where the connection has lost frames since that began.
    pub(crate) fn follow(self: &Arc<Self>, view: &View, frames: &Bytes) -> Pushed {
        let mut state = self.lock();
        if view.is_over.load(Ordering::Relaxed) {
            return Pushed::Over; // Looked at under the lock, which whoever ends it takes after that.
        }
        match view.n_lost == state.n_lost {
            true => self.put(&mut state, frames, Strictness::Strict),
            false => Pushed::Lagging,
        }
    }

    /// Ends the connection: what waits is written, then the close frame. Later pushes are dropped.
    pub(crate) fn close(self: &Arc<Self>, code: CloseCode) {
        let mut state = self.lock();
        if state.close.is_some() {
            return;
        }
        self.put(&mut state, &frame::close(code), Strictness::Last);
        state.close = Some(code);
        drop(state);
        self.changed.notify_waiters();
    }

    /// Waits until the connection is to end.
    ///
    /// # Cancel safety
    /// Safe: nothing is lost when dropped.
    pub(crate) async fn ended(&self) {
        self.until(|state| state.close.is_some() || state.is_gone).await;
    }

    /// Waits until everything is written, or never will be.
    ///
    /// # Cancel safety
    /// Safe: nothing is lost when dropped.
    pub(crate) async fn written(&self) {
        self.until(|state| state.waiting.is_empty()).await;
    }

    /// Why the connection was ended from here, if it was.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        self.lock().close
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

    async fn until(&self, is_so: impl Fn(&State) -> bool) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable(); // From here on no change is missed.
            if is_so(&self.lock()) {
                return;
            }
            changed.await;
        }
    }

    fn put(self: &Arc<Self>, state: &mut State, frames: &Bytes, strictness: Strictness) -> Pushed {
        if state.is_gone || state.close.is_some() {
            return Pushed::Closed;
        }
        let is_first = state.waiting.is_empty();
        let mut written = 0;
        if is_first {
            match self.wire.try_write(&[IoSlice::new(frames)]) {
                Ok(n) if n == frames.len() => return Pushed::Taken,
                Ok(n) => written = n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => {
                    state.is_gone = true;
                    self.changed.notify_waiters();
                    return Pushed::Closed;
                }
            }
        }
        state.waiting.put(frames.clone(), written);
        let fits = match strictness {
            Strictness::Strict => state.waiting.bytes() <= self.limit_bytes,
            Strictness::Answer => is_first || state.waiting.bytes() <= self.limit_bytes,
            Strictness::Last => true,
        };
        if !fits {
            self.overflows.inc();
            state.lag();
        }
        self.write_later(state);
        if fits { Pushed::Taken } else { Pushed::Lagging }
    }

    /// Sees to it that somebody writes what waits.
    fn write_later(self: &Arc<Self>, state: &mut State) {
        if state.writer.is_none() {
            let queue = Arc::downgrade(self);
            let writing = write_waiting(self.wire.clone(), queue);
            state.writer = Some(tokio::spawn(of_node(writing)).abort_handle());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops all but the rest of the frame that is begun, and asks for a resync.
    fn lag(&mut self) {
        self.n_lost += 1;
        self.waiting.shed();
        self.waiting.put(frame::text(&ServerMessage::Resync), 0);
    }
}

/// Writes out what waits, and ends when nothing does.
async fn write_waiting<W: Wire>(wire: W, queue: Weak<SendQueue<W>>) {
    loop {
        let writable = tokio::time::timeout(STALLED_AFTER, wire.writable()).await;
        let Some(queue) = queue.upgrade() else { return };
        let mut state = queue.lock();
        let wrote = match writable {
            Ok(Ok(())) => wire.try_write(&state.waiting.slices()),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        match wrote {
            Ok(n) => state.waiting.wrote(n),
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
            queue.changed.notify_waiters();
            return;
        }
    }
}

#[cfg(test)]
mod tests;
