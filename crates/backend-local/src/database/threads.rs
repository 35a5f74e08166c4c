//! The thread that writes, and those that read.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::{
    EngineError, engine,
    job::{Job, Queue, Ran, Waiting},
};

/// How many threads read.
pub(super) const READERS: usize = 3;
/// Jobs that wait for a thread; whoever comes later waits for a place.
const WAITING_MAX: usize = 1024;
/// Jobs that share one commit: bounds how long the first of them waits for the last.
const TOGETHER_MAX: usize = 128;

/// What was written over or deleted is gone from the log of what was written after this time, if nobody reads it then.
const LINGERS: Duration = Duration::from_secs(1);

/// The running threads. Dropping this lets them finish what waits, and joins them.
pub(super) struct Threads {
    // Who writes closes last: only then the log is put into the file, and is gone with all that it still had.
    readers: Option<Crew>,
    writer: Crew,
    /// The log is to be cleared soon.
    is_to_be_cleared: Arc<AtomicBool>,
}

impl Threads {
    /// Starts a thread for each connection. Where there is none for reading, the one for writing reads too.
    pub(super) fn start(for_writes: Connection, for_reads: Vec<Connection>) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(WAITING_MAX);
        let writer = spawn("hubbub-write", move || write(&for_writes, jobs))?;
        let mut threads =
            Self { readers: None, writer: Crew::new(queue, vec![writer]), is_to_be_cleared: Arc::default() };
        if !for_reads.is_empty() {
            let (queue, jobs) = mpsc::channel(WAITING_MAX);
            let jobs = Arc::new(Mutex::new(jobs));
            let readers = for_reads.into_iter().map(|connection| {
                let jobs = Arc::clone(&jobs);
                spawn("hubbub-read", move || read(&connection, &jobs))
            });
            threads.readers = Some(Crew::new(queue, readers.collect::<io::Result<_>>()?));
        }
        Ok(threads)
    }

    pub(super) fn writes(&self) -> &Queue {
        self.writer.queue()
    }

    pub(super) fn reads(&self) -> &Queue {
        self.readers.as_ref().unwrap_or(&self.writer).queue()
    }

    /// Has the log of what was written cleared soon: what was written over or deleted still stands there.
    pub(super) fn clear_log_soon(&self) {
        if !self.is_to_be_cleared.swap(true, Ordering::Relaxed) {
            tokio::spawn(clear_log(self.writes().downgrade(), Arc::clone(&self.is_to_be_cleared)));
        }
    }

    /// Ends them while others still have handles: what waits is done, what comes later is not.
    pub(super) async fn end(&self) {
        if let Some(readers) = &self.readers {
            readers.end().await;
        }
        self.writer.end().await;
    }
}

/// Threads that take jobs from one queue. Dropping this lets them finish what waits, and joins them.
struct Crew {
    queue: Option<Queue>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl Crew {
    fn new(queue: Queue, running: Vec<JoinHandle<()>>) -> Self {
        Self { queue: Some(queue), running: Mutex::new(running) }
    }

    fn queue(&self) -> &Queue {
        self.queue.as_ref().expect("the queue stays until the drop")
    }

    async fn end(&self) {
        let _ = self.queue().send(Waiting::End).await; // Nobody takes it: they have ended.
        let running = self.take_running();
        let joined = tokio::task::spawn_blocking(|| join(running)).await;
        joined.expect("joining does not panic");
    }

    fn take_running(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.queue = None;
        join(self.take_running());
    }
}

/// Has the log cleared once nobody is in the way, or the database closed, which clears it too. It keeps no database open, and
/// waits for no place in the queue while it could.
async fn clear_log(writes: mpsc::WeakSender<Waiting>, is_to_be_cleared: Arc<AtomicBool>) {
    loop {
        tokio::time::sleep(LINGERS).await;
        is_to_be_cleared.store(false, Ordering::Relaxed); // What is deleted from now on may come too late.
        let (reply, answer) = oneshot::channel();
        let Some(asked) = writes.upgrade().map(|writes| writes.try_send(Waiting::Clear(reply))) else {
            return;
        };
        let is_done = match asked {
            Ok(()) => answer.await.unwrap_or(true), // Closed meanwhile.
            Err(TrySendError::Full(_)) => false,
            Err(TrySendError::Closed(_)) => true,
        };
        if is_done || is_to_be_cleared.swap(true, Ordering::Relaxed) {
            return; // By another, from now on.
        }
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name(name.to_owned()).spawn(body)
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        let _ = thread.join(); // A panic was printed where it happened.
    }
}

fn write(connection: &Connection, mut queue: mpsc::Receiver<Waiting>) {
    let mut waiting = Vec::with_capacity(TOGETHER_MAX);
    let mut jobs = Vec::with_capacity(TOGETHER_MAX);
    let mut clear = None;
    while queue.blocking_recv_many(&mut waiting, TOGETHER_MAX) > 0 {
        for waits in waiting.drain(..) {
            match waits {
                Waiting::Job(job) => jobs.push(job),
                Waiting::Clear(reply) => clear = Some(reply),
                Waiting::End => queue.close(),
            }
        }
        let fate = commit_together(connection, &mut jobs);
        for job in jobs.drain(..) {
            job.answer(fate);
        }
        if let Some(reply) = clear.take() {
            let is_cleared = engine::clear_log(connection).unwrap_or_else(|error| {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "What was deleted may stand in the database's log for some time");
                true // It is one of the disk's, of which the next write tells.
            });
            let _ = reply.send(is_cleared); // Nobody waits where the program ends.
        }
    }
}

/// Does all jobs in one transaction. On an error nothing of any of them stays, as far as we know.
pub(super) fn commit_together(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), EngineError> {
    execute(connection, "BEGIN IMMEDIATE")?;
    for job in jobs {
        if let Err(error) = run_apart(connection, job.as_mut()) {
            roll_back(connection);
            return Err(error);
        }
    }
    execute(connection, "COMMIT").inspect_err(|_| roll_back(connection))
}

/// Does one job so that it can be undone alone.
fn run_apart(connection: &Connection, job: &mut dyn Job) -> Result<(), EngineError> {
    execute(connection, "SAVEPOINT job")?;
    let ran = job.run(connection);
    match ran {
        Ran::Done => {}
        // Some errors, as a full disk, end the transaction and with it all that was done in it.
        Ran::Failed(error) if connection.is_autocommit() => return Err(error),
        Ran::Refused | Ran::Failed(_) => execute(connection, "ROLLBACK TO job")?,
    }
    execute(connection, "RELEASE job")
}

fn read(connection: &Connection, queue: &Mutex<mpsc::Receiver<Waiting>>) {
    while let Some(waits) = next(queue) {
        if let Waiting::Job(mut job) = waits {
            let fate = look(connection, std::slice::from_mut(&mut job));
            job.answer(fate);
        }
    }
}

/// One waits for what comes next, the others for the lock.
fn next(queue: &Mutex<mpsc::Receiver<Waiting>>) -> Option<Waiting> {
    let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
    let next = queue.blocking_recv();
    if matches!(next, Some(Waiting::End)) {
        queue.close();
    }
    next
}

/// Does jobs that only read, all on one snapshot.
pub(super) fn look(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), EngineError> {
    execute(connection, "BEGIN")?;
    for job in jobs {
        job.run(connection);
    }
    roll_back(connection);
    Ok(())
}

fn execute(connection: &Connection, sql: &str) -> Result<(), EngineError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit() {
        let _ = execute(connection, "ROLLBACK"); // Whatever stays open fails the next `BEGIN`, which is then reported.
    }
}
