//! A client that writes whatever it likes.

use std::net::SocketAddr;

use http::Request;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::{
    client::{handshake, soon},
    node::Member,
};

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

impl Raw {
    /// Connects, without a word.
    pub(crate) async fn connect(addr: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(addr).await.unwrap() }
    }

    /// Connects as a member, up to the welcome.
    pub(crate) async fn upgraded(addr: SocketAddr, member: &Member) -> Self {
        Self::connect(addr).await.upgrade(addr, member).await
    }

    /// Upgrades the connection as a member's, up to the welcome.
    pub(crate) async fn upgrade(mut self, addr: SocketAddr, member: &Member) -> Self {
        let head = self.ask(&handshake(addr, &member.token)).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        let (opcode, welcome) = self.frame().await.unwrap();
        assert_eq!(opcode, 0x81);
        assert!(welcome.starts_with(br#"{"type":"welcome""#));
        self
    }

    /// Sends a handshake. Returns the head of the answer.
    pub(crate) async fn ask(&mut self, request: &Request<()>) -> String {
        let headers = request.headers().iter();
        let headers: Vec<String> =
            headers.map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect();
        self.write(format!("GET /ws HTTP/1.1\r\n{}\r\n", headers.concat()).as_bytes()).await;
        self.head().await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        soon(self.stream.write_all(bytes)).await.unwrap();
    }

    /// The head of an HTTP answer.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(soon(self.stream.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// The next frame: its first byte and its payload; none at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = soon(self.stream.read_u8()).await.ok()?;
        let length = match soon(self.stream.read_u8()).await.unwrap() {
            126 => usize::from(soon(self.stream.read_u16()).await.unwrap()),
            127 => usize::try_from(soon(self.stream.read_u64()).await.unwrap()).unwrap(),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        soon(self.stream.read_exact(&mut payload)).await.unwrap();
        Some((first, payload))
    }

    /// The payload of the next frame that begins with `first`; others are passed over.
    pub(crate) async fn frame_of(&mut self, first: u8) -> Vec<u8> {
        loop {
            match self.frame().await.expect("it comes before the end") {
                (it, payload) if it == first => return payload,
                _ => {}
            }
        }
    }

    /// The code of the close frame that must come, and that the stream then ends as it should, not by a reset.
    pub(crate) async fn closed(&mut self) -> u16 {
        let payload = self.frame_of(0x88).await;
        let rest = soon(self.stream.read(&mut [0])).await;
        assert_eq!(rest.unwrap(), 0, "the end follows the close frame");
        u16::from_be_bytes([payload[0], payload[1]])
    }
}

/// A client's frame, masked with zeros.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = header(first, payload.len() as u64);
    frame.extend(payload);
    frame
}

/// The header of a client's frame with its mask, whatever length it claims.
pub(crate) fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..126 => header.push(0x80 | u8::try_from(length).unwrap()),
        126..0x1_0000 => {
            header.push(0xFE);
            header.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
        _ => {
            header.push(0xFF);
            header.extend(length.to_be_bytes());
        }
    }
    header.extend([0; 4]);
    header
}
