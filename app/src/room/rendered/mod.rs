//! Each view once, as the server renders it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod searching;
mod telling;

use leptos::{prelude::*, reactive::owner::Owner, tachys::view::RenderHtml};

use client::{Asked, Outcome};
use protocol::{
    Heads, Here, MemberId, MemberName, Message, MessageText, Nonce, Page, Person, Refusal, RoomId, RoomInfo,
    RoomName, RoomState, Sequence, Timestamp, Topic,
};

use super::{
    NotHere, Room,
    address::Address,
    announcer::Announcer,
    banner::Banner,
    composer::{Composer, Saving},
    entry::{JoinBar, VisitorBar},
    header::Header,
    people::PeoplePanel,
    sidebar::Sidebar,
    state::{ChatState, Edges, Spoken},
    timeline::Timeline,
    typing::TypingLine,
};
use crate::{
    reactive::memo,
    snapshot::{RoomSnapshot, Snapshot},
    words,
};

#[test]
fn the_sidebar_names_rooms_and_counts_what_is_unread() {
    let html = rendered(inside(), |_| view! { <Sidebar path=memo(|| "/r/general".to_owned()) /> });

    contains(&html, &["aria-label=\"General\"", "aria-label=\"Help, 3 unread\"", "href=\"/r/help\""]);
    assert_eq!(html.matches("aria-current=\"page\"").count(), 1);
}

#[test]
fn members_are_led_to_the_search_and_visitors_to_where_they_sign_in() {
    let visitor = Snapshot { me: None, ..inside() };
    let sidebar = |snapshot, path: &'static str| {
        rendered(snapshot, move |_| view! { <Sidebar path=memo(|| path.to_owned()) /> })
    };

    contains(&sidebar(inside(), "/search"), &["href=\"/search\" aria-current=\"page\""]);
    let seen = sidebar(visitor, "/r/general");
    assert!(!seen.contains("/search"));
    contains(&seen, &["href=\"/sign-in?next=%2Fr%2Fgeneral\""]); // From where they come back to what they read.
}

#[test]
fn the_sidebar_leads_back_to_what_a_visitor_looked_for() {
    let html = rendered(Snapshot { me: None, ..inside() }, |state| {
        state.sought.set("tea".to_owned());
        view! { <Sidebar path=memo(|| "/search".to_owned()) /> }
    });

    contains(&html, &["href=\"/sign-in?next=%2Fsearch%3Fq%3Dtea\""]);
}

#[test]
fn the_header_names_the_room_and_counts_who_is_here() {
    let html = rendered(inside(), |_| view! { <Header /> });

    contains(&html, &[">General</h1>", "Anything at all", "1 here"]);
}

#[test]
fn the_header_leads_members_to_the_search() {
    let visitor = Snapshot { me: None, ..inside() };

    contains(&rendered(inside(), |_| view! { <Header /> }), &["href=\"/search\" aria-label=\"Search\""]);
    assert!(!rendered(visitor, |_| view! { <Header /> }).contains("/search"));
}

#[test]
fn the_timeline_groups_messages_and_links_only_to_the_web() {
    let html = rendered(inside(), |_| view! { <Timeline /> });

    assert_eq!(html.matches("message__author").count(), 1, "{html}");
    contains(
        &html,
        &["id=\"m1\"", "href=\"https://example.org/\"", "&lt;b&gt;", "rel=\"noopener noreferrer"],
    );
    assert!(!html.contains("style="), "the policy forbids it");
}

#[test]
fn ones_own_messages_have_tools_and_what_was_mended_says_when() {
    let mut snapshot = inside();
    if let Ok(room) = &mut snapshot.room {
        let [own, deleted] = &mut room.page.messages[..] else { panic!("two messages") };
        own.author = MemberId::parse("ada").unwrap();
        (own.revision, own.revised) = (Sequence(1), Some(own.at));
        deleted.text = None;
    }
    let mut outside = snapshot.clone();
    outside.rooms.clear();

    let html = rendered(snapshot, |_| view! { <Timeline /> });

    contains(&html, &["class=\"tools\"", "Edit", "Delete", "edited", "This message was deleted."]);
    assert!(!rendered(outside, |_| view! { <Timeline /> }).contains("class=\"tools\""));
}

#[test]
fn an_empty_room_says_so() {
    let mut snapshot = inside();
    if let Ok(room) = &mut snapshot.room {
        room.page.messages.clear();
        room.page.heads = Heads::default();
    }

    contains(&rendered(snapshot, |_| view! { <Timeline /> }), &["Nobody has said anything in General yet."]);
}

#[test]
fn new_messages_are_counted_for_who_reads_above() {
    let html = rendered(inside(), |state| {
        state.edges.set(Edges { is_away: true, n_new: 12, ..Edges::default() });
        view! { <Timeline /> }
    });

    contains(&html, &["12 new"]);
}

#[test]
fn the_composer_is_labelled_by_the_room() {
    let html = rendered(inside(), |_| view! { <Composer /> });

    contains(&html, &["aria-label=\"Message to General\"", "aria-label=\"Send\""]);
}

#[test]
fn the_composer_says_what_is_edited() {
    let html = rendered(inside(), |state| {
        state.edit(Sequence(1));
        view! { <Composer /> }
    });

    contains(&html, &["editing a message", "Leave it as it was", "aria-label=\"Save\""]);
}

#[test]
fn a_room_is_written_to_from_inside_only() {
    let mut outside = inside();
    outside.rooms.clear();
    let visitor = Snapshot { me: None, ..outside.clone() };

    contains(&rendered(inside(), |_| view! { <Room /> }), &["class=\"composer\""]);
    contains(&rendered(outside, |_| view! { <Room /> }), &["Join to talk"]);
    contains(&rendered(visitor, |_| view! { <Room /> }), &["action=\"/account/guest\""]);
}

#[test]
fn who_is_outside_may_come_in() {
    contains(&rendered(inside(), |_| view! { <JoinBar /> }), &["reading General from outside"]);
    contains(
        &rendered(inside(), |_| view! { <VisitorBar /> }),
        &["value=\"/r/general\"", "href=\"/sign-in?next=%2Fr%2Fgeneral\""],
    );
}

#[test]
fn where_guests_are_off_a_visitor_can_sign_in_only() {
    let snapshot = Snapshot { guests_come: false, ..inside() };

    let html = rendered(snapshot, |_| view! { <VisitorBar /> });

    contains(&html, &["href=\"/sign-in?next=%2Fr%2Fgeneral\""]);
    assert!(!html.contains("guest"), "{html}");
}

#[test]
fn who_is_no_member_any_more_is_a_former_one() {
    let mut snapshot = inside();
    if let Ok(room) = &mut snapshot.room {
        room.page.people.clear();
        (room.here.here, room.here.away) = (Vec::new(), Vec::new());
    }

    contains(&rendered(snapshot, |_| view! { <Timeline /> }), &[">A former member</strong>"]);
}

#[test]
fn people_are_here_or_away() {
    let html = rendered(inside(), |_| view! { <PeoplePanel /> });

    contains(&html, &[">Here</h3>", "Ada", ">Away</h3>", "Bo", "Leave this room"]);
}

#[test]
fn a_refusal_is_shown_in_the_room_that_it_is_about() {
    let refused = |asked: fn(RoomId) -> Asked, room: &'static str| {
        move |state: ChatState| {
            let refusal = Refusal::Unavailable;
            state.outcome.set(Some(Outcome::Refused { asked: asked(id(room)), refusal }));
        }
    };
    let leaving = |room| {
        rendered(inside(), |state| {
            refused(Asked::Leave, room)(state);
            view! { <PeoplePanel /> }
        })
    };
    let joining = |room| {
        rendered(inside(), |state| {
            refused(Asked::Join, room)(state);
            view! { <JoinBar /> }
        })
    };
    let words = words::refusal(&Refusal::Unavailable);

    for html in [leaving("general"), joining("general")] {
        contains(&html, &[&words]);
    }
    for html in [leaving("help"), joining("help")] {
        assert!(!html.contains(&words), "{html}");
    }
}

#[test]
fn the_typing_line_is_there_before_anybody_types() {
    let quiet = rendered(inside(), |_| view! { <TypingLine /> });
    let busy = rendered(inside(), |state| {
        state.typing.set(vec!["Bo".to_owned()]);
        view! { <TypingLine /> }
    });

    contains(&quiet, &["class=\"typing\""]);
    contains(&busy, &["Bo is typing…"]);
}

#[test]
fn a_lost_connection_is_told_with_what_to_do() {
    let html = rendered(inside(), |state| {
        state.status.set(client::Status::Reconnecting { at: std::time::Duration::ZERO });
        view! { <Banner path=memo(|| "/r/general".to_owned()) /> }
    });

    contains(&html, &["role=\"status\"", "Reconnecting…", "Try now"]);
}

#[test]
fn a_visitor_who_is_offline_is_promised_no_sending() {
    let html = rendered(Snapshot { me: None, ..inside() }, |state| {
        state.status.set(client::Status::Offline);
        view! { <Banner path=memo(|| "/r/general".to_owned()) /> }
    });

    contains(&html, &["You're offline.", "more comes when you're back"]);
    assert!(!html.contains("send"), "{html}");
}

#[test]
fn who_is_signed_out_comes_back_to_the_page_that_they_are_on() {
    let banner = |path: &'static str| {
        rendered(inside(), |state| {
            state.status.set(client::Status::SessionEnded);
            state.sought.set("tea & cake".to_owned());
            view! { <Banner path=memo(|| path.to_owned()) /> }
        })
    };

    contains(&banner("/r/general/42"), &["You're signed out.", "href=\"/sign-in?next=%2Fr%2Fgeneral%2F42\""]);
    contains(&banner("/rooms"), &["href=\"/sign-in?next=%2Frooms\""]);
    contains(&banner("/search"), &["href=\"/sign-in?next=%2Fsearch%3Fq%3Dtea%2520%2526%2520cake\""]);
}

#[test]
fn what_others_say_is_announced() {
    let html = rendered(inside(), |state| {
        let text = "hi".to_owned();
        state.spoken.set(vec![Spoken { room: None, sequence: Sequence(9), author: "Bo".to_owned(), text }]);
        view! { <Announcer /> }
    });

    contains(&html, &["role=\"log\"", "Bo: hi"]);
}

#[test]
fn a_room_that_is_not_there_leads_to_those_that_are() {
    let words = words::refusal(&Refusal::NoSuchRoom { room: id("nowhere") });
    let html = rendered(inside(), |_| view! { <NotHere words sign_in=None /> });

    contains(&html, &["There is no such room.", "href=\"/rooms\""]);
}

/// As HTML, without the empty comments that tell the browser where what begins.
fn rendered<V: IntoView>(snapshot: Snapshot, view: impl FnOnce(ChatState) -> V) -> String {
    let owner = Owner::new();
    owner.with(|| {
        let state = ChatState::new(snapshot, Address::parse("/r/general").as_ref());
        provide_context(state);
        view(state).into_view().to_html().replace("<!>", "")
    })
}

#[track_caller]
fn contains(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

/// Ada, in General, where Bo has written, and in Help, of which she has not read everything.
fn inside() -> Snapshot {
    let heads = Heads { messages: Sequence(2), changes: Sequence::ZERO };
    let page = Page {
        room: id("general"),
        messages: vec![message(1, "see https://example.org/"), message(2, "<b>not bold</b>")],
        people: vec![person("bo", "Bo")],
        heads,
    };
    let here =
        Here { n_here: 1, n_members: 2, here: vec![person("ada", "Ada")], away: vec![person("bo", "Bo")] };
    let help = RoomInfo {
        id: id("help"),
        name: RoomName::parse("Help").unwrap(),
        topic: Topic::parse("").unwrap(),
        private: false,
    };
    Snapshot {
        me: Some(person("ada", "Ada")),
        rooms: vec![
            RoomState { info: general(), heads, read: Sequence(2), admin: false },
            RoomState {
                info: help,
                heads: Heads { messages: Sequence(3), changes: Sequence::ZERO },
                read: Sequence::ZERO,
                admin: false,
            },
        ],
        room: Ok(RoomSnapshot { info: general(), is_member: true, page, here }),
        now: Timestamp(1_762_175_109_000),
        build: "b1".to_owned(),
        zone: "UTC".to_owned(),
        guests_come: true,
    }
}

fn general() -> RoomInfo {
    RoomInfo {
        id: id("general"),
        name: RoomName::parse("General").unwrap(),
        topic: Topic::parse("Anything at all").unwrap(),
        private: false,
    }
}

fn message(sequence: u64, text: &str) -> Message {
    Message {
        sequence: Sequence(sequence),
        author: MemberId::parse("bo").unwrap(),
        nonce: Nonce::parse(&format!("n{sequence}")).unwrap(),
        at: Timestamp(1_762_175_000_000 + sequence),
        text: Some(MessageText::parse(text).unwrap()),
        revision: Sequence::ZERO,
        revised: None,
    }
}

fn person(id: &str, name: &str) -> Person {
    Person { id: MemberId::parse(id).unwrap(), name: MemberName::parse(name).unwrap(), guest: false }
}

fn id(text: &str) -> RoomId {
    RoomId::parse(text).unwrap()
}
