//! Nothing goes wrong any longer: all goes out, everybody is told, and what there is then is written down.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{bail, ensure};
use backend::Backend;
use futures::future::join_all;
use protocol::{Heads, MemberId, RoomId, Sequence, Timestamp};
use tokio::time::Instant;

use super::{
    page::{Network, Page},
    rooms::{private_room, rooms},
};
use crate::{
    checker::{History, Removed, View},
    record::Line,
    stored,
};

/// How long it may take until everything has gone out, and then until everybody has read it.
const WITHIN: Duration = Duration::from_mins(5);
/// What was sent long ago on a connection that was given up has arrived after this time.
const LINGERS: Duration = Duration::from_secs(2);

/// Waits until all has gone out and everybody knows; all that is known then. Who is banished was removed from the private
/// room for good.
///
/// # Errors
/// When that does not come, and what is missing.
pub async fn make<N: Network>(
    backend: &Backend,
    mut pages: Vec<Page<N>>,
    banished: &[MemberId],
) -> anyhow::Result<History> {
    for page in &mut pages {
        page.set_online(true);
    }
    together(&mut pages, LINGERS).await;
    send_all(&mut pages, banished).await?;

    let mut history = read_store(backend, &pages).await?;
    let heads: BTreeMap<RoomId, Heads> = rooms().map(|room| (room.clone(), heads(&history, &room))).into();
    let until = Instant::now() + WITHIN;
    let settled = join_all(pages.iter_mut().map(|page| page.settle(&heads, until))).await;
    settled.into_iter().collect::<anyhow::Result<()>>()?;
    for (room, heads) in &heads {
        let is_outside = |page: &Page<N>| *room == private_room() && banished.contains(&page.person().id);
        let inside = pages.iter_mut().filter(|page| !is_outside(page));
        let read = join_all(inside.map(async |page| {
            let messages = page.read_all(room, *heads, until).await?;
            anyhow::Ok(View { member: page.person().id.clone(), room: room.clone(), messages })
        }));
        for view in read.await {
            let view = view?;
            let first = view.messages.first().map_or(Sequence(1), |message| message.sequence);
            ensure!(first == Sequence(1), "{} cannot read {room} from its beginning", view.member);
            history.views.push(view);
        }
    }
    for page in pages {
        write_down(&mut history, page, banished);
    }
    Ok(history)
}

/// Waits until all has gone out, and everybody is where they can be.
async fn send_all<N: Network>(pages: &mut [Page<N>], banished: &[MemberId]) -> anyhow::Result<()> {
    let until = Instant::now() + WITHIN;
    loop {
        let mut all_are_back = true;
        for page in &mut *pages {
            if banished.contains(&page.person().id) {
                page.give_up(&private_room());
            }
            page.retry();
            all_are_back &= page.come_back();
        }
        if all_are_back && pages.iter().all(Page::has_sent_all) {
            return Ok(());
        }
        together(pages, Duration::from_millis(500)).await;
        if Instant::now() >= until {
            let stuck = pages.iter().find_map(Page::stuck);
            bail!(stuck.unwrap_or_else(|| "members are not back in their rooms".to_owned()));
        }
    }
}

/// Lets happen what happens to all pages, for a time.
pub async fn together<N: Network>(pages: &mut [Page<N>], time: Duration) {
    let until = Instant::now() + time;
    join_all(pages.iter_mut().map(|page| page.rest(until))).await;
}

async fn read_store<N: Network>(backend: &Backend, pages: &[Page<N>]) -> anyhow::Result<History> {
    let mut members: Vec<MemberId> = pages.iter().map(|page| page.person().id.clone()).collect();
    members.sort();
    members.dedup();
    let mut lines = Vec::new();
    stored::read(backend, &rooms(), &members, |event| lines.push(Line { at_ms: 0, client: None, event }))
        .await?;
    Ok(History::of(lines))
}

fn heads(history: &History, room: &RoomId) -> Heads {
    let [messages, changes] = [history.logs[room].len(), history.changes[room].len()];
    Heads { messages: Sequence(messages as u64), changes: Sequence(changes as u64) }
}

fn write_down<N: Network>(history: &mut History, page: Page<N>, banished: &[MemberId]) {
    let (room, member) = (private_room(), page.person().id.clone());
    let is_inside = page.client().room(&room).is_some();
    let shown = page.client().timeline(&room).into_iter().flat_map(client::Timeline::messages);
    let mut removed = Removed {
        heard_at: (!is_inside).then_some(Sequence::ZERO),
        shown: shown.cloned().collect(),
        member,
        room,
        is_private: true,
        received: Vec::new(),
        newest: Timestamp(0),
    };
    for said in page.into_said() {
        removed.received.extend(said.left.get(&removed.room).into_iter().flat_map(|left| &left.received));
        removed.newest = removed.newest.max(said.newest.get(&removed.room).copied().unwrap_or_default());
        history.add(said.lines);
    }
    if banished.contains(&removed.member) {
        history.removed.push(removed);
    }
}
