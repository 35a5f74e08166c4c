//! What asks a program to stop.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What asks a program to stop: Ctrl-C, or whoever runs it.
pub struct Stop {
    interrupted: Signal,
    terminated: Signal,
}

impl Stop {
    /// Listens from now on. A program begins with it: in a container, whose first process it is, nothing ends it before.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn listen() -> io::Result<Self> {
        let (interrupted, terminated) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupted: signal(interrupted)?, terminated: signal(terminated)? })
    }

    /// Waits until it is asked.
    ///
    /// # Cancel safety
    /// Safe: what was not waited for is waited for again.
    pub async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }

    /// Does something that may take long, unless it is asked to stop before that is done.
    pub(crate) async fn unless_before<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.wait() => None,
        }
    }
}
