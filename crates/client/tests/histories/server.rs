//! The nodes of the model. They share the store; each hears of the others late, twice, in another order or not at all.

use std::collections::{BTreeSet, VecDeque};

use protocol::{
    Action, ClientMessage, Heads, Here, MemberId, Message, Page, Refusal, RequestId, RoomId, RoomState,
    Sequence, ServerMessage, Timestamp,
};

use crate::{
    log::{Limits, Offered, Revising, Store},
    names::{N_ROOMS, index, member, nonce, person, room_id, room_info, rooms, text},
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

    // What the network does.

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

    // What nodes do.

    pub(crate) fn trouble(&mut self, node: usize, trouble: Trouble) {
        self.nodes[node].trouble.push_back(trouble);
    }

    pub(crate) fn end_troubles(&mut self) {
        for node in &mut self.nodes {
            node.trouble.clear();
        }
    }

    /// A node hears one of the things that the bus has for it.
    pub(crate) fn hear(&mut self, node: usize, at: usize) {
        match self.take_bus(node, at) {
            Some((room, News::Messages(upto))) => self.deliver(node, room, upto),
            Some((room, News::Changes(upto))) => self.deliver_changes(node, room, upto),
            None => {}
        }
    }

    /// The bus loses one of the things that it has for a node.
    pub(crate) fn lose(&mut self, node: usize, at: usize) {
        self.take_bus(node, at);
    }

    fn take_bus(&mut self, node: usize, at: usize) -> Option<(usize, News)> {
        let bus = &mut self.nodes[node].bus;
        bus.remove(at % bus.len().max(1))
    }

    /// A node reads on in the store.
    pub(crate) fn read_on(&mut self, node: usize) {
        for (at, room) in rooms().enumerate() {
            self.deliver_changes(node, at, self.store.changes_head(&room));
            self.deliver(node, at, self.store.head(&room));
        }
    }

    /// A node tells its connections about rooms that they do not show; no word about those that they do.
    pub(crate) fn tick(&mut self, node: usize) {
        self.tell_heads(node, |line, room| !line.shows.contains(room));
    }

    /// A node gives a sign of life: how far all rooms are, by which clients can tell what they have lost.
    pub(crate) fn heartbeat(&mut self, node: usize) {
        self.tell_heads(node, |_, _| true);
    }

    fn tell_heads(&mut self, node: usize, is_told: impl Fn(&Line, &RoomId) -> bool) {
        let seen = self.nodes[node].seen;
        for line in self.lines.iter_mut().filter(|it| it.node == node && it.is_open) {
            let heads = rooms().zip(seen).filter(|(room, _)| is_told(line, room)).collect();
            line.down.push_back(ServerMessage::Heads { heads });
        }
    }

    /// Others write `n` messages in a room, all at once, by way of a node.
    pub(crate) fn others_write(&mut self, node: usize, room: usize, n: u64) {
        let id = room_id(room);
        for _ in 0..n {
            let since = self.store.head(&id);
            let name = format!("other{since}");
            let offered = Offered { author: &member("cy"), nonce: &nonce(&name), since, text: &text(&name) };
            self.store.append(&id, &offered, u64::MAX).unwrap();
        }
        self.committed(node, room);
    }

    /// Others edit or delete one of their messages in a room, by way of a node.
    pub(crate) fn others_revise(&mut self, node: usize, room: usize, at: u64, is_deletion: bool) {
        let (id, by) = (room_id(room), member("cy"));
        let theirs = self.store.log(&id).iter().filter(|it| it.author == by).map(|it| it.sequence);
        let theirs: Vec<Sequence> = theirs.collect();
        if theirs.is_empty() {
            return;
        }
        let sequence = theirs[usize::try_from(at).unwrap() % theirs.len()];
        let name = format!("other{}", self.store.changes_head(&id));
        let text = (!is_deletion).then(|| text(&name));
        let revising = Revising { by: &by, nonce: &nonce(&name), sequence, seen: None, text };
        if self.store.revise(&id, revising).is_ok() {
            self.changed(node, room);
        }
    }

    /// A node handles the next frame that it has, whether its connection is still there or not. False if it has none.
    pub(crate) fn work(&mut self, node: usize) -> bool {
        let Some((line, said)) = self.nodes[node].inbox.pop_front() else { return false };
        match said {
            Said::Hello => self.welcome(line),
            Said::Frame(message) => self.handle(node, line, message),
        }
        true
    }

    fn welcome(&mut self, line: usize) {
        let Line { node, member, .. } = &self.lines[line];
        let (node, me) = (*node, person(member));
        let rooms = (0..N_ROOMS).map(|room| self.state(node, room, &me.id)).collect();
        let build = "build".to_owned();
        self.tell(line, ServerMessage::Welcome { me, rooms, now: Timestamp(0), build });
    }

    fn handle(&mut self, node: usize, line: usize, message: ClientMessage) {
        let member = self.lines[line].member.clone();
        match message {
            ClientMessage::Open { request, room, have } => self.open(line, request, &room, have),
            ClientMessage::Close { room } => {
                self.lines[line].shows.remove(&room);
            }
            ClientMessage::Page { request, room, anchor, limit } => {
                if let Some(refusal) = self.refusal(node, false) {
                    return self.refuse(line, request, refusal);
                }
                let messages = self.store.page(&room, anchor, self.limits.page.min(limit as u64));
                let heads = self.heads(&room);
                let page = page(&room, messages, heads);
                self.lines[line].late.push_back(ServerMessage::Page { request, page });
            }
            ClientMessage::Send { room, nonce, since, text } => {
                let writes = self.nodes[node].trouble.front() == Some(&Trouble::WrittenUnanswered);
                let refusal = self.refusal(node, true);
                let offered = Offered { author: &member, nonce: &nonce, since, text: &text };
                let res = match refusal {
                    Some(refusal) if writes => {
                        // Neither the sender nor this node knows that it is there.
                        let _ = self.store.append(&room, &offered, self.limits.stale);
                        Err(refusal)
                    }
                    Some(refusal) => Err(refusal),
                    None => self.store.append(&room, &offered, self.limits.stale),
                };
                let answer = match res {
                    Ok(sequence) => {
                        ServerMessage::Sent { room: room.clone(), nonce, sequence, at: Timestamp(0) }
                    }
                    Err(refusal) => ServerMessage::NotSent { room: room.clone(), nonce, refusal },
                };
                let is_sent = matches!(answer, ServerMessage::Sent { .. });
                self.tell(line, answer);
                if is_sent {
                    self.committed(node, index(&room));
                }
            }
            ClientMessage::Edit { request, room, sequence, seen, nonce, text } => {
                let (nonce, seen, text) = (&nonce, Some(seen), Some(text));
                self.revise(
                    (node, line, request),
                    &room,
                    Revising { by: &member, nonce, sequence, seen, text },
                );
            }
            ClientMessage::Delete { request, room, sequence, nonce } => {
                let (nonce, seen, text) = (&nonce, None, None);
                self.revise(
                    (node, line, request),
                    &room,
                    Revising { by: &member, nonce, sequence, seen, text },
                );
            }
            ClientMessage::Read { room, upto } => {
                let upto = self.store.move_read(&member, &room, upto);
                for it in self.lines.iter_mut().filter(|it| it.is_open && it.member == member) {
                    it.down.push_back(ServerMessage::Read { room: room.clone(), upto });
                }
            }
            other => panic!("no page says {other:?}"),
        }
    }

    fn revise(
        &mut self,
        (node, line, request): (usize, usize, RequestId),
        room: &RoomId,
        revising: Revising<'_>,
    ) {
        let sequence = revising.sequence;
        let writes = self.nodes[node].trouble.front() == Some(&Trouble::WrittenUnanswered);
        let res = match self.refusal(node, true) {
            Some(refusal) if writes => {
                // Neither the editor nor this node knows.
                let _ = self.store.revise(room, revising);
                Err(refusal)
            }
            Some(refusal) => Err(refusal),
            None => self.store.revise(room, revising),
        };
        match res {
            Ok(()) => {
                self.changed(node, index(room));
                self.tell(line, ServerMessage::Revised { request, room: room.clone(), sequence });
            }
            Err(refusal) => self.refuse(line, request, refusal),
        }
    }

    fn open(&mut self, line: usize, request: RequestId, room: &RoomId, have: Option<Heads>) {
        let Line { node, member, .. } = &self.lines[line];
        let (node, member, at) = (*node, member.clone(), index(room));
        if let Some(refusal) = self.refusal(node, false) {
            return self.refuse(line, request, refusal);
        }
        let seen = self.nodes[node].seen[at];
        if have.is_some_and(|have| have.messages > seen.messages || have.changes > seen.changes) {
            self.deliver_changes(node, at, self.store.changes_head(room));
            self.deliver(node, at, self.store.head(room));
        }
        let seen = self.nodes[node].seen[at];
        let have = have.filter(|have| seen.changes.since(have.changes) <= self.limits.changes);
        let first = match have {
            Some(have) if seen.messages.since(have.messages) <= self.limits.catch_up => have.messages,
            _ => seen.messages.minus(self.limits.end),
        };
        let page = page(room, self.store.between(room, first, seen.messages), seen);
        let after = have.map_or(seen.changes, |have| have.changes);
        let mut changed = self.store.changed_between(room, after, seen.changes);
        changed.retain(|it| !page.messages.iter().any(|message| message.sequence == it.sequence));
        let state = self.state(node, at, &member);
        self.lines[line].shows.insert(room.clone());
        let (here, typing) = (Here::default(), Vec::new());
        self.tell(line, ServerMessage::Opened { request, state, page, after, changed, here, typing });
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

    /// What a node has committed, it delivers itself; the others hear of it on the bus.
    fn committed(&mut self, node: usize, room: usize) {
        let head = self.store.head(&room_id(room));
        self.deliver(node, room, head);
        self.publish(node, room, News::Messages(head));
    }

    /// So with what it has changed.
    fn changed(&mut self, node: usize, room: usize) {
        let head = self.store.changes_head(&room_id(room));
        self.deliver_changes(node, room, head);
        self.publish(node, room, News::Changes(head));
    }

    fn publish(&mut self, node: usize, room: usize, news: News) {
        for (at, other) in self.nodes.iter_mut().enumerate() {
            if at != node {
                other.bus.push_back((room, news));
            }
        }
    }

    /// Brings a node, and who shows the room there, up to a head, in order.
    fn deliver(&mut self, node: usize, room: usize, upto: Sequence) {
        let seen = self.nodes[node].seen[room];
        if upto <= seen.messages {
            return;
        }
        self.nodes[node].seen[room].messages = upto;
        let id = room_id(room);
        let messages = self.store.between(&id, seen.messages, upto);
        let page = page(&id, messages, self.nodes[node].seen[room]);
        self.show(node, &id, &ServerMessage::Messages { page });
    }

    /// So with its changes.
    fn deliver_changes(&mut self, node: usize, room: usize, upto: Sequence) {
        let after = self.nodes[node].seen[room].changes;
        if upto <= after {
            return;
        }
        self.nodes[node].seen[room].changes = upto;
        let room = room_id(room);
        let changed = self.store.changed_between(&room, after, upto);
        self.show(node, &room, &ServerMessage::Changed { room: room.clone(), after, changed, upto });
    }

    fn show(&mut self, node: usize, room: &RoomId, message: &ServerMessage) {
        for line in self.lines.iter_mut().filter(|it| it.node == node && it.is_open) {
            if line.shows.contains(room) {
                line.down.push_back(message.clone());
            }
        }
    }

    fn refuse(&mut self, line: usize, request: RequestId, refusal: Refusal) {
        self.tell(line, ServerMessage::Refused { request: Some(request), refusal });
    }

    fn tell(&mut self, line: usize, message: ServerMessage) {
        if self.lines[line].is_open {
            self.lines[line].down.push_back(message);
        }
    }

    fn state(&self, node: usize, room: usize, member: &MemberId) -> RoomState {
        let (id, heads) = (room_id(room), self.nodes[node].seen[room]);
        RoomState { info: room_info(room), heads, read: self.store.read(member, &id) }
    }

    fn heads(&self, room: &RoomId) -> Heads {
        Heads { messages: self.store.head(room), changes: self.store.changes_head(room) }
    }
}

fn page(room: &RoomId, messages: Vec<Message>, heads: Heads) -> Page {
    Page { room: room.clone(), messages, people: Vec::new(), heads }
}
