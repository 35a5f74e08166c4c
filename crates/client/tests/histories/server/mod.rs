//! The nodes of the model, and the network around them. They share the store; each hears of the others late, twice, in
//! another order or not at all.

mod answers;
mod news;

use std::collections::{BTreeSet, VecDeque};

use protocol::{
    Action, ClientMessage, Heads, MemberId, Message, Page, Refusal, RoomId, Sequence, ServerMessage,
};

use crate::{
    log::{Limits, Store},
    names::{N_ROOMS, room_id},
};

/// How many nodes there are.
pub(crate) const N_NODES: usize = 3;

/// One connection, with what is on its way in either direction.
pub(crate) struct Line {
    node: usize,
    member: MemberId,
    shows: BTreeSet<RoomId>,
    is_open: bool,
    up: VecDeque<Said>,
    down: VecDeque<ServerMessage>,
    /// Answers that are made from the store and overtaken by news.
    late: VecDeque<ServerMessage>,
}

/// What a client says, its arrival included.
#[derive(Clone)]
enum Said {
    Hello,
    Frame(ClientMessage),
}

/// What goes wrong with the next request to a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    TooFast,
    Busy,
    /// The store does not answer, and nothing was written.
    Unavailable,
    /// The store does not answer, and it was written all the same.
    WrittenUnanswered,
    /// For good; drafts only.
    NotInRoom,
}

/// What a node tells the others of a room.
#[derive(Clone, Copy)]
enum News {
    /// It has messages up to here.
    Messages(Sequence),
    /// It has changes up to here.
    Changes(Sequence),
}

#[derive(Default)]
struct Node {
    inbox: VecDeque<(usize, Said)>,
    seen: [Heads; N_ROOMS],
    bus: VecDeque<(usize, News)>,
    trouble: VecDeque<Trouble>,
}

/// The chat without its clients.
pub(crate) struct Server {
    pub(crate) store: Store,
    limits: Limits,
    nodes: [Node; N_NODES],
    lines: Vec<Line>,
}

impl Server {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { store: Store::default(), limits, nodes: Default::default(), lines: Vec::new() }
    }

    pub(crate) fn connect(&mut self, node: usize, member: MemberId) -> usize {
        let up = VecDeque::from([Said::Hello]);
        self.lines.push(Line {
            node,
            member,
            shows: BTreeSet::new(),
            is_open: true,
            up,
            down: VecDeque::new(),
            late: VecDeque::new(),
        });
        self.lines.len() - 1
    }

    pub(crate) fn say(&mut self, line: usize, message: ClientMessage) {
        self.lines[line].up.push_back(Said::Frame(message));
    }

    /// Brings up to `n` frames to the node.
    pub(crate) fn carry_up(&mut self, line: usize, n: usize) {
        let it = &mut self.lines[line];
        let n = n.min(it.up.len());
        let arrived = it.up.drain(..n).map(|said| (line, said));
        self.nodes[it.node].inbox.extend(arrived);
    }

    /// The next frame for the client.
    pub(crate) fn take_down(&mut self, line: usize) -> Option<ServerMessage> {
        self.lines[line].down.pop_front()
    }

    /// Sends an answer that news may have overtaken; whether there was one.
    pub(crate) fn release(&mut self, line: usize) -> bool {
        let it = &mut self.lines[line];
        let answer = it.late.pop_front();
        let is_there = answer.is_some();
        it.down.extend(answer);
        is_there
    }

    /// Ends a connection after `arrived` more frames have come through. What the node has of it, it still handles.
    pub(crate) fn cut(&mut self, line: usize, arrived: usize) {
        self.carry_up(line, arrived);
        let it = &mut self.lines[line];
        it.is_open = false;
        it.up.clear();
        it.down.clear();
        it.late.clear();
    }

    /// A connection did not keep up.
    pub(crate) fn resync(&mut self, line: usize) {
        let it = &mut self.lines[line];
        it.down.clear();
        it.shows.clear();
        it.down.push_back(ServerMessage::Resync);
    }

    /// The first news on their way to a client are lost.
    pub(crate) fn lose_news(&mut self, line: usize) {
        let down = &mut self.lines[line].down;
        let is_news =
            |it: &ServerMessage| matches!(it, ServerMessage::Messages { .. } | ServerMessage::Changed { .. });
        if let Some(first) = down.iter().position(is_news) {
            down.remove(first);
        }
    }

    /// A frame that a node has is there twice.
    pub(crate) fn double(&mut self, node: usize, at: usize) {
        let inbox = &mut self.nodes[node].inbox;
        if let Some(twice) = inbox.get(at % inbox.len().max(1)).cloned() {
            inbox.push_back(twice);
        }
    }

    /// The rooms that a connection shows, as far as the nodes know.
    pub(crate) fn shows(&self, line: usize) -> Vec<RoomId> {
        self.lines[line].shows.iter().cloned().collect()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        let lines = self.lines.iter().filter(|it| it.is_open);
        let mut lines = lines.map(|it| it.up.is_empty() && it.down.is_empty() && it.late.is_empty());
        lines.all(|it| it) && self.nodes.iter().all(|it| it.inbox.is_empty())
    }

    pub(crate) fn trouble(&mut self, node: usize, trouble: Trouble) {
        self.nodes[node].trouble.push_back(trouble);
    }

    pub(crate) fn end_troubles(&mut self) {
        for node in &mut self.nodes {
            node.trouble.clear();
        }
    }

    /// Takes what is to go wrong next.
    fn refusal(&mut self, node: usize, is_send: bool) -> Option<Refusal> {
        let trouble = &mut self.nodes[node].trouble;
        if !is_send && trouble.front() == Some(&Trouble::NotInRoom) {
            return None;
        }
        Some(match trouble.pop_front()? {
            Trouble::TooFast => Refusal::TooFast { action: Action::Request, retry_ms: 700 },
            Trouble::Busy => Refusal::Busy { retry_ms: 500 },
            Trouble::Unavailable | Trouble::WrittenUnanswered => Refusal::Unavailable,
            Trouble::NotInRoom => Refusal::NotInRoom { room: room_id(0) },
        })
    }

    fn tell(&mut self, line: usize, message: ServerMessage) {
        if self.lines[line].is_open {
            self.lines[line].down.push_back(message);
        }
    }
}

fn page(room: &RoomId, messages: Vec<Message>, heads: Heads) -> Page {
    Page { room: room.clone(), messages, people: Vec::new(), heads }
}
