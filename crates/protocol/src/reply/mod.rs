//! What the server says.

mod fields;

use serde::{Deserialize, Serialize};

use crate::{
    Heads, MemberId, Message, Nonce, Person, Refusal, RequestId, RoomId, RoomInfo, Sequence, Timestamp,
};

/// What the server says, as one JSON object with its `type`. Clients ignore fields they do not know. A field has the
/// same type in all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message of a connection.
    Welcome {
        /// Who the connection is signed in as.
        me: Person,
        /// The rooms that the member is in.
        rooms: Vec<RoomState>,
        /// The server's clock.
        now: Timestamp,
        /// Which build of the page the server has; another than the client's own means that a newer one can be loaded.
        build: String,
    },
    /// The answer to `open`. What follows continues exactly where this ends.
    Opened {
        /// The client's number for the request.
        request: RequestId,
        /// The room and how far it is.
        state: RoomState,
        /// Its last messages; those after the client's cursor where it had one and was not too far behind.
        page: Page,
        /// All changes of the room after this one are told here. A client that has not heard of those up to it forgets
        /// what it has: too much of that was changed.
        after: Sequence,
        /// Messages that were edited or deleted since then and are not in the page, as they are now.
        changed: Vec<Message>,
        /// Who is here.
        here: Here,
        /// Who types at the moment.
        typing: Vec<Person>,
    },
    /// The answer to `page`.
    Page {
        /// The client's number for the request.
        request: RequestId,
        /// The messages.
        page: Page,
    },
    /// New messages of an open room: the next ones, in order.
    Messages {
        /// The messages and their authors.
        page: Page,
    },
    /// Messages of an open room were edited or deleted, or memberships ended: the next changes of the room, in order.
    Changed {
        /// Which room.
        room: RoomId,
        /// The change before the first.
        after: Sequence,
        /// The messages, as they are now.
        changed: Vec<Message>,
        /// Who is in the room no longer.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lost: Vec<MemberId>,
        /// The last of the changes.
        upto: Sequence,
    },
    /// An edit or a deletion is durable. The room's viewers hear `changed`.
    Revised {
        /// The client's number for the request.
        request: RequestId,
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// A draft is durable.
    Sent {
        /// Which room.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
        /// Its place.
        sequence: Sequence,
        /// When it became durable.
        at: Timestamp,
    },
    /// A draft was not taken, and is not in the log; unless its sender is in the room no longer, which is asked first.
    NotSent {
        /// Which room.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
        /// Why.
        refusal: Refusal,
    },
    /// A request was not done.
    Refused {
        /// The client's number for it, where it had one and it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
        /// Why.
        refusal: Refusal,
    },
    /// How far some of the member's rooms are: the sign of life, and what moved in rooms that are not shown.
    Heads {
        /// Each room and its heads.
        heads: Vec<(RoomId, Heads)>,
        /// Whether the member is in no other room. Who takes them for being in one has not heard that they left.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        all: bool,
    },
    /// Who came to an open room and who went.
    Presence {
        /// Which room.
        room: RoomId,
        /// Who came, or has another name now.
        came: Vec<Person>,
        /// Who went.
        went: Vec<MemberId>,
        /// How many are here now.
        n_here: usize,
    },
    /// Somebody types in an open room. Lapses by itself, or with that person's next message.
    Typing {
        /// Which room.
        room: RoomId,
        /// Who.
        person: Person,
    },
    /// The member is in a room, by this request or by another connection's.
    Joined {
        /// The client's number for the request, if it was this connection's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
        /// The room and how far it is.
        state: RoomState,
    },
    /// The member is in a room no longer.
    Left {
        /// The client's number for the request, if it was this connection's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<RequestId>,
        /// Which room.
        room: RoomId,
        /// Why.
        why: Ending,
    },
    /// A room of the member's is called otherwise now, or is about something else.
    RoomChanged {
        /// The room as it is now.
        info: RoomInfo,
    },
    /// The member became an admin of a room, or is one no longer.
    RoleChanged {
        /// Which room.
        room: RoomId,
        /// Whether they are.
        admin: bool,
    },
    /// The member has read on, perhaps on another connection.
    Read {
        /// Which room.
        room: RoomId,
        /// The last message read.
        upto: Sequence,
    },
    /// The answer to `browse`.
    Rooms {
        /// The client's number for the request.
        request: RequestId,
        /// Public rooms by address, at most [`ROOMS_LISTED`](crate::limits::ROOMS_LISTED).
        listed: Vec<RoomInfo>,
        /// Whether there are more after the last.
        more: bool,
    },
    /// What waited for this connection was dropped because it did not keep up: open the rooms again from the cursors,
    /// and send again what was not acknowledged.
    Resync,
}

/// Some messages of a room in order, without holes between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Page {
    /// Which room.
    pub room: RoomId,
    /// The messages, lowest sequence first.
    pub messages: Vec<Message>,
    /// Their authors, each once.
    pub people: Vec<Person>,
    /// How far the room was when this was read.
    pub heads: Heads,
}

/// A room that the member is in, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoomState {
    /// The room.
    pub info: RoomInfo,
    /// How far it is.
    pub heads: Heads,
    /// How far the member has read.
    pub read: Sequence,
    /// Whether the member is one of its admins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
}

/// Why a member is in a room no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// They left.
    Left,
    /// An admin removed them.
    Removed,
    /// The room was deleted.
    Deleted,
}

/// Who of a room's members is here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Here {
    /// How many are here.
    pub n_here: usize,
    /// How many members the room has.
    pub n_members: usize,
    /// Those here, at most [`PEOPLE_SHOWN`](crate::limits::PEOPLE_SHOWN).
    pub here: Vec<Person>,
    /// Members who are away, as many as then still fit.
    pub away: Vec<Person>,
}
