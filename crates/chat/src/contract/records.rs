//! What is recorded of rooms: what admins did there, and who was in them when. Behaviours take the stores of one engine.

use protocol::{MemberId, RoomId, RoomInfo, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, draft_by, enter, founded_room, fresh_invite, fresh_room, invite_to, newcomer, nonce,
    room_at, room_name, start_at, topic, typed, unique_member, unique_room,
};
use crate::ports::{
    Act, Actor, Deed, Done, Erasures, Invites, Memberships, Records, Revision, Role, RoomLog, Rooms, Start,
    Turn, Way,
};

/// Stamps one test per behaviour; `$fresh` makes the stores of one engine.
#[macro_export]
macro_rules! records_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(records, $fresh;
            a_time_line_tells_each_beginning_and_end,
            a_founders_time_line_begins_with_the_room,
            a_removal_is_an_end_by_somebody_else,
            joining_again_is_no_new_beginning,
            time_lines_are_one_members_in_one_room,
            a_founded_room_was_made_by_its_founder,
            what_admins_did_stands_with_who_did_it_and_when,
            what_operators_did_stands_there_too,
            coming_and_going_by_oneself_is_no_act,
            what_came_to_nothing_is_no_act,
            only_what_changed_of_a_room_is_told,
            a_deleted_message_of_somebody_else_is_an_act,
            ones_own_messages_are_nobody_elses_business,
            acts_come_newest_first_and_go_on_before_one,
            acts_belong_to_their_room,
            what_was_done_in_a_deleted_room_is_still_told,
        );
    };
}

pub async fn a_time_line_tells_each_beginning_and_end(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    let start = |at, head| Start { at: after(at), ..start_at(head) };
    let own = |at| Deed::of(&member, after(at));

    stores.memberships().join(&room, &member, &start(1, 0)).await.unwrap();
    say(&stores, &room, 3).await;
    stores.memberships().leave(&room, &member, &own(2)).await.unwrap();
    say(&stores, &room, 2).await;
    stores.memberships().join(&room, &member, &start(3, 5)).await.unwrap();
    stores.memberships().leave(&room, &member, &own(4)).await.unwrap();

    let turns = stores.records().turns(&room, &member).await.unwrap();
    let expected =
        [turn(1, 0, Way::Joined), turn(2, 3, Way::Left), turn(3, 5, Way::Joined), turn(4, 5, Way::Left)];
    assert_eq!(turns, expected);
}

pub async fn a_founders_time_line_begins_with_the_room(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;

    assert_eq!(stores.records().turns(&room, &founder).await.unwrap(), [turn(0, 0, Way::Joined)]);
}

pub async fn a_removal_is_an_end_by_somebody_else(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [removed, expelled] = [newcomer(&stores, &room).await, newcomer(&stores, &room).await];
    say(&stores, &room, 2).await;

    let [by_admin, by_operator] = [Deed::of(&admin, after(1)), Deed { by: Actor::Operator, at: after(1) }];
    stores.memberships().leave(&room, &removed, &by_admin).await.unwrap();
    stores.memberships().leave(&room, &expelled, &by_operator).await.unwrap();

    for member in [removed, expelled] {
        let turns = stores.records().turns(&room, &member).await.unwrap();
        assert_eq!(turns, [turn(0, 0, Way::Joined), turn(1, 2, Way::Removed)]);
    }
}

pub async fn joining_again_is_no_new_beginning(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;

    enter(&stores, &room, &member).await;
    stores.memberships().join(&room, &member, &added_by(&admin)).await.unwrap();

    assert_eq!(stores.records().turns(&room, &member).await.unwrap(), [turn(0, 0, Way::Joined)]);
}

pub async fn time_lines_are_one_members_in_one_room(stores: impl Stores) {
    let [one, other] = [fresh_room(&stores).await, fresh_room(&stores).await];
    let member = newcomer(&stores, &one).await;
    newcomer(&stores, &other).await;

    assert_eq!(stores.records().turns(&one, &member).await.unwrap().len(), 1);
    assert_eq!(stores.records().turns(&other, &member).await.unwrap(), []);
    assert_eq!(stores.records().turns(&one, &unique_member()).await.unwrap(), []);
    assert_eq!(stores.records().turns(&unique_room(), &member).await.unwrap(), []);
}

pub async fn a_founded_room_was_made_by_its_founder(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;

    let acts = stores.records().acts(&room, None, 10).await.unwrap();

    let [Act { deed: by, what: Done::Created, .. }] = &acts[..] else { panic!("{acts:?}") };
    assert_eq!(*by, deed(&founder));
}

pub async fn what_admins_did_stands_with_who_did_it_and_when(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let [admin, member] = [newcomer(&stores, &room).await, unique_member()];
    let by = |who: &MemberId, at| Deed::of(who, after(at));
    let memberships = stores.memberships();
    let added = Start { at: after(3), ..added_by(&admin) };

    memberships.set_role(&room, &admin, Role::Admin, &by(&founder, 1)).await.unwrap();
    memberships.set_role(&room, &founder, Role::Member, &by(&admin, 2)).await.unwrap();
    memberships.join(&room, &member, &added).await.unwrap();
    memberships.leave(&room, &member, &by(&admin, 4)).await.unwrap();
    let invite = fresh_invite(&stores, &room, &admin).await;
    stores.invites().withdraw(&room, &invite.key, &by(&founder, 5)).await.unwrap();

    let expected = [
        (deed(&founder), Done::Created),
        (by(&founder, 1), Done::Promoted(admin.clone())),
        (by(&admin, 2), Done::Demoted(founder.clone())),
        (by(&admin, 3), Done::Added(member.clone())),
        (by(&admin, 4), Done::Removed(member)),
        (deed(&admin), Done::Invited),
        (by(&founder, 5), Done::Withdrew),
    ];
    assert_eq!(told(&stores, &room).await, expected);
}

pub async fn what_operators_did_stands_there_too(stores: impl Stores) {
    let (room, _) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let deed = Deed { by: Actor::Operator, at: NOW };
    let renamed = RoomInfo { name: room_name("Other"), ..room_at(room.clone()) };

    stores.rooms().describe(&renamed, &deed).await.unwrap();
    stores.memberships().set_role(&room, &member, Role::Admin, &deed).await.unwrap();
    stores.memberships().leave(&room, &member, &deed).await.unwrap();

    let expected = [
        (deed.clone(), Done::Renamed(renamed.name)),
        (deed.clone(), Done::Promoted(member.clone())),
        (deed, Done::Removed(member)),
    ];
    assert_eq!(told(&stores, &room).await[1..], expected);
}

pub async fn coming_and_going_by_oneself_is_no_act(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [member, invited] = [newcomer(&stores, &room).await, unique_member()];
    let invite = fresh_invite(&stores, &room, &admin).await;
    let before = told(&stores, &room).await;

    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();
    stores.invites().redeem(&invite.key, &invited, &start_at(0)).await.unwrap();

    assert_eq!(told(&stores, &room).await, before);
}

pub async fn what_came_to_nothing_is_no_act(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [member, outsider] = [newcomer(&stores, &room).await, unique_member()];
    let invite = fresh_invite(&stores, &fresh_room(&stores).await, &admin).await;
    let by = deed(&admin);
    let (memberships, invites) = (stores.memberships(), stores.invites());
    let before = told(&stores, &room).await;

    memberships.join(&room, &member, &added_by(&admin)).await.unwrap();
    memberships.join(&room, &outsider, &Start { rooms_max: 0, ..added_by(&admin) }).await.unwrap_err();
    memberships.leave(&room, &outsider, &by).await.unwrap();
    memberships.leave(&room, &admin, &deed(&member)).await.unwrap_err();
    memberships.set_role(&room, &member, Role::Member, &by).await.unwrap();
    memberships.set_role(&room, &admin, Role::Admin, &by).await.unwrap();
    memberships.set_role(&room, &admin, Role::Member, &by).await.unwrap_err();
    memberships.set_role(&room, &outsider, Role::Admin, &by).await.unwrap_err();
    invites.withdraw(&room, &invite.key, &by).await.unwrap();
    invites.create(&invite_to(&room, &admin), 0).await.unwrap_err();
    stores.rooms().create_by(&room_at(room.clone()), &outsider, &start_at(0)).await.unwrap_err();

    assert_eq!(told(&stores, &room).await, before);
}

pub async fn only_what_changed_of_a_room_is_told(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let first = room_at(room.clone());
    let renamed = RoomInfo { name: room_name("Other"), ..first.clone() };
    let retopiced = RoomInfo { topic: topic(""), ..renamed.clone() };

    for described in [&first, &renamed, &renamed, &retopiced, &first] {
        stores.rooms().describe(described, &deed(&admin)).await.unwrap();
    }

    let told = told(&stores, &room).await;
    let what: Vec<&Done> = told.iter().map(|(_, what)| what).collect();
    let (others, both) = what.split_at(3);
    assert!(told.iter().all(|(by, _)| *by == deed(&admin)));
    assert_eq!(others, [&Done::Created, &Done::Renamed(renamed.name), &Done::Retopiced(retopiced.topic)]);
    // Done at once, so that either may stand first.
    assert_eq!(both.len(), 2);
    assert!(both.contains(&&Done::Renamed(first.name)) && both.contains(&&Done::Retopiced(first.topic)));
}

pub async fn a_deleted_message_of_somebody_else_is_an_act(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    say(&stores, &room, 3).await;
    let deletion = Revision { text: None, ..edit(2, &admin, "d1") };

    stores.log().revise(&room, &deletion).await.unwrap();
    stores.log().revise(&room, &deletion).await.unwrap();

    assert_eq!(told(&stores, &room).await[1..], [(deed(&admin), Done::DeletedMessage(Sequence(2)))]);
}

pub async fn ones_own_messages_are_nobody_elses_business(stores: impl Stores) {
    let (room, author) = founded_room(&stores).await;
    let drafts = ["one", "two"].map(|name| draft_by(author.as_str(), name));
    stores.log().append(&room, Sequence::ZERO, NOW, &drafts).await.unwrap();

    stores.log().revise(&room, &edit(1, &author, "e1")).await.unwrap();
    stores.log().revise(&room, &Revision { text: None, ..edit(2, &author, "d1") }).await.unwrap();

    assert_eq!(told(&stores, &room).await, [(deed(&author), Done::Created)]);
}

pub async fn acts_come_newest_first_and_go_on_before_one(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    for n in 0..9 {
        let named = RoomInfo { name: room_name(&format!("Name {n}")), ..room_at(room.clone()) };
        stores.rooms().describe(&named, &deed(&admin)).await.unwrap();
    }
    let acts = |before, n| stores.records().acts(&room, before, n);

    let all = acts(None, 100).await.unwrap();

    assert_eq!(all.len(), 10);
    assert!(all.is_sorted_by(|newer, older| newer.number > older.number), "{all:?}");
    assert_eq!(all[9].what, Done::Created);
    assert_eq!(acts(None, 4).await.unwrap(), all[..4]);
    assert_eq!(acts(Some(all[3].number), 4).await.unwrap(), all[4..8]);
    assert_eq!(acts(Some(all[7].number), 4).await.unwrap(), all[8..]);
    assert_eq!(acts(Some(all[9].number), 4).await.unwrap(), []);
    assert_eq!(acts(None, 0).await.unwrap(), []);
}

pub async fn acts_belong_to_their_room(stores: impl Stores) {
    let [(one, first), (other, second)] = [founded_room(&stores).await, founded_room(&stores).await];

    assert_eq!(told(&stores, &one).await, [(deed(&first), Done::Created)]);
    assert_eq!(told(&stores, &other).await, [(deed(&second), Done::Created)]);
    assert_eq!(told(&stores, &unique_room()).await, []);
}

pub async fn what_was_done_in_a_deleted_room_is_still_told(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let (member, by_operator) = (newcomer(&stores, &room).await, Deed { by: Actor::Operator, at: after(2) });
    stores.memberships().leave(&room, &member, &Deed::of(&admin, after(1))).await.unwrap();

    stores.erasures().delete_room(&room, &by_operator).await.unwrap();
    stores.erasures().delete_room(&room, &by_operator).await.unwrap_err();

    let expected = [
        (deed(&admin), Done::Created),
        (Deed::of(&admin, after(1)), Done::Removed(member)),
        (by_operator, Done::Deleted),
    ];
    assert_eq!(told(&stores, &room).await, expected);
}

/// A room's acts without their numbers, the oldest first.
async fn told(stores: &impl Stores, room: &RoomId) -> Vec<(Deed, Done)> {
    let acts = stores.records().acts(room, None, 1000).await.unwrap();
    acts.into_iter().rev().map(|act| (act.deed, act.what)).collect()
}

/// Adds messages by somebody who is nowhere else.
async fn say(stores: &impl Stores, room: &RoomId, n: usize) {
    let head = stores.log().heads(room).await.unwrap().messages;
    let author = unique_member();
    let drafts: Vec<_> = (0..n).map(|n| draft_by(author.as_str(), &format!("n{n}"))).collect();
    stores.log().append(room, head, NOW, &drafts).await.unwrap();
}

fn edit(message: u64, by: &MemberId, name: &str) -> Revision {
    Revision {
        message: Sequence(message),
        seen: Sequence::ZERO,
        by: by.clone(),
        since: Sequence::ZERO,
        nonce: nonce(name),
        at: NOW,
        text: Some(typed("edited")),
    }
}

fn added_by(admin: &MemberId) -> Start {
    Start { added_by: Some(admin.clone()), ..start_at(0) }
}

fn turn(at: u64, head: u64, way: Way) -> Turn {
    Turn { at: after(at), head: Sequence(head), way }
}

fn after(ms: u64) -> Timestamp {
    Timestamp(NOW.0 + ms)
}
