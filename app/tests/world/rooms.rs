//! Rooms with members in them, and their forms.

use chat::{
    access,
    ports::{
        Act, Bus as _, Channel, Members as _, Memberships as _, Records as _, Rooms as _, Start, Subscription,
    },
    rooms,
};
use http::StatusCode;
use protocol::{Heads, MemberId, MemberName, RoomId, RoomInfo, RoomName, Timestamp, Topic, limits};

use super::{NOW_MS, Reply, World, fresh_world};

/// The forms of a room that are its admins' alone, with what makes them good.
pub const ADMINS_FORMS: [(&str, &[(&str, &str)]); 7] = [
    ("describe", &[("name", "Nook"), ("topic", "Tea")]),
    ("add", &[("name", "Cy")]),
    ("remove", &[("name", "Bo")]),
    ("role", &[("member", "nobody"), ("role", "admin")]),
    ("invite", &[("days", "7"), ("uses", "10")]),
    ("withdraw", &[("invite", "abc")]),
    ("delete", &[("name", "Den")]),
];

/// A world where Ada looks after a room, Bo is in it, and Cy is not.
pub struct Den {
    pub world: World,
    pub room: RoomId,
    pub ada: String,
    pub bo: String,
    pub cy: String,
}

/// The den, which is `den` where it is public.
pub async fn fresh_den(is_private: bool) -> Den {
    let world = fresh_world().await;
    let (ada, bo, cy) = (world.sign_up("Ada").await, world.sign_up("Bo").await, world.sign_up("Cy").await);
    let id = if is_private { "p--abcdefgh" } else { "den" };
    let room = RoomInfo {
        id: RoomId::parse(id).unwrap(),
        name: RoomName::parse("Den").unwrap(),
        topic: Topic::parse("Where foxes talk").unwrap(),
        private: is_private,
    };
    let founder = world.id_of("Ada").await;
    rooms::create(
        (&world.backend.rooms, &world.backend.members, &world.backend.erasures),
        &room,
        &founder,
        Timestamp(NOW_MS),
    )
    .await
    .unwrap();
    let den = Den { world, room: room.id, ada, bo, cy };
    den.join("Bo").await;
    den
}

impl Den {
    /// Brings somebody in.
    pub async fn join(&self, name: &str) {
        let member = self.world.id_of(name).await;
        let head = Heads::default().messages;
        let start =
            Start { at: Timestamp(NOW_MS), head, rooms_max: limits::ROOMS_PER_MEMBER, added_by: None };
        self.world.backend.memberships.join(&self.room, &member, &start).await.unwrap();
    }

    /// Sends one of the room's forms.
    pub async fn post(&self, cookies: &str, form: &str, fields: &[(&str, &str)]) -> Reply {
        self.world.post(cookies, &format!("/room/{}/{form}", self.room), fields).await
    }

    /// The room's settings, as somebody is shown them.
    pub async fn page(&self, cookies: &str) -> Reply {
        self.world.get_as(cookies, &format!("/room/{}", self.room)).await
    }

    /// Sends a form, and follows to the page that it brings one back to.
    pub async fn refused(&self, form: &str, fields: &[(&str, &str)], code: &str) -> String {
        let reply = self.post(&self.ada, form, fields).await;
        check_refused(&reply, self.room.as_str(), form, code);
        self.world.get_as(&self.ada, reply.location().split('#').next().unwrap()).await.body
    }

    /// Whether somebody is in the room, and whether as an admin.
    pub async fn standing(&self, name: &str) -> Option<bool> {
        let backend = &self.world.backend;
        let member = self.world.id_of(name).await;
        let insider = access::insider(&backend.rooms, &backend.memberships, &member, &self.room).await;
        insider.ok().map(|insider| insider.is_admin())
    }

    /// The room as it is now.
    pub async fn info(&self) -> RoomInfo {
        self.world.backend.rooms.find(&self.room).await.unwrap().unwrap()
    }

    /// What the nodes are told from now on.
    pub async fn listen(&self) -> Subscription {
        self.world.backend.bus.subscribe(&Channel::Members).await.unwrap()
    }

    /// What was done, the newest first.
    pub async fn acts(&self) -> Vec<Act> {
        self.world.backend.records.acts(&self.room, None, 100).await.unwrap()
    }
}

impl World {
    /// Who has a name.
    pub async fn id_of(&self, name: &str) -> MemberId {
        let name = MemberName::parse(name).unwrap();
        self.backend.members.by_name(&name).await.unwrap().unwrap().person.id
    }
}

/// The form came back to its page with what was wrong.
#[track_caller]
pub fn check_refused(reply: &Reply, room: &str, form: &str, code: &str) {
    let location = reply.location();
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert!(location.starts_with(&format!("/room/{room}?problem=")), "{location}");
    assert!(location.contains(&format!("form={form}")), "{location}");
    assert!(location.contains(code), "{code} is not in {location}");
}

/// What stands in a page, without its tags.
pub fn words(html: &str) -> String {
    let mut words = String::new();
    let mut is_tag = false;
    for c in html.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            _ if !is_tag => words.push(c),
            _ => {}
        }
    }
    words.replace("&#39;", "'").replace("&#x27;", "'")
}
