//! Why a request was not done, for the member to mend.

mod fields;

use serde::{Deserialize, Serialize};

use crate::{RoomId, Sequence};

/// Why a request was not done. `code` is stable; the text is for logs and developers, pages have their own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// Not a frame that we know: bad JSON, an unknown type, a missing or mistyped field.
    #[error("the frame cannot be read: {detail}")]
    BadFrame {
        /// What is wrong with it, and where.
        detail: String,
    },
    /// Shorter than the limit.
    #[error("{field} is shorter than {limit}")]
    TooShort {
        /// Which field.
        field: Field,
        /// Least length, in Unicode scalar values.
        limit: usize,
    },
    /// Longer than the limit.
    #[error("{field} is longer than {limit}")]
    TooLong {
        /// Which field.
        field: Field,
        /// Greatest length, in Unicode scalar values; entries for a list.
        limit: usize,
    },
    /// Not of the form that the field has.
    #[error("{field} is not valid: expected {expected}")]
    Invalid {
        /// Which field.
        field: Field,
        /// What would be good.
        expected: String,
    },
    /// More often than the limit allows.
    #[error("{action} too often: wait {retry_ms} ms")]
    TooFast {
        /// What was done too often.
        action: Action,
        /// When it will be allowed again, in milliseconds from now.
        retry_ms: u64,
    },
    /// No such room, for the one who asks.
    #[error("room `{room}` does not exist")]
    NoSuchRoom {
        /// As it was asked for.
        room: RoomId,
    },
    /// The room is there, but one has to join it first.
    #[error("not a member of room `{room}`")]
    NotInRoom {
        /// Which room.
        room: RoomId,
    },
    /// The connection does not show the room; open it first.
    #[error("room `{room}` is not open")]
    RoomNotOpen {
        /// Which room.
        room: RoomId,
    },
    /// No message there, or no longer one: it was deleted.
    #[error("no message {sequence} in room `{room}`")]
    NoSuchMessage {
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// Only its author may change a message.
    #[error("message {sequence} of room `{room}` is somebody else's")]
    NotYours {
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// The message is not what its editor saw any longer: somebody was faster.
    #[error("message {sequence} of room `{room}` was edited meanwhile")]
    Overtaken {
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// Only an admin of the room may do that.
    #[error("not an admin of room `{room}`")]
    NotAdmin {
        /// Which room.
        room: RoomId,
    },
    /// A room keeps at least one admin: another has to be named first.
    #[error("the last admin of room `{room}`")]
    LastAdmin {
        /// Which room.
        room: RoomId,
    },
    /// Another room has that address, or had it.
    #[error("room `{room}` exists already")]
    RoomExists {
        /// The address that is taken.
        room: RoomId,
    },
    /// As many as allowed already.
    #[error("no more than {limit} of {field}")]
    TooMany {
        /// What there are too many of.
        field: Field,
        /// How many are allowed.
        limit: usize,
    },
    /// The sender looked for its own nonce too long ago; catch up, then send again.
    #[error("the room has moved more than {limit} messages past `since`")]
    Stale {
        /// How far behind is allowed, in messages.
        limit: u64,
    },
    /// `since` lies past the room's head: it is not of this log.
    #[error("`since` is past the room's head")]
    SinceAhead,
    /// Another member has that name.
    #[error("the name is taken")]
    NameTaken,
    /// Nobody has that name.
    #[error("nobody has that name")]
    NoSuchMember,
    /// No such invitation, or no longer: it was withdrawn.
    #[error("no such invitation")]
    NoSuchInvite,
    /// The invitation's time is over.
    #[error("the invitation has expired")]
    InviteExpired,
    /// As many have come by the invitation as may.
    #[error("the invitation is used up")]
    InviteUsedUp,
    /// What cannot be undone is done only when its name was typed.
    #[error("not confirmed: expected `{expected}`")]
    NotConfirmed {
        /// What is to be typed.
        expected: String,
    },
    /// Those who run the place have shut the member out.
    #[error("banned")]
    Banned,
    /// Name and password do not go together; which one is wrong is not said.
    #[error("wrong name or password")]
    WrongCredentials,
    /// Name and recovery code do not go together, or the link was used or is too old.
    #[error("wrong or used recovery")]
    WrongRecovery,
    /// Only members may do that.
    #[error("not signed in")]
    NotSignedIn,
    /// Only a guest can become an account.
    #[error("has an account already")]
    NotAGuest,
    /// Sign-ups, or guests, are switched off here.
    #[error("{action} is switched off")]
    SwitchedOff {
        /// What is off.
        action: Action,
    },
    /// Too much at once on our side; nothing was done.
    #[error("busy: try again in {retry_ms} ms")]
    Busy {
        /// When to try again, in milliseconds from now.
        retry_ms: u64,
    },
    /// The store did not answer. What was asked may or may not have been done; asking again is safe.
    #[error("the store is unavailable")]
    Unavailable,
}

/// A refusal on its way through serde, which carries errors as text only: it travels as JSON, and
/// [`wire`](crate::wire) takes it out again.
#[derive(Debug)]
pub struct ThroughSerde(pub(crate) Refusal);

impl std::fmt::Display for ThroughSerde {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&crate::wire::encode(&self.0))
    }
}

/// A field of a request, as refusals name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// A whole WebSocket message.
    Frame,
    /// What a message says.
    Text,
    /// What a member is called.
    Name,
    /// A password.
    Password,
    /// A recovery code.
    RecoveryCode,
    /// A room's address.
    Room,
    /// What a room is called.
    RoomName,
    /// What a room is about.
    Topic,
    /// A member's id.
    Member,
    /// A client's name for a draft.
    Nonce,
    /// The messages of a page.
    Limit,
    /// The rooms that a member is in.
    Rooms,
    /// The invitations of a room.
    Invites,
    /// How often an invitation may be used.
    InviteUses,
    /// For how long an invitation holds.
    InviteDays,
    /// The rooms that a connection shows.
    OpenRooms,
    /// What comes first of what was found.
    Order,
    /// How far a clock is from UTC.
    Offset,
    /// Where a search goes on.
    Cursor,
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Frame => "frame",
            Self::Text => "text",
            Self::Name => "name",
            Self::Password => "password",
            Self::RecoveryCode => "recovery code",
            Self::Room => "room",
            Self::RoomName => "room name",
            Self::Topic => "topic",
            Self::Member => "member",
            Self::Nonce => "nonce",
            Self::Limit => "limit",
            Self::Rooms => "rooms",
            Self::Invites => "invitations",
            Self::InviteUses => "uses of an invitation",
            Self::InviteDays => "days of an invitation",
            Self::OpenRooms => "open rooms",
            Self::Order => "order",
            Self::Offset => "offset",
            Self::Cursor => "cursor",
        })
    }
}

/// Something that members do and limits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sending messages.
    Send,
    /// Joining and leaving rooms.
    Join,
    /// Making rooms.
    CreateRoom,
    /// Saying that one types.
    Typing,
    /// Any other request on a connection.
    Request,
    /// Making an account.
    SignUp,
    /// Signing in.
    SignIn,
    /// Coming as a guest.
    Guest,
    /// Resetting a password.
    Reset,
    /// Opening connections.
    Connect,
    /// Looking after a room, or coming to one by invitation.
    Administer,
    /// Searching.
    Search,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Send => "sending",
            Self::Join => "joining",
            Self::CreateRoom => "making rooms",
            Self::Typing => "typing",
            Self::Request => "asking",
            Self::SignUp => "sign-up",
            Self::SignIn => "sign-in",
            Self::Guest => "coming as a guest",
            Self::Reset => "resetting a password",
            Self::Connect => "connecting",
            Self::Administer => "looking after rooms",
            Self::Search => "searching",
        })
    }
}
