//! A server as somebody starts it, and commands beside it.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use bench::crowd::{self, Member};

/// A running server; killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) addr: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already, as a rule.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn hubbub(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hubbub"));
    command.args(args).env("HUBBUB_DATA", data).env("HUBBUB_ADDR", "127.0.0.1:0").stdin(Stdio::null());
    command
}

pub(crate) fn run(data: &Path, args: &[&str]) -> Output {
    hubbub(data, args).output().unwrap()
}

pub(crate) fn serve(data: &Path) -> Server {
    let mut child = hubbub(data, &["serve"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let listening = lines.find_map(|line| Some(line.strip_prefix("listening on http://")?.to_owned()));
    Server { child, addr: listening.unwrap().parse().unwrap() }
}

pub(crate) fn get(server: &Server, path: &str) -> String {
    let mut stream = TcpStream::connect(server.addr).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", server.addr).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Makes a guest with a session in a running server's data.
pub(crate) async fn member(data: &Path) -> Member {
    let backend = crowd::open(data).await.unwrap();
    crowd::gather(&backend, 1, crowd::now()).await.unwrap().remove(0)
}
