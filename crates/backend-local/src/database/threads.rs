//! The thread that writes, and those that read.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::mpsc;

use super::{
    EngineError,
    job::{Job, Queue, Ran},
};

/// How many threads read.
pub(super) const READERS: usize = 3;
/// Jobs that wait for a thread; whoever comes later waits for a place.
const WAITING_MAX: usize = 1024;
/// Jobs that share one commit: bounds how long the first of them waits for the last.
const TOGETHER_MAX: usize = 128;

/// The running threads. Dropping this lets them finish what waits, and joins them.
pub(super) struct Threads {
    writes: Option<Queue>,
    reads: Option<Queue>,
    /// The one that writes, then those that read.
    running: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Starts a thread for each connection. Where there is none for reading, the one for writing reads too.
    pub(super) fn start(for_writes: Connection, for_reads: Vec<Connection>) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(WAITING_MAX);
        let mut threads = Self { writes: Some(queue), reads: None, running: Vec::new() };
        threads.spawn("hubbub-write", move || write(&for_writes, jobs))?;
        if !for_reads.is_empty() {
            let (queue, jobs) = mpsc::channel(WAITING_MAX);
            threads.reads = Some(queue);
            let jobs = Arc::new(Mutex::new(jobs));
            for connection in for_reads {
                let jobs = Arc::clone(&jobs);
                threads.spawn("hubbub-read", move || read(&connection, &jobs))?;
            }
        }
        Ok(threads)
    }

    pub(super) fn writes(&self) -> &Queue {
        self.writes.as_ref().expect("the queues stay until the drop")
    }

    pub(super) fn reads(&self) -> &Queue {
        self.reads.as_ref().unwrap_or_else(|| self.writes())
    }

    fn spawn(&mut self, name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<()> {
        self.running.push(thread::Builder::new().name(name.to_owned()).spawn(body)?);
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Who writes closes last: only then the log is put into the file, and is gone with all that it still had.
        self.reads = None;
        join(self.running.split_off(self.running.len().min(1)));
        self.writes = None;
        join(std::mem::take(&mut self.running));
    }
}

fn join(threads: Vec<JoinHandle<()>>) {
    for thread in threads {
        let _ = thread.join(); // A panic was printed where it happened.
    }
}

fn write(connection: &Connection, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let mut jobs = Vec::with_capacity(TOGETHER_MAX);
    while waiting.blocking_recv_many(&mut jobs, TOGETHER_MAX) > 0 {
        let fate = commit_together(connection, &mut jobs);
        for job in jobs.drain(..) {
            job.answer(fate);
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

fn read(connection: &Connection, waiting: &Mutex<mpsc::Receiver<Box<dyn Job>>>) {
    loop {
        // One waits for the next job, the others for the lock.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(mut job) = next else { return };
        let fate = look(connection, std::slice::from_mut(&mut job));
        job.answer(fate);
    }
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
