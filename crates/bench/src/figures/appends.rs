//! How many messages a second become durable.

use std::time::Instant;

use backend::Backend;
use chat::ports::{Draft, GROUP_MAX, RoomLog as _, Rooms as _};
use futures::future::try_join_all;
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Topic};

use super::{
    Measured, Times,
    plot::{Bar, Plot},
};
use crate::crowd;

/// Groups that each room appends, one after the other: a room has one append in flight.
const GROUPS: u64 = 500;

/// Appends to one room and to many, one by one and in full groups; each is committed to disk before it counts.
///
/// # Errors
/// When the store refuses.
pub async fn measure() -> anyhow::Result<Measured> {
    // Beside the program: a temporary folder may be in memory, which no commit has to wait for.
    let data = tempfile::tempdir_in(std::env::current_exe()?.parent().expect("a program lies in a folder"))?;
    let backend = crowd::open(data.path()).await?;
    let mut measured = Measured::default();
    let mut bars = Vec::new();
    for (n_rooms, size) in [(1, 1), (20, 1), (200, 1), (1, GROUP_MAX), (20, GROUP_MAX)] {
        let began = Instant::now();
        let rooms = (0..n_rooms).map(|n| fill(&backend, format!("of-{n_rooms}-{size}-{n}"), size));
        let waits = try_join_all(rooms).await?;
        let mut times = Times::default();
        waits.into_iter().flatten().for_each(|wait| times.note(wait));
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let rate = (n_rooms * GROUPS * size as u64) as f64 / began.elapsed().as_secs_f64();
        let what = format!("{n_rooms} room{}, groups of {size}", if n_rooms == 1 { "" } else { "s" });
        let [p50, p99] = [500, 990].map(|it| times.at_ms(it));
        measured
            .lines
            .push(format!("appends, {what}: {rate:.0} messages/s, p50 {p50:.2} ms, p99 {p99:.2} ms"));
        bars.push(Bar { label: what, value: rate / 1000.0, is_ours: true });
    }
    let title = "Messages made durable, thousands a second".into();
    measured.plots.push(Plot { file: "appends", title, bars });
    Ok(measured)
}

/// Appends groups to a new room, each when the one before is durable, and tells how long each took.
async fn fill(backend: &Backend, room: String, size: usize) -> anyhow::Result<Vec<std::time::Duration>> {
    let room = RoomInfo {
        id: RoomId::parse(&room)?,
        name: RoomName::parse("Room")?,
        topic: Topic::parse("")?,
        private: false,
    };
    backend.rooms.create(&room, crowd::now()).await?;
    let drafts: Vec<Draft> = (0..size).map(draft).collect::<Result<_, _>>()?;
    let mut waits = Vec::new();
    for group in 0..GROUPS {
        let began = Instant::now();
        backend.log.append(&room.id, Sequence(group * size as u64), crowd::now(), &drafts).await?;
        waits.push(began.elapsed());
    }
    Ok(waits)
}

/// A text of 150 bytes.
fn draft(n: usize) -> Result<Draft, protocol::Refusal> {
    Ok(Draft {
        author: MemberId::parse("ada")?,
        nonce: Nonce::parse(&format!("n{n}"))?,
        text: MessageText::parse(&"All work and no play makes Jack a dull boy. ".repeat(4)[..150])?,
    })
}
