//! One history: what happens, and who tries what in between.

use std::{collections::BTreeMap, fmt};

use bench::{
    crowd::{self, Member},
    peer::Peer,
};
use chat::{
    access,
    invite::InviteToken,
    ports::{Deed, Event, Role, Sessions as _},
    rooms,
};
use protocol::{ClientMessage, Message, RoomInfo, Sequence, ServerMessage, close::CloseCode};
use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{
    model::{Model, ModelRoom, Who},
    ways::{self, Way},
    world::World,
};

const PEOPLE: usize = 4;
const STEPS: usize = 16;

/// A way that was open and should not have been, or the other way round.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) is_leak: bool,
    what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

pub(crate) struct History<'w> {
    world: &'w World,
    random: StdRng,
    people: Vec<Member>,
    /// Each one's connection, as long as they may have one.
    peers: BTreeMap<usize, Peer>,
    rooms: Vec<RoomInfo>,
    model: Model,
    /// For each room and person a message that they wrote.
    own: BTreeMap<(usize, usize), Sequence>,
    happened: Vec<String>,
    n_tries: usize,
    wrong: Vec<Wrong>,
}

impl<'w> History<'w> {
    pub(crate) async fn begin(world: &'w World, mut random: StdRng) -> Self {
        let mut people = Vec::new();
        for _ in 0..PEOPLE {
            people.push(world.member(&mut random).await);
        }
        let mut rooms = Vec::new();
        let mut model = Model::default();
        for is_private in [false, true] {
            rooms.push(world.room(&people[0], is_private, &mut random).await);
            let (inside, admins) = ([0].into(), [0].into());
            model.rooms.push(ModelRoom { is_private, is_deleted: false, inside, admins });
        }
        let mut history = Self {
            world,
            random,
            people,
            peers: BTreeMap::new(),
            rooms,
            model,
            own: BTreeMap::new(),
            happened: Vec::new(),
            n_tries: 0,
            wrong: Vec::new(),
        };
        for who in 0..PEOPLE {
            history.connect(who).await;
        }
        history
    }

    /// Lets things happen, and somebody try a way in after each.
    pub(crate) async fn unfold(&mut self) {
        for _ in 0..STEPS {
            self.happen().await;
            let who = self.random.random_range(0..=PEOPLE);
            let room = self.random.random_range(0..self.rooms.len());
            let way = *ways::ALL.choose(&mut self.random).unwrap();
            self.attempt((who < PEOPLE).then_some(who), room, way).await;
        }
        for room in 0..self.rooms.len() {
            self.deliver(room).await;
        }
    }

    /// How many ways were tried, and what was wrong.
    pub(crate) fn end(self) -> (usize, Vec<Wrong>) {
        (self.n_tries, self.wrong)
    }

    async fn happen(&mut self) {
        let who = self.random.random_range(0..PEOPLE);
        let room = self.random.random_range(0..self.rooms.len());
        match self.random.random_range(0..100) {
            0..20 => self.join(who, room).await,
            20..38 => self.add(who, room).await,
            38..50 => self.come_by_invitation(who, room).await,
            50..62 => self.leave(who, room).await,
            62..78 => self.remove(who, room).await,
            78..84 => self.promote(who, room).await,
            84..90 => self.bar(who).await,
            90..95 => self.unbar(who).await,
            95..98 => self.deliver(room).await,
            _ => self.delete(room).await,
        }
    }

    /// By themselves, over their connection.
    async fn join(&mut self, who: usize, room: usize) {
        let is_open = !self.model.rooms[room].is_deleted
            && (!self.model.rooms[room].is_private || self.model.rooms[room].inside.contains(&who));
        let Some(peer) = self.peers.get_mut(&who) else { return };
        let request = protocol::RequestId(self.random.random());
        let id = self.rooms[room].id.clone();
        peer.say(&ClientMessage::Join { request, room: id }).await.unwrap();
        let joined = loop {
            match peer.hear().await.unwrap() {
                ServerMessage::Joined { request: Some(it), .. } if it == request => break true,
                ServerMessage::Refused { request: Some(it), .. } if it == request => break false,
                _ => {}
            }
        };
        self.judge(joined, is_open, || format!("{who} joins room {room}"));
        if joined {
            self.model.joins(who, room);
        }
        self.note(format!("{who} joins {room}: {joined}"));
    }

    async fn add(&mut self, who: usize, room: usize) {
        let Some(admin) = self.admin_of(room).await else { return };
        let backend = &self.world.backend;
        let member = &self.people[who].person.id;
        let added =
            rooms::add((&backend.members, &backend.memberships, &backend.log), &admin, member, crowd::now())
                .await;
        self.world.tell(added.unwrap()).await;
        self.model.joins(who, room);
        self.settle(who, room).await;
        self.note(format!("{who} is added to {room}"));
    }

    async fn come_by_invitation(&mut self, who: usize, room: usize) {
        let Some(admin) = self.admin_of(room).await else { return };
        if self.model.barred.contains(&who) {
            return;
        }
        let (backend, now) = (&self.world.backend, crowd::now());
        let token = InviteToken::from_random(self.random.random());
        rooms::invite(&backend.invites, &admin, &token, (1, 1), now).await.unwrap();
        let (of_rooms, stores) =
            ((&backend.rooms, &backend.invites), (&backend.members, &backend.memberships, &backend.log));
        let member = &self.people[who].person.id;
        let came = rooms::come_by_invitation(of_rooms, stores, &token.key(), member, now).await;
        let (_, news) = came.unwrap();
        self.world.tell(news).await;
        self.model.joins(who, room);
        self.settle(who, room).await;
        self.note(format!("{who} comes to {room} by invitation"));
    }

    /// By themselves, over their connection.
    async fn leave(&mut self, who: usize, room: usize) {
        let may = self.model.may_go(who, room) || !self.model.rooms[room].inside.contains(&who);
        let Some(peer) = self.peers.get_mut(&who) else { return };
        let request = protocol::RequestId(self.random.random());
        let id = self.rooms[room].id.clone();
        peer.say(&ClientMessage::Leave { request, room: id }).await.unwrap();
        let left = loop {
            match peer.hear().await.unwrap() {
                ServerMessage::Left { request: Some(it), .. } if it == request => break true,
                ServerMessage::Refused { request: Some(it), .. } if it == request => break false,
                _ => {}
            }
        };
        self.judge(left, may, || format!("{who} leaves room {room}"));
        if left {
            self.model.goes(who, room);
        }
        self.note(format!("{who} leaves {room}: {left}"));
    }

    async fn remove(&mut self, who: usize, room: usize) {
        let Some(admin) = self.admin_of(room).await else { return };
        if !self.model.rooms[room].inside.contains(&who) || !self.model.may_go(who, room) {
            return;
        }
        let deed = Deed::of(&admin.membership().member, crowd::now());
        let (memberships, id) = (&self.world.backend.memberships, &self.rooms[room].id);
        let news = rooms::leave(memberships, id, &self.people[who].person.id, &deed).await.unwrap();
        self.world.tell(news).await;
        self.model.goes(who, room);
        self.settle(who, room).await;
        self.note(format!("{who} is removed from {room}"));
    }

    async fn promote(&mut self, who: usize, room: usize) {
        let Some(admin) = self.admin_of(room).await else { return };
        if !self.model.rooms[room].inside.contains(&who) {
            return;
        }
        let deed = Deed::of(&admin.membership().member, crowd::now());
        let (memberships, id) = (&self.world.backend.memberships, &self.rooms[room].id);
        let member = &self.people[who].person.id;
        let news = rooms::set_role(memberships, id, member, Role::Admin, &deed).await.unwrap();
        self.world.tell(news).await;
        self.model.rooms[room].admins.insert(who);
        self.note(format!("{who} is an admin of {room}"));
    }

    async fn bar(&mut self, who: usize) {
        let member = self.people[who].person.id.clone();
        self.world.backend.sessions.bar(&member, crowd::now()).await.unwrap();
        let event = Event::SessionsEnded { member, kept: None };
        self.world.tell(vec![(chat::ports::Channel::Members, event)]).await;
        self.model.barred.insert(who);
        if let Some(mut peer) = self.peers.remove(&who) {
            let code = loop {
                match peer.hear().await {
                    Ok(_) => {}
                    Err(code) => break code,
                }
            };
            assert_eq!(code, CloseCode::SESSION_ENDED);
        }
        let again = self.world.session(&self.people[who].person, &mut self.random).await;
        self.judge(again.is_some(), false, || format!("{who} signs in while barred"));
        self.note(format!("{who} is barred"));
    }

    async fn unbar(&mut self, who: usize) {
        if !self.model.barred.remove(&who) {
            return;
        }
        self.world.backend.sessions.unbar(&self.people[who].person.id).await.unwrap();
        let token = self.world.session(&self.people[who].person, &mut self.random).await;
        self.people[who].token = token.unwrap();
        self.connect(who).await;
        self.note(format!("{who} is let in again"));
    }

    async fn delete(&mut self, room: usize) {
        let Some(admin) = self.admin_of(room).await else { return };
        let deed = Deed::of(&admin.membership().member, crowd::now());
        let news = rooms::delete(&self.world.backend.erasures, &self.rooms[room].id, &deed).await.unwrap();
        self.world.tell(news).await;
        let inside = std::mem::take(&mut self.model.rooms[room].inside);
        self.model.rooms[room].admins.clear();
        self.model.rooms[room].is_deleted = true;
        for who in inside {
            self.settle(who, room).await;
        }
        self.note(format!("{room} is deleted"));
    }

    /// An admin says something: it comes to the connections of those inside, and to no other.
    async fn deliver(&mut self, room: usize) {
        let Some(&speaker) = self.model.rooms[room].inside.iter().find(|who| self.peers.contains_key(who))
        else {
            return;
        };
        for who in 0..PEOPLE {
            self.attempt(Some(who), room, Way::SocketOpen).await;
        }
        let id = self.rooms[room].id.clone();
        let peer = self.peers.get_mut(&speaker).unwrap();
        let (_, came) = ways::by_socket(peer, &self.rooms[room], Way::Send, None, &mut self.random).await;
        let said = came.iter().find_map(|message| match message {
            ServerMessage::Sent { sequence, .. } => Some(*sequence),
            _ => None,
        });
        let Some(said) = said else {
            return self.judge(false, true, || format!("{speaker} speaks in {room}"));
        };
        self.own.insert((room, speaker), said);
        let is_it = |message: &Message| message.sequence == said;
        // First those who should hear it: by then it has gone out.
        let mut order: Vec<usize> = self.peers.keys().copied().collect();
        order.sort_by_key(|who| !self.model.delivers_to(*who, room));
        for who in order {
            let peer = self.peers.get_mut(&who).unwrap();
            peer.say(&ClientMessage::Heads).await.unwrap();
            let should = self.model.delivers_to(who, room);
            let mut heard = false;
            loop {
                match peer.hear().await.unwrap() {
                    ServerMessage::Messages { page } if page.room == id => {
                        heard |= page.messages.iter().any(is_it);
                        if heard {
                            break;
                        }
                    }
                    ServerMessage::Heads { .. } if !should => break,
                    _ => {}
                }
            }
            self.judge(heard, should, || format!("{who} hears what is said in {room}"));
        }
        self.note(format!("{speaker} says {said} in {room}"));
    }

    async fn attempt(&mut self, who: Who, room: usize, way: Way) {
        let info = self.rooms[room].clone();
        let should = self.model.lets_in(who, room, way);
        let is_open = if way.is_by_socket() {
            let Some(peer) = who.and_then(|who| self.peers.get_mut(&who)) else { return };
            let own = who.and_then(|who| self.own.get(&(room, who)).copied());
            if way == Way::Edit && own.is_none() {
                return;
            }
            let (is_open, _) = ways::by_socket(peer, &info, way, own, &mut self.random).await;
            if way == Way::Edit && is_open {
                self.own.remove(&(room, who.unwrap()));
            }
            is_open
        } else {
            let member = who.map(|who| &self.people[who]);
            let (is_open, read) = ways::by_http(self.world, member, &info, way).await;
            // What a refusal says may repeat the address, and nothing else of the room.
            let tells = !should && way != Way::List && read.contains(info.name.as_str());
            is_open || (tells && self.model.rooms[room].is_private)
        };
        self.judge(is_open, should, || format!("{who:?} tries {way:?} of room {room}"));
    }

    /// Waits until a member's connection has heard that they are in a room, or are no longer.
    async fn settle(&mut self, who: usize, room: usize) {
        let is_inside = self.model.rooms[room].inside.contains(&who);
        let id = &self.rooms[room].id;
        let Some(peer) = self.peers.get_mut(&who) else { return };
        // The rooms that it has stand in its heads.
        loop {
            peer.say(&ClientMessage::Heads).await.unwrap();
            let heads = loop {
                if let ServerMessage::Heads { heads, .. } = peer.hear().await.unwrap() {
                    break heads;
                }
            };
            if heads.iter().any(|(it, _)| it == id) == is_inside {
                return;
            }
        }
    }

    async fn connect(&mut self, who: usize) {
        let mut peer = Peer::connect(self.world.addr, &self.people[who]).await.unwrap();
        while !matches!(peer.hear().await.unwrap(), ServerMessage::Welcome { .. }) {}
        self.peers.insert(who, peer);
    }

    /// The right of one of a room's admins.
    async fn admin_of(&mut self, room: usize) -> Option<access::Insider> {
        let admins: Vec<usize> = self.model.rooms[room].admins.iter().copied().collect();
        let admin = *admins.choose(&mut self.random)?;
        let backend = &self.world.backend;
        let member = &self.people[admin].person.id;
        let id = &self.rooms[room].id;
        Some(access::admin(&backend.rooms, &backend.memberships, member, id).await.unwrap())
    }

    fn judge(&mut self, is_open: bool, should: bool, what: impl Fn() -> String) {
        self.n_tries += 1;
        if is_open != should {
            let after = self.happened.join("; ");
            let what = format!("{} was {is_open}, after: {after}", what());
            self.wrong.push(Wrong { is_leak: is_open, what });
        }
    }

    fn note(&mut self, what: String) {
        self.happened.push(what);
    }
}
