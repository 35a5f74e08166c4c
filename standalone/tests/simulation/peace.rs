//! Nothing goes wrong any longer: all goes out, everybody is told, and what there is then is written down.

use std::{collections::BTreeMap, time::Duration};

use bench::checker::{History, Removed, View};
use chat::ports::{Changed, Records as _, RoomLog as _};
use protocol::{Heads, RoomId, Sequence, Timestamp};
use tokio::time::Instant;

use crate::{
    nodes::{Nodes, private_room, rooms},
    page::Page,
    warden::Warden,
};

/// How long it may take until everything has settled.
const WITHIN: Duration = Duration::from_mins(3);
/// What was sent long ago on a connection that was given up has arrived after this time.
const LINGERS: Duration = Duration::from_secs(2);

/// Waits until all has gone out and everybody knows; all that is known then.
pub(crate) async fn make(nodes: &Nodes, mut pages: Vec<Page>, warden: &Warden) -> Result<History, String> {
    let until = Instant::now() + WITHIN;
    for page in &mut pages {
        page.go_online();
    }
    together(&mut pages, LINGERS).await;
    loop {
        let mut all_are_back = true;
        for page in &mut pages {
            if page.person().id == warden.banished {
                page.give_up(&private_room());
            }
            page.retry();
            all_are_back &= page.come_back();
        }
        if all_are_back && pages.iter().all(Page::has_sent_all) {
            break;
        }
        together(&mut pages, Duration::from_millis(500)).await;
        if Instant::now() >= until {
            return Err("drafts are still unsent, or members not back in their rooms".to_owned());
        }
    }
    let mut history = read_store(nodes, &pages).await;
    let heads: BTreeMap<RoomId, Heads> =
        history.logs.keys().map(|room| (room.clone(), heads(&history, room))).collect();
    let settled = futures::future::join_all(pages.iter_mut().map(|page| page.settle(&heads, until))).await;
    settled.into_iter().collect::<Result<(), String>>()?;
    check_closed(&history, warden)?;
    for (room, heads) in &heads {
        let is_outside = |page: &Page| *room == private_room() && page.person().id == warden.banished;
        let inside = pages.iter_mut().filter(|page| !is_outside(page));
        let read = futures::future::join_all(inside.map(async |page| {
            let messages = page.read_all(room, *heads, until).await?;
            Ok::<_, String>(View { member: page.person().id.clone(), room: room.clone(), messages })
        }));
        for view in read.await {
            let view = view?;
            if view.messages.first().is_some_and(|first| first.sequence > Sequence(1)) {
                return Err(format!("{} cannot read {room} from its beginning", view.member));
            }
            history.views.push(view);
        }
    }
    write_down(&mut history, pages, warden);
    Ok(history)
}

async fn together(pages: &mut [Page], time: Duration) {
    let until = Instant::now() + time;
    futures::future::join_all(pages.iter_mut().map(|page| page.rest(until))).await;
}

async fn read_store(nodes: &Nodes, pages: &[Page]) -> History {
    let mut history = History::default();
    let (log, records) = (&nodes.backend.log, &nodes.backend.records);
    for room in rooms() {
        let heads = log.heads(&room).await.unwrap();
        let [n_messages, n_changes] =
            [heads.messages, heads.changes].map(|it| usize::try_from(it.0).unwrap());
        for page in pages {
            let member = page.person().id.clone();
            let turns = records.turns(&room, &member).await.unwrap();
            history.turns.insert((room.clone(), member), turns);
        }
        history.logs.insert(room.clone(), log.read(&room, Sequence(1), n_messages).await.unwrap());
        history.changes.insert(room.clone(), log.changes(&room, Sequence(1), n_changes).await.unwrap());
    }
    history
}

fn heads(history: &History, room: &RoomId) -> Heads {
    let [messages, changes] = [history.logs[room].len(), history.changes[room].len()];
    Heads { messages: Sequence(messages as u64), changes: Sequence(changes as u64) }
}

/// Nothing was taken from who was banished once that was to be noticed. The times in the store are of no use for that:
/// they are real ones, and the nodes' time is not.
fn check_closed(history: &History, warden: &Warden) -> Result<(), String> {
    let (room, banished) = (private_room(), &warden.banished);
    let closed = warden.closed.expect("trouble ends with it");
    let mut later = history.logs[&room].iter().filter(|it| it.sequence > closed.messages);
    if let Some(message) = later.find(|it| it.author == *banished) {
        return Err(format!("message {} of {room} is of somebody removed", message.sequence));
    }
    let mut later = history.changes[&room].iter().filter(|it| it.sequence > closed.changes);
    match later.find(|it| it.by == *banished && !matches!(it.what, Changed::Lost(_))) {
        Some(change) => Err(format!("change {} of {room} is of somebody removed", change.sequence)),
        None => Ok(()),
    }
}

fn write_down(history: &mut History, pages: Vec<Page>, warden: &Warden) {
    let room = private_room();
    for page in pages {
        let member = page.person().id.clone();
        let is_inside = page.client().room(&room).is_some();
        let shown = page.client().timeline(&room).into_iter().flat_map(client::Timeline::messages);
        let shown = shown.cloned().collect();
        let mut removed = Removed {
            member: member.clone(),
            room: room.clone(),
            is_private: true,
            heard_at: (!is_inside).then_some(Sequence::ZERO),
            shown,
            received: Vec::new(),
            newest: Timestamp(0),
        };
        for said in page.into_said() {
            removed.received.extend(said.left.get(&room).into_iter().flat_map(|left| &left.received));
            removed.newest = removed.newest.max(said.newest.get(&room).copied().unwrap_or_default());
            history.add(said.lines);
        }
        if member == warden.banished {
            history.removed.push(removed);
        }
    }
}
