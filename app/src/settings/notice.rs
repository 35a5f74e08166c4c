//! What came of a form, said in the section that it stands in.

use leptos::prelude::*;

use protocol::Field;

use crate::account::{FormProblem, Problem, in_address};

/// Says that one of the forms was done, or what is wrong with it as a whole.
#[component]
pub(super) fn Notice(
    /// The forms of the section.
    forms: &'static [&'static str],
    /// The fields that say for themselves what is wrong with them.
    #[prop(optional)]
    fields: &'static [Field],
) -> impl IntoView {
    let problem = forms.iter().map(|form| Problem::of_form(form)).find(|it| it.refusal.is_some());
    let done = in_address("done").filter(|done| forms.contains(&done.as_str()));
    let done = done.and_then(|done| in_words(&done));
    view! {
        {done.map(|words| view! { <p class="form__done" role="status">{words}</p> })}
        {problem.map(|problem| view! { <FormProblem problem fields /> })}
    }
}

/// Says what came of an admin's form to somebody who sees none: why it was refused, or that it was their last.
#[component]
pub(super) fn Misdirected(
    /// Whether they look after the room.
    is_admin: bool,
) -> impl IntoView {
    let problem = Problem::in_address();
    let is_seen = is_admin || in_address("form").as_deref() == Some("leave");
    let is_last = !is_admin && in_address("done").as_deref() == Some("role");
    view! {
        {(!is_seen).then(|| view! { <FormProblem problem fields=&[] /> })}
        {is_last.then(|| view! { <p class="form__done" role="status">"Done. You look after this room no longer."</p> })}
    }
}

fn in_words(done: &str) -> Option<&'static str> {
    match done {
        "describe" => Some("Saved. Everybody in the room sees it at once."),
        "add" => Some("Added. The room stands in their list now."),
        "remove" => Some("Removed. They are in this room no longer."),
        "role" => Some("Done. They know it at once."),
        "withdraw" => Some("Withdrawn. Nobody comes in by it any longer."),
        _ => None, // A new invitation's link says enough.
    }
}
