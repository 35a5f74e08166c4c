//! What is written down of a run, to be judged later: events, in memory or as lines of JSON in a file.

mod event;
mod fold;

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::Context as _;
use protocol::MemberId;

pub use self::{
    event::{Act, Event, Fault, Line, Run, Shown, What},
    fold::Fold,
};

/// Bytes that are gathered before they are written.
const WRITTEN_AT_ONCE: usize = 1024 * 1024;

/// Where a run is written down.
pub struct Record {
    began: Instant,
    kept: Mutex<Kept>,
}

enum Kept {
    InMemory(Vec<Line>),
    /// Once writing failed, that is all there is to be said.
    InFile(io::Result<BufWriter<File>>),
}

impl Record {
    /// Begins one that is never on a disk.
    pub fn in_memory() -> Self {
        Self::new(Kept::InMemory(Vec::new()))
    }

    /// Begins one in a file, which is made or emptied.
    ///
    /// # Errors
    /// When it cannot be.
    pub fn in_file(path: &Path) -> io::Result<Self> {
        let file = File::create(path)?;
        Ok(Self::new(Kept::InFile(Ok(BufWriter::with_capacity(WRITTEN_AT_ONCE, file)))))
    }

    fn new(kept: Kept) -> Self {
        Self { began: Instant::now(), kept: Mutex::new(kept) }
    }

    /// Writes down what happened, to a client or to nobody's.
    pub fn write(&self, client: Option<u32>, event: Event) {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).expect("a run ends");
        let line = Line { at_ms, client, event };
        match &mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner) {
            Kept::InMemory(lines) => lines.push(line),
            Kept::InFile(file) => {
                let Ok(writer) = file else { return };
                let written = serde_json::to_writer(&mut *writer, &line).map_err(io::Error::from);
                if let Err(error) = written.and_then(|()| writer.write_all(b"\n")) {
                    *file = Err(error);
                }
            }
        }
    }

    /// Ends it. Returns what is in memory.
    ///
    /// # Errors
    /// When not all of it could be written.
    pub fn close(&self) -> io::Result<Vec<Line>> {
        let closed = Kept::InMemory(Vec::new());
        match std::mem::replace(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner), closed) {
            Kept::InMemory(lines) => Ok(lines),
            Kept::InFile(file) => file?.into_inner().map(|_| Vec::new()).map_err(io::Error::from),
        }
    }
}

/// Writes down what happens to one client.
#[derive(Clone)]
pub struct Pen {
    record: Arc<Record>,
    client: u32,
}

impl Pen {
    /// For a client of `member`'s, of which no other has this number.
    pub fn new(record: Arc<Record>, client: u32, member: MemberId) -> Self {
        let pen = Self { record, client };
        pen.write(Event::Client(member));
        pen
    }

    /// Writes it down.
    pub fn write(&self, event: Event) {
        self.record.write(Some(self.client), event);
    }

    /// All that was written, of this client and of others. The last call.
    pub(crate) fn close(&self) -> io::Result<Vec<Line>> {
        self.record.close()
    }
}

/// Reads a record from a file, line by line, and shows each.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path, mut see: impl FnMut(Line)) -> anyhow::Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    for (at, line) in BufReader::with_capacity(WRITTEN_AT_ONCE, file).lines().enumerate() {
        let line = serde_json::from_str(&line?);
        see(line.with_context(|| format!("line {} of {}", at + 1, path.display()))?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use protocol::RoomId;

    use super::*;

    #[test]
    fn what_is_written_into_a_file_is_read_from_it_and_a_line_that_was_cut_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let record = Arc::new(Record::in_file(file.path()).unwrap());
        let ada = MemberId::parse("ada").unwrap();
        let act = Act { room: RoomId::parse("general").unwrap(), what: What::Join };
        let pen = Pen::new(Arc::clone(&record), 7, ada.clone());
        pen.write(Event::Invoke(act.clone()));
        record.write(None, Event::Ok(act.clone()));
        record.close().unwrap();

        let mut events = Vec::new();
        read(file.path(), |line| events.push((line.client, line.event))).unwrap();
        let expected =
            [(Some(7), Event::Client(ada)), (Some(7), Event::Invoke(act.clone())), (None, Event::Ok(act))];
        assert_eq!(events, expected);

        let text = std::fs::read_to_string(file.path()).unwrap();
        std::fs::write(file.path(), &text[..text.len() - 9]).unwrap();
        let error = read(file.path(), |_| ()).unwrap_err();
        assert!(error.to_string().starts_with("line 3 of "), "{error:#}");
    }
}
