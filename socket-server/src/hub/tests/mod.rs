//! The hub with real sockets at its connections, and an empty backend in memory.

pub(super) mod behind;
mod bus;
pub(super) mod far;
mod hearing;
mod leaving;
mod model;
mod nodes;
mod world;

use std::{
    future::{Future, ready},
    sync::atomic::AtomicBool,
};

use chat::{
    accounts,
    ports::{Draft, Event, Membership, Role, Session, Sessions, SessionsError, Start, Unavailable},
    session::{SessionKey, SessionToken},
};
use protocol::{Ending, MemberName, MessageText, Nonce, RoomInfo, Sequence, ServerMessage, Timestamp};

use self::{
    behind::hub_behind,
    far::{Far, connection},
};
use super::{sessions::end_signed_out, *};
use crate::config::Config;

#[tokio::test]
async fn who_is_gone_comes_to_no_room() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let late = Arc::clone(&entered.place);
    hub.joined(&late, &member_of(&general())).await;
    until(|| roster(&hub).rooms.contains_key(&general())).await;

    drop(entered);
    until(|| late.rooms().is_empty()).await;
    hub.joined(&late, &member_of(&general())).await;

    assert!(!late.is_in(&general()));
}

#[tokio::test]
async fn an_arrival_that_comes_after_the_end_is_no_ghost() {
    let hub = fresh_hub().await;
    let (gone, there) = (enter(&hub, "ada").await, enter(&hub, "bo").await);
    let late = Arc::clone(&gone.place);
    drop(gone);
    until(|| hub.connections_of(&late.person.id).is_empty()).await;

    hub.command(&general(), Command::Arrive(late)).await;
    hub.joined(&there.place, &member_of(&general())).await;
    until(|| roster(&hub).rooms.contains_key(&general())).await;

    assert_eq!(roster(&hub).rooms[&general()].1, std::slice::from_ref(&there.place.person));
}

#[tokio::test]
async fn who_came_while_the_room_could_not_be_kept_is_there_afterwards() {
    let is_away = Arc::new(AtomicBool::new(true));
    let away = Arc::clone(&is_away);
    let reads_heads = |what: &str| what == "log while reading heads";
    let (hub, _) =
        hub_behind(move |what| Box::pin(ready(!reads_heads(what) || !away.load(Ordering::Relaxed)))).await;
    let entered = enter(&hub, "ada").await;

    hub.joined(&entered.place, &member_of(&general())).await;
    hub.heads_once_begun(&general()).await;
    is_away.store(false, Ordering::Relaxed);

    until(|| roster(&hub).rooms.contains_key(&general())).await;
    assert_eq!(hub.heads(&general()), Some(Heads::default()));
}

#[tokio::test]
async fn who_is_in_a_room_that_was_deleted_without_news_is_told() {
    let hub = fresh_hub().await;
    let (entered, mut far) = enter_heard(&hub, "ada").await;
    let gone = RoomId::parse("gone").unwrap();

    hub.joined(&entered.place, &member_of(&gone)).await;

    let left = ServerMessage::Left { request: None, room: gone.clone(), why: Ending::Deleted };
    assert_eq!(far.hear().await, left);
    assert!(!entered.place.is_in(&gone));
}

#[tokio::test]
async fn a_full_mailbox_makes_no_sender_wait() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let _commands = stuck_general(&hub);
    let append = || Command::Append(Arc::clone(&entered.place), offer(draft()));

    assert!(hub.try_command(&general(), append()));
    assert!(!hub.try_command(&general(), append()));
}

#[tokio::test]
async fn a_full_mailbox_keeps_no_news_of_members_waiting() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut commands = stuck_general(&hub);
    let place = || Arc::clone(&entered.place);
    let room = RoomInfo { id: general(), ..info() };
    assert!(hub.try_command(&general(), Command::Close(place())));

    hub.concern(Event::Joined {
        member: place().person.id.clone(),
        room,
        read: Sequence::ZERO,
        admin: false,
        since: Sequence::ZERO,
    });

    assert!(matches!(soon(commands.recv()).await, Some(Command::Close(_))));
    assert!(matches!(soon(commands.recv()).await, Some(Command::Arrive(_))));
}

#[tokio::test]
async fn news_of_a_membership_that_has_ended_since_is_no_news() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let member = entered.place.person.id.clone();
    let joined = |since| Event::Joined {
        member: member.clone(),
        room: RoomInfo { id: general(), ..info() },
        read: Sequence::ZERO,
        admin: false,
        since,
    };
    let (room, why) = (general(), Ending::Removed);

    // Two nodes tell, and the later news comes first.
    hub.concern(Event::Left { member: member.clone(), room, why, change: Some(Sequence(1)) });
    hub.concern(joined(Sequence::ZERO));
    assert!(!entered.place.is_in(&general()));
    assert!(!hub.joined(&entered.place, &member_of(&general())).await, "a right that was looked up before");

    hub.concern(joined(Sequence(1)));
    assert!(entered.place.is_in(&general()), "the next membership counts");
    hub.concern(Event::Left { member: member.clone(), room: general(), why, change: Some(Sequence(1)) });
    assert!(entered.place.is_in(&general()), "what ended the one before comes late");
}

#[tokio::test]
async fn a_room_that_was_left_while_its_opening_waited_is_not_shown() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut commands = stuck_general(&hub);
    entered.place.joined(&general(), Sequence::ZERO);
    let opening = keeper::tests::opening();
    assert!(hub.try_command(&general(), Command::Open(Arc::clone(&entered.place), opening)));

    entered.place.left(&general(), Some(Sequence(1)));
    let Some(Command::Open(place, opening)) = commands.recv().await else { panic!("it waits") };
    hub.rooms().clear();
    hub.command(&general(), Command::Open(place, opening)).await;
    hub.heads_once_begun(&general()).await;

    assert!(!entered.place.is_shown(&general()));
}

#[tokio::test]
async fn nobody_enters_a_node_that_stops() {
    let hub = fresh_hub().await;
    hub.drain().await;

    let (person, (queue, _far)) = (person("ada"), connection().await);

    assert_eq!(hub.enter(person, key(1), queue, 20).err(), Some(CloseCode::RESTART));
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_is_not_answered_keeps_no_other_waiting() {
    /// Knows no session, and never answers about one of them.
    struct Stuck(SessionKey);

    impl Sessions for Stuck {
        async fn find(&self, key: &SessionKey, _: Timestamp) -> Result<Option<Session>, Unavailable> {
            match *key == self.0 {
                true => std::future::pending().await,
                false => Ok(None),
            }
        }

        async fn create(&self, _: &Session) -> Result<(), SessionsError> {
            Ok(())
        }

        async fn of_member(&self, _: &MemberId, _: Timestamp, _: usize) -> Result<Vec<Session>, Unavailable> {
            Ok(Vec::new())
        }

        async fn extend(&self, _: &SessionKey, _: Timestamp) -> Result<(), Unavailable> {
            Ok(())
        }

        async fn end(&self, _: &SessionKey) -> Result<(), Unavailable> {
            Ok(())
        }

        async fn end_others(&self, _: &MemberId, _: Option<&SessionKey>) -> Result<(), Unavailable> {
            Ok(())
        }

        async fn bar(&self, _: &MemberId, _: Timestamp) -> Result<bool, Unavailable> {
            Ok(false)
        }

        async fn unbar(&self, _: &MemberId) -> Result<bool, Unavailable> {
            Ok(false)
        }
    }
    let hub = fresh_hub().await;
    let (stuck, ended) = (enter(&hub, "ada").await, enter(&hub, "bo").await);
    let sessions = Stuck(stuck.place.session.clone());

    let began = Instant::now();
    let places = vec![Arc::clone(&stuck.place), Arc::clone(&ended.place)];
    let closed = async {
        ended.place.queue.ended().await;
        began.elapsed()
    };
    let ((), closed_after) = tokio::join!(end_signed_out(&sessions, places), closed);

    assert_eq!(closed_after, Duration::ZERO);
    assert_eq!(ended.place.queue.close_code(), Some(CloseCode::SESSION_ENDED));
    assert_eq!(stuck.place.queue.close_code(), None);
}

/// A hub whose store has the first rooms.
pub(super) async fn fresh_hub() -> Arc<Hub> {
    hub_over(Backend::in_memory()).await
}

/// A hub over this store, which gets the first rooms.
pub(super) async fn hub_over(backend: Backend) -> Arc<Hub> {
    accounts::found(&backend.rooms, timestamp()).await.unwrap();
    let (metrics, heads_every) = (Metrics::new(backend.meter.clone()), Config::default().heads_every);
    Hub::new(NodeId::from_random(1), backend, Arc::new(metrics), heads_every)
}

/// Somebody's connection.
pub(super) async fn enter(hub: &Arc<Hub>, name: &str) -> Entered {
    enter_heard(hub, name).await.0
}

/// Somebody's connection, and its far end.
pub(super) async fn enter_heard(hub: &Arc<Hub>, name: &str) -> (Entered, Far) {
    let (queue, far) = connection().await;
    (hub.enter(person(name), key(name.as_bytes()[0]), queue, 20).unwrap(), far)
}

/// Who is in which room on this node.
fn roster(hub: &Hub) -> chat::ports::Roster {
    hub.board.roster().1
}

/// A membership of a room that began before any change of it; whose it is does not matter.
fn member_of(room: &RoomId) -> Membership {
    let (room, member) = (room.clone(), person("ada").id);
    let (role, since, read) = (Role::Member, Sequence::ZERO, Sequence::ZERO);
    Membership { room, member, role, joined: timestamp(), since, read }
}

/// A membership begins.
pub(super) fn start() -> Start {
    Start { at: timestamp(), head: Sequence::ZERO, rooms_max: 10, added_by: None }
}

/// Lets others work until it is so.
pub(super) async fn until(is_so: impl Fn() -> bool) {
    let waited = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    soon(waited).await;
}

pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(1), what).await.expect("it comes within its time")
}

pub(super) fn general() -> RoomId {
    RoomId::parse("general").unwrap()
}

pub(super) fn draft() -> Draft {
    Draft {
        author: person("ada").id,
        nonce: Nonce::parse("n1").unwrap(),
        text: MessageText::parse("hello").unwrap(),
    }
}

/// Makes `general` a room whose keeper takes nothing, with place for one command.
fn stuck_general(hub: &Hub) -> mpsc::Receiver<Command> {
    let (mailbox, commands) = mpsc::channel(1);
    let begun = oneshot::channel().1.shared();
    let keeper = tokio::spawn(std::future::pending::<()>()).abort_handle();
    hub.rooms().insert(general(), ActiveRoom { mailbox, begun, keeper });
    commands
}

fn offer(draft: Draft) -> Offer {
    Offer { draft, since: Sequence::ZERO, allowed_at: Instant::now() }
}

fn info() -> RoomInfo {
    let name = protocol::RoomName::parse("Later").unwrap();
    RoomInfo { id: general(), name, topic: protocol::Topic::parse("").unwrap(), private: false }
}

pub(super) fn person(name: &str) -> Person {
    Person { id: MemberId::parse(name).unwrap(), name: MemberName::parse(name).unwrap(), guest: false }
}

fn key(n: u8) -> SessionKey {
    SessionToken::from_random([n; 32]).key()
}
