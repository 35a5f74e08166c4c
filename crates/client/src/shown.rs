//! One room as it is, or was a moment ago, on screen.

use protocol::{Heads, Sequence};

use crate::{people::Company, timeline::Timeline};

#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) timeline: Timeline,
    pub(crate) company: Company,
    /// Whether the timeline holds anything that the server told, if only that the room is empty.
    pub(crate) loaded: bool,
    /// Whether the server sends what happens there to this connection.
    pub(crate) open: bool,
    /// The message that the line *new* stands above. It stays until the member leaves the room.
    pub(crate) new_line: Option<Sequence>,
    /// Whether the member sees the end of the room: the page is visible and scrolled down.
    pub(crate) reading: bool,
    /// A message to bring into view, once it is loaded.
    pub(crate) target: Option<Sequence>,
}

impl Shown {
    /// What the server need not send again.
    pub(crate) fn have(&self) -> Option<Heads> {
        self.loaded.then(|| {
            let messages = match self.timeline.is_following() {
                true => self.timeline.last(),
                false => self.timeline.head(),
            };
            Heads { messages, changes: self.timeline.changes() }
        })
    }
}
