//! The fields of the server's messages.

use serde::{Deserialize, Deserializer, de::Error};

use super::{Ending, Here, Page, RoomState, ServerMessage};
use crate::{
    Heads, MemberId, Message, Nonce, Person, Refusal, RequestId, RoomId, RoomInfo, Sequence, Timestamp,
    flat::made,
};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Welcome,
    Opened,
    Page,
    Messages,
    Changed,
    Revised,
    Sent,
    NotSent,
    Refused,
    Heads,
    Presence,
    Typing,
    Joined,
    Left,
    RoomChanged,
    RoleChanged,
    Read,
    Rooms,
    Resync,
}

/// Every field that there is.
#[derive(Deserialize)]
struct Fields {
    r#type: Kind,
    admin: Option<bool>,
    after: Option<Sequence>,
    all: Option<bool>,
    at: Option<Timestamp>,
    build: Option<String>,
    came: Option<Vec<Person>>,
    changed: Option<Vec<Message>>,
    heads: Option<Vec<(RoomId, Heads)>>,
    here: Option<Here>,
    info: Option<RoomInfo>,
    listed: Option<Vec<RoomInfo>>,
    lost: Option<Vec<MemberId>>,
    me: Option<Person>,
    more: Option<bool>,
    n_here: Option<usize>,
    nonce: Option<Nonce>,
    now: Option<Timestamp>,
    page: Option<Page>,
    person: Option<Person>,
    refusal: Option<Refusal>,
    request: Option<RequestId>,
    room: Option<RoomId>,
    rooms: Option<Vec<RoomState>>,
    sequence: Option<Sequence>,
    state: Option<RoomState>,
    typing: Option<Vec<Person>>,
    upto: Option<Sequence>,
    went: Option<Vec<MemberId>>,
    why: Option<Ending>,
}

impl<'de> Deserialize<'de> for ServerMessage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.message().map_err(D::Error::missing_field)
    }
}

impl Fields {
    /// What they make, or the name of the field that is missing.
    fn message(self) -> Result<ServerMessage, &'static str> {
        use ServerMessage as It;
        Ok(match self.r#type {
            Kind::Welcome => made!(It::Welcome { me, rooms, now, build } of self),
            Kind::Opened => made!(It::Opened { request, state, page, after, changed, here, typing } of self),
            Kind::Page => made!(It::Page { request, page } of self),
            Kind::Messages => made!(It::Messages { page } of self),
            Kind::Changed => It::Changed {
                room: self.room.ok_or("room")?,
                after: self.after.ok_or("after")?,
                changed: self.changed.ok_or("changed")?,
                lost: self.lost.unwrap_or_default(),
                upto: self.upto.ok_or("upto")?,
            },
            Kind::Revised => made!(It::Revised { request, room, sequence } of self),
            Kind::Sent => made!(It::Sent { room, nonce, sequence, at } of self),
            Kind::NotSent => made!(It::NotSent { room, nonce, refusal } of self),
            Kind::Refused => It::Refused { request: self.request, refusal: self.refusal.ok_or("refusal")? },
            Kind::Heads => It::Heads { heads: self.heads.ok_or("heads")?, all: self.all.unwrap_or_default() },
            Kind::Presence => made!(It::Presence { room, came, went, n_here } of self),
            Kind::Typing => made!(It::Typing { room, person } of self),
            Kind::Joined => It::Joined { request: self.request, state: self.state.ok_or("state")? },
            Kind::Left => It::Left {
                request: self.request,
                room: self.room.ok_or("room")?,
                why: self.why.ok_or("why")?,
            },
            Kind::RoomChanged => made!(It::RoomChanged { info } of self),
            Kind::RoleChanged => made!(It::RoleChanged { room, admin } of self),
            Kind::Read => made!(It::Read { room, upto } of self),
            Kind::Rooms => made!(It::Rooms { request, listed, more } of self),
            Kind::Resync => It::Resync,
        })
    }
}
