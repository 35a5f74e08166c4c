//! Plain values that the state holds.

use client::{Entry, Note};
use protocol::{Ending, Refusal, RoomId, RoomInfo, Sequence};

use crate::words;

/// Most announcements that are kept: a screen reader has read what is older.
#[cfg(any(feature = "hydrate", test))]
pub(super) const SPOKEN_MAX: usize = 10;

/// The room on screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Which; none where the address is no room's.
    pub(crate) room: Option<RoomId>,
    /// What is known of it.
    pub(crate) info: Option<RoomInfo>,
    /// Where the reader stands.
    pub(crate) place: Place,
    /// Why it is not shown.
    pub(crate) problem: Option<Refusal>,
    /// Why the reader is in it no longer, if they were.
    pub(crate) ended: Option<Ending>,
    /// Whether its messages are there, or are known to be none.
    pub(crate) is_loaded: bool,
}

impl Shown {
    /// Why there is nothing of it to see.
    pub(crate) fn why_not(&self) -> Option<String> {
        match (self.ended, &self.problem) {
            (Some(ended), _) if !self.is_loaded => Some(words::ending(ended).to_owned()),
            (_, problem) => problem.as_ref().map(words::refusal),
        }
    }

    /// Whether it would be there for who signs in.
    pub(crate) fn takes_sign_in(&self) -> bool {
        self.ended.is_none() && self.problem == Some(Refusal::NotSignedIn)
    }

    /// What it is called, as far as is known.
    pub(crate) fn name(&self) -> String {
        match (&self.info, &self.room) {
            (Some(info), _) => info.name.to_string(),
            (None, Some(room)) => room.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// Where a reader stands to a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In it.
    Inside,
    /// Signed in, and not in it.
    Outside,
    /// Not signed in.
    Visitor,
}

/// A draft as it stands under the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DraftRow {
    /// The draft and how far it is.
    pub(crate) entry: Entry,
    /// Whether its author is named above it.
    pub(crate) starts_group: bool,
}

/// What lies beyond the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Edges {
    /// Whether there are older messages than those loaded.
    pub(crate) has_older: bool,
    /// Whether the reader is away from the end.
    pub(crate) is_away: bool,
    /// How many came while they were.
    pub(crate) n_new: u64,
    /// The message at the top of the view, if not the first.
    pub(crate) top: Option<Sequence>,
    /// Who came and went before the room's first message.
    pub(crate) note: Option<Note>,
}

/// What somebody said, for who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Spoken {
    /// Where.
    pub(crate) room: Option<RoomId>,
    /// Which message.
    pub(crate) sequence: Sequence,
    /// Who.
    pub(crate) author: String,
    /// What.
    pub(crate) text: String,
}

/// Whether the people beside the room are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum People {
    /// Where there is space.
    #[default]
    IfWide,
    /// In any case.
    Open,
    /// Not.
    Shut,
}
