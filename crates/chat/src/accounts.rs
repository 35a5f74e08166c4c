//! Members come, are recognised, and stay the same person.

use protocol::{MemberId, Person, RoomId, RoomInfo, RoomName, Timestamp, Topic, limits};

use crate::{
    ports::{
        Account, Credentials, DEVICE_MAX, LogError, Members, MembersError, Memberships, MembershipsError,
        RoomLog, Rooms, RoomsError, Session, Sessions, SessionsError, Start, Unavailable,
    },
    session::{LIFETIME, SessionToken},
};

/// The rooms that exist from the start: address, name, topic. A new member is in the first.
pub const FIRST_ROOMS: [(&str, &str, &str); 3] = [
    ("general", "General", "What concerns everybody"),
    ("help", "Help", "Ask anything, nobody bites"),
    ("random", "Random", "Everything else"),
];

/// A letter and 79 random bits.
pub fn member_id(random: [u8; 16]) -> MemberId {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let id: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    MemberId::parse(&id).expect("the alphabet is that of ids")
}

/// Makes the first rooms, where they do not exist yet.
///
/// # Errors
/// [`Unavailable`].
pub async fn found(rooms: &impl Rooms, now: Timestamp) -> Result<(), Unavailable> {
    for (id, name, topic) in FIRST_ROOMS {
        let room = RoomInfo {
            id: RoomId::parse(id).expect("a valid address"),
            name: RoomName::parse(name).expect("a valid name"),
            topic: Topic::parse(topic).expect("a valid topic"),
            private: false,
        };
        // It is there as a rule, or was deleted, and stays so.
        if let Err(RoomsError::Unavailable(unavailable)) = rooms.create(&room, now).await {
            return Err(unavailable);
        }
    }
    Ok(())
}

/// Makes a member, with credentials for an account and without for a guest, and brings them into the first room.
///
/// # Errors
/// [`MembersError::NameTaken`], [`MembersError::Unavailable`].
pub async fn admit(
    members: &impl Members,
    memberships: &impl Memberships,
    log: &impl RoomLog,
    (person, credentials): (&Person, Option<&Credentials>),
    now: Timestamp,
) -> Result<(), MembersError> {
    members.create(person, credentials, now).await?;
    Ok(settle(memberships, log, &person.id, now).await?)
}

/// Brings a new member into the first room.
///
/// # Errors
/// [`Unavailable`].
pub async fn settle(
    memberships: &impl Memberships,
    log: &impl RoomLog,
    member: &MemberId,
    now: Timestamp,
) -> Result<(), Unavailable> {
    let room = RoomId::parse(FIRST_ROOMS[0].0).expect("a valid address");
    let head = match log.heads(&room).await {
        Ok(heads) => heads.messages,
        Err(LogError::Unavailable(unavailable)) => return Err(unavailable),
        Err(_) => return Ok(()), // The room was deleted: nobody is brought into it.
    };
    let start = Start { at: now, head, rooms_max: limits::ROOMS_PER_MEMBER, added_by: None };
    match memberships.join(&room, member, &start).await {
        Err(MembershipsError::Unavailable(unavailable)) => Err(unavailable),
        Ok(_) | Err(_) => Ok(()), // Deleted in between.
    }
}

/// Begins a session, from a device that its owner knows again.
///
/// # Errors
/// [`SessionsError`].
pub async fn begin_session(
    sessions: &impl Sessions,
    member: &MemberId,
    token: &SessionToken,
    device: &str,
    now: Timestamp,
) -> Result<(), SessionsError> {
    let device = device.chars().take(DEVICE_MAX).collect();
    let (key, member) = (token.key(), member.clone());
    sessions.create(&Session { key, member, created: now, expires: expiry(now), device }).await
}

/// Finds who a token belongs to, and moves the session's end when a day or more of its time is gone.
///
/// # Errors
/// [`Unavailable`].
pub async fn resume_session(
    sessions: &impl Sessions,
    members: &impl Members,
    token: &SessionToken,
    now: Timestamp,
) -> Result<Option<(Session, Account)>, Unavailable> {
    const DAY_MS: u64 = 24 * 60 * 60 * 1000;
    let Some(mut session) = sessions.find(&token.key(), now).await? else { return Ok(None) };
    let Some(account) = members.by_id(&session.member).await? else { return Ok(None) };
    if expiry(now).0 >= session.expires.0 + DAY_MS {
        session.expires = expiry(now);
        sessions.extend(&session.key, session.expires).await?;
    }
    Ok(Some((session, account)))
}

fn expiry(now: Timestamp) -> Timestamp {
    Timestamp(now.0 + u64::try_from(LIFETIME.as_millis()).expect("a month fits"))
}
