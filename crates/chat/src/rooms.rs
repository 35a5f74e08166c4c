//! What is done to rooms and memberships, and what the nodes are told of it.
//!
//! Each function does one thing through the ports and returns the news, for the caller to publish. Without it the nodes
//! find out from the store: a lost membership stands in the room's changes.

use protocol::{
    Ending, Field, Heads, MemberId, Refusal, RoomId, RoomInfo, RoomName, Timestamp, Topic, limits,
};

use crate::{
    access::{AccessError, Insider, Reader},
    invite::{InviteKey, InviteToken},
    ports::{
        Actor, Channel, Deed, Erasures, ErasuresError, Event, Invite, Invites, InvitesError, LogError, Lost,
        Members, Membership, Memberships, MembershipsError, Role, RoomLog, Rooms, RoomsError, Start,
    },
};

/// Something that the nodes are to be told.
pub type News = (Channel, Event);

/// What a private room's address has and no name's can have: so nobody learns from a name that is taken.
const PRIVATE: &str = "p--";

/// The address of a new room: a public one's is made of its name, a private one's cannot be guessed.
pub fn address(name: &RoomName, private: bool, random: [u8; 16], now: Timestamp) -> RoomId {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let address = match (private, name.slug()) {
        (true, _) => random.iter().fold(PRIVATE.to_owned(), |mut address, byte| {
            address.push(char::from(ALPHABET[usize::from(byte % 32)]));
            address
        }),
        (false, Some(slug)) => slug,
        // A name in another script has no address of its own: the room's is what nobody else chooses.
        (false, None) => format!("room-{}", now.0),
    };
    RoomId::parse(&address).expect("letters, digits and hyphens, at most 32")
}

/// Whether an address is a private room's.
pub fn is_private(room: &RoomId) -> bool {
    room.as_str().starts_with(PRIVATE)
}

/// Makes a room with its founder as the admin.
///
/// # Errors
/// [`Refusal::RoomExists`], [`Refusal::TooMany`], [`Refusal::NoSuchMember`] for one who is gone meanwhile.
pub async fn create(
    (rooms, members, erasures): (&impl Rooms, &impl Members, &impl Erasures),
    room: &RoomInfo,
    founder: &MemberId,
    now: Timestamp,
) -> Result<(Membership, Vec<News>), AccessError> {
    let membership = match rooms.create_by(room, founder, &start(Heads::default(), None, now)).await {
        Ok(membership) => membership,
        Err(RoomsError::Exists) => return Err(Refusal::RoomExists { room: room.id.clone() }.into()),
        Err(RoomsError::TooMany) => return Err(too_many_rooms().into()),
        Err(RoomsError::NoSuchRoom) => return Err(no_such_room(&room.id)),
        Err(RoomsError::Unavailable(error)) => return Err(error.into()),
    };
    if members.by_id(founder).await?.is_none() {
        delete(erasures, &room.id, &Deed::of(founder, now)).await?;
        return Err(Refusal::NoSuchMember.into());
    }
    let news = vec![joined(room, &membership)];
    Ok((membership, news))
}

/// Makes a member one of a room that they may join.
///
/// # Errors
/// [`Refusal::NoSuchRoom`], [`Refusal::TooMany`], [`Refusal::NoSuchMember`] for one who is gone meanwhile.
pub async fn join(
    (members, memberships, log): (&impl Members, &impl Memberships, &impl RoomLog),
    reader: &Reader,
    member: &MemberId,
    now: Timestamp,
) -> Result<(Membership, Heads, Vec<News>), AccessError> {
    enter((members, memberships, log), (reader.room(), None), member, now).await
}

/// An admin brings a member into their room.
///
/// # Errors
/// As [`join`].
pub async fn add(
    stores: (&impl Members, &impl Memberships, &impl RoomLog),
    admin: &Insider,
    member: &MemberId,
    now: Timestamp,
) -> Result<Vec<News>, AccessError> {
    let by = &admin.membership().member;
    let (_, _, news) = enter(stores, (admin.room(), Some(by)), member, now).await?;
    Ok(news)
}

/// Ends somebody's membership: their own, or as an admin another's. Where there is none, nothing is told.
///
/// # Errors
/// [`Refusal::LastAdmin`].
pub async fn leave(
    memberships: &impl Memberships,
    room: &RoomId,
    member: &MemberId,
    deed: &Deed,
) -> Result<Vec<News>, AccessError> {
    let why = match &deed.by {
        Actor::Member(by) if by == member => Ending::Left,
        Actor::Member(_) | Actor::Operator => Ending::Removed,
    };
    let left = memberships.leave(room, member, deed).await.map_err(|error| refused(room, error))?;
    let Some(change) = left else { return Ok(Vec::new()) };
    let (member, room) = (member.clone(), room.clone());
    let lost = vec![Lost { member: member.clone(), why, change }];
    let changed = Event::Changed { after: change.minus(1), changed: Vec::new(), lost, upto: change };
    let left = Event::Left { member, room: room.clone(), why, change: Some(change) };
    Ok(vec![(Channel::Members, left), (Channel::Room(room), changed)])
}

/// Makes a member an admin, or an admin a member.
///
/// # Errors
/// [`Refusal::LastAdmin`], [`Refusal::NoSuchMember`] for one who is not in the room.
pub async fn set_role(
    memberships: &impl Memberships,
    room: &RoomId,
    member: &MemberId,
    role: Role,
    deed: &Deed,
) -> Result<Vec<News>, AccessError> {
    memberships.set_role(room, member, role, deed).await.map_err(|error| refused(room, error))?;
    let (member, room) = (member.clone(), room.clone());
    Ok(vec![(Channel::Members, Event::RoleChanged { member, room, admin: role == Role::Admin })])
}

/// An admin gives their room another name and topic.
///
/// # Errors
/// [`Refusal::NoSuchRoom`].
pub async fn describe(
    rooms: &impl Rooms,
    admin: &Insider,
    (name, topic): (RoomName, Topic),
    now: Timestamp,
) -> Result<Vec<News>, AccessError> {
    let room = RoomInfo { name, topic, ..admin.room().clone() };
    match rooms.describe(&room, &Deed::of(&admin.membership().member, now)).await {
        Ok(()) => Ok(vec![(Channel::Members, Event::RoomChanged { room })]),
        Err(RoomsError::Unavailable(error)) => Err(error.into()),
        Err(_) => Err(no_such_room(&room.id)),
    }
}

/// Deletes a room for everybody.
///
/// # Errors
/// [`Refusal::NoSuchRoom`].
pub async fn delete(erasures: &impl Erasures, room: &RoomId, deed: &Deed) -> Result<Vec<News>, AccessError> {
    match erasures.delete_room(room, deed).await {
        Ok(()) => Ok(vec![(Channel::Members, Event::RoomDeleted { room: room.clone() })]),
        Err(ErasuresError::Unavailable(error)) => Err(error.into()),
        Err(_) => Err(no_such_room(room)),
    }
}

/// An admin invites whoever has the link.
///
/// # Errors
/// [`Refusal::TooMany`], [`Refusal::NoSuchRoom`].
pub async fn invite(
    invites: &impl Invites,
    admin: &Insider,
    token: &InviteToken,
    (days, uses_max): (u32, u32),
    now: Timestamp,
) -> Result<(), AccessError> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let invite = Invite {
        key: token.key(),
        room: admin.room().id.clone(),
        by: admin.membership().member.clone(),
        created: now,
        expires: Timestamp(now.0 + u64::from(days) * DAY_MS),
        uses: 0,
        uses_max,
    };
    let created = invites.create(&invite, limits::INVITES_PER_ROOM).await;
    created.map_err(|error| uninvited(error, &invite.room))
}

/// Finds the room that an invitation leads to, as long as it holds.
///
/// # Errors
/// [`Refusal::NoSuchInvite`], [`Refusal::InviteExpired`], [`Refusal::InviteUsedUp`].
pub async fn invited_to(
    rooms: &impl Rooms,
    invites: &impl Invites,
    key: &InviteKey,
    now: Timestamp,
) -> Result<RoomInfo, AccessError> {
    let invite = invites.find(key).await?.ok_or(Refusal::NoSuchInvite)?;
    invite.holds(now).map_err(|error| uninvited(error, &invite.room))?;
    Ok(rooms.find(&invite.room).await?.ok_or(Refusal::NoSuchInvite)?)
}

/// Brings a member into the room that an invitation leads to.
///
/// # Errors
/// As [`invited_to`], and as [`join`].
pub async fn come_by_invitation(
    (rooms, invites): (&impl Rooms, &impl Invites),
    (members, memberships, log): (&impl Members, &impl Memberships, &impl RoomLog),
    key: &InviteKey,
    member: &MemberId,
    now: Timestamp,
) -> Result<(RoomInfo, Vec<News>), AccessError> {
    let invite = invites.find(key).await?.ok_or(Refusal::NoSuchInvite)?;
    let room = rooms.find(&invite.room).await?.ok_or(Refusal::NoSuchInvite)?;
    let heads = log.heads(&room.id).await.map_err(|error| unlogged(&room.id, error))?;
    let redeemed = invites.redeem(key, member, &start(heads, None, now)).await;
    let membership = redeemed.map_err(|error| uninvited(error, &room.id))?;
    stay(members, memberships, &membership).await?;
    let news = vec![joined(&room, &membership)];
    Ok((room, news))
}

async fn enter(
    (members, memberships, log): (&impl Members, &impl Memberships, &impl RoomLog),
    (room, added_by): (&RoomInfo, Option<&MemberId>),
    member: &MemberId,
    now: Timestamp,
) -> Result<(Membership, Heads, Vec<News>), AccessError> {
    let heads = log.heads(&room.id).await.map_err(|error| unlogged(&room.id, error))?;
    let joining = memberships.join(&room.id, member, &start(heads, added_by, now)).await;
    let membership = joining.map_err(|error| refused(&room.id, error))?;
    stay(members, memberships, &membership).await?;
    let news = vec![joined(room, &membership)];
    Ok((membership, heads, news))
}

/// Ends a membership that has just begun if its member is nobody any more: whoever ends those of a member who goes, begins
/// when their account is gone, and may have passed this one by.
async fn stay(
    members: &impl Members,
    memberships: &impl Memberships,
    membership: &Membership,
) -> Result<(), AccessError> {
    let Membership { room, member, joined, .. } = membership;
    // Who is not told asks again, and is in the room already then.
    if members.by_id(member).await?.is_some() {
        return Ok(());
    }
    let left = memberships.leave(room, member, &Deed::of(member, *joined)).await;
    left.map_err(|error| refused(room, error))?;
    Err(Refusal::NoSuchMember.into())
}

fn start(heads: Heads, added_by: Option<&MemberId>, at: Timestamp) -> Start {
    let added_by = added_by.cloned();
    Start { at, head: heads.messages, rooms_max: limits::ROOMS_PER_MEMBER, added_by }
}

fn joined(room: &RoomInfo, membership: &Membership) -> News {
    let Membership { member, read, role, since, .. } = membership.clone();
    let (room, admin) = (room.clone(), role == Role::Admin);
    (Channel::Members, Event::Joined { member, room, read, admin, since })
}

fn refused(room: &RoomId, error: MembershipsError) -> AccessError {
    match error {
        MembershipsError::TooMany => too_many_rooms().into(),
        MembershipsError::NoSuchRoom => no_such_room(room),
        MembershipsError::NotInRoom => Refusal::NoSuchMember.into(),
        MembershipsError::LastAdmin => Refusal::LastAdmin { room: room.clone() }.into(),
        MembershipsError::Unavailable(error) => error.into(),
    }
}

fn uninvited(error: InvitesError, room: &RoomId) -> AccessError {
    match error {
        InvitesError::TooMany => {
            Refusal::TooMany { field: Field::Invites, limit: limits::INVITES_PER_ROOM }.into()
        }
        InvitesError::NoSuchRoom => no_such_room(room),
        InvitesError::NoSuchInvite => Refusal::NoSuchInvite.into(),
        InvitesError::Expired => Refusal::InviteExpired.into(),
        InvitesError::UsedUp => Refusal::InviteUsedUp.into(),
        InvitesError::TooManyRooms => too_many_rooms().into(),
        InvitesError::Unavailable(error) => error.into(),
    }
}

fn unlogged(room: &RoomId, error: LogError) -> AccessError {
    match error {
        LogError::Unavailable(error) => error.into(),
        _ => no_such_room(room), // Deleted meanwhile: nothing else is said of heads.
    }
}

fn no_such_room(room: &RoomId) -> AccessError {
    Refusal::NoSuchRoom { room: room.clone() }.into()
}

fn too_many_rooms() -> Refusal {
    Refusal::TooMany { field: Field::Rooms, limit: limits::ROOMS_PER_MEMBER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_has_a_private_rooms_address() {
        let name = |text: &str| RoomName::parse(text).unwrap();
        let private = address(&name("Plans"), true, [7; 16], Timestamp(0));

        assert!(is_private(&private) && private.as_str().len() == 19);
        assert_eq!(address(&name("p -- q"), false, [0; 16], Timestamp(0)).as_str(), "p-q");
        assert_eq!(address(&name("Рыбалка"), false, [0; 16], Timestamp(5)).as_str(), "room-5");
    }
}
