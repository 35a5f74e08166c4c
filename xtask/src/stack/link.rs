//! The line from a program to an engine, with somebody on it who can hold back what passes, or answer in its place.

use std::{
    io::{self, ErrorKind, Read, Write as _},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};

/// Bytes that pass at once.
const CHUNK: usize = 64 * 1024;

/// A request is there in full when nothing of it came for so long.
const REST_WITHIN: Duration = Duration::from_millis(5);

/// What DynamoDB says when it fails. Source: its developer guide, "Error handling with DynamoDB".
const FAILURE: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError","message":"no"}"#;

/// Who answers requests to a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answers {
    /// The store.
    #[default]
    Own,
    /// A failure, before the store has heard of them.
    Failures,
    /// A failure, after the store has done what they ask.
    FailuresAfterwards,
}

/// A way to an engine on this machine.
#[derive(Clone)]
pub(crate) struct Link {
    shared: Arc<Shared>,
    pub(crate) port: u16,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    is_cut: bool,
    answers: Answers,
}

impl Link {
    /// Opens a port that leads to another. It is there until the process ends.
    ///
    /// # Errors
    /// When no port can be had.
    pub(crate) fn to(engine: u16) -> Result<Self> {
        let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port can be had")?;
        let port = door.local_addr()?.port();
        let shared = Arc::<Shared>::default();
        let link = Self { shared: Arc::clone(&shared), port };
        thread::spawn(move || {
            for client in door.incoming().flatten() {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.connect(client, engine));
            }
        });
        Ok(link)
    }

    /// Lets nothing through, while every connection stays open.
    pub(crate) fn cut(&self) {
        self.shared.state().is_cut = true;
    }

    /// Lets everything through again, what was held back first.
    pub(crate) fn mend(&self) {
        self.shared.state().is_cut = false;
        self.shared.changed.notify_all();
    }

    /// Says who answers from now on.
    pub(crate) fn answer(&self, answers: Answers) {
        self.shared.state().answers = answers;
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something goes through; who answers then.
    fn pass(&self) -> Answers {
        let state = self.changed.wait_while(self.state(), |state| state.is_cut);
        state.unwrap_or_else(PoisonError::into_inner).answers
    }

    /// Carries one connection until it ends on either side.
    fn connect(&self, client: TcpStream, port: u16) {
        self.pass();
        // Where the engine is away, the client finds its connection closed.
        let Ok(engine) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return };
        let quick = client.set_nodelay(true).and(engine.set_nodelay(true));
        let copies = (client.try_clone(), engine.try_clone());
        let (Ok(()), (Ok(client_too), Ok(engine_too))) = (quick, copies) else { return };
        // From when on answers are failures.
        let fails = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // However it ended, the other side is told.
                let _ = self.carry_requests(&client, &engine, &fails);
                close(&client, &engine);
            });
            // Likewise.
            let _ = self.carry_answers(&engine_too, &client_too, &fails);
            close(&client_too, &engine_too);
        });
    }

    fn carry_requests(
        &self,
        mut client: &TcpStream,
        mut engine: &TcpStream,
        fails: &AtomicBool,
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = client.read(&mut chunk)?;
            match self.pass() {
                _ if n == 0 => return Ok(()),
                Answers::Failures => {
                    read_rest(client)?;
                    return client.write_all(failure().as_bytes());
                }
                Answers::FailuresAfterwards => fails.store(true, Ordering::SeqCst),
                Answers::Own => {}
            }
            engine.write_all(&chunk[..n])?;
        }
    }

    fn carry_answers(
        &self,
        mut engine: &TcpStream,
        mut client: &TcpStream,
        fails: &AtomicBool,
    ) -> io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let n = engine.read(&mut chunk)?;
            self.pass();
            if n == 0 {
                return Ok(());
            }
            if fails.load(Ordering::SeqCst) {
                return client.write_all(failure().as_bytes());
            }
            client.write_all(&chunk[..n])?;
        }
    }
}

/// Reads what is still on its way: an answer that comes before would be lost with it.
fn read_rest(mut client: &TcpStream) -> io::Result<()> {
    client.set_read_timeout(Some(REST_WITHIN))?;
    match io::copy(&mut Read::by_ref(&mut client), &mut io::sink()) {
        Err(error) if !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Err(error),
        _ => Ok(()),
    }
}

/// What is closed already is of no matter.
fn close(client: &TcpStream, engine: &TcpStream) {
    let _ = client.shutdown(Shutdown::Both);
    let _ = engine.shutdown(Shutdown::Both);
}

fn failure() -> String {
    format!(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/x-amz-json-1.0\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n{FAILURE}",
        FAILURE.len()
    )
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    #[test]
    fn what_passes_is_what_was_said() {
        let (link, _heard) = echo();

        assert_eq!(ask(&link, "hello\n").unwrap(), "hello\n");
    }

    #[test]
    fn what_is_held_back_arrives_once_it_may() {
        let (link, heard) = echo();
        let mut client = connect(&link);
        link.cut();
        client.write_all(b"late\n").unwrap();
        client.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        assert_eq!(client.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(lines(&heard), [""; 0]);

        link.mend();
        client.set_read_timeout(None).unwrap();

        assert_eq!(line(&client).unwrap(), "late\n");
    }

    #[test]
    fn a_failure_is_answered_before_or_after_the_engine_has_heard() {
        let (link, heard) = echo();

        link.answer(Answers::Failures);
        assert!(ask(&link, "before\n").unwrap().starts_with("HTTP/1.1 500 "));
        assert_eq!(lines(&heard), [""; 0]);

        link.answer(Answers::FailuresAfterwards);
        assert!(ask(&link, "after\n").unwrap().starts_with("HTTP/1.1 500 "));
        assert_eq!(lines(&heard), ["after\n"]);
    }

    #[test]
    fn where_nobody_listens_the_connection_ends() {
        let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let link = Link::to(nobody).unwrap();

        assert_eq!(line(&connect(&link)).unwrap_or_default(), "");
    }

    /// A link to an engine that says what it hears, and keeps it.
    fn echo() -> (Link, Arc<Mutex<Vec<String>>>) {
        let engine = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let link = Link::to(engine.local_addr().unwrap().port()).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        thread::spawn(move || {
            for client in engine.incoming().flatten() {
                let text = line(&client).unwrap_or_default();
                if text.is_empty() {
                    continue; // Nothing was said until the end.
                }
                notes.lock().unwrap().push(text.clone());
                (&client).write_all(text.as_bytes()).unwrap();
            }
        });
        (link, heard)
    }

    fn lines(heard: &Mutex<Vec<String>>) -> Vec<String> {
        heard.lock().unwrap().clone()
    }

    fn ask(link: &Link, text: &str) -> io::Result<String> {
        let mut client = connect(link);
        client.write_all(text.as_bytes())?;
        line(&client)
    }

    fn connect(link: &Link) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, link.port)).unwrap()
    }

    fn line(client: &TcpStream) -> io::Result<String> {
        let mut line = String::new();
        BufReader::new(client).read_line(&mut line)?;
        Ok(line)
    }
}
