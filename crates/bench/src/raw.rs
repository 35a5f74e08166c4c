//! A WebSocket client that costs next to nothing: it reads bytes and counts messages in them. A load generator that
//! decoded each frame would be slower than the server it measures.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use chat::session::{COOKIE, SessionToken};
use protocol::{ClientMessage, wire};

/// An open connection.
pub struct RawConnection {
    stream: TcpStream,
    counter: Counter,
}

impl RawConnection {
    /// Connects to `/ws` as the session's member.
    ///
    /// # Errors
    /// When the server refuses or goes away.
    pub async fn open(addr: SocketAddr, token: &SessionToken) -> io::Result<Self> {
        let mut stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {}\r\nCookie: {COOKIE}={}\r\n\r\n",
            wire::SUBPROTOCOL,
            token.reveal(),
        );
        stream.write_all(request.as_bytes()).await?;
        let mut head = Vec::with_capacity(512);
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        if !head.starts_with(b"HTTP/1.1 101") {
            let line = String::from_utf8_lossy(&head).lines().next().unwrap_or_default().to_owned();
            return Err(io::Error::other(line));
        }
        Ok(Self { stream, counter: Counter::default() })
    }

    /// Says something.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, message: &ClientMessage) -> io::Result<()> {
        self.stream.write_all(&text_frame(wire::encode(message).as_bytes())).await
    }

    /// Says that it lives, with a pong that nobody asked for: who is silent for long is taken for dead.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn sign_of_life(&mut self) -> io::Result<()> {
        self.stream.write_all(&EMPTY_PONG).await
    }

    /// Writes bytes as they are, for a peer that is no WebSocket server.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Waits until something has come.
    ///
    /// # Errors
    /// When the connection is gone.
    ///
    /// # Cancel safety
    /// Safe: nothing is read.
    pub async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Reads what is there into `buffer`, and returns how many messages of rooms were in it.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn count(&mut self, buffer: &mut [u8]) -> io::Result<u64> {
        let n = self.drain(buffer)?;
        Ok(self.counter.count(&buffer[..n]))
    }

    /// Reads what is there into `buffer` and forgets it; how many bytes there were.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn drain(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.stream.try_read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => Ok(n),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }
}

/// A masked pong without a payload.
const EMPTY_PONG: [u8; 6] = [0x8A, 0x80, 0, 0, 0, 0];

/// Counts a mark that stands once in each message of a room, also where it is cut by the end of a read.
#[derive(Default)]
struct Counter {
    matched: usize,
}

impl Counter {
    const MARK: &[u8] = b"\"sequence\":";

    fn count(&mut self, bytes: &[u8]) -> u64 {
        let rest = bytes;
        let mut n = 0;
        if self.matched > 0 {
            let missing = &Self::MARK[self.matched..];
            let cut = missing.len().min(rest.len());
            match rest[..cut] == missing[..cut] {
                true if cut == missing.len() => n += 1,
                true => {
                    self.matched += cut;
                    return 0;
                }
                false => {}
            }
            self.matched = 0;
        }
        n += memchr::memmem::find_iter(rest, Self::MARK).count() as u64;
        // The mark begins with the only quote that precedes its letters, so that no two beginnings overlap.
        let tail = &rest[rest.len().saturating_sub(Self::MARK.len() - 1)..];
        self.matched = (1..=tail.len()).rev().find(|n| tail.ends_with(&Self::MARK[..*n])).unwrap_or(0);
        n
    }
}

/// A masked text frame; the mask is zero, which the protocol allows and costs nothing.
pub(crate) fn text_frame(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    match payload.len() {
        n @ 0..=125 => frame.push(0x80 | u8::try_from(n).expect("fits")),
        n => {
            frame.push(0x80 | 0x7E);
            frame.extend(u16::try_from(n).expect("load generators send short texts").to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_counted_wherever_a_read_ends() {
        let text = br#"{"sequence":1},{"sequence":2},{"sequen":3},{"sequence":4}"#;
        for cut in 0..text.len() {
            let mut counter = Counter::default();
            let n = counter.count(&text[..cut]) + counter.count(&text[cut..]);
            assert_eq!(n, 3, "cut at {cut}");
        }
    }
}
