//! A search: what the index finds is read again from the store and checked, so that edits, deletions and lost memberships
//! count at once.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::time::{Instant, timeout_at};

use backend::Backend;
use chat::{
    access::{self, AccessError, Viewer},
    ports::{
        FindError, LogError, Members as _, Memberships as _, MessageIndex as _, RoomLog as _, Rooms as _,
        Search,
    },
    search::{Criteria, excerpt, highlights},
};
use process::tell_seldom;
use protocol::{
    Hit, Hits, MemberId, MemberName, Message, Refusal, RoomId, RoomInfo, RoomName, Sequence, Source, limits,
    query::Term,
};

use super::{
    Service,
    asked::{Asked, bad_cursor},
    newest,
};

/// The index answers within this time, or the newest messages do.
const INDEX_WITHIN: Duration = Duration::from_secs(2);
/// Hits that are looked up in the store at once.
const LOOKED_UP_AT_ONCE: usize = 16;

/// A message that is a hit, and its room.
pub(super) type Checked = (RoomInfo, Message);

/// Finds what a member asks for.
///
/// # Errors
/// [`Refusal::Invalid`], [`Refusal::Unavailable`].
pub(super) async fn find(service: &Service, member: &MemberId, asked: &Asked) -> Result<Hits, Refusal> {
    let backend = &service.backend;
    let memberships = backend.memberships.of_member(member).await.map_err(unavailable)?;
    let inside: Vec<RoomId> = memberships.into_iter().map(|membership| membership.room).collect();
    let criteria = criteria(backend, &inside, asked).await?;
    if criteria.match_nothing() {
        return Ok(Hits {
            hits: Vec::new(),
            people: Vec::new(),
            rooms: Vec::new(),
            next: None,
            source: Source::Index,
        });
    }
    let search = Search { criteria, inside, order: asked.order, after: asked.after.clone(), n: asked.n };
    let viewer = Viewer::Member(member.clone());
    let (found, next, source) = match in_index(backend, &viewer, search.clone()).await? {
        Some((found, next)) => (found, next.map(|mark| asked.cursor(&mark)), Source::Index),
        None if asked.after.is_some() => return Err(Refusal::Unavailable),
        None => (newest::find(backend, member, &search).await?, None, Source::Newest),
    };
    shown(backend, &search.criteria, found, next, source).await
}

/// What the index finds, and where it goes on; none where it does not answer.
async fn in_index(
    backend: &Backend,
    viewer: &Viewer,
    mut search: Search,
) -> Result<Option<(Vec<Checked>, Option<chat::ports::Mark>)>, Refusal> {
    let (until, n, mut all) = (Instant::now() + INDEX_WITHIN, search.n, Vec::new());
    let mut has_answered = false;
    loop {
        let found = match timeout_at(until, backend.index.find(&search)).await {
            Ok(Ok(found)) => found,
            Ok(Err(FindError::BadMark)) => return Err(bad_cursor()),
            // It goes on from there the next time.
            Err(_) | Ok(Err(FindError::Unavailable(_))) if has_answered => {
                return Ok(Some((all, search.after)));
            }
            Ok(Err(FindError::Unavailable(error))) => {
                tell_seldom("The index did not answer", &error);
                return Ok(None);
            }
            Err(elapsed) => {
                tell_seldom("The index did not answer in time", &elapsed);
                return Ok(None);
            }
        };
        has_answered = true;
        all.extend(look_up(backend, viewer, &search.criteria, found.hits).await?);
        match found.next {
            Some(next) if all.len() < n => (search.n, search.after) = (n - all.len(), Some(next)),
            next => return Ok(Some((all, next))),
        }
    }
}

/// Reads hits again, and keeps those that the viewer may read and that still are hits.
async fn look_up(
    backend: &Backend,
    viewer: &Viewer,
    criteria: &Criteria,
    hits: Vec<(RoomId, Sequence)>,
) -> Result<Vec<Checked>, Refusal> {
    let mut rooms: BTreeMap<RoomId, Option<RoomInfo>> = BTreeMap::new();
    for (room, _) in &hits {
        if rooms.contains_key(room) {
            continue;
        }
        let info = match access::reader(&backend.rooms, &backend.memberships, viewer, room, false).await {
            Ok(reader) => Some(reader.room().clone()),
            Err(AccessError::Refused(_)) => None,
            Err(AccessError::Unavailable(error)) => return Err(unavailable(error)),
        };
        rooms.insert(room.clone(), info);
    }
    let readable = hits.into_iter().filter_map(|(room, at)| Some((rooms[&room].clone()?, at)));
    let read = stream::iter(readable).map(async |(room, at)| {
        let found = match backend.log.read(&room.id, at, 1).await {
            Ok(messages) => messages.into_iter().find(|message| message.sequence == at),
            Err(LogError::Unavailable(error)) => return Err(unavailable(error)),
            Err(_) => None, // The room went just now.
        };
        Ok(found.filter(|message| criteria.matches(&room.id, message)).map(|message| (room, message)))
    });
    let checked = read.buffered(LOOKED_UP_AT_ONCE).try_filter_map(async |checked| Ok(checked));
    checked.try_collect().await
}

/// Puts names to what was found.
async fn criteria(backend: &Backend, inside: &[RoomId], asked: &Asked) -> Result<Criteria, Refusal> {
    let Asked { query, offset, .. } = asked;
    let (mut members, mut rooms) = (BTreeMap::new(), BTreeMap::new());
    for term in query.wanted.iter().chain(&query.unwanted) {
        match term {
            Term::From(name) => {
                let found = match MemberName::parse(name) {
                    Ok(parsed) => backend.members.by_name(&parsed).await.map_err(unavailable)?,
                    Err(_) => None,
                };
                members.insert(name.as_str(), found.map(|account| account.person.id));
            }
            Term::In(name) => {
                let called = rooms_called(backend, inside, name).await?;
                rooms.insert(name.as_str(), called);
            }
            _ => {}
        }
    }
    let member = |name: &str| members.get(name).cloned().flatten();
    Ok(Criteria::of(query, *offset, member, |name| rooms.get(name).cloned().unwrap_or_default()))
}

/// The rooms of an address or a name: those that the member is inside, and public ones by what addresses are made of.
async fn rooms_called(backend: &Backend, inside: &[RoomId], name: &str) -> Result<Vec<RoomId>, Refusal> {
    // What is no name, or no address, is that of no room: there is nothing to find, and nothing to refuse.
    let parsed = RoomName::parse(name).ok();
    let slug = parsed.as_ref().and_then(RoomName::slug);
    let addresses = [Some(name.to_lowercase()), slug].into_iter().flatten();
    let mut rooms: Vec<RoomId> = addresses.filter_map(|address| RoomId::parse(&address).ok()).collect();
    if let Some(name) = parsed {
        let infos = stream::iter(inside.to_vec()).map(async |room| backend.rooms.find(&room).await);
        let infos = infos.buffered(LOOKED_UP_AT_ONCE);
        let infos: Vec<Option<RoomInfo>> = infos.try_collect().await.map_err(unavailable)?;
        rooms.extend(
            infos.into_iter().flatten().filter(|info| info.name.key() == name.key()).map(|info| info.id),
        );
    }
    rooms.sort_unstable();
    rooms.dedup();
    Ok(rooms)
}

/// What is told of messages that were found.
async fn shown(
    backend: &Backend,
    criteria: &Criteria,
    found: Vec<Checked>,
    next: Option<String>,
    source: Source,
) -> Result<Hits, Refusal> {
    let mut authors: Vec<MemberId> = found.iter().map(|(_, message)| message.author.clone()).collect();
    authors.sort_unstable();
    authors.dedup();
    let people = match authors.is_empty() {
        true => Vec::new(),
        false => backend.members.people(&authors).await.map_err(unavailable)?,
    };
    let mut rooms: Vec<RoomInfo> = found.iter().map(|(room, _)| room.clone()).collect();
    rooms.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    rooms.dedup();
    let hits = found.into_iter().map(|(room, message)| hit(criteria, &room, &message)).collect();
    Ok(Hits { hits, people, rooms, next, source })
}

fn hit(criteria: &Criteria, room: &RoomInfo, message: &Message) -> Hit {
    let text = message.text.as_ref().map_or("", |text| text.as_str());
    let excerpt = excerpt(text, &highlights(criteria, text), limits::EXCERPT_MAX);
    Hit {
        room: room.id.clone(),
        sequence: message.sequence,
        author: message.author.clone(),
        at: message.at,
        text: excerpt.text,
        marked: excerpt.ranges.into_iter().map(|range| [range.start, range.end]).collect(),
        cut_before: excerpt.cut_before,
        cut_after: excerpt.cut_after,
    }
}

/// The store did not answer.
pub(super) fn unavailable(error: chat::ports::Unavailable) -> Refusal {
    tell_seldom("The store did not answer a search", &error);
    Refusal::Unavailable
}
