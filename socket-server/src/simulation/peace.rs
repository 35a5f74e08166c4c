//! Nothing goes wrong any longer: all goes out, everybody is told, and what there is then is written down.

use std::{collections::BTreeMap, time::Duration};

use bench::checker::{History, View};
use chat::ports::{Records as _, RoomLog as _};
use futures::future::join_all;
use protocol::{Heads, RoomId, Sequence};
use tokio::time::Instant;

use super::{
    page::Page,
    world::{World, rooms},
};

/// How long it may take until everything has gone out, and then until everybody has read it.
const WITHIN: Duration = Duration::from_mins(5);
/// What was sent long ago on a connection that was given up has arrived after this time.
const LINGERS: Duration = Duration::from_secs(2);

/// Waits until all has gone out and everybody knows; all that is known then.
pub(super) async fn make(world: &World, mut pages: Vec<Page>) -> Result<History, String> {
    let until = Instant::now() + WITHIN;
    for page in &mut pages {
        page.go_online();
    }
    together(&mut pages, LINGERS).await;
    loop {
        let mut all_are_back = true;
        for page in &mut pages {
            page.retry();
            all_are_back &= page.come_back();
        }
        if all_are_back && pages.iter().all(Page::has_sent_all) {
            break;
        }
        together(&mut pages, Duration::from_millis(500)).await;
        if Instant::now() >= until {
            let stuck = pages.iter().find_map(Page::stuck);
            return Err(stuck.unwrap_or_else(|| "members are not back in their rooms".to_owned()));
        }
    }
    let until = Instant::now() + WITHIN;
    let mut history = read_store(world, &pages).await;
    let heads: BTreeMap<RoomId, Heads> =
        history.logs.keys().map(|room| (room.clone(), heads(&history, room))).collect();
    let settled = join_all(pages.iter_mut().map(|page| page.settle(&heads, until))).await;
    settled.into_iter().collect::<Result<(), String>>()?;
    for (room, heads) in &heads {
        let read = join_all(pages.iter_mut().map(async |page| {
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
    for said in pages.into_iter().flat_map(Page::into_said) {
        history.add(said.lines);
    }
    Ok(history)
}

async fn together(pages: &mut [Page], time: Duration) {
    let until = Instant::now() + time;
    join_all(pages.iter_mut().map(|page| page.rest(until))).await;
}

async fn read_store(world: &World, pages: &[Page]) -> History {
    let mut history = History::default();
    let (log, records) = (&world.backend.log, &world.backend.records);
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
