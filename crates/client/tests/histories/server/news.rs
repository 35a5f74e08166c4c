//! What nodes hear of each other, and what they bring to those who show a room.

use protocol::{RoomId, Sequence, ServerMessage};

use super::{Line, News, Server, page};
use crate::{
    log::{Offered, Revising},
    names::{member, nonce, room_id, rooms, text},
};

impl Server {
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
            let is_in = |room: &RoomId| self.store.is_in(&line.member, room);
            let of_all: Vec<_> = rooms().zip(seen).filter(|(room, _)| is_in(room)).collect();
            let heads: Vec<_> = of_all.iter().filter(|(room, _)| is_told(line, room)).cloned().collect();
            let all = heads.len() == of_all.len();
            line.down.push_back(ServerMessage::Heads { heads, all });
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

    /// What a node has committed, it delivers itself; the others hear of it on the bus.
    pub(super) fn committed(&mut self, node: usize, room: usize) {
        let head = self.store.head(&room_id(room));
        self.deliver(node, room, head);
        self.publish(node, room, News::Messages(head));
    }

    /// So with what it has changed.
    pub(super) fn changed(&mut self, node: usize, room: usize) {
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
    pub(super) fn deliver(&mut self, node: usize, room: usize, upto: Sequence) {
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
    pub(super) fn deliver_changes(&mut self, node: usize, room: usize, upto: Sequence) {
        let after = self.nodes[node].seen[room].changes;
        if upto <= after {
            return;
        }
        self.nodes[node].seen[room].changes = upto;
        let room = room_id(room);
        let changed = self.store.changed_between(&room, after, upto);
        self.show(
            node,
            &room,
            &ServerMessage::Changed { room: room.clone(), after, changed, lost: Vec::new(), upto },
        );
    }

    fn show(&mut self, node: usize, room: &RoomId, message: &ServerMessage) {
        for line in self.lines.iter_mut().filter(|it| it.node == node && it.is_open) {
            if line.shows.contains(room) {
                line.down.push_back(message.clone());
            }
        }
    }
}
