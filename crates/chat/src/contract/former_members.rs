//! What becomes of members who go. Stamped with [`erasures`](super::erasures).

use std::collections::BTreeSet;

use futures::future::join_all;
use protocol::{MemberId, Person, Refusal, RoomId, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, draft_by, enter, erasures::pending_in_turn, founded_room, fresh_room, names, newcomer,
    nonce, room_at, sessions::session_of, typed, unique_guest, unique_member, unique_room,
};
use crate::ports::{
    Change, Changed, Erased, Erasures, ErasuresError, Legacy, LogError, Members, Memberships, Records,
    Revision, Role, RoomLog, Rooms, Sessions, Turn, Way,
};
use crate::{
    access::{self, AccessError},
    rooms,
};

/// When members go.
const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

pub async fn a_former_member_is_nobody(stores: impl Stores) {
    let [gone, other] = [fresh_person(&stores).await, fresh_person(&stores).await];

    let rooms = stores.erasures().delete_member(&gone.id, Legacy::Stays, LATER).await.unwrap();

    assert_eq!(rooms, []);
    assert_eq!(stores.members().by_id(&gone.id).await.unwrap(), None);
    assert_eq!(stores.members().by_name(&gone.name).await.unwrap(), None);
    assert_eq!(stores.members().people(&[gone.id, other.id.clone()]).await.unwrap(), [other]);
}

pub async fn a_former_members_name_is_free_again(stores: impl Stores) {
    let gone = fresh_person(&stores).await;
    stores.erasures().delete_member(&gone.id, Legacy::Stays, LATER).await.unwrap();

    let next = Person { name: gone.name.clone(), ..unique_guest() };
    stores.members().create(&next, None, LATER).await.unwrap();

    assert_eq!(stores.members().by_name(&gone.name).await.unwrap().unwrap().person, next);
    assert_eq!(stores.members().by_id(&gone.id).await.unwrap(), None);
}

pub async fn a_former_member_has_no_session(stores: impl Stores) {
    let [gone, other] = [fresh_person(&stores).await, fresh_person(&stores).await];
    let [ended, kept] = [session_of(&gone.id), session_of(&other.id)];
    stores.sessions().create(&ended).await.unwrap();
    stores.sessions().create(&kept).await.unwrap();

    stores.erasures().delete_member(&gone.id, Legacy::Stays, LATER).await.unwrap();

    assert_eq!(stores.sessions().find(&ended.key, NOW).await.unwrap(), None);
    assert_eq!(stores.sessions().of_member(&gone.id, NOW, 10).await.unwrap(), []);
    assert_eq!(stores.sessions().find(&kept.key, NOW).await.unwrap(), Some(kept));
}

pub async fn a_former_member_is_in_no_room(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let [(one, admin), (other, second)] = [founded_room(&stores).await, founded_room(&stores).await];
    let left = fresh_room(&stores).await;
    for room in [&one, &left, &other] {
        enter(&stores, room, &gone).await;
    }
    leave(&stores, &left, &gone).await;

    let rooms = stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();

    assert_eq!(rooms.len(), 2);
    assert_eq!(BTreeSet::from_iter(rooms), BTreeSet::from([one.clone(), other.clone()]));
    assert_eq!(stores.memberships().of_member(&gone).await.unwrap(), []);
    for (room, stays) in [(one, admin), (other, second)] {
        assert_eq!(stores.memberships().find(&room, &gone).await.unwrap(), None);
        assert_eq!(names(&stores, &room).await, [stays].into());
    }
}

pub async fn a_former_member_joins_no_room(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let room = fresh_room(&stores).await;
    let joiner = access::joiner(stores.rooms(), stores.memberships(), &gone, &room).await.unwrap();
    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();

    let ports = (stores.members(), stores.memberships(), stores.log());
    let refused = rooms::join(ports, &joiner, &gone, LATER).await;

    let is_refused = matches!(refused, Err(AccessError::Refused(Refusal::NoSuchMember)));
    assert!(is_refused, "{refused:?}");
    assert_eq!(stores.memberships().find(&room, &gone).await.unwrap(), None);
}

pub async fn a_former_member_makes_no_room(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();
    let room = room_at(unique_room());

    let ports = (stores.rooms(), stores.members(), stores.erasures());
    let made = rooms::create(ports, &room, &gone, LATER).await;

    assert!(matches!(made, Err(AccessError::Refused(Refusal::NoSuchMember))), "{made:?}");
    assert_eq!(stores.rooms().find(&room.id).await.unwrap(), None);
}

pub async fn a_former_members_ends_stand_in_their_rooms(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let rooms = [fresh_room(&stores).await, fresh_room(&stores).await];
    for room in &rooms {
        enter(&stores, room, &gone).await;
        say(&stores, room, &gone, "one").await;
    }

    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();

    let lost = Change {
        sequence: Sequence(1),
        by: gone.clone(),
        nonce: None,
        at: LATER,
        what: Changed::Lost(gone.clone()),
    };
    let turns = [
        Turn { at: NOW, head: Sequence::ZERO, way: Way::Joined },
        Turn { at: LATER, head: Sequence(1), way: Way::Left },
    ];
    for room in rooms {
        assert_eq!(stores.log().changes(&room, Sequence(1), 10).await.unwrap(), std::slice::from_ref(&lost));
        assert_eq!(stores.records().turns(&room, &gone).await.unwrap(), turns);
        assert_eq!(stores.records().acts(&room, None, 10).await.unwrap(), []);
    }
}

pub async fn a_member_is_deleted_once(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let room = fresh_room(&stores).await;
    enter(&stores, &room, &gone).await;

    let racing = (0..10).map(|_| stores.erasures().delete_member(&gone, Legacy::Goes, LATER));
    let results = join_all(racing).await;
    let late = stores.erasures().delete_member(&gone, Legacy::Goes, LATER).await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refused in results.into_iter().filter(Result::is_err).chain([late]) {
        assert!(matches!(refused, Err(ErasuresError::NoSuchMember)), "{refused:?}");
    }
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
    assert_eq!(pending_in_turn(&stores).await.len(), 1);
}

pub async fn who_is_not_there_is_not_deleted(stores: impl Stores) {
    let refused = stores.erasures().delete_member(&unique_member(), Legacy::Goes, LATER).await;

    assert!(matches!(refused, Err(ErasuresError::NoSuchMember)), "{refused:?}");
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
}

pub async fn the_last_admin_of_a_room_is_not_deleted(stores: impl Stores) {
    let person = fresh_person(&stores).await;
    let (shared, other) = founded_room(&stores).await;
    let (plain, own) = (fresh_room(&stores).await, fresh_room(&stores).await);
    for room in [&plain, &shared, &own] {
        enter(&stores, room, &person.id).await;
    }
    let heir = newcomer(&stores, &own).await;
    for room in [&shared, &own] {
        stores.memberships().set_role(room, &person.id, Role::Admin, &deed(&other)).await.unwrap();
    }
    let session = session_of(&person.id);
    stores.sessions().create(&session).await.unwrap();
    let before = stores.memberships().of_member(&person.id).await.unwrap();

    let refused = stores.erasures().delete_member(&person.id, Legacy::Goes, LATER).await;

    assert!(matches!(&refused, Err(ErasuresError::LastAdmin { room }) if *room == own), "{refused:?}");
    assert_eq!(stores.members().by_name(&person.name).await.unwrap().unwrap().person, person);
    assert_eq!(stores.sessions().find(&session.key, NOW).await.unwrap(), Some(session));
    assert_eq!(stores.memberships().of_member(&person.id).await.unwrap(), before);
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
    for room in [&plain, &shared, &own] {
        assert_eq!(stores.log().heads(room).await.unwrap().changes, Sequence::ZERO);
        assert_eq!(stores.records().turns(room, &person.id).await.unwrap().len(), 1);
    }

    stores.memberships().set_role(&own, &heir, Role::Admin, &deed(&person.id)).await.unwrap();
    let rooms = stores.erasures().delete_member(&person.id, Legacy::Goes, LATER).await.unwrap();
    assert_eq!(BTreeSet::from_iter(rooms), BTreeSet::from([plain, shared, own]));
}

pub async fn an_admin_who_is_not_the_last_is_deleted(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let gone = fresh_person(&stores).await.id;
    enter(&stores, &room, &gone).await;
    stores.memberships().set_role(&room, &gone, Role::Admin, &deed(&founder)).await.unwrap();

    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();

    assert_eq!(names(&stores, &room).await, [founder].into());
}

pub async fn of_two_admins_who_are_deleted_at_once_one_stays(stores: impl Stores) {
    for _ in 0..20 {
        let room = fresh_room(&stores).await;
        let admins = [fresh_person(&stores).await.id, fresh_person(&stores).await.id];
        for admin in &admins {
            enter(&stores, &room, admin).await;
            stores.memberships().set_role(&room, admin, Role::Admin, &deed(admin)).await.unwrap();
        }

        let racing = admins.iter().map(|admin| stores.erasures().delete_member(admin, Legacy::Stays, LATER));
        let results = join_all(racing).await;

        let refused: Vec<_> = results.iter().filter(|result| result.is_err()).collect();
        assert!(
            matches!(refused[..], [Err(ErasuresError::LastAdmin { room: of })] if *of == room),
            "{results:?}"
        );
        let stayed = names(&stores, &room).await;
        assert!(stayed.len() == 1 && stayed.iter().all(|member| admins.contains(member)), "{stayed:?}");
    }
}

pub async fn a_former_members_messages_stay(stores: impl Stores) {
    let (gone, room) = (fresh_person(&stores).await.id, fresh_room(&stores).await);
    enter(&stores, &room, &gone).await;
    say(&stores, &room, &gone, "one").await;
    let before = stores.log().read(&room, Sequence(1), 10).await.unwrap();

    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();

    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), before);
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
}

pub async fn or_they_go_from_each_room_that_they_were_ever_in(stores: impl Stores) {
    let gone = fresh_person(&stores).await.id;
    let [here, left, twice, _never] = [
        fresh_room(&stores).await,
        fresh_room(&stores).await,
        fresh_room(&stores).await,
        fresh_room(&stores).await,
    ];
    for room in [&here, &left, &twice] {
        enter(&stores, room, &gone).await;
    }
    leave(&stores, &left, &gone).await;
    leave(&stores, &twice, &gone).await;
    enter(&stores, &twice, &gone).await;

    stores.erasures().delete_member(&gone, Legacy::Goes, LATER).await.unwrap();

    let pending = pending_in_turn(&stores).await;
    let of_gone = Erased::TextsOf(gone);
    assert!(pending.iter().all(|it| it.what == of_gone && it.upto == Sequence::ZERO && it.begun >= LATER));
    let rooms: Vec<&RoomId> = pending.iter().map(|it| &it.room).collect();
    assert_eq!(rooms.len(), 3);
    assert_eq!(BTreeSet::from_iter(rooms), [&here, &left, &twice].into());
}

pub async fn a_former_member_edits_nothing(stores: impl Stores) {
    let (gone, room) = (fresh_person(&stores).await.id, fresh_room(&stores).await);
    enter(&stores, &room, &gone).await;
    say(&stores, &room, &gone, "one").await;
    let edit = Revision {
        message: Sequence(1),
        seen: Sequence::ZERO,
        by: gone.clone(),
        since: stores.log().heads(&room).await.unwrap().changes,
        nonce: nonce("e1"),
        at: LATER,
        text: Some(typed("edited")),
    };

    stores.erasures().delete_member(&gone, Legacy::Stays, LATER).await.unwrap();
    let refused = stores.log().revise(&room, &edit).await;

    assert!(matches!(refused, Err(LogError::NotInRoom { .. })), "{refused:?}");
}

/// Somebody whom the members know.
pub(super) async fn fresh_person(stores: &impl Stores) -> Person {
    let person = unique_guest();
    stores.members().create(&person, None, NOW).await.unwrap();
    person
}

pub(super) async fn say(stores: &impl Stores, room: &RoomId, author: &MemberId, name: &str) {
    let head = stores.log().heads(room).await.unwrap().messages;
    stores.log().append(room, head, NOW, &[draft_by(author.as_str(), name)]).await.unwrap();
}

pub(super) async fn leave(stores: &impl Stores, room: &RoomId, member: &MemberId) {
    stores.memberships().leave(room, member, &deed(member)).await.unwrap().unwrap();
}
