//! Coming to a room by a link.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod world;

use app::{Config, SignUp};
use chat::ports::{Bus as _, Channel, Deed, Erasures as _, Event, Heard, Members as _, Memberships as _};
use futures::{FutureExt as _, StreamExt as _};
use http::StatusCode;
use protocol::{MemberName, RoomId, Timestamp, limits};
use world::{
    ORIGIN, PASSWORD, fresh_world, fresh_world_with,
    invitations::token,
    rooms::{fresh_den, words},
};

#[tokio::test]
async fn a_link_shows_where_it_leads_to_and_who_invites() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;

    let page = den.world.get(&link).await;

    assert_eq!(page.status, StatusCode::OK);
    let said = words(&page.body);
    for part in
        ["Den", "Where foxes talk", "Ada invites you to this room.", "It exists for its members only."]
    {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    assert!(page.body.contains(&format!("href=\"/sign-up?invite={}\"", token(&link))), "{}", page.body);
    let escaped = link.replace('/', "%2F");
    assert!(page.body.contains(&format!("href=\"/sign-in?next={escaped}\"")), "{}", page.body);
    assert!(page.body.contains("action=\"/account/guest\""), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    assert_eq!(page.header("referrer-policy"), "same-origin");
}

#[tokio::test]
async fn a_member_comes_in_by_it_and_is_counted_once() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;
    let mut heard = den.world.backend.bus.subscribe(&Channel::Members).await.unwrap();
    assert!(den.world.get_as(&den.cy, &link).await.body.contains("action=\"/join/"));

    let reply = den.world.post(&den.cy, &link, &[]).await;

    assert_eq!(reply.location(), format!("/r/{}", den.room));
    let told = heard.next().now_or_never().flatten();
    assert!(matches!(told, Some(Heard::Event(Event::Joined { admin: false, .. }))), "{told:?}");
    assert_eq!(den.standing("Cy").await, Some(false));
    den.world.post(&den.cy, &link, &[]).await;
    assert_eq!(den.world.uses(&link).await, 1);
    let page = words(&den.world.get_as(&den.cy, &link).await.body);
    assert!(page.contains("You're in this room already."), "{page}");
}

#[tokio::test]
async fn a_stranger_signs_in_or_comes_as_a_guest_and_is_back_at_the_link() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;

    let wrong = [("name", "Cy"), ("password", "not the password"), ("next", link.as_str())];
    let refused = den.world.post("", "/account/sign-in", &wrong).await;
    let form = [("name", "Cy"), ("password", PASSWORD), ("next", link.as_str())];
    let signed_in = den.world.post("", "/account/sign-in", &form).await;
    let guest = den.world.post("", "/account/guest", &[("next", &link)]).await;

    let again = den.world.get(refused.location()).await.body;
    assert!(again.contains(&format!("name=\"next\" value=\"{link}\"")), "a typo loses the way: {again}");
    assert_eq!(signed_in.location(), link);
    assert_eq!(guest.location(), link);
    assert_eq!(den.world.post(&guest.cookies(), &link, &[]).await.location(), format!("/r/{}", den.room));
}

#[tokio::test]
async fn who_chose_to_sign_in_first_and_has_no_account_still_comes_by_it() {
    for sign_up in [SignUp::Open, SignUp::Invite] {
        let world = fresh_world_with(Config { sign_up, ..Config::default() }).await;
        world.write("general", "Good morning").await;
        let link = world.invite(&RoomId::parse("help").unwrap(), "Grace", 3).await;
        let escaped = link.replace('/', "%2F");

        let sign_in = world.get(&format!("/sign-in?next={link}")).await.body;
        let reset = world.get(&format!("/reset?next={link}")).await.body;

        assert!(sign_in.contains(&format!("href=\"/sign-up?invite={}\"", token(&link))), "{sign_in}");
        assert!(sign_in.contains(&format!("href=\"/reset?next={escaped}\"")), "{sign_in}");
        assert!(reset.contains(&format!("name=\"next\" value=\"{link}\"")), "{reset}");
        assert!(reset.contains(&format!("href=\"/sign-in?next={escaped}\"")), "{reset}");
    }
}

#[tokio::test]
async fn who_signs_up_by_it_is_in_the_room_and_in_the_first() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;
    let page = den.world.get(&format!("/sign-up?invite={}", token(&link))).await.body;
    assert!(page.contains(&format!("name=\"invite\" value=\"{}\"", token(&link))), "{page}");

    let form = [("name", "Di"), ("password", PASSWORD), ("invite", token(&link))];
    let reply = den.world.post("", "/account/sign-up", &form).await;

    assert_eq!(reply.location(), format!("/welcome?next=%2Fr%2F{}", den.room));
    let welcome = den.world.get_as(&reply.cookies(), reply.location()).await.body;
    assert!(welcome.contains(&format!("href=\"/r/{}\"", den.room)), "{welcome}");
    assert_eq!(den.standing("Di").await, Some(false));
    assert_eq!(rooms_of(&den.world, "Di").await, [den.room.as_str(), "general"]);
    assert_eq!(den.world.uses(&link).await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_sign_up_keeps_the_invitation() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 1).await;

    let form = [("name", "Ada"), ("password", PASSWORD), ("invite", token(&link))];
    let reply = den.world.post("", "/account/sign-up", &form).await;

    assert!(reply.location().contains("name_taken"), "{}", reply.location());
    let page = den.world.get(reply.location()).await.body;
    assert!(page.contains(&format!("name=\"invite\" value=\"{}\"", token(&link))), "{page}");
    assert_eq!(den.world.uses(&link).await, 0);
}

#[tokio::test]
async fn of_many_who_sign_up_at_once_by_a_link_for_one_there_is_one() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 1).await;
    let names = ["Di", "Ed"];
    let sign_up = |name| {
        let form = [("name", name), ("password", PASSWORD), ("invite", token(&link))];
        let world = &den.world;
        async move { world.post("", "/account/sign-up", &form).await.location().to_owned() }
    };

    let came = futures::future::join_all(names.map(sign_up)).await;

    assert_eq!(came.iter().filter(|to| to.starts_with("/welcome")).count(), 1, "{came:?}");
    assert_eq!(came.iter().filter(|to| to.contains("invite_used_up")).count(), 1, "{came:?}");
    let mut n_members = 0;
    for name in names {
        let account = den.world.backend.members.by_name(&MemberName::parse(name).unwrap()).await.unwrap();
        n_members += usize::from(account.is_some());
    }
    assert_eq!(n_members, 1, "who could not come is no member");
}

#[tokio::test]
async fn a_link_that_does_not_hold_says_why_and_brings_nobody() {
    let den = fresh_den(true).await;
    let world = &den.world;
    let expired = world.invite_until(&den.room, "Ada", 1, Timestamp(2)).await;
    let used_up = world.invite(&den.room, "Ada", 2).await;
    for _ in 0..2 {
        let guest = world.post("", "/account/guest", &[]).await.cookies();
        assert_eq!(world.post(&guest, &used_up, &[]).await.location(), format!("/r/{}", den.room));
    }
    let unknown = format!("/join/{}", "0".repeat(32));

    for (link, status, code, says) in [
        (expired.as_str(), StatusCode::GONE, "invite_expired", "This invitation has run out."),
        (used_up.as_str(), StatusCode::GONE, "invite_used_up", "As many as it was meant for have come"),
        (unknown.as_str(), StatusCode::NOT_FOUND, "no_such_invite", "This invitation doesn't hold."),
        ("/join/nonsense", StatusCode::NOT_FOUND, "no_such_invite", "This invitation doesn't hold."),
    ] {
        let page = world.get(link).await;
        assert_eq!(page.status, status, "{link}");
        assert!(words(&page.body).contains(says) && !page.body.contains("Den"), "{}", page.body);
        let reply = world.post(&den.cy, link, &[]).await;
        assert!(reply.location().contains(code), "{}", reply.location());
    }
    for link in [&expired, &used_up] {
        let form = [("name", "Fay"), ("password", PASSWORD), ("invite", token(link))];
        let reply = world.post("", "/account/sign-up", &form).await;
        assert!(reply.location().contains("problem=%7B%22code%22%3A%22invite_"), "{}", reply.location());
    }
    assert_eq!(den.standing("Cy").await, None);
    assert_eq!(world.backend.members.by_name(&MemberName::parse("Fay").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn with_the_room_its_links_go() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;

    let deed = Deed::of(&den.world.id_of("Ada").await, Timestamp(1));
    den.world.backend.erasures.delete_room(&den.room, &deed).await.unwrap();

    assert_eq!(den.world.get(&link).await.status, StatusCode::NOT_FOUND);
    assert!(den.world.post(&den.cy, &link, &[]).await.location().contains("no_such_invite"));
}

#[tokio::test]
async fn with_who_made_them_links_go() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let link = world.invite(&RoomId::parse("help").unwrap(), "Ada", 3).await;

    let form = [("confirm", "Ada"), ("password", PASSWORD), ("legacy", "stays")];
    world.post(&ada, "/account/delete", &form).await;

    let page = world.get(&link).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(!page.body.contains("Ada"), "{}", page.body);
}

#[tokio::test]
async fn other_sites_and_strangers_bring_nobody_in() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;

    for origin in [None, Some("https://evil.example"), Some("null")] {
        let reply = den.world.post_from(origin, &den.cy, &link, &[]).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin:?}");
    }
    let stranger = den.world.post_from(Some(ORIGIN), "", &link, &[]).await;

    assert!(stranger.location().starts_with(&format!("{link}?problem=")), "{}", stranger.location());
    assert!(stranger.location().contains("not_signed_in"));
    assert_eq!((den.standing("Cy").await, den.world.uses(&link).await), (None, 0));
}

#[tokio::test]
async fn who_tries_links_too_fast_must_wait() {
    let world = fresh_world().await;
    let ada = world.sign_up("Ada").await;
    let unknown = format!("/join/{}", "0".repeat(32));
    let mut n_tries = 0;
    let reply = loop {
        let reply = world.post(&ada, &unknown, &[]).await;
        // Others become due meanwhile.
        if !reply.location().contains("no_such_invite") || n_tries > 10 * limits::ADMIN_ACTS.0 {
            break reply;
        }
        n_tries += 1;
    };

    assert!(n_tries >= limits::ADMIN_ACTS.0, "only {n_tries}");
    assert!(reply.location().contains("too_fast"), "{}", reply.location());
}

#[tokio::test]
async fn no_other_page_tells_a_link() {
    let den = fresh_den(true).await;
    let link = den.world.invite(&den.room, "Ada", 3).await;
    den.world.post(&den.cy, &link, &[]).await;
    let room = format!("/r/{}", den.room);

    for cookies in ["", &den.ada, &den.bo, &den.cy] {
        for path in
            [&room, "/r/general", "/rooms", "/account", "/sign-up", "/sign-in", "/welcome", "/api/rooms"]
        {
            let page = den.world.get_as(cookies, path).await.body;
            assert!(!page.contains(token(&link)), "{path}");
        }
        assert!(!den.world.get_as(cookies, &format!("/room/{}", den.room)).await.body.contains(token(&link)));
    }
}

async fn rooms_of(world: &world::World, name: &str) -> Vec<String> {
    let memberships = world.backend.memberships.of_member(&world.id_of(name).await).await.unwrap();
    memberships.into_iter().map(|it| it.room.to_string()).collect()
}
