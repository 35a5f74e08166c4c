//! The far end of a connection.

use std::sync::Arc;

use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use prometheus_client::metrics::counter::Counter;
use protocol::{ServerMessage, wire};

use super::soon;
use crate::{hub::Queue, send_queue::SendQueue};

/// What a browser would hear.
pub(in crate::hub) struct Far(TcpStream);

/// A connection's queue, and its far end.
pub(in crate::hub) async fn connection() -> (Arc<Queue>, Far) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (far, _) = listener.accept().await.unwrap();
    (SendQueue::new(Arc::new(socket), 1_000_000, Counter::default()), Far(far))
}

impl Far {
    /// The next message.
    pub(in crate::hub) async fn hear(&mut self) -> ServerMessage {
        loop {
            let (opcode, payload) = soon(self.read_frame()).await;
            if opcode == 1 {
                return wire::decode_server(std::str::from_utf8(&payload).unwrap()).unwrap();
            }
        }
    }

    async fn read_frame(&mut self) -> (u8, Vec<u8>) {
        let Self(far) = self;
        let [first, length] = [far.read_u8().await.unwrap(), far.read_u8().await.unwrap()];
        let length = match length {
            126 => u64::from(far.read_u16().await.unwrap()),
            127 => far.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        far.read_exact(&mut payload).await.unwrap();
        (first & 0xF, payload)
    }
}
