//! Who may do what: the one table, and the values that only its check makes.
//!
//! | | history of a public room | its socket: live messages, presence, sending |
//! | --- | --- | --- |
//! | visitor (no session) | reads, if the switch says so | – |
//! | member or guest outside the room | reads, may join | – |
//! | inside | reads | all; edits and deletes what they wrote |

use protocol::{MemberId, Message, Refusal, RoomId, RoomInfo};

use crate::ports::{Membership, Memberships, Rooms, Unavailable};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody without a session.
    Visitor,
    /// A member or guest.
    Member(MemberId),
}

/// A room that the viewer may read: made by [`reader`] only, for one request.
#[derive(Clone, Debug)]
pub struct Reader {
    room: RoomInfo,
    membership: Option<Membership>,
}

impl Reader {
    /// The room.
    pub fn room(&self) -> &RoomInfo {
        &self.room
    }

    /// The viewer's membership, if they are inside.
    pub fn membership(&self) -> Option<&Membership> {
        self.membership.as_ref()
    }
}

/// A room that the member is inside: made by [`insider`] only, for one request.
#[derive(Clone, Debug)]
pub struct Insider {
    room: RoomInfo,
    membership: Membership,
}

impl Insider {
    /// The room.
    pub fn room(&self) -> &RoomInfo {
        &self.room
    }

    /// The membership.
    pub fn membership(&self) -> &Membership {
        &self.membership
    }
}

/// Why access was not given.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The viewer may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// We could not find out.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Lets a viewer read a room's history.
///
/// # Errors
/// [`Refusal::NoSuchRoom`], [`Refusal::NotSignedIn`] for visitors where `visitors_read` is off.
pub async fn reader(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    viewer: &Viewer,
    room: &RoomId,
    visitors_read: bool,
) -> Result<Reader, AccessError> {
    let membership = match viewer {
        Viewer::Visitor if !visitors_read => return Err(Refusal::NotSignedIn.into()),
        Viewer::Visitor => None,
        Viewer::Member(member) => memberships.find(room, member).await?,
    };
    let room = rooms.find(room).await?.ok_or_else(|| Refusal::NoSuchRoom { room: room.clone() })?;
    Ok(Reader { room, membership })
}

/// Lets a member take part in a room.
///
/// # Errors
/// [`Refusal::NoSuchRoom`], [`Refusal::NotInRoom`].
pub async fn insider(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    member: &MemberId,
    room: &RoomId,
) -> Result<Insider, AccessError> {
    let Some(info) = rooms.find(room).await? else {
        return Err(Refusal::NoSuchRoom { room: room.clone() }.into());
    };
    let Some(membership) = memberships.find(room, member).await? else {
        return Err(Refusal::NotInRoom { room: room.clone() }.into());
    };
    Ok(Insider { room: info, membership })
}

/// Lets a member give a message another text: its author alone, and not once it has none.
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::NoSuchMessage`].
pub fn may_edit(insider: &Insider, message: &Message) -> Result<(), Refusal> {
    let (room, sequence) = (insider.room.id.clone(), message.sequence);
    match &message.text {
        _ if message.author != insider.membership.member => Err(Refusal::NotYours { room, sequence }),
        None => Err(Refusal::NoSuchMessage { room, sequence }),
        Some(_) => Ok(()),
    }
}

/// Lets a member take a message's text away: its author alone. One that has none may be deleted again.
///
/// # Errors
/// [`Refusal::NotYours`].
pub fn may_delete(insider: &Insider, message: &Message) -> Result<(), Refusal> {
    let (room, sequence) = (insider.room.id.clone(), message.sequence);
    match message.author == insider.membership.member {
        true => Ok(()),
        false => Err(Refusal::NotYours { room, sequence }),
    }
}

/// Lets a member take part in all the rooms that they are inside, in the order of joining.
///
/// # Errors
/// [`Unavailable`].
pub async fn insiders(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    member: &MemberId,
) -> Result<Vec<Insider>, Unavailable> {
    let memberships = memberships.of_member(member).await?;
    let mut insiders = Vec::with_capacity(memberships.len());
    for membership in memberships {
        if let Some(room) = rooms.find(&membership.room).await? {
            insiders.push(Insider { room, membership });
        }
    }
    Ok(insiders)
}
