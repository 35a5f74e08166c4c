//! When the timeline is laid out: after what changes it now, before anything is painted, and not without end.

use std::cell::Cell;

use leptos::prelude::*;

use super::soon;
use crate::room::{state::ChatState, timeline};

/// Most layouts in one frame. Heights that become known may bring in other rows, which are then measured too; what is
/// not settled by then waits for the next frame.
const MOST: u32 = 5;

/// What is asked for and what was done since the last frame.
#[derive(Default)]
pub(super) struct Frames {
    is_asked: Cell<bool>,
    n_laid_out: Cell<u32>,
}

/// The timeline is to be laid out.
pub(crate) fn lay_out_soon(state: ChatState) {
    let is_asked = state.driver().with_value(|driver| driver.frames.is_asked.replace(true));
    if is_asked {
        return;
    }
    let n = state.driver().with_value(|driver| driver.frames.n_laid_out.get());
    if n == 0 {
        request_animation_frame(move || with(state, |frames| frames.n_laid_out.set(0)));
    }
    match n < MOST {
        // The elements are changed by tasks that are queued already: this comes after them.
        true => soon(move || lay_out(state)),
        false => request_animation_frame(move || lay_out(state)),
    }
}

fn lay_out(state: ChatState) {
    let mut is_there = false;
    with(state, |frames| {
        frames.is_asked.set(false);
        frames.n_laid_out.set(frames.n_laid_out.get() + 1);
        is_there = true;
    });
    if is_there {
        timeline::lay_out(state);
    }
}

/// Nothing if the chat was left meanwhile.
fn with(state: ChatState, does: impl FnOnce(&Frames)) {
    state.driver().try_with_value(|driver| does(&driver.frames));
}
