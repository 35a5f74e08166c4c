//! Says aloud what others write, one announcement a message, apart from the list that comes and goes.

use leptos::prelude::*;

use super::state::ChatState;

/// Read by screen readers, seen by nobody.
#[component]
pub(super) fn Announcer() -> impl IntoView {
    let state = expect_context::<ChatState>();
    view! {
        <div class="hidden" role="log" aria-live="polite" aria-relevant="additions" aria-label="New messages">
            <For each=move || state.spoken.get() key=|spoken| (spoken.room.clone(), spoken.sequence) let:spoken>
                <p>{format!("{}: {}", spoken.author, spoken.text)}</p>
            </For>
        </div>
    }
}
