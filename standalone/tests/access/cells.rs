//! Every cell of the table against every way in.

use std::collections::BTreeSet;

use bench::{
    crowd::{self, Member},
    peer::Peer,
};
use chat::{
    access,
    ports::{Deed, Sessions as _},
    rooms,
};
use protocol::{RoomInfo, Sequence, ServerMessage};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    SEED,
    model::{Model, ModelRoom},
    ways::{self, Way},
    world::World,
};

const ADMIN: usize = 0;
const INSIDE: usize = 1;
const OUTSIDE: usize = 2;
const REMOVED: usize = 3;
/// Inside, if they were not barred.
const BARRED: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_is_open_to_those_that_the_table_says() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;

    let (mut n_cells, mut wrong) = (0, Vec::new());
    for (who, room, way) in cells() {
        let Some(is_open) = scene.attempt(&world, who, room, way).await else { continue };
        n_cells += 1;
        if is_open != scene.model.lets_in(who, room, way) {
            wrong.push(format!("{who:?} by {way:?} into room {room}: {is_open}"));
        }
    }

    println!("result: {n_cells} cells of the table tried: wrong: {}", wrong.len());
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_visitors_may_not_read_they_read_nothing() {
    let world = World::start_with(&[("HUBBUB_VISITORS", "off")]).await;
    let scene = Scene::set(&world).await;

    for (who, room, way) in cells() {
        let Some(is_open) = scene.attempt(&world, who, room, way).await else { continue };
        // Who is barred is a visitor.
        let is_visitor = who.is_none_or(|who| who == BARRED);
        assert_eq!(is_open, !is_visitor && scene.model.lets_in(who, room, way), "{who:?} {way:?} {room}");
    }
}

fn cells() -> impl Iterator<Item = (Option<usize>, usize, Way)> {
    let people = [None, Some(ADMIN), Some(INSIDE), Some(OUTSIDE), Some(REMOVED), Some(BARRED)];
    let rooms = move |who| (0..3).map(move |room| (who, room));
    people.into_iter().flat_map(rooms).flat_map(|(who, room)| ways::ALL.map(|way| (who, room, way)))
}

/// A public, a private and a deleted room, and somebody in each standing.
struct Scene {
    people: Vec<Member>,
    rooms: Vec<RoomInfo>,
    model: Model,
}

impl Scene {
    async fn set(world: &World) -> Self {
        let mut random = StdRng::seed_from_u64(SEED);
        let mut people = Vec::new();
        for _ in 0..5 {
            people.push(world.member(&mut random).await);
        }
        let (mut rooms, mut model) = (Vec::new(), Model::default());
        for (is_private, is_deleted) in [(false, false), (true, false), (true, true)] {
            rooms.push(Self::set_room(world, &people, is_private, is_deleted, &mut random).await);
            let inside = if is_deleted { BTreeSet::new() } else { [ADMIN, INSIDE, BARRED].into() };
            let admins = if is_deleted { BTreeSet::new() } else { [ADMIN].into() };
            model.rooms.push(ModelRoom { is_private, is_deleted, inside, admins });
        }
        world.backend.sessions.bar(&people[BARRED].person.id, crowd::now()).await.unwrap();
        model.barred.insert(BARRED);
        Self { people, rooms, model }
    }

    async fn set_room(
        world: &World,
        people: &[Member],
        is_private: bool,
        is_deleted: bool,
        random: &mut StdRng,
    ) -> RoomInfo {
        let room = world.room(&people[ADMIN], is_private, random).await;
        let (backend, id) = (&world.backend, &people[ADMIN].person.id);
        let admin = access::admin(&backend.rooms, &backend.memberships, id, &room.id).await.unwrap();
        let deed = Deed::of(id, crowd::now());
        for who in [INSIDE, REMOVED, BARRED] {
            let member = &people[who].person.id;
            rooms::add((&backend.members, &backend.memberships, &backend.log), &admin, member, crowd::now())
                .await
                .unwrap();
        }
        let removed = &people[REMOVED].person.id;
        rooms::leave(&backend.memberships, &room.id, removed, &deed).await.unwrap();
        if is_deleted {
            rooms::delete(&backend.erasures, &room.id, &deed).await.unwrap();
        }
        room
    }

    /// Whether the way is open; none where it cannot be tried.
    async fn attempt(&self, world: &World, who: Option<usize>, room: usize, way: Way) -> Option<bool> {
        let (member, room) = (who.map(|who| &self.people[who]), &self.rooms[room]);
        if !way.is_by_socket() {
            return Some(ways::by_http(world, member, room, way).await.0);
        }
        // Who has no session has no socket: that is a closed way.
        let Some(member) = member else { return Some(false) };
        let Ok(mut peer) = Peer::connect(world.addr, member).await else { return Some(false) };
        while !matches!(peer.hear().await.ok()?, ServerMessage::Welcome { .. }) {}
        let mut random = StdRng::seed_from_u64(SEED);
        let own = match way {
            Way::Edit => Some(self.own_message(&mut peer, room, &mut random).await?),
            _ => None,
        };
        Some(ways::by_socket(&mut peer, room, way, own, &mut random).await.0)
    }

    /// A message of their own to edit; none where they cannot write one.
    async fn own_message(&self, peer: &mut Peer, room: &RoomInfo, random: &mut StdRng) -> Option<Sequence> {
        let (_, came) = ways::by_socket(peer, room, Way::Send, None, random).await;
        came.iter().find_map(|message| match message {
            ServerMessage::Sent { sequence, .. } => Some(*sequence),
            _ => None,
        })
    }
}
