//! What the room's admins did, the newest first.

use leptos::prelude::*;

use chat::ports::Act;

use super::{
    RoomSettings,
    sentence::{self, Part},
};

/// As many are shown at once; the others are folded away.
const SHOWN: usize = 10;

/// What was done, to admins.
#[component]
pub(super) fn Acts(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let administration = settings.administration.clone()?;
    let path = format!("/room/{}", settings.room.id);
    let older = administration.older.map(|before| format!("{path}?before={before}#acts"));
    let newest = (!administration.is_first_page).then(|| format!("{path}#acts"));
    let mut acts = administration.acts;
    let is_empty = acts.is_empty();
    // Who goes through the older ones wants to see all of them.
    let n_shown = if administration.is_first_page { SHOWN } else { usize::MAX };
    let folded = acts.split_off(acts.len().min(n_shown));
    let n_folded = folded.len();
    let list = move |acts: Vec<Act>| {
        let rows = acts.into_iter().map(|act| view! { <Line settings=settings.clone() act /> });
        view! { <ol class="settings__acts">{rows.collect_view()}</ol> }
    };
    Some(view! {
        <section class="settings__section" id="acts" aria-labelledby="acts-heading">
            <h2 class="page__section" id="acts-heading">"What admins did"</h2>
            {is_empty.then(|| view! { <p class="settings__lead">"Nothing yet."</p> })}
            {list(acts)}
            {(n_folded != 0).then(|| view! {
                <details class="settings__more">
                    <summary>{format!("{n_folded} more")}</summary>
                    {list(folded)}
                </details>
            })}
            <p class="settings__turn">
                {newest.map(|href| view! { <a href=href>"Newest"</a> })}
                {older.map(|href| view! { <a href=href>"Older"</a> })}
            </p>
        </section>
    })
}

#[component]
fn Line(
    /// The room.
    settings: RoomSettings,
    /// What was done.
    act: Act,
) -> impl IntoView {
    let parts = sentence::of(&act, &settings.room.id, |member| settings.name(member));
    let parts = parts.into_iter().map(|part| match part {
        Part::Words(words) => words.into_any(),
        Part::Name(name) => view! { <bdi class="settings__named">{name}</bdi> }.into_any(),
        Part::Link(href, words) => view! { <a href=href rel="external">{words}</a> }.into_any(),
    });
    let at = act.deed.at;
    view! {
        <li class="settings__act">
            <p>{parts.collect_view()}</p>
            <time class="settings__about" datetime=settings.civil(at).iso()>{settings.moment(at)}</time>
        </li>
    }
}
