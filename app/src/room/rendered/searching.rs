//! The search, in each of its states.

use client::search::{Found, Offers, Order, Progress, Seen};
use protocol::Hit;

use super::*;
use crate::room::search::{Finder, field, hits as shown, shut};

#[test]
fn the_box_holds_what_is_looked_for_and_sends_it_without_a_script() {
    let html = searched(Seen::default(), |finder| {
        finder.0.sought.set("tea <from:ada".to_owned());
        field(finder)
    });

    contains(&html, &["action=\"/search\"", "role=\"combobox\"", "name=\"q\"", "value=\"tea &lt;from:ada\""]);
    contains(&html, &["aria-expanded=\"false\"", "aria-controls=\"offers\"", "id=\"offers\""]);
}

#[test]
fn what_could_stand_in_the_box_is_offered() {
    let html = searched(Seen::default(), |finder| {
        finder.offer("in:", 3);
        finder.choose(Offers::step_down);
        field(finder)
    });

    contains(
        &html,
        &["aria-expanded=\"true\"", "aria-activedescendant=\"offers-0\"", "in:General", "in:Help"],
    );
    assert_eq!(html.matches("aria-selected=\"true\"").count(), 1, "{html}");
}

#[test]
fn people_are_offered_as_far_as_the_page_knows_them() {
    let offers = |seen: Seen| {
        let mut offers = Offers::default();
        searched(seen, |finder| {
            finder.offer("from:", 5);
            offers = finder.0.offers.get_untracked();
        });
        offers.all.into_iter().map(|offer| offer.typed).collect::<Vec<_>>()
    };
    let mut hit = hit("tea", &[]);
    hit.author = Some(person("cy", "Cy"));

    assert_eq!(offers(Seen::default()), ["from:Ada", "from:Bo"]);
    assert_eq!(offers(found(vec![hit])), ["from:Ada", "from:Bo", "from:Cy"]);
}

#[test]
fn a_hit_says_who_where_and_when_and_leads_there() {
    let html = hits(found(vec![hit("the tea is <b>ready</b>", &[[4, 7]])]));

    contains(
        &html,
        &["href=\"/r/help/42\"", ">Bo</strong>", "in <span dir=\"auto\">Help</span>", "Today, 13:03"],
    );
    contains(&html, &["the <mark class=\"hit__mark\">tea</mark> is &lt;b&gt;ready&lt;/b&gt;", "1 message<"]);
    assert!(!html.contains('…'), "{html}");
}

#[test]
fn what_is_cut_shows_that_there_is_more() {
    let mut hit = hit("tea", &[]);
    (hit.hit.cut_before, hit.hit.cut_after) = (true, true);

    contains(&hits(found(vec![hit])), &["… tea …"]);
}

#[test]
fn who_is_no_member_any_more_wrote_as_a_former_one() {
    let hit = Found { author: None, ..hit("tea", &[]) };

    contains(&hits(found(vec![hit])), &["A former member"]);
}

#[test]
fn of_a_private_room_nothing_is_shown_to_who_is_outside() {
    let of = |room: &str| {
        let mut hit = hit("the surprise", &[]);
        hit.room.id = id(room);
        hit.room.private = true;
        hits(found(vec![hit]))
    };

    contains(&of("help"), &["the surprise", "1 message<"]);
    assert!(!of("p--elsewhere").contains("surprise"));
    contains(&of("p--elsewhere"), &["Nothing was found."]);
}

#[test]
fn where_there_are_more_they_can_be_had() {
    let html = hits(Seen { has_more: true, ..found(vec![hit("tea", &[])]) });

    contains(&html, &[">More</button>", "aria-pressed=\"true\""]);
}

#[test]
fn an_order_is_chosen() {
    let newest = Seen { order: Order::Newest, ..found(vec![]) };
    let pressed = |html: &str| html.split("aria-pressed=\"true\"").nth(1).map(|rest| rest.contains(">Best<"));

    assert_eq!(pressed(&hits(found(vec![]))), Some(true));
    assert_eq!(pressed(&hits(newest)), Some(false));
}

#[test]
fn what_can_be_typed_is_told_where_nothing_is_to_be_seen() {
    let all = ["from:ada", "the room it is in", "has:link", "-lunch"];

    contains(&hits(Seen::default()), &all);
    contains(&hits(found(vec![])), &["Nothing was found."]);
    contains(&hits(found(vec![])), &all);
    assert!(!hits(found(vec![hit("tea", &[])])).contains("from:ada"));
    let asked = Seen { is_asked: true, ..Seen::default() };
    assert!(!hits(asked).contains("from:ada"), "the answer may come at once");
}

#[test]
fn a_failure_says_what_to_do() {
    let failed = |refusal: Refusal| {
        let seen = Seen { is_asked: true, progress: Progress::Failed(refusal), ..Seen::default() };
        hits(seen)
    };

    contains(
        &failed(Refusal::Unavailable),
        &["role=\"alert\"", "Try again in a moment", ">Try again</button>"],
    );
    contains(&failed(Refusal::NotSignedIn), &["href=\"/sign-in?next=%2Fsearch\""]);
}

#[test]
fn a_visitor_is_asked_to_sign_in() {
    let page = searched(Seen::default(), |_| shut("?q=a%20b&by=newest"));

    contains(&page, &["href=\"/sign-in?next=%2Fsearch%3Fq%3Da%2520b%26by%3Dnewest\""]);
}

fn hits(seen: Seen) -> String {
    searched(seen, shown)
}

fn searched<V: IntoView>(seen: Seen, view: impl FnOnce(Finder) -> V) -> String {
    rendered(inside(), |state| {
        state.seen.set(seen);
        view(Finder(state))
    })
}

/// Ada looked for something and this was found.
fn found(found: Vec<Found>) -> Seen {
    Seen { is_asked: true, found: Some(found), ..Seen::default() }
}

/// A message of Bo's in Help.
fn hit(text: &str, marked: &[[usize; 2]]) -> Found {
    let hit = Hit {
        room: id("help"),
        sequence: Sequence(42),
        author: MemberId::parse("bo").unwrap(),
        at: Timestamp(1_762_175_000_000),
        text: text.to_owned(),
        marked: marked.to_vec(),
        cut_before: false,
        cut_after: false,
    };
    let room = RoomInfo { id: id("help"), name: RoomName::parse("Help").unwrap(), ..general() };
    Found { hit, author: Some(person("bo", "Bo")), room }
}
