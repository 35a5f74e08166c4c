//! The file everything is kept in, and the threads that work on it.

mod engine;
mod inline;
mod job;
mod schema;
mod threads;

#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use futures::future::Either;
use rusqlite::Connection;

use chat::ports::Unavailable;

use crate::between::Between;

pub use self::engine::EngineError;
pub(crate) use self::job::Failed;
use self::{
    inline::Inline,
    schema::{MigrateError, Schema},
    threads::Threads,
};

/// The file's name in its folder.
const FILE: &str = "hubbub.db";
/// The index's file, with the number of what is put into it and how: where that changes, the number does, and the index is
/// made anew.
const INDEX_FILE: &str = "index-1.db";

/// An open database: a handle, cheap to clone. The file is closed by [`close`](Self::close), or when the last one is dropped.
///
/// One thread writes: it takes all writes that wait, does each in a savepoint of one transaction, commits once, and
/// only then answers. A few threads read. A second process may open the same file.
#[derive(Clone)]
pub struct Database {
    hands: Hands,
}

/// Who does the work.
#[derive(Clone)]
enum Hands {
    Threads(Arc<Threads>),
    /// Who asks for it.
    Inline(Inline),
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made.
    #[error("folder `{}` cannot be made", folder.display())]
    Folder {
        /// Which.
        folder: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// A newer program has made or moved on this database. It was left as it is.
    #[error(
        "database `{}` has schema {found}, this program knows up to {known}: start a newer one, or give another folder",
        file.display()
    )]
    Newer {
        /// Which file.
        file: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema that this program knows.
        known: u32,
    },
    /// The engine did not open it.
    #[error("database `{}` cannot be opened", file.display())]
    Engine {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        cause: EngineError,
    },
    /// The threads cannot be started.
    #[error("the database's threads cannot be started")]
    Threads(#[source] io::Error),
}

impl Database {
    /// Opens the database in a folder, makes both where they are missing, and moves an older schema forward.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_file(folder, FILE, &schema::STORE)
    }

    /// Opens the index in a folder, or makes an empty one, and removes those of other versions.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_index(folder: &Path) -> Result<Self, OpenError> {
        remove_other_indexes(folder)
            .map_err(|cause| OpenError::Folder { folder: folder.to_owned(), cause })?;
        Self::open_file(folder, INDEX_FILE, &schema::INDEX)
    }

    fn open_file(folder: &Path, file: &str, schema: &Schema) -> Result<Self, OpenError> {
        make_private(folder).map_err(|cause| OpenError::Folder { folder: folder.to_owned(), cause })?;
        let file = folder.join(file);
        let failed = |error: MigrateError| match error {
            MigrateError::Newer { found } => {
                OpenError::Newer { file: file.clone(), found, known: schema.newest() }
            }
            MigrateError::Engine(cause) => OpenError::Engine { file: file.clone(), cause: cause.into() },
        };
        schema.refuse_newer(&file).map_err(failed)?;
        let (writer, readers) = patiently(|| connect(&file, schema)).map_err(failed)?;
        let threads = Threads::start(writer, readers).map_err(OpenError::Threads)?;
        Ok(Self { hands: Hands::Threads(Arc::new(threads)) })
    }

    /// Closes the file, whoever still has a handle: what was asked is done, and what is asked later is [`Unavailable`].
    pub async fn close(&self) {
        match &self.hands {
            Hands::Threads(threads) => threads.end().await,
            Hands::Inline(_) => {}
        }
    }

    /// Makes an empty database in memory, gone with its last handle. For tests.
    ///
    /// # Panics
    /// When there is no memory or no thread to be had.
    pub fn in_memory() -> Self {
        Self::with_one_thread(&schema::STORE)
    }

    /// Makes an empty index in memory, likewise.
    ///
    /// # Panics
    /// When there is no memory or no thread to be had.
    pub fn index_in_memory() -> Self {
        Self::with_one_thread(&schema::INDEX)
    }

    fn with_one_thread(schema: &Schema) -> Self {
        let threads = Threads::start(connect_in_memory(schema), Vec::new()).expect("a thread can be had");
        Self { hands: Hands::Threads(Arc::new(threads)) }
    }

    /// As [`in_memory`](Self::in_memory), without threads: who asks does the work. For simulations.
    ///
    /// # Panics
    /// When there is no memory to be had.
    pub fn inline() -> Self {
        Self { hands: Hands::Inline(Inline::new(connect_in_memory(&schema::STORE))) }
    }

    /// The same database, with this on the way to it. For simulations.
    ///
    /// # Panics
    /// When it has threads.
    #[must_use]
    pub fn behind(&self, between: Arc<dyn Between>) -> Self {
        match &self.hands {
            Hands::Inline(inline) => Self { hands: Hands::Inline(inline.behind(between)) },
            Hands::Threads(_) => panic!("nothing comes between a caller and the database's threads"),
        }
    }

    /// Does `work` on the writing thread, and answers once it is durable. What it wrote is undone when it fails; when
    /// the commit fails nobody of its group hears a yes. `what` names it for [`Unavailable`].
    ///
    /// # Cancel safety
    /// Dropped before it is queued it does nothing; after that it is done all the same.
    pub(crate) fn write<T, E, F>(
        &self,
        what: &'static str,
        work: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, T, E, F>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send + 'static,
    {
        match &self.hands {
            Hands::Threads(threads) => Either::Left(job::submit(threads.writes(), what, work)),
            Hands::Inline(inline) => Either::Right(inline.submit(threads::commit_together, what, work)),
        }
    }

    /// Something is about to be written over, or deleted, by what is asked next: soon nothing of it is in any file.
    pub(crate) fn forget_soon(&self) {
        if let Hands::Threads(threads) = &self.hands {
            threads.clear_log_soon();
        }
    }

    /// Does `work` on a reading thread, on one snapshot that has all that was answered before.
    ///
    /// # Cancel safety
    /// May be dropped at any point.
    pub(crate) fn read<T, E, F>(
        &self,
        what: &'static str,
        work: F,
    ) -> impl Future<Output = Result<T, E>> + Send + use<'_, T, E, F>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send + 'static,
    {
        match &self.hands {
            Hands::Threads(threads) => Either::Left(job::submit(threads.reads(), what, work)),
            Hands::Inline(inline) => Either::Right(inline.submit(threads::look, what, work)),
        }
    }
}

/// Opens all connections, the schema being the newest.
fn connect(file: &Path, schema: &Schema) -> Result<(Connection, Vec<Connection>), MigrateError> {
    let mut writer = engine::open_writer(file, schema.synchronous)?;
    schema.migrate(&mut writer)?;
    let readers: rusqlite::Result<_> = (0..threads::READERS).map(|_| engine::open_reader(file)).collect();
    Ok((writer, readers?))
}

fn connect_in_memory(schema: &Schema) -> Connection {
    let mut connection = engine::open_in_memory().expect("memory can be had");
    schema.migrate(&mut connection).expect("an empty database takes the schema");
    connection
}

/// Tries again while another process is in the way, for as long as a write would wait: the engine's own patience does
/// not cover a new file's switch to WAL.
fn patiently<T>(attempt: impl Fn() -> Result<T, MigrateError>) -> Result<T, MigrateError> {
    let started = Instant::now();
    loop {
        match attempt() {
            Err(MigrateError::Engine(error))
                if engine::is_locked(&error) && started.elapsed() < engine::BUSY =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Removes what other versions' indexes have left behind.
fn remove_other_indexes(folder: &Path) -> io::Result<()> {
    let Ok(files) = fs::read_dir(folder) else { return Ok(()) }; // There is no folder yet.
    for file in files {
        let file = file?;
        let name = file.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("index-") && !name.starts_with(INDEX_FILE) {
            fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Makes a folder that only its owner may look into, since the database has what members wrote. One that is there
/// stays as it is.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
