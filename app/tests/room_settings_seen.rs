//! Who sees the settings of a room, and what is told there of what was done.

#![cfg(feature = "ssr")]

mod world;

use chat::ports::{Actor, Deed, Members as _, RoomLog as _, Rooms as _};
use chat::{accounts, rooms};
use http::StatusCode;
use protocol::{MemberName, Person, Refusal, RoomName, Timestamp};
use world::{
    ORIGIN, PASSWORD, Reply,
    rooms::{ADMINS_FORMS, Den, check_refused, fresh_den, words},
};

#[tokio::test]
async fn whoever_is_in_a_room_sees_who_else_is_and_not_the_admins_forms() {
    let den = fresh_den(false).await;

    let page = den.page(&den.bo).await;

    assert_eq!(page.status, StatusCode::OK);
    let text = words(&page.body);
    for part in [
        "Settings of Den",
        "Where foxes talk",
        "2 members.",
        "Ada",
        "admin · since",
        "you · since",
        "Leave this room",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    for (form, _) in ADMINS_FORMS {
        assert!(!page.body.contains(&format!("/room/den/{form}\"")), "{form}");
    }
    for part in ["Invitations", "What admins did", "<script defer", ".wasm"] {
        assert!(!page.body.contains(part), "{part}");
    }
}

#[tokio::test]
async fn who_is_signed_out_comes_back_to_the_page_that_they_wanted() {
    let world = fresh_den(false).await.world;

    for path in ["/room/den", "/account", "/account/delete"] {
        let page = world.get(path).await.body;
        let link = format!("/sign-in?next={}", path.replace('/', "%2F"));
        assert!(page.contains(&format!("href=\"{link}\"")), "{path}: {page}");
        let form = [("name", "Ada"), ("password", PASSWORD), ("next", path)];
        assert!(world.get(&link).await.body.contains(&format!("name=\"next\" value=\"{path}\"")), "{path}");
        assert_eq!(world.post("", "/account/sign-in", &form).await.location(), path);
    }
}

#[tokio::test]
async fn an_admin_sees_all_forms() {
    let den = fresh_den(false).await;

    let page = den.page(&den.ada).await.body;

    for form in ["describe", "add", "remove", "role", "invite", "leave", "delete"] {
        assert!(page.contains(&format!("/room/den/{form}\"")), "{form}");
    }
}

#[tokio::test]
async fn a_member_who_is_no_admin_may_send_none_of_the_admins_forms() {
    let den = fresh_den(false).await;

    for (form, fields) in ADMINS_FORMS {
        let reply = den.post(&den.bo, form, fields).await;
        check_refused(&reply, "den", form, "not_admin");
        let page = den.world.get_as(&den.bo, reply.location().split('#').next().unwrap()).await.body;
        assert!(words(&page).contains("Only an admin of this room can do that."), "{form}");

        let program = den.world.post_as_program(&den.bo, &format!("/room/den/{form}"), fields).await;
        assert_eq!(program.status, StatusCode::FORBIDDEN, "{form}");
        let refusal: Refusal = serde_json::from_str(&program.body).unwrap();
        assert_eq!(refusal, Refusal::NotAdmin { room: den.room.clone() }, "{form}");
    }
    assert_eq!(den.acts().await.len(), 1, "something was done");
}

#[tokio::test]
async fn a_private_room_is_to_others_as_one_that_is_not_there() {
    let nowhere = "p--zzzzzzzz";

    for is_member in [true, false] {
        let den = fresh_den(true).await;
        let cookies = if is_member { den.cy.as_str() } else { "" };
        let there = den.page(cookies).await;
        let not_there = den.world.get_as(cookies, &format!("/room/{nowhere}")).await;
        check_same(&den, &there, &not_there, nowhere);
        for (form, fields) in all_forms() {
            let path = |room: &str| format!("/room/{room}/{form}");
            let there = den.post(cookies, form, fields).await;
            let not_there = den.world.post(cookies, &path(nowhere), fields).await;
            check_same(&den, &there, &not_there, nowhere);
            let there = den.world.post_as_program(cookies, &path(den.room.as_str()), fields).await;
            let not_there = den.world.post_as_program(cookies, &path(nowhere), fields).await;
            check_same(&den, &there, &not_there, nowhere);
        }
        assert_eq!(den.acts().await.len(), 1, "something was done");
    }
}

#[tokio::test]
async fn a_private_rooms_page_says_to_others_that_there_is_none() {
    let den = fresh_den(true).await;

    let (outside, visitor) = (den.page(&den.cy).await, den.page("").await);

    assert_eq!(outside.status, StatusCode::NOT_FOUND);
    assert!(words(&outside.body).contains("There is no such room."), "{}", outside.body);
    assert_eq!(visitor.status, StatusCode::UNAUTHORIZED);
    assert!(words(&visitor.body).contains("You're not signed in"), "{}", visitor.body);
}

#[tokio::test]
async fn what_cannot_be_a_rooms_address_is_none() {
    let den = fresh_den(false).await;

    for path in ["/room/nowhere", "/room/No%20Where", "/room/%3Cscript%3E", "/room/den/nothing"] {
        let page = den.world.get_as(&den.ada, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.body.contains("<h1"), "{path} has no words");
    }
}

#[tokio::test]
async fn outside_of_a_public_room_one_is_told_to_join_first() {
    let den = fresh_den(false).await;

    let page = den.page(&den.cy).await;

    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(words(&page.body).contains("Join it first."), "{}", page.body);
    assert!(!page.body.contains("Ada") && !page.body.contains("Where foxes talk"));
    for (form, fields) in all_forms() {
        check_refused(&den.post(&den.cy, form, fields).await, "den", form, "not_in_room");
    }
    assert_eq!(den.acts().await.len(), 1, "something was done");
}

#[tokio::test]
async fn other_sites_change_nothing_about_a_room() {
    let den = fresh_den(false).await;

    for origin in [None, Some("https://evil.example"), Some("null")] {
        for (form, fields) in all_forms() {
            let path = format!("/room/den/{form}");
            let reply = den.world.post_from(origin, &den.ada, &path, fields).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{origin:?} {form}");
        }
    }
    assert_eq!(den.acts().await.len(), 1, "something was done");
    let own = den.world.post_from(Some(ORIGIN), &den.ada, "/room/den/describe", ADMINS_FORMS[0].1).await;
    assert_eq!(own.location(), "/room/den?done=describe#about");
}

#[tokio::test]
async fn what_admins_did_is_told_in_sentences_the_newest_first() {
    let den = fresh_den(false).await;
    let bo = den.world.id_of("Bo").await;
    let role = |role| [("member", bo.as_str().to_owned()), ("role", role)];
    den.post(&den.ada, "describe", &[("name", "Nook"), ("topic", "")]).await;
    den.post(&den.ada, "add", &[("name", "Cy")]).await;
    for wanted in ["admin", "member"] {
        let fields = role(wanted.to_owned());
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        den.post(&den.ada, "role", &fields).await;
    }
    den.post(&den.ada, "invite", &[("days", "1"), ("uses", "1")]).await;
    den.post(&den.ada, "remove", &[("name", "Cy")]).await;
    let deed = Deed { by: Actor::Operator, at: Timestamp(3) };
    rooms::leave(&den.world.backend.memberships, &den.room, &bo, &deed).await.unwrap();

    let text = words(&den.page(&den.ada).await.body);

    let mut rest = text.as_str();
    for sentence in [
        "Somebody who runs this place removed Bo",
        "Ada removed Cy",
        "Ada made an invitation",
        "Ada made Bo a member again",
        "Ada made Bo an admin",
        "Ada added Cy",
        "Ada took the topic away",
        "Ada named the room Nook",
        "Ada made the room",
    ] {
        let (_, after) = rest.split_once(sentence).unwrap_or_else(|| panic!("{sentence} is not in {rest}"));
        rest = after;
    }
}

#[tokio::test]
async fn older_acts_stand_on_pages_of_their_own() {
    let den = fresh_den(false).await;
    for n in 1..=120 {
        let room = protocol::RoomInfo {
            name: RoomName::parse(&format!("Den number {n}.")).unwrap(),
            ..den.info().await
        };
        let deed = Deed::of(&den.world.id_of("Ada").await, Timestamp(n));
        den.world.backend.rooms.describe(&room, &deed).await.unwrap();
    }

    let first = den.page(&den.ada).await.body;

    assert!(
        words(&first).contains("Den number 21.") && !words(&first).contains("named the room Den number 20.")
    );
    let (_, older) = first.split_once("href=\"/room/den?before=").unwrap();
    let older = format!("/room/den?before={}", older.split('#').next().unwrap());
    let page = den.world.get_as(&den.ada, &older).await.body;
    for part in ["named the room Den number 20.", "Ada made the room", "Newest"] {
        assert!(words(&page).contains(part), "{part} is not in {page}");
    }
    assert!(!page.contains(">Older<"), "{page}");
    for odd in ["18446744073709551615", "0", "-1", "x", "99999999999999999999999"] {
        let page = den.world.get_as(&den.ada, &format!("/room/den?before={odd}")).await;
        assert_eq!(page.status, StatusCode::OK, "{odd}");
    }
}

#[tokio::test]
async fn times_are_those_of_the_readers_zone() {
    let den = fresh_den(false).await;

    let here = den.page(&den.ada).await.body;
    let kiritimati = den.page(&format!("{}; tz=Pacific/Kiritimati", den.ada)).await.body;

    assert!(here.contains("Monday 3 November 2025, 13:05"), "{here}");
    assert!(kiritimati.contains("Tuesday 4 November 2025, 03:05"), "{kiritimati}");
}

#[tokio::test]
async fn a_room_of_many_lists_the_first_of_them() {
    let den = fresh_den(false).await;
    let backend = &den.world.backend;
    for n in 0..210_u16 {
        let mut random = [0; 16];
        random[..2].copy_from_slice(&[u8::try_from(n / 32).unwrap(), u8::try_from(n % 32).unwrap()]);
        let name = MemberName::parse(&format!("Guest {n}")).unwrap();
        let person = Person { id: accounts::member_id(random), name, guest: true };
        backend.members.create(&person, None, Timestamp(1)).await.unwrap();
        den.join(person.name.as_str()).await;
    }
    assert_eq!(backend.log.heads(&den.room).await.unwrap().messages.0, 0);

    let page = words(&den.page(&den.ada).await.body);

    assert!(
        page.contains("212 members.") && page.contains("180 more") && page.contains("Guest 197"),
        "{page}"
    );
    assert!(!page.contains("Guest 198") && page.contains("And 12 who are not listed."));
    assert!(page.contains("Remove somebody by name"));
    den.post(&den.ada, "remove", &[("name", "Guest 205")]).await;
    assert_eq!(den.standing("Guest 205").await, None);
    let refused = den.refused("remove", &[("name", "Guest 205")], "no_such_member").await;
    assert!(refused.contains("aria-describedby=\"remove-name-problem\""), "{refused}");
    assert_eq!(refused.matches("role=\"alert\"").count(), 1, "{refused}");
}

fn all_forms() -> impl Iterator<Item = (&'static str, &'static [(&'static str, &'static str)])> {
    ADMINS_FORMS.into_iter().chain([("leave", &[] as &[_])])
}

/// The same answer to the letter, but for the address that was asked and what is random in every answer.
#[track_caller]
fn check_same(den: &Den, there: &Reply, not_there: &Reply, nowhere: &str) {
    let plain = |text: &str, reply: &Reply| {
        let policy = reply.header("content-security-policy");
        let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\''));
        let ids = [den.room.as_str(), nowhere];
        // In the address of another page a dash is escaped.
        let text = ids.iter().fold(text.to_owned(), |text, id| {
            text.replace(id, "ROOM").replace(&id.replace('-', "%2D"), "ROOM")
        });
        nonce.map_or(text.clone(), |(nonce, _)| text.replace(nonce, "NONCE"))
    };
    assert_eq!(there.status, not_there.status);
    let headers = |reply: &Reply| {
        let pairs =
            reply.headers.iter().map(|(name, value)| (name.to_string(), plain(&format!("{value:?}"), reply)));
        pairs.collect::<Vec<_>>()
    };
    assert_eq!(headers(there), headers(not_there));
    assert_eq!(plain(&there.body, there), plain(&not_there.body, not_there));
}
