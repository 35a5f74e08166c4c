//! One message that was found. It leads to its place in its room.

use leptos::prelude::*;

use client::search::Found;
use protocol::{RoomId, Sequence};

use crate::{
    room::{avatar::Avatar, state::ChatState},
    zone,
};

/// A hit: who wrote it, where and when, and what of it is to be marked.
pub(super) fn hit(state: ChatState, found: Found) -> impl IntoView {
    let Found { hit, author, room } = found;
    let element = element(&hit.room, hit.sequence);
    let known = author.map(|author| author.name.to_string());
    let initials = known.clone().unwrap_or_default();
    let zone = state.zone.read_untracked();
    let moment = zone::civil(&zone, hit.at);
    let day = moment.day_in_words(zone::civil(&zone, state.today.get_untracked()));
    let parts = parts(&hit.text, &hit.marked).into_iter().map(|(text, is_marked)| match is_marked {
        true => view! { <mark class="hit__mark">{text}</mark> }.into_any(),
        false => text.into_any(),
    });
    let cut = |is_cut, dots| if is_cut { dots } else { "" };
    view! {
        <li>
            <a class="hit" id=element href=format!("/r/{}/{}", hit.room, hit.sequence)>
                <Avatar id=hit.author.to_string() name=initials />
                <div class="hit__main">
                    <p class="hit__head">
                        <strong class="hit__author" dir="auto">
                            {known.unwrap_or_else(|| "A former member".to_owned())}
                        </strong>
                        <span class="hit__room">"in " <span dir="auto">{room.name.to_string()}</span></span>
                        <time class="hit__time" datetime=moment.iso()>{format!("{day}, {}", moment.time())}</time>
                    </p>
                    <p class="hit__text" dir="auto">
                        {cut(hit.cut_before, "… ")}
                        {parts.collect::<Vec<_>>()}
                        {cut(hit.cut_after, " …")}
                    </p>
                </div>
            </a>
        </li>
    }
}

/// The element of a hit.
pub(super) fn element(room: &RoomId, sequence: Sequence) -> String {
    format!("hit-{room}-{sequence}")
}

/// A text in parts that are marked and such that are not, by ranges in scalars.
fn parts(text: &str, marked: &[[usize; 2]]) -> Vec<(String, bool)> {
    let mut parts: Vec<(String, bool)> = Vec::new();
    for (at, c) in text.chars().enumerate() {
        let is_marked = marked.iter().any(|[start, end]| (*start..*end).contains(&at));
        match parts.last_mut() {
            Some((part, was_marked)) if *was_marked == is_marked => part.push(c),
            _ => parts.push((c.to_string(), is_marked)),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_marked_by_scalars() {
        check("tea", &[[0, 3]], &[("tea", true)]);
        check(
            "😀 thé, deux thés",
            &[[2, 5], [12, 16]],
            &[("😀 ", false), ("thé", true), (", deux ", false), ("thés", true)],
        );
        check("plain", &[], &[("plain", false)]);
        check("", &[], &[]);
    }

    #[test]
    fn ranges_that_cannot_be_lose_nothing_of_a_text() {
        check("tea", &[[2, 9], [7, 8], [2, 1]], &[("te", false), ("a", true)]);
    }

    #[track_caller]
    fn check(text: &str, marked: &[[usize; 2]], expected: &[(&str, bool)]) {
        let found = parts(text, marked);
        let found: Vec<(&str, bool)> =
            found.iter().map(|(part, is_marked)| (part.as_str(), *is_marked)).collect();
        assert_eq!(found, expected);
    }
}
