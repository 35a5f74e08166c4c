//! The fields of refusals.

use serde::{Deserialize, Deserializer, de::Error};

use super::{Action, Field, Refusal};
use crate::{RoomId, Sequence, flat::made};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    BadFrame,
    TooShort,
    TooLong,
    Invalid,
    TooFast,
    NoSuchRoom,
    NotInRoom,
    RoomNotOpen,
    NoSuchMessage,
    NotYours,
    Overtaken,
    NotAdmin,
    LastAdmin,
    RoomExists,
    TooMany,
    Stale,
    SinceAhead,
    NameTaken,
    NoSuchMember,
    NoSuchInvite,
    InviteExpired,
    InviteUsedUp,
    NotConfirmed,
    Banned,
    WrongCredentials,
    WrongRecovery,
    NotSignedIn,
    NotAGuest,
    SwitchedOff,
    Busy,
    Unavailable,
}

/// Every field that there is.
#[derive(Deserialize)]
struct Fields {
    code: Code,
    action: Option<Action>,
    detail: Option<String>,
    expected: Option<String>,
    field: Option<Field>,
    limit: Option<usize>,
    retry_ms: Option<u64>,
    room: Option<RoomId>,
    sequence: Option<Sequence>,
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer)?.refusal().map_err(D::Error::missing_field)
    }
}

impl Fields {
    /// What they make, or the name of the field that is missing.
    fn refusal(self) -> Result<Refusal, &'static str> {
        use Refusal as It;
        Ok(match self.code {
            Code::BadFrame => made!(It::BadFrame { detail } of self),
            Code::TooShort => made!(It::TooShort { field, limit } of self),
            Code::TooLong => made!(It::TooLong { field, limit } of self),
            Code::Invalid => made!(It::Invalid { field, expected } of self),
            Code::TooFast => made!(It::TooFast { action, retry_ms } of self),
            Code::NoSuchRoom => made!(It::NoSuchRoom { room } of self),
            Code::NotInRoom => made!(It::NotInRoom { room } of self),
            Code::RoomNotOpen => made!(It::RoomNotOpen { room } of self),
            Code::NoSuchMessage => made!(It::NoSuchMessage { room, sequence } of self),
            Code::NotYours => made!(It::NotYours { room, sequence } of self),
            Code::Overtaken => made!(It::Overtaken { room, sequence } of self),
            Code::NotAdmin => made!(It::NotAdmin { room } of self),
            Code::LastAdmin => made!(It::LastAdmin { room } of self),
            Code::RoomExists => made!(It::RoomExists { room } of self),
            Code::TooMany => made!(It::TooMany { field, limit } of self),
            Code::Stale => It::Stale { limit: self.limit.ok_or("limit")? as u64 },
            Code::SinceAhead => It::SinceAhead,
            Code::NameTaken => It::NameTaken,
            Code::NoSuchMember => It::NoSuchMember,
            Code::NoSuchInvite => It::NoSuchInvite,
            Code::InviteExpired => It::InviteExpired,
            Code::InviteUsedUp => It::InviteUsedUp,
            Code::NotConfirmed => made!(It::NotConfirmed { expected } of self),
            Code::Banned => It::Banned,
            Code::WrongCredentials => It::WrongCredentials,
            Code::WrongRecovery => It::WrongRecovery,
            Code::NotSignedIn => It::NotSignedIn,
            Code::NotAGuest => It::NotAGuest,
            Code::SwitchedOff => made!(It::SwitchedOff { action } of self),
            Code::Busy => made!(It::Busy { retry_ms } of self),
            Code::Unavailable => It::Unavailable,
        })
    }
}
