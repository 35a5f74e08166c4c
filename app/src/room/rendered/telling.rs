//! What the client tells, and what is shown of it.

use std::time::Duration;

use protocol::{Ending, ServerMessage};

use super::*;

#[test]
fn a_room_that_one_has_left_keeps_its_name() {
    let html = rendered(inside(), |state| {
        state.show(&Address::parse("/r/help").unwrap());
        received(state, ServerMessage::Left { request: None, room: id("help"), why: Ending::Left });
        view! { <Room /> }
    });

    contains(&html, &[">Help</h1>", "reading Help from outside"]);
}

#[test]
fn an_edit_hears_that_it_was_saved_or_refused_wherever_its_editor_is_by_then() {
    let mut snapshot = inside();
    if let Ok(room) = &mut snapshot.room {
        room.page.messages[0].author = MemberId::parse("ada").unwrap();
    }
    let edited = |outcome: Outcome| {
        let mut is_saving = false;
        let html = rendered(snapshot.clone(), |state| {
            state.edit(Sequence(1));
            state.composer.update(|composer| composer.edit(&id("general"), "mended".to_owned()));
            state.save_edit().unwrap();
            state.hide();
            state.hear(outcome);
            state.show(&Address::parse("/r/general").unwrap());
            is_saving = state.composer.update_untracked(|composer| {
                matches!(composer.save_edit(&id("general")), Ok(Saving::Nothing))
            });
            view! { <Composer /> }
        });
        (html, is_saving)
    };
    let refused =
        Outcome::Refused { asked: Asked::Edit(id("general"), Sequence(1)), refusal: Refusal::Unavailable };

    let (html, _) = edited(Outcome::Revised(id("general"), Sequence(1)));
    assert!(!html.contains("editing a message"), "{html}");
    let (html, is_saving) = edited(refused);
    contains(&html, &["editing a message"]);
    assert!(!is_saving, "it can be saved again");
}

/// The server says something.
fn received(state: ChatState, message: ServerMessage) {
    state.client().update_value(|client| client.received(message, Duration::ZERO));
    state.refresh();
}
