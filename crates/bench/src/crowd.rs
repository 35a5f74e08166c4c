//! Members made straight in the store: a thousand sign-ups over HTTP would measure Argon2.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use backend::{Backend, Config};
use chat::{accounts, session::SessionToken};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use protocol::{MemberName, Person, Timestamp};

/// Members that are made at a time: a store far away refuses too many at once.
const MADE_AT_ONCE: usize = 32;

/// One member with a session.
#[derive(Clone)]
pub struct Member {
    /// Who.
    pub person: Person,
    /// How they prove it.
    pub token: SessionToken,
}

/// Opens the store that a server has, or will have, in `data`.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(data: &Path) -> anyhow::Result<Backend> {
    let config = Config::in_folder(data);
    Backend::connect(&config).await.context("the store cannot be opened")
}

/// The time, for what is made before a server runs.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since_1970.as_millis()).expect("fits until the year 500,000,000"))
}

/// Makes `n` guests who are in the first room, with a session each.
///
/// # Errors
/// When the store refuses.
pub async fn gather(backend: &Backend, n: usize, now: Timestamp) -> anyhow::Result<Vec<Member>> {
    accounts::found(&backend.rooms, now).await?;
    stream::iter(0..n).map(|at| make(backend, at, now)).buffered(MADE_AT_ONCE).try_collect().await
}

/// `n` members whom no store knows, for a peer that asks none.
pub fn strangers(n: usize) -> Vec<Member> {
    (0..n).map(stranger).collect()
}

fn stranger(at: usize) -> Member {
    let seed = u64::try_from(at).expect("fits") + 1;
    let token = SessionToken::from_random([bytes(seed), bytes(!seed)].concat().try_into().expect("32 bytes"));
    let name = MemberName::parse(&format!("Member {at}")).expect("a valid name");
    Member { person: Person { id: accounts::member_id(bytes(seed)), name, guest: true }, token }
}

async fn make(backend: &Backend, at: usize, now: Timestamp) -> anyhow::Result<Member> {
    let member = stranger(at);
    let Member { person, token } = &member;
    accounts::admit(&backend.members, &backend.memberships, &backend.log, (person, None), now).await?;
    accounts::begin_session(&backend.sessions, &person.id, token, "bench", now).await?;
    Ok(member)
}

/// Sixteen bytes that differ for each number: enough for a store that only a bench sees.
fn bytes(seed: u64) -> [u8; 16] {
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let both = [seed.rotate_left(32) ^ mixed, mixed];
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&both[0].to_le_bytes());
    bytes[8..].copy_from_slice(&both[1].to_le_bytes());
    bytes
}
