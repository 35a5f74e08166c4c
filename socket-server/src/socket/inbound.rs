//! What a client sends, as whole messages. The codec below is no shield, so this is: it caps a message over all its
//! fragments, requires the mask, and holds no buffer while nothing comes.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use fastwebsockets::{Frame, OpCode, Role, WebSocketError, WebSocketRead, after_handshake_split};
use tokio::{
    io::{AsyncRead, ReadBuf, Sink},
    net::TcpStream,
};

use protocol::{close::CloseCode, limits};

use super::scan::Scan;

/// Most fragments of a message: an empty one costs work, and is otherwise free to send.
const FRAGMENTS_MAX: usize = 1_024;

/// As much is read before there is a codec: most frames of a chat.
const FIRST_BYTES: usize = 512;

/// Something that came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// A whole message.
    Text(String),
    /// A ping, to be answered with its payload.
    Ping(Vec<u8>),
    /// A pong: a sign of life.
    Pong,
    /// The client ends the connection.
    Close,
}

/// Why nothing more comes.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The client broke the protocol: close with this code.
    Rule(CloseCode),
    /// The socket is gone.
    Gone,
}

/// The reading half of a socket.
pub(super) struct Inbound {
    source: Source,
    /// Made when bytes are there, and let go when its buffer is empty: it holds 8 KiB.
    codec: Option<WebSocketRead<Source>>,
    n_read: u64,
    fragments: Option<Vec<u8>>,
    n_fragments: usize,
}

impl Inbound {
    /// Reads a socket, after the bytes that came with its handshake.
    pub(super) fn new(socket: Arc<TcpStream>, early: Bytes) -> Self {
        let progress = Progress { early, scan: Scan::default(), broken: None };
        let source = Source { socket, progress: Arc::new(Mutex::new(progress)) };
        Self { source, codec: None, n_read: 0, fragments: None, n_fragments: 0 }
    }

    /// The next message.
    ///
    /// # Errors
    /// [`Broken`]; then there is no next one.
    ///
    /// # Cancel safety
    /// Not safe: a dropped read loses bytes. Race it only where losing ends the connection.
    pub(super) async fn next(&mut self) -> Result<Read, Broken> {
        loop {
            let frame = self.next_frame().await?;
            if let Some(read) = self.join(frame)? {
                return Ok(read);
            }
        }
    }

    async fn next_frame(&mut self) -> Result<(OpCode, bool, Vec<u8>), Broken> {
        if self.codec.is_none() && self.source.progress().early.is_empty() {
            self.source.park().await.map_err(|_| Broken::Gone)?;
        }
        // Boxed: what is idle does not hold room for what it might read.
        Box::pin(self.read_frame()).await
    }

    async fn read_frame(&mut self) -> Result<(OpCode, bool, Vec<u8>), Broken> {
        let codec = self.codec.get_or_insert_with(|| codec(self.source.clone()));
        // Nothing is sent by the codec: it neither answers pings nor closes.
        let mut send = |_: Frame<'_>| std::future::ready(Ok::<(), io::Error>(()));
        let read = codec.read_frame(&mut send).await;
        let read = read.map(|frame| (frame.opcode, frame.fin, frame.payload.to_vec()));
        let frame = read.map_err(|error| self.source.broken(&error))?;
        self.n_read += 1;
        if self.source.progress().scan.frames_between() == Some(self.n_read) {
            self.codec = None;
        }
        Ok(frame)
    }

    fn join(&mut self, (opcode, fin, payload): (OpCode, bool, Vec<u8>)) -> Result<Option<Read>, Broken> {
        match opcode {
            OpCode::Ping => Ok(Some(Read::Ping(payload))),
            OpCode::Pong => Ok(Some(Read::Pong)),
            OpCode::Close => closing(&payload).map(|()| Some(Read::Close)),
            OpCode::Binary => Err(Broken::Rule(CloseCode::UNSUPPORTED)),
            OpCode::Text if self.fragments.is_some() => Err(Broken::Rule(CloseCode::PROTOCOL)),
            OpCode::Text => {
                (self.fragments, self.n_fragments) = (Some(payload), 1);
                self.finish(fin)
            }
            OpCode::Continuation => {
                let Some(fragments) = &mut self.fragments else {
                    return Err(Broken::Rule(CloseCode::PROTOCOL));
                };
                self.n_fragments += 1;
                let is_too_long = fragments.len() + payload.len() > limits::FRAME_MAX_BYTES;
                if is_too_long || self.n_fragments > FRAGMENTS_MAX {
                    return Err(Broken::Rule(CloseCode::TOO_BIG));
                }
                fragments.extend(payload);
                self.finish(fin)
            }
        }
    }

    fn finish(&mut self, fin: bool) -> Result<Option<Read>, Broken> {
        if !fin {
            return Ok(None);
        }
        let message = self.fragments.take().expect("begun before it is finished");
        let text = String::from_utf8(message).map_err(|_| Broken::Rule(CloseCode::BAD_UTF8))?;
        Ok(Some(Read::Text(text)))
    }
}

/// Checks how a client closes. Source: RFC 6455, sections 5.5.1 and 7.4.
fn closing(payload: &[u8]) -> Result<(), Broken> {
    let [high, low, reason @ ..] = payload else {
        let is_empty = payload.is_empty();
        return is_empty.then_some(()).ok_or(Broken::Rule(CloseCode::PROTOCOL));
    };
    let code = u16::from_be_bytes([*high, *low]);
    let may_be_sent = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    match may_be_sent {
        true if std::str::from_utf8(reason).is_err() => Err(Broken::Rule(CloseCode::BAD_UTF8)),
        true => Ok(()),
        false => Err(Broken::Rule(CloseCode::PROTOCOL)),
    }
}

fn codec(source: Source) -> WebSocketRead<Source> {
    let (mut codec, _): (_, fastwebsockets::WebSocketWrite<Sink>) =
        after_handshake_split(source, tokio::io::sink(), Role::Server);
    codec.set_auto_close(false);
    codec.set_auto_pong(false);
    codec.set_max_message_size(limits::FRAME_MAX_BYTES + 1);
    codec
}

/// The socket as the codec reads it, with a look at what passes.
#[derive(Clone)]
struct Source {
    socket: Arc<TcpStream>,
    progress: Arc<Mutex<Progress>>,
}

struct Progress {
    early: Bytes,
    scan: Scan,
    broken: Option<CloseCode>,
}

impl Source {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for bytes and takes the first of them. That the socket is called readable is not enough: it may be left
    /// over from before, and a codec would then wait for more with its buffer in hand.
    async fn park(&self) -> io::Result<()> {
        loop {
            self.socket.readable().await?;
            let mut first = [0; FIRST_BYTES];
            match self.socket.try_read(&mut first) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(n) => {
                    self.progress().early = Bytes::copy_from_slice(&first[..n]);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// What an error of the codec means for the connection.
    fn broken(&self, error: &WebSocketError) -> Broken {
        if let Some(code) = self.progress().broken {
            return Broken::Rule(code);
        }
        match error {
            WebSocketError::IoError(_) | WebSocketError::UnexpectedEOF | WebSocketError::ConnectionClosed => {
                Broken::Gone
            }
            WebSocketError::InvalidUTF8 => Broken::Rule(CloseCode::BAD_UTF8),
            WebSocketError::FrameTooLarge => Broken::Rule(CloseCode::TOO_BIG),
            _ => Broken::Rule(CloseCode::PROTOCOL),
        }
    }
}

impl Progress {
    fn pass(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.scan.pass(bytes).map_err(|code| {
            self.broken = Some(code);
            io::ErrorKind::InvalidData.into()
        })
    }
}

impl AsyncRead for Source {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut progress = self.progress();
        if !progress.early.is_empty() {
            let n = progress.early.len().min(buffer.remaining());
            let early = progress.early.split_to(n);
            buffer.put_slice(&early);
            return Poll::Ready(progress.pass(&early));
        }
        loop {
            ready!(self.socket.poll_read_ready(cx))?;
            match self.socket.try_read(buffer.initialize_unfilled()) {
                Ok(n) => {
                    let begin = buffer.filled().len();
                    buffer.advance(n);
                    return Poll::Ready(progress.pass(&buffer.filled()[begin..]));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::poll;
    use tokio::{io::AsyncWriteExt as _, net::TcpListener};

    use super::*;

    #[tokio::test]
    async fn while_nothing_comes_there_is_no_buffer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let mut inbound = Inbound::new(Arc::new(socket), Bytes::new());
        let long = "x".repeat(2 * FIRST_BYTES);

        for text in ["hi", &long] {
            client.write_all(&masked(text)).await.unwrap();
            assert_eq!(inbound.next().await.unwrap(), Read::Text(text.to_owned()));

            assert!(poll!(std::pin::pin!(inbound.next())).is_pending());

            assert!(inbound.codec.is_none());
        }
    }

    #[tokio::test]
    async fn what_came_with_the_handshake_comes_first() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        let (first, second) = (masked("first"), masked("second"));
        let mut early = [first, second].concat();
        let late = early.split_off(15);
        let mut inbound = Inbound::new(Arc::new(socket), early.into());

        client.write_all(&late).await.unwrap();

        assert_eq!(inbound.next().await.unwrap(), Read::Text("first".to_owned()));
        assert_eq!(inbound.next().await.unwrap(), Read::Text("second".to_owned()));
    }

    /// A text frame with a mask of zeroes.
    fn masked(text: &str) -> Vec<u8> {
        let length = match text.len() {
            n @ 0..=125 => vec![0x80 | u8::try_from(n).unwrap()],
            n => [&[0x80 | 0x7E][..], &u16::try_from(n).unwrap().to_be_bytes()].concat(),
        };
        [&[0x81][..], &length, &[0; 4], text.as_bytes()].concat()
    }
}
