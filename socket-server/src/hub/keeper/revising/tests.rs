//! What becomes of an edit or a deletion while it is on its way to the store.

use backend::Backend;
use chat::ports::{Actor, Deed, Draft, Memberships as _, Role};

use super::{
    super::{
        super::tests::{draft, general, person, start},
        tests::{THE_WAY_TAKES, hub_far_from_its_store},
    },
    *,
};

const REVISING: &str = "log while revising";

#[tokio::test(start_paused = true)]
async fn of_two_deletions_at_once_one_is_written() {
    let (hub, backend) = hub_far_from_its_store(REVISING).await;
    let ada = inside(&backend, "ada", Role::Member).await;
    let message = write_as(&backend, &ada).await;

    let deletion = async |nonce| write(&hub, deleting(&backend, &ada, &message, nonce).await).await;
    let (one, other) = tokio::join!(deletion("d1"), deletion("d2"));

    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(backend.log.heads(&general()).await.unwrap().changes, Sequence(1));
}

#[tokio::test(start_paused = true)]
async fn an_admin_who_was_removed_meanwhile_and_came_back_deletes_nothing_of_others() {
    let (hub, backend) = hub_far_from_its_store(REVISING).await;
    let [ada, bo] = [inside(&backend, "ada", Role::Member).await, inside(&backend, "bo", Role::Admin).await];
    inside(&backend, "cy", Role::Admin).await;
    let message = write_as(&backend, &ada).await;

    let deletion = async { write(&hub, deleting(&backend, &bo, &message, "d1").await).await };
    let meanwhile = async {
        tokio::time::sleep(THE_WAY_TAKES / 2).await;
        backend.memberships.leave(&general(), &bo, &deed()).await.unwrap();
        backend.memberships.join(&general(), &bo, &start()).await.unwrap();
    };
    let (deleted, ()) = tokio::join!(deletion, meanwhile);

    let not_theirs = Refusal::NotYours { room: general(), sequence: message.sequence };
    assert_eq!(deleted, Err(not_theirs));
}

#[tokio::test(start_paused = true)]
async fn an_admin_who_is_none_any_more_when_their_turn_comes_deletes_nothing_of_others() {
    let (hub, backend) = hub_far_from_its_store(REVISING).await;
    let [ada, bo] = [inside(&backend, "ada", Role::Admin).await, inside(&backend, "bo", Role::Admin).await];
    let message = write_as(&backend, &ada).await;

    let waits = deleting(&backend, &bo, &message, "d1").await;
    backend.memberships.set_role(&general(), &bo, Role::Member, &deed()).await.unwrap();
    tokio::time::sleep(RIGHTS_FOR).await;

    let not_theirs = Refusal::NotYours { room: general(), sequence: message.sequence };
    assert_eq!(write(&hub, waits).await, Err(not_theirs));
}

async fn inside(backend: &Backend, name: &str, role: Role) -> MemberId {
    let member = person(name).id;
    backend.memberships.join(&general(), &member, &start()).await.unwrap();
    backend.memberships.set_role(&general(), &member, role, &deed()).await.unwrap();
    member
}

async fn write_as(backend: &Backend, author: &MemberId) -> Message {
    let draft = Draft { author: author.clone(), ..draft() };
    let kept = backend.log.append(&general(), Sequence::ZERO, timestamp(), &[draft]).await.unwrap();
    kept[0].clone()
}

async fn deleting(backend: &Backend, by: &MemberId, message: &Message, nonce: &str) -> Revising {
    let insider = access::insider(&backend.rooms, &backend.memberships, by, &general()).await.unwrap();
    let changes = insider.membership().since;
    let (nonce, sequence) = (Nonce::parse(nonce).unwrap(), message.sequence);
    let allowed_at = Instant::now();
    Revising { request: RequestId(1), insider, allowed_at, changes, sequence, nonce, wanted: Wanted::Delete }
}

fn deed() -> Deed {
    Deed { by: Actor::Operator, at: timestamp() }
}
