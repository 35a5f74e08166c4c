//! Accounts through their forms.

#![cfg(feature = "ssr")]

mod world;

use chat::ports::{Bus as _, Channel, Event, Heard, Members as _};
use futures::StreamExt as _;
use http::StatusCode;
use protocol::MemberName;
use world::{ORIGIN, PASSWORD, Reply, fresh_world};

const OTHER_PASSWORD: &str = "a staple of batteries";

#[track_caller]
fn check_problem(reply: &Reply, page: &str, code: &str) {
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert!(reply.location().starts_with(&format!("{page}?problem=")), "{}", reply.location());
    assert!(reply.location().contains(code), "{}", reply.location());
    assert!(!reply.location().contains("horse"), "the password came back");
    assert_eq!(reply.cookies(), "");
}

#[tokio::test]
async fn one_signs_up_sees_a_code_once_and_is_signed_in() {
    let world = fresh_world().await;

    let cookies = world.sign_up("Ada").await;

    for path in ["/account", "/sign-in", "/join/unknown", "/r/general"] {
        let elsewhere = world.get_as(&cookies, path).await;
        assert_eq!(elsewhere.cookies(), "", "{path} takes the code away");
    }
    let code = world.code_shown(&cookies).await.unwrap();
    assert_eq!(code.len(), 24, "{code}");
    let session = cookies.split("; ").next().unwrap();
    assert_eq!(world.code_shown(session).await, None);
    assert!(world.is_signed_in(session, "Ada").await);
}

#[tokio::test]
async fn the_cookie_of_a_session_is_out_of_reach() {
    let world = fresh_world().await;

    let reply = world.post("", "/account/sign-up", &[("name", "Ada"), ("password", PASSWORD)]).await;

    let cookie = reply.header("set-cookie");
    for part in ["hubbub_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    assert!(!reply.location().contains("code"));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let world = fresh_world().await;
    let cookies = world.sign_up("Ada").await;

    world.post(&cookies, "/account/sign-out", &[]).await;

    assert!(!world.is_signed_in(&cookies, "Ada").await);
    let again = world.sign_in("ada", PASSWORD).await;
    assert!(world.is_signed_in(&again, "Ada").await);
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let world = fresh_world().await;
    world.sign_up("Ada").await;

    let wrong = world.post("", "/account/sign-in", &[("name", "Ada"), ("password", OTHER_PASSWORD)]).await;
    let unknown = world.post("", "/account/sign-in", &[("name", "Bob"), ("password", OTHER_PASSWORD)]).await;

    check_problem(&wrong, "/sign-in", "wrong_credentials");
    assert_eq!(wrong.location().replace("Ada", "Bob"), unknown.location());
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_the_name_is_kept() {
    let world = fresh_world().await;

    let reply = world.post("", "/account/sign-up", &[("name", "Ada"), ("password", "horse")]).await;

    check_problem(&reply, "/sign-up", "too_short");
    let page = world.get(reply.location()).await.body;
    assert!(page.contains("The password needs at least 8 characters."), "{page}");
    assert!(page.contains("value=\"Ada\""));
    assert!(page.contains("aria-describedby=\"password-problem"));
}

#[tokio::test]
async fn a_name_is_given_once() {
    let world = fresh_world().await;
    world.sign_up("Ada").await;

    let reply = world.post("", "/account/sign-up", &[("name", "ADA"), ("password", PASSWORD)]).await;

    check_problem(&reply, "/sign-up", "name_taken");
}

#[tokio::test]
async fn a_guest_becomes_an_account_and_stays_the_same_member() {
    let world = fresh_world().await;
    let guest = world.post("", "/account/guest", &[("next", "/r/help")]).await;
    assert_eq!(guest.location(), "/r/help");
    let mut heard = world.backend.bus.subscribe(&Channel::Members).await.unwrap();

    let form = [("name", "Grace"), ("password", PASSWORD)];
    let cookies = world.post(&guest.cookies(), "/account/upgrade", &form).await.cookies();

    let Some(Heard::Event(Event::Renamed { person })) = heard.next().await else { panic!("not renamed") };
    let account = world.backend.members.by_name(&MemberName::parse("Grace").unwrap()).await.unwrap().unwrap();
    assert_eq!(account.person, person);
    assert!(!person.guest);
    assert!(world.is_signed_in(&cookies, "Grace").await);
    assert!(!world.is_signed_in(&guest.cookies(), "Grace").await);
    assert!(world.code_shown(&cookies).await.is_some());
}

#[tokio::test]
async fn a_recovery_code_sets_a_new_password_once() {
    let world = fresh_world().await;
    let cookies = world.sign_up("Ada").await;
    let code = world.code_shown(&cookies).await.unwrap().to_lowercase().replace('-', " ");

    let form = [("name", "Ada"), ("code", code.as_str()), ("password", OTHER_PASSWORD)];
    let reset = world.post("", "/account/reset", &form).await.cookies();
    let again = world.post("", "/account/reset", &form).await;

    check_problem(&again, "/reset", "wrong_recovery");
    assert!(!again.location().contains(&code), "the code came back");
    assert!(!world.is_signed_in(&cookies, "Ada").await);
    assert!(world.is_signed_in(&reset, "Ada").await);
    assert!(world.code_shown(&reset).await.is_some());
    assert_eq!(world.sign_in("Ada", PASSWORD).await, "");
    assert_ne!(world.sign_in("Ada", OTHER_PASSWORD).await, "");
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let world = fresh_world().await;
    let here = world.sign_up("Ada").await;
    let elsewhere = world.sign_in("Ada", PASSWORD).await;
    let mut heard = world.backend.bus.subscribe(&Channel::Members).await.unwrap();

    let form = [("old", PASSWORD), ("password", OTHER_PASSWORD)];
    let reply = world.post(&here, "/account/password", &form).await;

    assert_eq!(reply.location(), "/account?done=password");
    let Some(Heard::Event(Event::SessionsEnded { kept, .. })) = heard.next().await else {
        panic!("not told")
    };
    assert!(kept.is_some());
    assert!(world.is_signed_in(&here, "Ada").await);
    assert!(!world.is_signed_in(&elsewhere, "Ada").await);
}

#[tokio::test]
async fn every_form_brings_one_on_to_where_one_was_going() {
    const NEXT: &str = "/search?q=a%20b&by=newest";
    let world = fresh_world().await;
    let form = |name, password| [("name", name), ("password", password), ("next", NEXT)];
    let sign_up = world.get("/sign-in?next=%2Fsearch%3Fq%3Da%2520b%26by%3Dnewest").await.body;
    let shown = |page: &str| page.contains("name=\"next\" value=\"/search?q=a%20b&amp;by=newest\"");
    assert!(sign_up.contains("href=\"/sign-up?next=%2Fsearch%3Fq%3Da%2520b%26by%3Dnewest\""), "{sign_up}");

    let refused = world.post("", "/account/sign-up", &form("Ada", "horse")).await;
    let again = world.get(refused.location()).await.body;
    let signed_up = world.post("", "/account/sign-up", &form("Ada", PASSWORD)).await;
    let welcome = world.get_as(&signed_up.cookies(), signed_up.location()).await.body;
    let code = world.code_shown(&signed_up.cookies()).await.unwrap();
    let reset = [&form("Ada", OTHER_PASSWORD)[..], &[("code", &code)]].concat();
    let wrong = [&form("Bo", OTHER_PASSWORD)[..], &[("code", &code)]].concat();
    let lost = world.post("", "/account/reset", &wrong).await;
    let set = world.post("", "/account/reset", &reset).await;

    assert!(shown(&again), "{again}");
    assert!(welcome.contains("href=\"/search?q=a%20b&amp;by=newest\""), "{welcome}");
    assert!(shown(&world.get(lost.location()).await.body), "{}", lost.location());
    assert_eq!(set.location(), signed_up.location());
    let elsewhere = [("name", "Cy"), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(world.post("", "/account/sign-up", &elsewhere).await.location(), "/welcome");
}

#[tokio::test]
async fn other_sites_and_strangers_change_nothing() {
    let world = fresh_world().await;
    let form = [("name", "Ada"), ("password", PASSWORD)];

    for origin in [None, Some("https://evil.example"), Some("null"), Some("http://127.0.0.1:3001")] {
        for path in ["/account/sign-up", "/api/page", "/r/general"] {
            let reply = world.post_from(origin, "", path, &form).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin:?} {path}");
        }
    }
    assert_eq!(
        world.post_from(Some(ORIGIN), "", "/account/sign-up", &form).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn colours_can_be_chosen_without_a_script() {
    let world = fresh_world().await;

    let reply = world.post("", "/account/theme", &[("theme", "dark"), ("next", "/r/help")]).await;

    assert_eq!(reply.location(), "/r/help");
    assert_eq!(reply.cookies(), "theme=dark");
}

#[tokio::test]
async fn who_tries_too_often_must_wait() {
    let world = fresh_world().await;
    let n_sure = protocol::limits::SIGN_INS.0;
    let mut n_tries = 0;
    let reply = loop {
        let reply = world.post("", "/account/sign-in", &[("name", "Ada"), ("password", PASSWORD)]).await;
        // Where a try takes long, others become due meanwhile.
        if !reply.location().contains("wrong_credentials") || n_tries > 10 * n_sure {
            break reply;
        }
        n_tries += 1;
    };

    assert!(n_tries >= n_sure, "only {n_tries}");
    check_problem(&reply, "/sign-in", "too_fast");
    let page = world.get(reply.location()).await.body;
    assert!(page.contains("too quickly"), "{page}");
}
