//! How long a room takes to open: a small one, and one of a million messages.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use backend::Backend;
use chat::ports::Rooms as _;
use protocol::{ClientMessage, RequestId, RoomId, RoomInfo, RoomName, ServerMessage, Topic};

use super::{
    Measured, Subject, Times,
    plot::{Bar, Plot},
};
use crate::{crowd, http, peer::Peer};

/// Each way of opening is timed so often, in turns, so that both rooms meet the same weather.
const TIMES: u32 = 300;

/// Opens a room of 100 and one of `n_messages`, as a page and over a connection.
///
/// # Errors
/// When the server refuses something.
pub async fn measure(subject: &Subject, n_messages: u64) -> anyhow::Result<Measured> {
    let data = tempfile::tempdir()?;
    let backend = crowd::open(data.path()).await?;
    let members = crowd::gather(&backend, 1, crowd::now()).await?;
    let sizes = [100, n_messages];
    let mut rooms = Vec::new();
    for n in sizes {
        let room = make_room(&backend, &format!("of-{n}")).await?;
        seed(subject, data.path(), &room, n)?;
        rooms.push(room);
    }
    drop(backend);
    let server = subject.start(data.path(), None, &[("HUBBUB_REQUESTS", "1000000/1000000")])?;
    let mut peer = Peer::connect(server.addr, &members[0]).await?;
    for room in &rooms {
        peer.say(&ClientMessage::Join { request: RequestId(1), room: room.clone() }).await?;
        peer.hear_until(|it| matches!(it, ServerMessage::Joined { .. }).then_some(())).await?;
    }
    let mut pages = [Times::default(), Times::default()];
    let mut opens = [Times::default(), Times::default()];
    for n in 0..TIMES {
        for (at, room) in rooms.iter().enumerate() {
            let began = Instant::now();
            get(server.addr, &format!("/r/{room}")).await?;
            pages[at].note(began.elapsed());

            let began = Instant::now();
            peer.say(&ClientMessage::Open { request: RequestId(n), room: room.clone(), have: None }).await?;
            peer.hear_until(|it| matches!(it, ServerMessage::Opened { .. }).then_some(())).await?;
            opens[at].note(began.elapsed());
            peer.say(&ClientMessage::Close { room: room.clone() }).await?;
        }
    }
    let mut measured = Measured::default();
    let mut bars = Vec::new();
    for (what, mut times) in [("page", pages), ("connection", opens)] {
        let [small, big] = times.each_mut().map(|it| it.at_ms(500));
        measured.lines.push(format!(
            "opening a room as a {what}: {small:.2} ms with {} messages, {big:.2} ms with {}: {:.2} × (medians of {TIMES})",
            sizes[0],
            sizes[1],
            big / small
        ));
        for (size, value) in [(sizes[0], small), (sizes[1], big)] {
            bars.push(Bar { label: format!("{what}, {size} messages"), value, is_ours: size == sizes[1] });
        }
    }
    let title = "Opening a room, median, ms".into();
    measured.plots.push(Plot { file: "opening", title, bars });
    Ok(measured)
}

async fn make_room(backend: &Backend, id: &str) -> anyhow::Result<RoomId> {
    let room = RoomInfo {
        id: RoomId::parse(id)?,
        name: RoomName::parse(id)?,
        topic: Topic::parse("")?,
        private: false,
    };
    backend.rooms.create(&room, crowd::now()).await?;
    Ok(room.id)
}

fn seed(subject: &Subject, data: &Path, room: &RoomId, n_messages: u64) -> anyhow::Result<()> {
    let mut command = Command::new(&subject.binary);
    command.args(["seed", "--messages", &n_messages.to_string(), "--room", room.as_str()]);
    let status = command.env("HUBBUB_DATA", data).stderr(Stdio::null()).status()?;
    anyhow::ensure!(status.success(), "hubbub seed ended with {status}");
    Ok(())
}

async fn get(addr: SocketAddr, path: &str) -> anyhow::Result<()> {
    let (status, page) = http::get(addr, path).await?;
    anyhow::ensure!(status == 200, "{path} was not served");
    anyhow::ensure!(page.contains("</html>"), "the page is cut off");
    Ok(())
}
