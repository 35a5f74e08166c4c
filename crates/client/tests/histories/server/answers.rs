//! What nodes answer.

use protocol::{
    ClientMessage, Ending, Heads, Here, MemberId, Refusal, RequestId, RoomId, RoomState, ServerMessage,
    Timestamp,
};

use super::{Line, Said, Server, Trouble, page};
use crate::{
    log::{Offered, Revising},
    names::{N_ROOMS, index, person, room_id, room_info},
};

impl Server {
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
        let inside = (0..N_ROOMS).filter(|room| self.store.is_in(&me.id, &room_id(*room)));
        let rooms = inside.map(|room| self.state(node, room, &me.id)).collect();
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
                let writes = self.writes_unanswered(node) && self.store.is_in(&member, &room);
                let refusal = self.refusal(node, true);
                let offered = Offered { author: &member, nonce: &nonce, since, text: &text };
                let res = match refusal.or_else(|| self.outside(&member, &room)) {
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
            // The client knows that, or hears it soon.
            ClientMessage::Hidden => {}
            ClientMessage::Read { room, .. } if !self.store.is_in(&member, &room) => {}
            ClientMessage::Read { room, upto } => {
                let upto = self.store.move_read(&member, &room, upto);
                for it in self.lines.iter_mut().filter(|it| it.is_open && it.member == member) {
                    it.down.push_back(ServerMessage::Read { room: room.clone(), upto });
                }
            }
            ClientMessage::Join { request, room } => match self.refusal(node, false) {
                Some(refusal) => self.refuse(line, request, refusal),
                None => self.join(line, request, &room),
            },
            ClientMessage::Leave { request, room } => match self.refusal(node, false) {
                Some(refusal) => self.refuse(line, request, refusal),
                None => self.leave((node, line), request, &room),
            },
            other => panic!("no page says {other:?}"),
        }
    }

    /// Everybody may join, and is told on all their connections.
    fn join(&mut self, line: usize, request: RequestId, room: &RoomId) {
        let member = self.lines[line].member.clone();
        let is_new = self.store.join(&member, room);
        for other in self.others_of(line).into_iter().filter(|_| is_new) {
            let state = self.state(self.lines[other].node, index(room), &member);
            self.tell(other, ServerMessage::Joined { request: None, state });
        }
        // Who asked hears how far the room is in the store.
        let state = self.state(self.lines[line].node, index(room), &member);
        let state = RoomState { heads: self.heads(room), ..state };
        self.tell(line, ServerMessage::Joined { request: Some(request), state });
    }

    fn leave(&mut self, (node, line): (usize, usize), request: RequestId, room: &RoomId) {
        let member = self.lines[line].member.clone();
        let (was_in, why) = (self.store.leave(&member, room), Ending::Left);
        if was_in {
            self.changed(node, index(room));
        }
        for other in self.others_of(line) {
            self.lines[other].shows.remove(room);
            if was_in {
                self.tell(other, ServerMessage::Left { request: None, room: room.clone(), why });
            }
        }
        self.lines[line].shows.remove(room);
        self.tell(line, ServerMessage::Left { request: Some(request), room: room.clone(), why });
    }

    /// The other connections of a connection's member.
    fn others_of(&self, line: usize) -> Vec<usize> {
        let is_other = |at: &usize| *at != line && self.lines[*at].member == self.lines[line].member;
        (0..self.lines.len()).filter(is_other).collect()
    }

    /// Whether what is asked next is written and then not answered.
    fn writes_unanswered(&self, node: usize) -> bool {
        self.nodes[node].trouble.front() == Some(&Trouble::WrittenUnanswered)
    }

    /// Says no to who is not in a room.
    fn outside(&self, member: &MemberId, room: &RoomId) -> Option<Refusal> {
        (!self.store.is_in(member, room)).then(|| Refusal::NotInRoom { room: room.clone() })
    }

    fn revise(
        &mut self,
        (node, line, request): (usize, usize, RequestId),
        room: &RoomId,
        revising: Revising<'_>,
    ) {
        let sequence = revising.sequence;
        let writes = self.writes_unanswered(node) && self.store.is_in(revising.by, room);
        let refusal = self.refusal(node, true);
        let res = match refusal.or_else(|| self.outside(revising.by, room)) {
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
        if let Some(refusal) = self.refusal(node, false).or_else(|| self.outside(&member, room)) {
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

    fn refuse(&mut self, line: usize, request: RequestId, refusal: Refusal) {
        self.tell(line, ServerMessage::Refused { request: Some(request), refusal });
    }

    fn state(&self, node: usize, room: usize, member: &MemberId) -> RoomState {
        let (id, heads) = (room_id(room), self.nodes[node].seen[room]);
        RoomState { info: room_info(room), heads, read: self.store.read(member, &id), admin: false }
    }

    pub(super) fn heads(&self, room: &RoomId) -> Heads {
        Heads { messages: self.store.head(room), changes: self.store.changes_head(room) }
    }
}
