//! A whole history: what happens, step by step, then peace, then what must hold.

use std::{collections::BTreeMap, time::Duration};

use client::Client;
use protocol::{Nonce, Sequence};

use crate::{
    log::Limits,
    names::{N_ROOMS, room_id, rooms, text},
    page::Page,
    server::{N_NODES, Server},
    step::{N_PAGES, NodeStep, PageStep, Step},
};

/// How long peace lasts until everything has settled, at most.
const PEACE: Duration = Duration::from_secs(400);
/// A node says something at least this often, if only that it is there.
const HEARTBEAT_S: u64 = 20;

pub(crate) struct World {
    server: Server,
    pages: Vec<Page>,
    now: Duration,
}

/// Plays a history to its end.
pub(crate) fn play(steps: &[Step], limits: Limits) -> Result<(), String> {
    let mut world = World {
        server: Server::new(limits),
        // Two tabs of one member, and another member.
        pages: ["ada", "ada", "bo"].iter().zip(1..).map(|(name, seed)| Page::new(name, seed)).collect(),
        now: Duration::ZERO,
    };
    debug_assert_eq!(world.pages.len(), N_PAGES);
    for step in steps {
        world.step(step);
        world.check_loaded()?;
    }
    world.make_peace()?;
    world.check_promises()?;
    world.check_rooms()
}

impl World {
    fn step(&mut self, step: &Step) {
        match step {
            Step::Pass { ms } => self.pass(Duration::from_millis(*ms)),
            Step::Page { page, step } => self.page_step(*page, step),
            Step::Node { node, step } => self.node_step(*node, step),
        }
        self.pass(Duration::from_millis(1));
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
        for page in &mut self.pages {
            page.pass(&mut self.server, self.now);
        }
    }

    fn page_step(&mut self, page: usize, step: &PageStep) {
        let (page, server, now) = (&mut self.pages[page], &mut self.server, self.now);
        let shown = page.shown().map(room_id);
        match step {
            PageStep::Compose { room } => page.compose(server, now, *room),
            PageStep::Write => page.write(server, now),
            PageStep::Up { n } => page.line().into_iter().for_each(|line| server.carry_up(line, *n)),
            PageStep::Down { n } => page.hear(server, now, *n),
            PageStep::Exchange => exchange(page, server, now),
            PageStep::Release => {
                page.line().map(|line| server.release(line));
            }
            PageStep::Cut { arrived } => page.cut(server, now, *arrived),
            PageStep::Route { node } => page.route = *node,
            PageStep::Resync => page.line().into_iter().for_each(|line| server.resync(line)),
            PageStep::LoseNews => page.line().into_iter().for_each(|line| server.lose_news(line)),
            PageStep::Online { is_online } => {
                page.act(server, now, |client, now| client.set_online(*is_online, now));
            }
            PageStep::TryNow => page.act(server, now, Client::try_now),
            PageStep::Reload => page.reload(server, now),
            PageStep::Show { room } => page.show(server, now, *room),
            PageStep::Hide => page.hide(server, now),
            PageStep::Retry => page.retry(server, now),
            PageStep::Discard => page.discard(server, now),
            PageStep::ComeOrGo { room } => page.come_or_go(server, now, &room_id(*room)),
            PageStep::Reading { .. }
            | PageStep::Jump { .. }
            | PageStep::JumpToEnd
            | PageStep::Older
            | PageStep::Newer
            | PageStep::Edit { .. }
            | PageStep::Delete { .. } => {
                let Some(room) = shown else { return };
                let head = usize::try_from(server.store.head(&room).0).unwrap();
                let own = page.own_loaded(&room);
                let says = text(&format!("edit {}", now.as_millis()));
                page.act(server, now, |client, now| match step {
                    PageStep::Reading { is_reading } => client.viewing(&room, *is_reading, now),
                    PageStep::Jump { at } if head > 0 => {
                        client.jump_to(&room, Sequence(at.index(head) as u64 + 1));
                    }
                    PageStep::JumpToEnd => {
                        client.jump_to_end(&room);
                    }
                    PageStep::Older => client.need_older(&room),
                    PageStep::Newer => client.need_newer(&room),
                    PageStep::Edit { at } if !own.is_empty() => {
                        client.edit(&room, own[at.index(own.len())], says);
                    }
                    PageStep::Delete { at } if !own.is_empty() => {
                        client.delete(&room, own[at.index(own.len())].0);
                    }
                    _ => {}
                });
            }
        }
    }

    fn node_step(&mut self, node: usize, step: &NodeStep) {
        let server = &mut self.server;
        match step {
            NodeStep::Work { n } => {
                for _ in 0..*n {
                    server.work(node);
                }
            }
            NodeStep::Double { at } => server.double(node, *at),
            NodeStep::Hear { at } => server.hear(node, *at),
            NodeStep::Lose { at } => server.lose(node, *at),
            NodeStep::ReadOn => server.read_on(node),
            NodeStep::Tick => server.tick(node),
            NodeStep::Trouble { trouble } => server.trouble(node, *trouble),
            NodeStep::OthersWrite { room, n } => server.others_write(node, *room, *n),
            NodeStep::OthersRevise { room, at, is_deletion } => {
                server.others_revise(node, *room, *at, *is_deletion);
            }
        }
    }

    /// Nothing fails any longer, and members send again what was refused: after a while all are where the log is. Each
    /// member then looks at each room's end, and reads up to its beginning.
    fn make_peace(&mut self) -> Result<(), String> {
        self.server.end_troubles();
        for page in &mut self.pages {
            page.act(&mut self.server, self.now, |client, now| client.set_online(true, now));
        }
        self.settle()?;
        for room in 0..N_ROOMS {
            let id = room_id(room);
            for page in &mut self.pages {
                page.show(&mut self.server, self.now, room);
            }
            self.settle()?;
            for page in &mut self.pages {
                page.act(&mut self.server, self.now, |client, now| {
                    client.viewing(&id, true, now);
                    client.jump_to_end(&id);
                });
            }
            self.settle()?;
            for page in 0..N_PAGES {
                self.read_back(page, room)?;
            }
        }
        Ok(())
    }

    /// Time passes, and everything is carried and done, until nobody has anything left to do.
    fn settle(&mut self) -> Result<(), String> {
        let until = self.now + PEACE;
        let mut problem = String::new();
        while self.now < until {
            self.exchange()?;
            self.pass(Duration::from_millis(1_100));
            let is_quiet = self.server.is_quiet() && self.pages.iter().all(Page::is_written);
            match self.pages.iter().try_for_each(|page| page.check_end(&self.server)) {
                Ok(()) if is_quiet => return Ok(()),
                Ok(()) => {}
                Err(error) => problem = error,
            }
        }
        Err(format!("after {} s of peace: {problem}", PEACE.as_secs()))
    }

    /// Carries and does what there is.
    fn exchange(&mut self) -> Result<(), String> {
        for node in 0..N_NODES {
            self.server.read_on(node);
            if self.now.as_secs().is_multiple_of(HEARTBEAT_S) {
                self.server.heartbeat(node);
            }
        }
        for page in 0..N_PAGES {
            let (page, server) = (&mut self.pages[page], &mut self.server);
            exchange(page, server, self.now);
            page.come_back(server, self.now);
            page.retry(server, self.now);
        }
        self.check_loaded()
    }

    fn read_back(&mut self, page: usize, room: usize) -> Result<(), String> {
        let id = room_id(room);
        loop {
            let first = self.pages[page].client.timeline(&id).map(client::Timeline::first);
            if first <= Some(Sequence(1)) {
                return Ok(());
            }
            self.pages[page].act(&mut self.server, self.now, |client, _| client.need_older(&id));
            self.exchange()?;
            if self.pages[page].client.timeline(&id).map(client::Timeline::first) == first {
                return Err(format!("page {page} does not get beyond {first:?} in {id}"));
            }
        }
    }

    fn check_loaded(&self) -> Result<(), String> {
        self.pages.iter().try_for_each(|page| page.check_loaded(&self.server))
    }

    /// What was safe is in the log once, in the order in which it was written.
    fn check_promises(&self) -> Result<(), String> {
        for page in &self.pages {
            let mut last: BTreeMap<(u64, usize), (Sequence, &Nonce)> = BTreeMap::new();
            for promise in page.promised() {
                let log = self.server.store.log(&room_id(promise.room));
                let found: Vec<Sequence> = log
                    .iter()
                    .filter(|it| it.nonce == promise.nonce && it.author == page.member)
                    .map(|it| it.sequence)
                    .collect();
                let name = &promise.nonce;
                let place = match found[..] {
                    [] if page.discarded.contains(name) => continue,
                    [] => return Err(format!("draft {name} is lost")),
                    [place] => place,
                    _ => return Err(format!("draft {name} is at {found:?}")),
                };
                if page.out_of_order.contains(name) {
                    continue;
                }
                let before = last.insert((promise.load, promise.room), (place, name));
                if let Some((earlier, other)) = before.filter(|(earlier, _)| *earlier > place) {
                    return Err(format!("draft {name} is at {place}, before {other} at {earlier}"));
                }
            }
        }
        Ok(())
    }

    /// Nothing else is in the log, and everybody agrees on how far everything is.
    fn check_rooms(&self) -> Result<(), String> {
        for (at, room) in rooms().enumerate() {
            let head = self.server.store.head(&room);
            for page in &self.pages {
                let (has_read, told) = (page.has_read(at), self.server.store.read(&page.member, &room));
                if has_read != head || told != head {
                    let name = &page.member;
                    return Err(format!(
                        "{name} has read {has_read} of {head} in {room}, and the server knows of {told}"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// What a page has to store is stored, what it says is carried and done, and what it is told arrives.
fn exchange(page: &mut Page, server: &mut Server, now: Duration) {
    while !page.is_written() {
        page.write(server, now);
    }
    if let Some(line) = page.line() {
        server.carry_up(line, usize::MAX);
        for node in 0..N_NODES {
            while server.work(node) {}
        }
        while server.release(line) {}
    }
    page.hear(server, now, usize::MAX);
}
