//! A question by HTTP, over a connection of its own.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::Result;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends a request, which asks for the connection to be closed, and reads the answer.
///
/// # Errors
/// When nobody answers in time.
pub(crate) fn ask_http(address: impl Into<SocketAddr>, request: &str) -> Result<String> {
    let mut stream = TcpStream::connect(address.into())?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
