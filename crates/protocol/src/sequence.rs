//! Places in a room's log.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A message's place in its room: 1, 2, 3, … without holes. 0 is the place before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl Sequence {
    /// Before the first message: the head of an empty room, the cursor of one who has nothing.
    pub const ZERO: Self = Self(0);

    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The place `n` later.
    #[must_use]
    pub const fn plus(self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    /// The place `n` earlier, at most [`Sequence::ZERO`].
    #[must_use]
    pub const fn minus(self, n: u64) -> Self {
        Self(self.0.saturating_sub(n))
    }

    /// How many messages lie after `earlier`, up to and with this one.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far a room is: the ends of its two chains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Heads {
    /// The highest sequence of a message.
    pub messages: Sequence,
    /// The highest sequence of a change: an edit, a deletion, a lost membership.
    pub changes: Sequence,
}
