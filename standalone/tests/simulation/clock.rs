//! Time that passes when everything that can happen has happened, and then quickly.

use std::{cell::RefCell, pin::pin, rc::Rc, time::Duration};

use backend::Backend;
use chat::{ports::Sessions as _, session::SessionToken};
use futures::poll;
use tokio::task::yield_now;

/// One step of the simulated clock.
const STEP: Duration = Duration::from_millis(1);
/// What a step takes at least: the database reads on threads of its own, in real time.
const STEP_TAKES: Duration = Duration::from_micros(40);
/// So often everything gets its turn in a step, at least.
const TURNS: usize = 4;

/// The clock of a simulation: a handle.
#[derive(Clone, Default)]
pub(crate) struct Clock(Rc<RefCell<Option<Backend>>>);

impl Clock {
    /// From now on no time passes while this store writes: however slow the disk is, it is quick for the simulated.
    pub(crate) fn wait_for(&self, store: Backend) {
        self.0.replace(Some(store));
    }

    /// Lets time pass, for ever. tokio's clock must be paused; since this is never idle, it moves by this alone.
    pub(crate) async fn run(self) {
        loop {
            let began = std::time::Instant::now();
            let mut n = 0;
            while n < TURNS || began.elapsed() < STEP_TAKES {
                yield_now().await;
                n += 1;
            }
            let store = self.0.borrow().clone();
            if let Some(store) = store {
                written(&store).await;
            }
            tokio::time::advance(STEP).await;
        }
    }
}

/// Waits until a store has written what it was given, and stays awake meanwhile.
async fn written(store: &Backend) {
    let nobodys = SessionToken::from_random([u8::MAX; 32]).key();
    let mut behind_the_others = pin!(store.sessions.end(&nobodys));
    while poll!(&mut behind_the_others).is_pending() {
        yield_now().await;
    }
}
