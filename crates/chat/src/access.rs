//! Who may do what: the one table, and the values that only its check makes.
//!
//! | | a public room's history | a private room's | live messages, presence, sending | looking after the room |
//! | --- | --- | --- | --- | --- |
//! | visitor (no session) | reads, if the switch says so | – | – | – |
//! | member or guest outside the room | reads, may join | – (it does not exist for them) | – | – |
//! | inside | reads | reads, all of it | all; edits and deletes what they wrote | – |
//! | admin | reads | reads, all of it | all; deletes what anybody wrote | all |
//!
//! Who was removed is outside; who is barred has no session.

use std::collections::BTreeMap;

use protocol::{MemberId, Message, Refusal, RoomId, RoomInfo};

use crate::ports::{Membership, Memberships, Role, Rooms, Unavailable};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Somebody without a session.
    Visitor,
    /// A member or guest.
    Member(MemberId),
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    Read { visitors_may: bool },
    Join,
    TakePart,
    Administer,
}

/// Where somebody stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Visitor,
    Outside,
    Inside(Role),
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    NotSignedIn,
    NoSuchRoom,
    NotInRoom,
    NotAdmin,
}

/// The table. Who is outside of a private room is answered as if it was not there.
fn table(standing: Standing, right: Right, room: Option<&RoomInfo>) -> Answer {
    let is_there = room.is_some_and(|room| !room.private || matches!(standing, Standing::Inside(_)));
    match standing {
        Standing::Visitor => match right {
            Right::Read { visitors_may: true } if is_there => Answer::Yes,
            Right::Read { visitors_may: true } => Answer::NoSuchRoom,
            _ => Answer::NotSignedIn,
        },
        Standing::Outside | Standing::Inside(_) if !is_there => Answer::NoSuchRoom,
        Standing::Outside => match right {
            Right::Read { .. } | Right::Join => Answer::Yes,
            Right::TakePart | Right::Administer => Answer::NotInRoom,
        },
        Standing::Inside(Role::Member) if right == Right::Administer => Answer::NotAdmin,
        Standing::Inside(_) => Answer::Yes,
    }
}

/// A room that the viewer may read: made by [`reader`] and [`joiner`] only, for one request.
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

/// A room that the member is inside: made by [`insider`], [`admin`] and [`insiders`] only, for one request.
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

    /// Whether the member looks after the room.
    pub fn is_admin(&self) -> bool {
        self.membership.role == Role::Admin
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
    ask(rooms, memberships, viewer, room, Right::Read { visitors_may: visitors_read }).await
}

/// Lets a member join a room, or find that they have.
///
/// # Errors
/// [`Refusal::NoSuchRoom`].
pub async fn joiner(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    member: &MemberId,
    room: &RoomId,
) -> Result<Reader, AccessError> {
    ask(rooms, memberships, &Viewer::Member(member.clone()), room, Right::Join).await
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
    inside(rooms, memberships, member, room, Right::TakePart).await
}

/// Tells which of some members may not take part in a room, and why. All of them are looked up at once.
///
/// # Errors
/// [`Unavailable`].
pub async fn refused(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    members: &[MemberId],
    room: &RoomId,
) -> Result<BTreeMap<MemberId, Refusal>, Unavailable> {
    let found = memberships.find_all(room, members).await?;
    let mut inside: BTreeMap<MemberId, Membership> =
        found.into_iter().map(|membership| (membership.member.clone(), membership)).collect();
    let known_inside = if inside.is_empty() { None } else { find(rooms, room, true).await? };
    let known_outside = if inside.len() == members.len() { None } else { find(rooms, room, false).await? };
    let mut refused = BTreeMap::new();
    for member in members {
        let membership = inside.remove(member);
        let found = if membership.is_some() { &known_inside } else { &known_outside };
        let viewer = Viewer::Member(member.clone());
        if let Err(refusal) = answer(&viewer, membership, Right::TakePart, (room, found.clone())) {
            refused.insert(member.clone(), refusal);
        }
    }
    Ok(refused)
}

/// Lets a member look after a room.
///
/// # Errors
/// [`Refusal::NoSuchRoom`], [`Refusal::NotInRoom`], [`Refusal::NotAdmin`].
pub async fn admin(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    member: &MemberId,
    room: &RoomId,
) -> Result<Insider, AccessError> {
    inside(rooms, memberships, member, room, Right::Administer).await
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

/// Lets a member take a message's text away: its author, or an admin. One that has none may be deleted again.
///
/// # Errors
/// [`Refusal::NotYours`].
pub fn may_delete(insider: &Insider, message: &Message) -> Result<(), Refusal> {
    let (room, sequence) = (insider.room.id.clone(), message.sequence);
    match insider.is_admin() || message.author == insider.membership.member {
        true => Ok(()),
        false => Err(Refusal::NotYours { room, sequence }),
    }
}

async fn inside(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    member: &MemberId,
    room: &RoomId,
    right: Right,
) -> Result<Insider, AccessError> {
    let viewer = Viewer::Member(member.clone());
    let Reader { room, membership } = ask(rooms, memberships, &viewer, room, right).await?;
    let membership = membership.expect("the table lets only those inside take part");
    Ok(Insider { room, membership })
}

/// Looks up where the viewer stands, and asks the table. Whoever is outside is answered by the same two questions whether
/// a private room is there or not.
async fn ask(
    rooms: &impl Rooms,
    memberships: &impl Memberships,
    viewer: &Viewer,
    room: &RoomId,
    right: Right,
) -> Result<Reader, AccessError> {
    let membership = match viewer {
        Viewer::Visitor => None,
        Viewer::Member(member) => memberships.find(room, member).await?,
    };
    let found = find(rooms, room, membership.is_some()).await?;
    Ok(answer(viewer, membership, right, (room, found))?)
}

/// The room, as far as those may know of it who stand inside or outside.
async fn find(rooms: &impl Rooms, room: &RoomId, is_inside: bool) -> Result<Option<RoomInfo>, Unavailable> {
    match is_inside {
        true => rooms.find(room).await,
        false => rooms.find_public(room).await,
    }
}

/// Asks the table, once it is known where the viewer stands and what room there is.
fn answer(
    viewer: &Viewer,
    membership: Option<Membership>,
    right: Right,
    (id, found): (&RoomId, Option<RoomInfo>),
) -> Result<Reader, Refusal> {
    let standing = match (viewer, &membership) {
        (Viewer::Visitor, _) => Standing::Visitor,
        (Viewer::Member(_), None) => Standing::Outside,
        (Viewer::Member(_), Some(membership)) => Standing::Inside(membership.role),
    };
    let id = id.clone();
    match (table(standing, right, found.as_ref()), found) {
        (Answer::Yes, Some(room)) => Ok(Reader { room, membership }),
        (Answer::NoSuchRoom, _) | (Answer::Yes, None) => Err(Refusal::NoSuchRoom { room: id }),
        (Answer::NotSignedIn, _) => Err(Refusal::NotSignedIn),
        (Answer::NotInRoom, _) => Err(Refusal::NotInRoom { room: id }),
        (Answer::NotAdmin, _) => Err(Refusal::NotAdmin { room: id }),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomName, Topic};

    use super::*;

    const VISITOR: Standing = Standing::Visitor;
    const OUTSIDE: Standing = Standing::Outside;
    const INSIDE: Standing = Standing::Inside(Role::Member);
    const ADMIN: Standing = Standing::Inside(Role::Admin);

    /// The table once more, as it is written for people: standing, read, join, take part, administer.
    #[test]
    fn the_table_is_as_it_is_written() {
        use Answer::{NoSuchRoom as No, NotAdmin, NotInRoom, NotSignedIn, Yes};

        check(false, VISITOR, [Yes, NotSignedIn, NotSignedIn, NotSignedIn]);
        check(false, OUTSIDE, [Yes, Yes, NotInRoom, NotInRoom]);
        check(false, INSIDE, [Yes, Yes, Yes, NotAdmin]);
        check(false, ADMIN, [Yes, Yes, Yes, Yes]);
        check(true, VISITOR, [No, NotSignedIn, NotSignedIn, NotSignedIn]);
        check(true, OUTSIDE, [No, No, No, No]);
        check(true, INSIDE, [Yes, Yes, Yes, NotAdmin]);
        check(true, ADMIN, [Yes, Yes, Yes, Yes]);
    }

    #[test]
    fn a_private_room_is_as_one_that_is_not_there() {
        for standing in [VISITOR, OUTSIDE] {
            for right in rights(true).into_iter().chain(rights(false)) {
                let private = table(standing, right, Some(&room(true)));
                assert_eq!(private, table(standing, right, None), "{standing:?} {right:?}");
            }
        }
    }

    #[test]
    fn visitors_read_nothing_where_that_is_off() {
        for room in [None, Some(room(false)), Some(room(true))] {
            for right in rights(false) {
                assert_eq!(table(VISITOR, right, room.as_ref()), Answer::NotSignedIn);
            }
        }
    }

    #[track_caller]
    fn check(is_private: bool, standing: Standing, expected: [Answer; 4]) {
        let room = room(is_private);
        assert_eq!(rights(true).map(|right| table(standing, right, Some(&room))), expected, "{standing:?}");
    }

    fn rights(visitors_may: bool) -> [Right; 4] {
        [Right::Read { visitors_may }, Right::Join, Right::TakePart, Right::Administer]
    }

    fn room(private: bool) -> RoomInfo {
        let (name, topic) = (RoomName::parse("Lobby").unwrap(), Topic::parse("").unwrap());
        RoomInfo { id: RoomId::parse("lobby").unwrap(), name, topic, private }
    }
}
