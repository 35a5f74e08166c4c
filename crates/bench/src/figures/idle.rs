//! What a connection costs that says nothing.

use anyhow::Context as _;
use protocol::{ClientMessage, RequestId};

use super::{Measured, Subject, general};
use crate::{crowd, raw::RawConnection};

/// Connections before the count begins, so that what a server holds for itself is not counted.
const FIRST: usize = 100;

/// Memory of the server process per connection, with so many connected of which each shows a room.
///
/// # Errors
/// When the server refuses one.
pub async fn measure(subject: &Subject, n_connections: usize) -> anyhow::Result<Measured> {
    let data = tempfile::tempdir()?;
    let members = {
        let backend = crowd::open(data.path()).await?;
        crowd::gather(&backend, FIRST + n_connections, crowd::now()).await?
    };
    let server = subject.start(data.path(), None, &[])?;
    let mut connections = Vec::with_capacity(members.len());
    let mut before = 0;
    for (at, member) in members.iter().enumerate() {
        if at == FIRST {
            before = settled(&server, &mut connections).await?;
        }
        let mut connection = RawConnection::open(server.addr, &member.token).await.context("refused")?;
        let open = ClientMessage::Open { request: RequestId(1), room: general(), have: None };
        connection.send(&open).await?;
        connections.push(connection);
    }
    let after = settled(&server, &mut connections).await?;
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let each = (after.saturating_sub(before)) as f64 / 1024.0 / n_connections as f64;
    Ok(Measured {
        lines: vec![format!(
            "{each:.1} KiB of memory per idle connection, at {n_connections} that show a room"
        )],
        plots: Vec::new(),
    })
}

/// The memory once nothing has come for a while, presence among it.
async fn settled(server: &crate::server::Server, connections: &mut [RawConnection]) -> anyhow::Result<u64> {
    let mut buffer = vec![0; 1 << 20];
    let mut quiet = 0;
    while quiet < 4 {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let mut n = 0;
        for connection in connections.iter_mut() {
            n += connection.drain(&mut buffer)?;
        }
        quiet = if n == 0 { quiet + 1 } else { 0 };
    }
    Ok(server.resident_bytes()?)
}
