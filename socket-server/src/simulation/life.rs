//! The life of a node: all its tasks go on, stand still, or are no more.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::Notify;

thread_local! {
    /// The node whose task is at work.
    static AT_WORK: RefCell<Option<Arc<Life>>> = const { RefCell::new(None) };
    /// A task of a node has panicked, which its node goes on without.
    static HAS_PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a task of a node has panicked on this thread since the last call.
pub(super) fn take_panic() -> bool {
    HAS_PANICKED.take()
}

/// Whether a node lives.
#[derive(Default)]
pub(super) struct Life {
    is_dead: AtomicBool,
    is_paused: AtomicBool,
    /// Tasks that would go on.
    held: Mutex<Vec<Waker>>,
    died: Notify,
}

impl Life {
    /// From now on nothing of the node goes on.
    pub(super) fn end(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
        self.died.notify_waiters();
        self.wake();
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    /// Waits for the end.
    pub(super) async fn over(&self) {
        let died = self.died.notified();
        if !self.is_over() {
            died.await;
        }
    }

    /// Everything stands still, until it goes on with what it had.
    pub(super) fn pause(&self) {
        self.is_paused.store(true, Ordering::Relaxed);
    }

    pub(super) fn go_on(&self) {
        self.is_paused.store(false, Ordering::Relaxed);
        self.wake();
    }

    /// Does something as this node: the tasks that it starts are the node's.
    pub(super) fn lead<T>(self: &Arc<Self>, does: impl FnOnce() -> T) -> T {
        let _lead = Lead(AT_WORK.replace(Some(Arc::clone(self))));
        does()
    }

    fn wake(&self) {
        let held = std::mem::take(&mut *self.held());
        held.into_iter().for_each(Waker::wake);
    }

    fn held(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who was at work before.
struct Lead(Option<Arc<Life>>);

impl Drop for Lead {
    fn drop(&mut self) {
        if std::thread::panicking() {
            HAS_PANICKED.set(true);
        }
        AT_WORK.set(self.0.take());
    }
}

/// A task of the node that is at work, or of none.
pub(crate) fn of_node<F: Future>(task: F) -> OfNode<F> {
    OfNode { life: AT_WORK.with_borrow(Clone::clone), task: Some(Box::pin(task)) }
}

/// A task that goes on as long as its node does.
pub(crate) struct OfNode<F> {
    life: Option<Arc<Life>>,
    task: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for OfNode<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { life, task } = &mut *self;
        let Some(life) = life else { return task.as_mut().expect("no node ends it").as_mut().poll(cx) };
        if life.is_over() {
            let task = task.take();
            life.lead(|| drop(task));
            return Poll::Pending;
        }
        if life.is_paused.load(Ordering::Relaxed) {
            life.held().push(cx.waker().clone());
            return Poll::Pending;
        }
        life.lead(|| task.as_mut().expect("only the end takes it").as_mut().poll(cx))
    }
}

impl<F> Drop for OfNode<F> {
    fn drop(&mut self) {
        let task = self.task.take();
        match &self.life {
            Some(life) => life.lead(|| drop(task)),
            None => drop(task),
        }
    }
}
