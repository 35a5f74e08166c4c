//! The members who say the made-up messages.

use anyhow::Result;

use backend::Backend;
use chat::{
    accounts,
    ports::{Members as _, Memberships as _, RoomLog as _, Start},
};
use protocol::{MemberId, MemberName, Person, RoomId, Timestamp, limits};

const NAMES: [&str; 24] = [
    "Mira Hollis",
    "Tomas Veld",
    "Ines Duarte",
    "Kofi Mensah",
    "Yuki Tanabe",
    "Lena Brandt",
    "Omar Farouk",
    "Priya Nair",
    "Jonas Lindqvist",
    "Sofia Rinaldi",
    "Amadou Ba",
    "Clara Moreau",
    "Ravi Menon",
    "Elif Kaya",
    "Nils Overgaard",
    "Marta Kowal",
    "Diego Salas",
    "Hana Novak",
    "Peter Lund",
    "Aisha Bello",
    "Tariq Aziz",
    "Greta Weiss",
    "Luca Ferri",
    "Noor Haddad",
];

/// Makes the members who do not exist yet, brings all into the room, and gives their ids.
pub(super) async fn gather(backend: &Backend, room: &RoomId, now: Timestamp) -> Result<Vec<MemberId>> {
    let head = backend.log.heads(room).await?.messages;
    let start = Start { at: now, head, rooms_max: limits::ROOMS_PER_MEMBER, added_by: None };
    let mut ids = Vec::with_capacity(NAMES.len());
    for name in NAMES {
        let name = MemberName::parse(name)?;
        let id = match backend.members.by_name(&name).await? {
            Some(account) => account.person.id,
            None => admit(backend, name, now).await?,
        };
        backend.memberships.join(room, &id, &start).await?;
        ids.push(id);
    }
    Ok(ids)
}

async fn admit(backend: &Backend, name: MemberName, now: Timestamp) -> Result<MemberId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    let person = Person { id: accounts::member_id(bytes), name, guest: true };
    let member = (&person, None);
    accounts::admit(&backend.members, &backend.memberships, &backend.log, member, now).await?;
    Ok(person.id)
}
