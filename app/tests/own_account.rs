//! What members change about themselves, through their forms.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod world;

use chat::{
    ports::{
        Bus as _, Channel, Erased, Erasures as _, Event, Heard, Members as _, Memberships as _, Subscription,
    },
    session::SessionToken,
};
use futures::{FutureExt as _, StreamExt as _};
use http::StatusCode;
use protocol::{Ending, MemberName};
use world::{
    ORIGIN, PASSWORD, Reply, World, fresh_world,
    rooms::{fresh_den, words},
};

#[tokio::test]
async fn a_new_name_is_told_and_everybody_sees_it() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    world.write_as(world.id_of("Ada").await, "general", "Good morning").await;
    let mut heard = listening(&world).await;

    let reply = world.post(&ada, "/account/name", &[("name", "Lovelace")]).await;

    assert_eq!(reply.location(), "/account?done=name");
    let Some(Event::Renamed { person }) = next(&mut heard) else { panic!("not told") };
    assert_eq!((person.name.as_str(), person.guest), ("Lovelace", false));
    assert!(words(&world.get_as(&ada, reply.location()).await.body).contains("You're called Lovelace now."));
    assert!(world.get("/r/general").await.body.contains(">Lovelace<"));
    assert!(world.is_signed_in(&world.sign_in("Lovelace", PASSWORD).await, "Lovelace").await);
    assert_eq!(world.sign_in("Ada", PASSWORD).await, "");
}

#[tokio::test]
async fn a_name_that_somebody_has_stays_theirs() {
    let world = fresh_world().await;
    world.sign_up("Ada").await;
    let bo = world.sign_up("Bo").await;

    let reply = world.post(&bo, "/account/name", &[("name", "ADA")]).await;

    let page = refused_at(&world, &bo, &reply, "/account", "name_taken").await;
    assert!(page.contains("Somebody has that name already.") && page.contains("value=\"ADA\""), "{page}");
    assert_eq!(page.matches("role=\"alert\"").count(), 1, "said at one form only");
    assert!(world.is_signed_in(&bo, "Bo").await);
}

#[tokio::test]
async fn a_guest_gets_another_name_with_an_account_only() {
    let world = fresh_world().await;
    let guest = world.post("", "/account/guest", &[]).await.cookies();

    let reply = world.post(&guest, "/account/name", &[("name", "Ada")]).await;

    assert!(reply.location().contains("not_signed_in"), "{}", reply.location());
    assert_eq!(world.backend.members.by_name(&MemberName::parse("Ada").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn the_sessions_are_listed_and_none_can_be_taken_over_from_the_list() {
    let world = fresh_world().await;
    let here = world.sign_up("Ada").await;
    let elsewhere = world.sign_in("Ada", PASSWORD).await;

    let page = world.get_as(&here, "/account").await.body;

    assert_eq!(page.matches("this one").count(), 1, "{page}");
    assert_eq!(keys(&page), [key(&elsewhere)]);
    assert!(page.contains("A program") && page.contains("since "), "{page}");
    for cookies in [&here, &elsewhere] {
        let (_, token) = cookies.split("; ").next().unwrap().split_once('=').unwrap();
        assert!(!page.contains(token), "a token stands in the page");
    }
}

#[tokio::test]
async fn a_session_is_ended_from_another() {
    let world = fresh_world().await;
    let here = world.sign_up("Ada").await;
    let elsewhere = world.sign_in("Ada", PASSWORD).await;
    let mut heard = listening(&world).await;

    let reply = world.post(&here, "/account/sessions/end", &[("session", &key(&elsewhere))]).await;

    assert_eq!(reply.location(), "/account?done=session");
    let Some(Event::SessionEnded { session, .. }) = next(&mut heard) else { panic!("not told") };
    assert_eq!(session.as_stored(), key(&elsewhere));
    assert!(world.is_signed_in(&here, "Ada").await);
    assert!(!world.is_signed_in(&elsewhere, "Ada").await);
}

#[tokio::test]
async fn ending_somebody_elses_session_does_nothing_and_says_nothing() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let bo = world.sign_up("Bo").await;
    let mut heard = listening(&world).await;

    let theirs = world.post(&bo, "/account/sessions/end", &[("session", &key(&ada))]).await;
    let nobodys = world.post(&bo, "/account/sessions/end", &[("session", "abc")]).await;

    assert_eq!(theirs.location(), nobodys.location());
    assert_eq!(next(&mut heard), None);
    assert!(world.is_signed_in(&ada, "Ada").await);
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let world = fresh_world().await;
    let here = world.sign_up("Ada").await;
    let others = [world.sign_in("Ada", PASSWORD).await, world.sign_in("Ada", PASSWORD).await];
    let mut heard = listening(&world).await;

    let reply = world.post(&here, "/account/sessions/end-others", &[]).await;

    assert_eq!(reply.location(), "/account?done=sessions");
    let Some(Event::SessionsEnded { kept: Some(kept), .. }) = next(&mut heard) else { panic!("not told") };
    assert_eq!(kept.as_stored(), key(&here));
    assert!(world.is_signed_in(&here, "Ada").await);
    for other in others {
        assert!(!world.is_signed_in(&other, "Ada").await);
    }
    assert!(keys(&world.get_as(&here, "/account").await.body).is_empty());
}

#[tokio::test]
async fn who_goes_types_their_name_and_their_password() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let form = |confirm, password| [("confirm", confirm), ("password", password), ("legacy", "stays")];

    let unsure = world.post(&ada, "/account/delete", &form("Bo", PASSWORD)).await;
    let wrong = world.post(&ada, "/account/delete", &form("Ada", "not the password")).await;

    let page = refused_at(&world, &ada, &unsure, "/account/delete", "not_confirmed").await;
    assert!(page.contains("Nothing was done. To do it, type: Ada"), "{page}");
    let page = refused_at(&world, &ada, &wrong, "/account/delete", "wrong_credentials").await;
    assert!(words(&page).contains("Name and password don't go together."), "{page}");
    assert!(world.is_signed_in(&ada, "Ada").await);
    let nobody = world.post("", "/account/delete", &form("Ada", PASSWORD)).await;
    assert!(nobody.location().contains("not_signed_in"), "{}", nobody.location());
}

#[tokio::test]
async fn who_goes_leaves_every_room_and_their_messages_to_a_former_member() {
    let den = fresh_den(false).await;
    let (world, bo) = (&den.world, den.world.id_of("Bo").await);
    world.write_as(bo.clone(), "den", "I was here").await;
    let mut heard = listening(world).await;

    let form = [("confirm", "bo"), ("password", PASSWORD), ("legacy", "stays")];
    let reply = world.post(&den.bo, "/account/delete", &form).await;

    assert!(reply.header("set-cookie").contains("Max-Age=0"), "{}", reply.header("set-cookie"));
    let page = words(&world.get(reply.location()).await.body);
    assert!(page.contains("Your messages stay where they are, by a former member."), "{page}");
    for expected in ["general", "den"] {
        let Some(Event::Left { member, room, why: Ending::Left, .. }) = next(&mut heard) else {
            panic!("not told")
        };
        assert_eq!((&member, room.as_str()), (&bo, expected));
    }
    assert_eq!(next(&mut heard), Some(Event::MemberDeleted { member: bo.clone() }));
    assert!(world.backend.memberships.of_member(&bo).await.unwrap().is_empty());
    assert_eq!(world.sign_in("Bo", PASSWORD).await, "");
    assert_eq!(world.backend.erasures.pending().await.unwrap(), None);
    let room = world.get("/r/den").await.body;
    assert!(room.contains("A former member") && room.contains("I was here"), "{room}");
    assert!(!world.get_as(&den.bo, "/account").await.body.contains("action=\"/account/name\""));
}

#[tokio::test]
async fn who_goes_with_their_messages_leaves_them_to_be_erased() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let id = world.id_of("Ada").await;

    let form = [("confirm", "Ada"), ("password", PASSWORD), ("legacy", "goes")];
    let reply = world.post(&ada, "/account/delete", &form).await;

    assert!(words(&world.get(reply.location()).await.body).contains("Your messages are being deleted too"));
    let erasure = world.backend.erasures.pending().await.unwrap().unwrap();
    assert_eq!((erasure.room.as_str(), erasure.what), ("general", Erased::TextsOf(id)));
}

#[tokio::test]
async fn the_last_admin_hears_of_which_room_and_stays() {
    let den = fresh_den(false).await;
    let world = &den.world;

    let form = [("confirm", "Ada"), ("password", PASSWORD), ("legacy", "stays")];
    let reply = world.post(&den.ada, "/account/delete", &form).await;

    let page = refused_at(world, &den.ada, &reply, "/account/delete", "last_admin").await;
    assert!(words(&page).contains("You're the only admin of /r/den."), "{page}");
    assert!(page.contains("href=\"/room/den\""), "{page}");
    assert!(world.is_signed_in(&den.ada, "Ada").await);
}

#[tokio::test]
async fn a_guest_goes_without_a_password() {
    let world = fresh_world().await;
    let guest = world.post("", "/account/guest", &[]).await.cookies();
    let page = world.get_as(&guest, "/account/delete").await.body;
    let (_, name) = page.split_once("Type: ").unwrap();
    let name = name.split('<').next().unwrap();
    assert!(!page.contains("type=\"password\""), "{page}");

    let reply = world.post(&guest, "/account/delete", &[("confirm", name), ("legacy", "stays")]).await;

    assert_eq!(reply.location(), "/account?done=gone");
    assert_eq!(world.backend.members.by_name(&MemberName::parse(name).unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn other_sites_change_nothing_about_anybody() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let elsewhere = key(&world.sign_in("Ada", PASSWORD).await);
    let forms: [(&str, &[(&str, &str)]); 4] = [
        ("/account/name", &[("name", "Eve")]),
        ("/account/sessions/end", &[("session", &elsewhere)]),
        ("/account/sessions/end-others", &[]),
        ("/account/delete", &[("confirm", "Ada"), ("password", PASSWORD), ("legacy", "goes")]),
    ];

    for (path, form) in forms {
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let reply = world.post_from(origin, &ada, path, form).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin:?} {path}");
        }
        let nobody = world.post_from(Some(ORIGIN), "", path, form).await;
        assert!(nobody.location().contains("not_signed_in"), "{path}");
    }
    let page = world.get_as(&ada, "/account").await.body;
    assert!(page.contains("Ada") && keys(&page) == [elsewhere], "{page}");
}

async fn listening(world: &World) -> Subscription {
    world.backend.bus.subscribe(&Channel::Members).await.unwrap()
}

/// What was told next; none where nothing was told.
fn next(heard: &mut Subscription) -> Option<Event> {
    match heard.next().now_or_never()?? {
        Heard::Event(event) => Some(event),
        Heard::Lost => panic!("events were lost"),
    }
}

/// The page of the form that was refused.
async fn refused_at(world: &World, cookies: &str, reply: &Reply, page: &str, code: &str) -> String {
    assert!(reply.location().starts_with(&format!("{page}?problem=")), "{}", reply.location());
    assert!(reply.location().contains(code), "{}", reply.location());
    assert_eq!(reply.cookies(), "");
    world.get_as(cookies, reply.location()).await.body
}

/// The key of the session among some cookies.
fn key(cookies: &str) -> String {
    SessionToken::from_cookies(cookies).unwrap().key().as_stored().to_owned()
}

/// The sessions that a page offers to end.
fn keys(page: &str) -> Vec<String> {
    let fields = page.split("name=\"session\" value=\"").skip(1);
    fields.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}
