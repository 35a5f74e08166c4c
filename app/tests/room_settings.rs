//! The settings of a room, through their forms.

#![cfg(feature = "ssr")]

mod world;

use chat::ports::{
    Deed, Event, Heard, Invites as _, Memberships as _, Role, Rooms as _, Start, Subscription,
};
use futures::StreamExt as _;
use protocol::{Ending, Heads, RoomId, Timestamp, limits};
use world::rooms::{fresh_den, words};

#[tokio::test]
async fn an_admin_gives_the_room_another_name_and_topic() {
    let den = fresh_den(false).await;
    let mut heard = den.listen().await;

    let reply = den.post(&den.ada, "describe", &[("name", "Nook"), ("topic", "Tea")]).await;

    assert_eq!(reply.location(), "/room/den?done=describe#about");
    let Event::RoomChanged { room } = next(&mut heard).await else { panic!("not told") };
    assert_eq!((room.name.as_str(), room.topic.as_str()), ("Nook", "Tea"));
    assert_eq!(den.world.backend.rooms.find(&den.room).await.unwrap(), Some(room));
    assert!(den.page(&den.bo).await.body.contains("Settings of Nook"));
}

#[tokio::test]
async fn what_is_wrong_with_a_name_or_a_topic_stands_at_its_field_and_both_are_kept() {
    let den = fresh_den(false).await;

    let page = den.refused("describe", &[("name", " "), ("topic", "Tea")], "too_short").await;
    assert!(
        page.contains("The room&#x27;s name needs at least 1 character.")
            || words(&page).contains("The room's name needs at least 1 character."),
        "{page}"
    );
    assert!(page.contains("value=\"Tea\"") && page.contains("aria-describedby=\"name-problem\""), "{page}");

    let long = "x".repeat(limits::TOPIC_MAX + 1);
    let page = den.refused("describe", &[("name", "Nook"), ("topic", &long)], "too_long").await;
    assert!(words(&page).contains("The topic is too long."), "{page}");
    assert!(page.contains(&long) && page.contains("value=\"Nook\""));
}

#[tokio::test]
async fn an_admin_adds_somebody_by_name() {
    let den = fresh_den(true).await;
    let mut heard = den.listen().await;

    let reply = den.post(&den.ada, "add", &[("name", "CY")]).await;

    assert!(reply.location().ends_with("?done=add#members"), "{}", reply.location());
    let Event::Joined { member, admin: false, .. } = next(&mut heard).await else { panic!("not told") };
    assert_eq!(member, den.world.id_of("Cy").await);
    assert_eq!(den.standing("Cy").await, Some(false));

    let page = den.refused("add", &[("name", "Nobody")], "no_such_member").await;
    assert!(page.contains("Nobody here has that name.") && page.contains("value=\"Nobody\""), "{page}");
    assert!(page.contains("aria-describedby=\"add-name-problem\""), "{page}");
}

#[tokio::test]
async fn who_is_in_as_many_rooms_as_allowed_is_not_added() {
    let den = fresh_den(false).await;
    let cy = den.world.id_of("Cy").await;
    for n in 1..limits::ROOMS_PER_MEMBER {
        let room = RoomId::parse(&format!("room-{n}")).unwrap();
        let info = protocol::RoomInfo { id: room.clone(), ..den.info().await };
        den.world.backend.rooms.create(&info, Timestamp(1)).await.unwrap();
        den.world.backend.memberships.join(&room, &cy, &start()).await.unwrap();
    }

    let page = den.refused("add", &[("name", "Cy")], "too_many").await;

    assert!(words(&page).contains("They're in 200 rooms, which is the most."), "{page}");
}

#[tokio::test]
async fn an_admin_removes_somebody_from_the_list_or_by_name() {
    let den = fresh_den(false).await;
    let bo = den.world.id_of("Bo").await;
    let mut heard = den.listen().await;

    let reply = den.post(&den.ada, "remove", &[("member", bo.as_str())]).await;

    assert_eq!(reply.location(), "/room/den?done=remove#members");
    let told = next(&mut heard).await;
    assert!(matches!(told, Event::Left { member, why: Ending::Removed, .. } if member == bo));
    assert_eq!(den.standing("Bo").await, None);
    den.join("Cy").await;
    den.post(&den.ada, "remove", &[("name", "cy")]).await;
    assert_eq!(den.standing("Cy").await, None);
}

#[tokio::test]
async fn who_is_not_in_the_room_cannot_be_removed() {
    let den = fresh_den(false).await;

    let page = den.refused("remove", &[("name", "Cy")], "no_such_member").await;

    assert!(page.contains("Nobody here has that name."), "{page}");
    assert_eq!(page.matches("role=\"alert\"").count(), 1, "{page}");
    let page = den.refused("remove", &[("name", "x")], "too_short").await;
    assert!(words(&page).contains("The name needs at least 2 characters."), "{page}");
}

#[tokio::test]
async fn an_admin_makes_others_admins_and_members_again() {
    let den = fresh_den(false).await;
    let bo = den.world.id_of("Bo").await;
    let mut heard = den.listen().await;

    den.post(&den.ada, "role", &[("member", bo.as_str()), ("role", "admin")]).await;
    assert!(matches!(next(&mut heard).await, Event::RoleChanged { admin: true, .. }));
    assert_eq!(den.standing("Bo").await, Some(true));

    let reply = den.post(&den.ada, "role", &[("member", bo.as_str()), ("role", "member")]).await;
    assert_eq!(reply.location(), "/room/den?done=role#members");
    assert!(matches!(next(&mut heard).await, Event::RoleChanged { admin: false, .. }));
    assert_eq!(den.standing("Bo").await, Some(false));

    let cy = den.world.id_of("Cy").await;
    let page = den.refused("role", &[("member", cy.as_str()), ("role", "admin")], "no_such_member").await;
    assert!(words(&page).contains("Nobody here has that name."), "{page}");
}

#[tokio::test]
async fn an_admin_who_steps_down_is_asked_once_more_and_told_what_came_of_it() {
    let den = fresh_den(false).await;
    let (ada, bo) = (den.world.id_of("Ada").await, den.world.id_of("Bo").await);
    den.post(&den.ada, "role", &[("member", bo.as_str()), ("role", "admin")]).await;

    let page = den.page(&den.ada).await.body;
    let (_, asked) = page.split_once("<details class=\"settings__asked settings__asked--tool\">").unwrap();
    let (asked, rest) = asked.split_once("</details>").unwrap();
    assert!(asked.contains(&format!("name=\"member\" value=\"{ada}\"")), "{asked}");
    assert!(!rest.contains(&format!("name=\"member\" value=\"{ada}\"")), "{rest}");
    assert!(words(asked).contains("only another admin could make you one again"), "{asked}");

    let reply = den.post(&den.ada, "role", &[("member", ada.as_str()), ("role", "member")]).await;
    let page = den.world.get_as(&den.ada, reply.location().split('#').next().unwrap()).await.body;
    assert!(words(&page).contains("You look after this room no longer."), "{page}");
}

#[tokio::test]
async fn what_came_of_a_button_beside_a_member_is_not_said_in_another_form() {
    let den = fresh_den(false).await;
    let ada = den.world.id_of("Ada").await;

    let page = den.refused("role", &[("member", ada.as_str()), ("role", "member")], "last_admin").await;

    let (before, add) = page.split_once("action=\"/room/den/add\"").unwrap();
    let (add, _) = add.split_once("</form>").unwrap();
    assert!(before.contains("role=\"alert\"") && !add.contains("role=\"alert\""), "{add}");
}

#[tokio::test]
async fn the_last_admin_stays_one_and_of_two_one_can_go() {
    let den = fresh_den(false).await;
    let (ada, bo) = (den.world.id_of("Ada").await, den.world.id_of("Bo").await);

    den.refused("role", &[("member", ada.as_str()), ("role", "member")], "last_admin").await;
    let page = den.refused("leave", &[], "last_admin").await;
    assert!(words(&page).contains("You're the only admin of /r/den."), "{page}");

    den.post(&den.ada, "role", &[("member", bo.as_str()), ("role", "admin")]).await;
    let left = den.post(&den.ada, "leave", &[]).await;
    assert_eq!(left.location(), "/rooms");
    assert_eq!(den.standing("Ada").await, None);
    assert_eq!(den.standing("Bo").await, Some(true));
}

#[tokio::test]
async fn whoever_is_in_a_room_can_leave_it() {
    let den = fresh_den(false).await;
    let mut heard = den.listen().await;

    let left = den.post(&den.bo, "leave", &[]).await;

    assert_eq!(left.location(), "/rooms");
    assert!(matches!(next(&mut heard).await, Event::Left { why: Ending::Left, .. }));
    assert_eq!(den.standing("Bo").await, None);
}

#[tokio::test]
async fn the_link_of_an_invitation_is_shown_once_and_stands_in_no_address() {
    let den = fresh_den(true).await;

    let made = den.post(&den.ada, "invite", &[("days", "3"), ("uses", "5")]).await;

    assert!(made.location().ends_with("#invitation-link"), "{}", made.location());
    let cookie = made.header("set-cookie").to_owned();
    for part in ["hubbub_invite=", "HttpOnly", "SameSite=Lax", "Max-Age=300"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    let invites = den.world.backend.invites.list(&den.room).await.unwrap();
    assert_eq!((invites.len(), invites[0].uses_max), (1, 5));
    assert_eq!(invites[0].expires.0 - invites[0].created.0, 3 * 24 * 60 * 60 * 1000);

    let with_cookie = format!("{}; {}", den.ada, made.cookies());
    let elsewhere = den.world.get_as(&with_cookie, "/room/general").await;
    assert!(!elsewhere.body.contains("/join/") && elsewhere.cookies().is_empty());
    let page = den.page(&with_cookie).await;
    let (_, link) = page.body.split_once("value=\"http://127.0.0.1:3000/join/").unwrap();
    let token = chat::invite::InviteToken::parse(&link[..32]).unwrap();
    assert_eq!(token.key(), invites[0].key);
    assert!(
        page.header("set-cookie").contains("hubbub_invite=; ")
            && page.header("set-cookie").contains("Max-Age=0")
    );
    assert!(!den.page(&den.ada).await.body.contains("/join/"));
    assert!(words(&page.body).contains("0 of 5 came by it"), "{}", page.body);
}

#[tokio::test]
async fn an_invitation_has_limits() {
    let den = fresh_den(false).await;

    for (days, uses, about) in [
        ("0", "1", "The number of days is from 1 to 90."),
        ("91", "1", "The number of days is from 1 to 90."),
        ("soon", "1", "The number of days is from 1 to 90."),
        ("1", "", "The number of people is from 1 to 1000."),
        ("1", "1001", "The number of people is from 1 to 1000."),
    ] {
        let page = den.refused("invite", &[("days", days), ("uses", uses)], "invalid").await;
        assert!(words(&page).contains(about), "{days} {uses}");
        assert!(page.contains(&format!("value=\"{days}\"")), "{days} {uses}");
    }
    assert!(den.world.backend.invites.list(&den.room).await.unwrap().is_empty());

    for _ in 0..limits::INVITES_PER_ROOM {
        den.post(&den.ada, "invite", &[("days", "1"), ("uses", "1")]).await;
    }
    let page = den.refused("invite", &[("days", "1"), ("uses", "1")], "too_many").await;
    assert!(words(&page).contains("The room has 50 invitations, which is the most."), "{page}");
}

#[tokio::test]
async fn an_invitation_can_be_withdrawn() {
    let den = fresh_den(false).await;
    den.post(&den.ada, "invite", &[("days", "1"), ("uses", "1")]).await;
    let page = den.page(&den.ada).await.body;
    let (_, key) = page.split_once("name=\"invite\" value=\"").unwrap();

    let reply = den.post(&den.ada, "withdraw", &[("invite", key.split('"').next().unwrap())]).await;

    assert_eq!(reply.location(), "/room/den?done=withdraw#invitations");
    assert!(den.world.backend.invites.list(&den.room).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_room_is_deleted_only_where_its_name_was_typed() {
    let den = fresh_den(false).await;
    let mut heard = den.listen().await;

    let page = den.refused("delete", &[("name", "Nook")], "not_confirmed").await;
    assert!(words(&page).contains("Nothing was done. To do it, type: Den"), "{page}");
    let liar = "/room/den?problem=%7B%22code%22:%22not_confirmed%22,%22expected%22:%22lies%22%7D&form=delete";
    assert!(!den.world.get_as(&den.ada, liar).await.body.contains("lies"));
    assert_eq!(den.standing("Ada").await, Some(true));

    let reply = den.post(&den.ada, "delete", &[("name", " den ")]).await;

    assert_eq!(reply.location(), "/rooms");
    assert!(matches!(next(&mut heard).await, Event::RoomDeleted { room } if room == den.room));
    assert_eq!(den.page(&den.ada).await.status, http::StatusCode::NOT_FOUND);
    assert_eq!(den.world.get_as(&den.ada, "/r/den").await.status, http::StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn who_looks_after_rooms_too_often_must_wait() {
    let den = fresh_den(false).await;
    let n_sure = limits::ADMIN_ACTS.0;
    let mut n_done = 0;
    let reply = loop {
        let reply = den.post(&den.ada, "withdraw", &[("invite", "none")]).await;
        // One more becomes due each second.
        if reply.location().contains("problem") || n_done > 10 * n_sure {
            break reply;
        }
        n_done += 1;
    };

    assert!(n_done >= n_sure, "only {n_done}");
    world::rooms::check_refused(&reply, "den", "withdraw", "too_fast");
}

#[tokio::test]
async fn an_admin_whose_role_is_gone_is_none_at_once() {
    let den = fresh_den(false).await;
    let (ada, bo) = (den.world.id_of("Ada").await, den.world.id_of("Bo").await);
    let memberships = &den.world.backend.memberships;
    let deed = Deed::of(&ada, Timestamp(2));
    memberships.set_role(&den.room, &bo, Role::Admin, &deed).await.unwrap();
    memberships.set_role(&den.room, &ada, Role::Member, &deed).await.unwrap();

    let page = den.refused("invite", &[("days", "1"), ("uses", "1")], "not_admin").await;

    assert!(words(&page).contains("Only an admin of this room can do that."), "{page}");
    assert!(!page.contains("Make an invitation"));
}

async fn next(heard: &mut Subscription) -> Event {
    match heard.next().await {
        Some(Heard::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn start() -> Start {
    let head = Heads::default().messages;
    Start { at: Timestamp(1), head, rooms_max: limits::ROOMS_PER_MEMBER, added_by: None }
}
