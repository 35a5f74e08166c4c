//! How one says what one looks for.

use leptos::prelude::*;

use protocol::query::Operator;

/// What can be typed besides words.
const OTHERS: [(&str, &str); 2] =
    [("\"good morning\"", "these words, one after the other"), ("-lunch", "not what has this in it")];

/// Each thing that can be typed, with what it means.
pub(super) fn hints() -> impl IntoView {
    let operators = Operator::ALL.into_iter().map(|operator| (operator.example(), operator.meaning()));
    let row = |(example, meaning): (&'static str, &'static str)| {
        view! {
            <li class="search__hint">
                <span class="search__example">{example}</span>
                " "
                <span>{meaning}</span>
            </li>
        }
        .into_any()
    };
    let rows: Vec<_> = operators.chain(OTHERS).map(row).collect();
    view! {
        <p class="search__words">"Words are looked for in every room that you can read. You can also type:"</p>
        <ul class="search__hints">{rows}</ul>
    }
}
