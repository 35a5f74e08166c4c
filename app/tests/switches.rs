//! What operators switch off is refused, and the pages show no form for it.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod world;

use app::{Config, SignUp};
use chat::ports::Members as _;
use protocol::{MemberName, RoomId};
use world::{PASSWORD, World, fresh_world, fresh_world_with, invitations::token, rooms::words};

const FORM: [(&str, &str); 2] = [("name", "Ada"), ("password", PASSWORD)];

#[tokio::test]
async fn everything_is_on_by_default() {
    let world = fresh_world().await;

    for (path, form) in [
        ("/sign-up", "/account/sign-up"),
        ("/sign-up", "/account/guest"),
        ("/sign-in", "/account/guest"),
        ("/r/general", "/account/guest"),
    ] {
        assert!(has_form(&world, "", path, form).await, "{form} is not on {path}");
    }
}

#[tokio::test]
async fn where_sign_up_is_closed_nobody_makes_an_account_not_even_by_invitation() {
    let world = with_sign_up(SignUp::Closed).await;
    world.write("general", "Good morning").await;
    let link = world.invite(&room("help"), "Grace", 5).await;
    let guest = world.post("", "/account/guest", &[]).await.cookies();
    let invited = [FORM[0], FORM[1], ("invite", token(&link))];

    for form in [&FORM[..], &invited] {
        let reply = world.post("", "/account/sign-up", form).await;
        check_switched_off(reply.location(), "/sign-up?", "sign_up");
        let reply = world.post(&guest, "/account/upgrade", form).await;
        check_switched_off(reply.location(), "/account?", "sign_up");
    }

    assert_eq!(nobody_is_called("Ada", &world).await, None);
    assert_eq!(world.uses(&link).await, 0);
    let page = world.get("/sign-up").await.body;
    assert!(words(&page).contains("No new accounts are made here."), "{page}");
    assert!(!page.contains("type=\"password\""), "{page}");
    assert!(!world.get(&format!("/sign-in?next={link}")).await.body.contains("/sign-up"));
    assert!(!has_form(&world, &guest, "/account", "/account/upgrade").await);
    let page = world.get(&link).await.body;
    assert!(!page.contains("/sign-up") && page.contains("Sign in to join"), "{page}");
    // Who is a member comes in all the same.
    assert_eq!(world.post(&guest, &link, &[]).await.location(), "/r/help");
}

#[tokio::test]
async fn where_sign_up_is_by_invitation_none_is_refused_and_a_page_says_so() {
    let world = with_sign_up(SignUp::Invite).await;
    let guest = world.post("", "/account/guest", &[]).await.cookies();

    check_switched_off(world.post("", "/account/sign-up", &FORM).await.location(), "/sign-up?", "sign_up");
    check_switched_off(
        world.post(&guest, "/account/upgrade", &FORM).await.location(),
        "/account?",
        "sign_up",
    );

    assert_eq!(nobody_is_called("Ada", &world).await, None);
    let page = words(&world.get("/sign-up").await.body);
    assert!(page.contains("New accounts are made here by invitation only."), "{page}");
    assert!(!has_form(&world, "", "/sign-up", "/account/sign-up").await);
    assert!(!world.get("/sign-in?next=/r/help").await.body.contains("/sign-up"));
    assert!(!has_form(&world, &guest, "/account", "/account/upgrade").await);
}

#[tokio::test]
async fn an_invitation_makes_no_more_accounts_than_it_is_meant_for() {
    let world = with_sign_up(SignUp::Invite).await;
    world.write("general", "Good morning").await;
    // To the room that everybody comes to by themselves.
    let link = world.invite(&room("general"), "Grace", 1).await;
    let form = |name| [("name", name), ("password", PASSWORD), ("invite", token(&link))];

    let ada = world.post("", "/account/sign-up", &form("Ada")).await;
    let bo = world.post("", "/account/sign-up", &form("Bo")).await;

    assert_eq!(ada.location(), "/welcome?next=%2Fr%2Fgeneral");
    assert!(bo.location().contains("invite_used_up"), "{}", bo.location());
    assert_eq!(world.uses(&link).await, 1);
    assert_eq!(nobody_is_called("Bo", &world).await, None);
}

#[tokio::test]
async fn a_guest_becomes_an_account_by_an_invitation_that_brings_them_in() {
    let world = with_sign_up(SignUp::Invite).await;
    world.write("general", "Good morning").await;
    let help = world.invite(&room("help"), "Grace", 2).await;
    let general = world.invite(&room("general"), "Grace", 3).await;
    let guest = world.post("", "/account/guest", &[]).await.cookies();
    let form = |name, link| [("name", name), ("password", PASSWORD), ("invite", token(link))];
    assert!(world.get_as(&guest, &help).await.body.contains(&format!("/account?invite={}", token(&help))));

    // Not to where they are already, nor under a name that is taken; neither costs the invitation anything.
    let inside = world.post(&guest, "/account/upgrade", &form("Ada", &general)).await;
    check_switched_off(inside.location(), "/account?", "sign_up");
    let taken = world.post(&guest, "/account/upgrade", &form("grace", &help)).await;
    assert!(taken.location().contains("name_taken"), "{}", taken.location());
    let page = world.get_as(&guest, taken.location()).await.body;
    assert!(
        page.contains(&format!("value=\"{}\"", token(&help))),
        "the form has lost its invitation: {page}"
    );
    assert_eq!((world.uses(&general).await, world.uses(&help).await), (0, 0));

    let upgraded = world.post(&guest, "/account/upgrade", &form("Ada", &help)).await;

    assert_eq!(upgraded.location(), "/welcome?next=%2Fr%2Fhelp");
    assert!(world.is_signed_in(&upgraded.cookies(), "Ada").await);
    assert_eq!(world.uses(&help).await, 1);
}

#[tokio::test]
async fn where_guests_are_off_nobody_comes_as_one_and_who_is_one_stays() {
    let world = fresh_world_with(Config { guests_come: false, ..Config::default() }).await;
    world.write("general", "Good morning").await;
    let link = world.invite(&room("help"), "Grace", 1).await;

    let reply = world.post("", "/account/guest", &[("next", "/r/help")]).await;

    check_switched_off(reply.location(), "/sign-in?", "guest");
    assert!(
        words(&world.get(reply.location()).await.body).contains("Coming as a guest is switched off here.")
    );
    for path in ["/sign-up", "/sign-in", "/r/general", &link] {
        assert!(!has_form(&world, "", path, "/account/guest").await, "{path}");
    }
}

#[tokio::test]
async fn where_visitors_are_off_they_are_led_to_where_they_sign_in_and_back() {
    let world = fresh_world_with(Config { visitors_read: false, ..Config::default() }).await;
    world.write("general", "Good morning").await;

    for (path, next) in [("/r/general/1", "%2Fr%2Fgeneral%2F1"), ("/rooms", "%2Frooms")] {
        let page = world.get(path).await.body;
        assert!(!page.contains("Good morning") && !page.contains("href=\"/r/help\""), "{path}: {page}");
        assert!(words(&page).contains("You're not signed in."), "{path}: {page}");
        assert!(page.contains(&format!("href=\"/sign-in?next={next}\"")), "{path}: {page}");
    }
    let page = world.get("/sign-in?next=%2Frooms").await.body;
    assert!(page.contains("name=\"next\" value=\"/rooms\""), "{page}");
    // What is nowhere is not there for who signs in either.
    let page = world.get("/r/No%20Where").await.body;
    assert!(words(&page).contains("See which rooms there are") && !page.contains("not signed in"), "{page}");
}

async fn with_sign_up(sign_up: SignUp) -> World {
    fresh_world_with(Config { sign_up, ..Config::default() }).await
}

async fn has_form(world: &World, cookies: &str, path: &str, form: &str) -> bool {
    world.get_as(cookies, path).await.body.contains(&format!("action=\"{form}\""))
}

#[track_caller]
fn check_switched_off(location: &str, page: &str, action: &str) {
    assert!(location.starts_with(page) && location.contains("switched_off"), "{location}");
    assert!(location.contains(action), "{location}");
}

async fn nobody_is_called(name: &str, world: &World) -> Option<chat::ports::Account> {
    world.backend.members.by_name(&MemberName::parse(name).unwrap()).await.unwrap()
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}
