//! Who types, on a line that is always there.

use leptos::prelude::*;

use super::state::ChatState;
use crate::reactive::memo;

/// Most people that are named.
const NAMED: usize = 2;

/// The line under the messages.
#[component]
pub(super) fn TypingLine() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let words = memo(move || in_words(&state.typing.read()));
    view! {
        <p class="typing" class:typing--shown=move || !words.read().is_empty()>
            <span class="typing__dots" aria-hidden="true"><i></i><i></i><i></i></span>
            <span class="typing__words">{move || words.get()}</span>
        </p>
    }
}

fn in_words(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => format!("{one} is typing…"),
        many if many.len() <= NAMED => format!("{} are typing…", many.join(" and ")),
        _ => "several people are typing…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_are_named_and_more_are_several() {
        check(&[], "");
        check(&["Ada"], "Ada is typing…");
        check(&["Ada", "Bo"], "Ada and Bo are typing…");
        check(&["Ada", "Bo", "Cy"], "several people are typing…");
    }

    #[track_caller]
    fn check(names: &[&str], expected: &str) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(in_words(&names), expected);
    }
}
