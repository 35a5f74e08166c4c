//! A piece of work for a thread of the database, and its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use chat::ports::Unavailable;

use super::EngineError;

/// Work that waits to be done: done once, then answered once.
pub(super) trait Job: Send {
    /// Does the work and keeps what came of it.
    fn run(&mut self, connection: &Connection) -> Ran;

    /// Tells the caller what came of it, or that it came to nothing: `fate` is that of the whole transaction.
    fn answer(self: Box<Self>, fate: Result<(), EngineError>);
}

/// What came of a job, as far as its transaction is concerned.
pub(super) enum Ran {
    /// What it wrote is to stay.
    Done,
    /// What it wrote is to be undone: the work said no.
    Refused,
    /// What it wrote is to be undone: the engine failed.
    Failed(EngineError),
}

/// Why work came to nothing.
pub(crate) enum Failed<E> {
    /// The domain says no.
    Refused(E),
    /// The engine failed.
    Engine(rusqlite::Error),
}

impl<E> From<rusqlite::Error> for Failed<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

pub(super) type Queue = mpsc::Sender<Waiting>;

/// What waits for a thread.
pub(super) enum Waiting {
    Job(Box<dyn Job>),
    /// The log of what was written is to be put into the file, and emptied; the answer says whether it was.
    Clear(oneshot::Sender<bool>),
    /// Nothing waits behind this, or will.
    End,
}

/// Queues work, waiting for a place, and waits for its answer. Not an `async fn`: that would keep `work` in the future.
pub(super) fn submit<'a, T, E, F>(
    queue: &'a Queue,
    what: &'static str,
    work: F,
) -> impl Future<Output = Result<T, E>> + Send + use<'a, T, E, F>
where
    T: Send + 'static,
    E: From<Unavailable> + Send + 'static,
    F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send + 'static,
{
    let (job, answer) = package(work);
    async move {
        // No place: the thread is gone, and the answer with it.
        let _ = queue.send(Waiting::Job(job)).await;
        answer.outcome(what).await
    }
}

/// Makes work ready to be done somewhere else.
pub(super) fn package<T, E, F>(work: F) -> (Box<dyn Job>, Answer<T, E>)
where
    T: Send + 'static,
    E: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Work { todo: Some(work), came: None, reply }), Answer(answer))
}

/// What comes of work that is done somewhere else.
pub(super) struct Answer<T, E>(oneshot::Receiver<Result<T, Failure<E>>>);

impl<T, E: From<Unavailable>> Answer<T, E> {
    /// Waits for it. `what` names the work for [`Unavailable`].
    pub(super) async fn outcome(self, what: &'static str) -> Result<T, E> {
        // No answer: who was to do it is gone, or the work panicked.
        let answered = self.0.await.unwrap_or(Err(Failure::Engine(EngineError::Stopped)));
        answered.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Engine(cause) => Unavailable::new(what, cause).into(),
        })
    }
}

/// [`Failed`], in our words.
enum Failure<E> {
    Refused(E),
    Engine(EngineError),
}

struct Work<F, T, E> {
    todo: Option<F>,
    came: Option<Result<T, Failure<E>>>,
    reply: oneshot::Sender<Result<T, Failure<E>>>,
}

impl<F, T, E> Job for Work<F, T, E>
where
    T: Send,
    E: Send,
    F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send,
{
    fn run(&mut self, connection: &Connection) -> Ran {
        let Some(work) = self.todo.take() else { return Ran::Refused };
        let (came, ran) = match catch_unwind(AssertUnwindSafe(|| work(connection))) {
            Ok(Ok(value)) => (Some(Ok(value)), Ran::Done),
            Ok(Err(Failed::Refused(error))) => (Some(Err(Failure::Refused(error))), Ran::Refused),
            Ok(Err(Failed::Engine(error))) => {
                let error = EngineError::from(error);
                (Some(Err(Failure::Engine(error))), Ran::Failed(error))
            }
            Err(_panic) => (None, Ran::Refused), // The hook has printed it; one bad job must not end the thread.
        };
        self.came = came;
        ran
    }

    fn answer(self: Box<Self>, fate: Result<(), EngineError>) {
        let answer = match (fate, self.came) {
            (Ok(()), Some(came)) => came,
            (Ok(()), None) => Err(Failure::Engine(EngineError::Stopped)),
            (Err(error), _) => Err(Failure::Engine(error)),
        };
        let _ = self.reply.send(answer); // Nobody waits any longer: then nobody needs to know.
    }
}
