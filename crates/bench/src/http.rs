//! Pages and figures, as anybody asks for them.

use std::{io, net::SocketAddr};

use chat::session::COOKIE;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::crowd::Member;

/// Asks for something on a connection of its own: status and body of the answer.
///
/// # Errors
/// When nobody answers, or not in full.
pub async fn get(addr: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    ask(addr, &format!("GET {path}"), "", "").await
}

/// Asks for something as a member.
///
/// # Errors
/// When nobody answers, or not in full.
pub async fn get_as(addr: SocketAddr, member: &Member, path: &str) -> io::Result<(u16, String)> {
    ask(addr, &format!("GET {path}"), &format!("Cookie: {COOKIE}={}\r\n", member.token.reveal()), "").await
}

/// Sends JSON.
///
/// # Errors
/// When nobody answers, or not in full.
#[cfg(feature = "aws")]
pub async fn post(addr: SocketAddr, path: &str, json: &str) -> io::Result<(u16, String)> {
    let header = format!("Content-Type: application/json\r\nContent-Length: {}\r\n", json.len());
    ask(addr, &format!("POST {path}"), &header, json).await
}

/// By HTTP/1.0, in which an answer comes in one piece.
async fn ask(addr: SocketAddr, what: &str, header: &str, body: &str) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(addr).await?;
    let request = format!("{what} HTTP/1.0\r\nHost: {addr}\r\n{header}\r\n{body}");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}
