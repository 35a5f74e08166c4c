//! A Redis of one test alone, and what is asked of one by hand.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::cluster::free_addr;

/// A Redis that can be stopped. Killed when dropped.
pub(crate) struct Redis {
    pub(crate) url: String,
    child: Child,
    _folder: TempDir,
}

impl Redis {
    /// Returns when it takes connections.
    pub(crate) fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let port = free_addr().port().to_string();
        let mut child = Command::new(engines::told("HUBBUB_TEST_REDIS_SERVER"))
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port, "--dir"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server can be run");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap().contains("Ready to accept connections"));
        assert!(is_ready, "redis-server starts");
        // What else it says is read too, lest it waits to say it.
        std::thread::spawn(|| lines.for_each(drop));
        Self { url: format!("redis://127.0.0.1:{port}"), child, _folder: folder }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// How many keys there are under a prefix, in the Redis that all tests share.
pub(crate) fn count_keys(prefix: &str) -> usize {
    const COUNT: &str = "return #redis.call('KEYS', ARGV[1])";
    let url = engines::told("HUBBUB_TEST_REDIS");
    let mut stream = TcpStream::connect(url.trim_start_matches("redis://")).unwrap();
    let words = ["EVAL", COUNT, "0", &format!("{prefix}*")];
    write!(stream, "*{}\r\n", words.len()).unwrap();
    for word in words {
        write!(stream, "${}\r\n{word}\r\n", word.len()).unwrap();
    }
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).unwrap();
    answer.trim().trim_start_matches(':').parse().unwrap_or_else(|_| panic!("Redis answers {answer}"))
}
