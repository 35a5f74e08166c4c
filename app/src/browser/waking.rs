//! One timer, for the next moment at which the client has something to do.

use std::{cell::Cell, time::Duration};

use leptos::prelude::*;

use super::now;

/// Browsers take no longer time-outs.
const LONGEST: Duration = Duration::from_hours(24);

/// The timer, if it runs, and until when.
#[derive(Default)]
pub(super) struct Waking {
    running: Cell<Option<(Duration, TimeoutHandle)>>,
}

impl Waking {
    /// Wakes at `at` and not before; never if there is none.
    pub(super) fn set(&self, at: Option<Duration>, wake: impl FnOnce() + 'static) {
        if at.is_some() && self.running.get().map(|(at, _)| at) == at && at > Some(now()) {
            return;
        }
        self.stop();
        let Some(at) = at else { return };
        let wait = at.saturating_sub(now()).min(LONGEST) + Duration::from_millis(1); // Browsers round down.
        let timer = set_timeout_with_handle(wake, wait);
        self.running.set(timer.ok().map(|timer| (at, timer)));
    }

    /// Wakes no more.
    pub(super) fn stop(&self) {
        if let Some((_, timer)) = self.running.take() {
            timer.clear();
        }
    }
}
