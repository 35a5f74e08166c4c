//! A connection as a node has it: bytes go down to the client, whole messages come up.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpStream, sync::Notify};

use super::life::Life;
use crate::{
    send_queue::Wire,
    socket::{Broken, Inbox, Read},
};

/// What a connection writes to in tests.
#[derive(Clone)]
pub(crate) enum Socket {
    Tcp(Arc<TcpStream>),
    Pipe(Arc<Pipe>),
}

impl From<Arc<TcpStream>> for Socket {
    fn from(socket: Arc<TcpStream>) -> Self {
        Self::Tcp(socket)
    }
}

impl From<Arc<Pipe>> for Socket {
    fn from(pipe: Arc<Pipe>) -> Self {
        Self::Pipe(pipe)
    }
}

impl Wire for Socket {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(it) => Wire::try_write(it, pieces),
            Self::Pipe(it) => it.try_write(pieces),
        }
    }

    async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Tcp(it) => Wire::writable(it).await,
            Self::Pipe(it) => it.writable().await,
        }
    }
}

/// One connection, between its node and the network.
pub(crate) struct Pipe {
    life: Arc<Life>,
    state: Mutex<State>,
    /// Told when the node can read something, or never will.
    to_node: Notify,
    /// Told when the network can, or never will.
    from_node: Notify,
    /// Told when the node can write something, or never will.
    room: Notify,
}

#[derive(Default)]
struct State {
    down: Vec<u8>,
    /// Bytes that fit.
    capacity: usize,
    up: VecDeque<Read>,
    /// The client says nothing more.
    is_up_over: bool,
    /// The node says nothing more.
    is_down_over: bool,
    /// Nothing passes any more, not even what has been said.
    is_broken: bool,
}

impl Pipe {
    pub(super) fn new(life: &Arc<Life>, capacity: usize) -> Arc<Self> {
        let state = State { capacity, ..State::default() };
        let (to_node, from_node, room) = (Notify::new(), Notify::new(), Notify::new());
        Arc::new(Self { life: Arc::clone(life), state: Mutex::new(state), to_node, from_node, room })
    }

    // What the network does.

    /// Takes what the node has written; none when nothing comes any more.
    pub(super) async fn take(&self) -> Option<Vec<u8>> {
        loop {
            {
                let mut state = self.state();
                if state.is_broken || (state.is_down_over && state.down.is_empty()) {
                    return None;
                }
                if !state.down.is_empty() {
                    self.room.notify_one();
                    return Some(std::mem::take(&mut state.down));
                }
            }
            self.from_node.notified().await;
        }
    }

    /// Brings the node what its client said.
    pub(super) fn bring(&self, up: Read) {
        self.state().up.push_back(up);
        self.to_node.notify_one();
    }

    /// The client says nothing more.
    pub(super) fn end_up(&self) {
        self.state().is_up_over = true;
        self.to_node.notify_one();
    }

    /// Nothing passes any more.
    pub(super) fn cut(&self) {
        self.state().is_broken = true;
        self.tell_all();
    }

    // What the node does.

    /// The node says nothing more.
    pub(super) fn end_down(&self) {
        self.state().is_down_over = true;
        self.tell_all();
    }

    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.state();
        if state.is_broken || state.is_down_over || self.life.is_over() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let mut n = 0;
        for piece in pieces {
            let fits = piece.len().min(state.capacity - state.down.len());
            state.down.extend_from_slice(&piece[..fits]);
            n += fits;
        }
        if n == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.from_node.notify_one();
        Ok(n)
    }

    async fn writable(&self) -> io::Result<()> {
        loop {
            {
                let state = self.state();
                if state.is_broken || state.is_down_over || state.down.len() < state.capacity {
                    return Ok(());
                }
            }
            self.room.notified().await;
        }
    }

    fn tell_all(&self) {
        for it in [&self.to_node, &self.from_node, &self.room] {
            it.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What brings the node its client's messages.
pub(super) struct Up(pub(super) Arc<Pipe>);

impl Inbox for Up {
    async fn next(&mut self) -> Result<Read, Broken> {
        loop {
            {
                let mut state = self.0.state();
                if state.is_broken {
                    return Err(Broken::Gone);
                }
                if let Some(up) = state.up.pop_front() {
                    return Ok(up);
                }
                if state.is_up_over {
                    return Err(Broken::Gone);
                }
            }
            self.0.to_node.notified().await;
        }
    }
}
