//! Editing and deleting one's own messages.

use leptos::prelude::*;

#[cfg(any(feature = "hydrate", test))]
use client::{Asked, Outcome};
use protocol::{Message, Refusal, RoomId, Sequence};

use super::ChatState;
use crate::room::composer::Saving;

impl ChatState {
    /// Puts a message into the composer, to be edited.
    pub(crate) fn edit(self, sequence: Sequence) {
        let Some(room) = self.room() else { return };
        let message = self.client.with_value(|client| client.timeline(&room)?.get(sequence).cloned());
        self.begin_edit(&room, message);
    }

    /// Puts the message that one wrote last into the composer, if it is at hand. Whether it was.
    pub(crate) fn edit_last(self) -> bool {
        let Some(room) = self.room() else { return false };
        let message = self.client.with_value(|client| client.last_own(&room).cloned());
        self.begin_edit(&room, message)
    }

    fn begin_edit(self, room: &RoomId, message: Option<Message>) -> bool {
        let Some(message) = message else { return false };
        let mut is_begun = false;
        self.composer.update(|composer| is_begun = composer.begin_edit(room, &message));
        #[cfg(feature = "hydrate")]
        crate::browser::focus(".composer__text");
        is_begun
    }

    /// Saves what was edited.
    ///
    /// # Errors
    /// Why it cannot be saved as it is.
    pub(crate) fn save_edit(self) -> Result<(), Refusal> {
        let Some(room) = self.room() else { return Ok(()) };
        let mut saving = Ok(Saving::Nothing);
        self.composer.update(|composer| saving = composer.save_edit(&room));
        if let Saving::Edit { sequence, seen, text } = saving? {
            self.outcome.set(None);
            self.act(|client, _| client.edit(&room, (sequence, seen), text));
        }
        Ok(())
    }

    /// If an edit was saved or refused, the composer hears of it, wherever the member is by then.
    #[cfg(any(feature = "hydrate", test))]
    pub(super) fn after_edit(self, outcome: &Outcome) {
        match outcome {
            Outcome::Revised(room, sequence) => {
                self.composer.update(|composer| composer.edit_saved(room, *sequence));
            }
            Outcome::Refused { asked: Asked::Edit(room, sequence), .. } => {
                let now = self.client.with_value(|client| {
                    client.timeline(room)?.get(*sequence).map(|message| message.revision)
                });
                self.composer.update(|composer| composer.edit_refused(room, *sequence, now));
            }
            _ => {}
        }
    }

    /// Takes a message's text away from everybody.
    pub(crate) fn delete(self, sequence: Sequence) {
        let Some(room) = self.room() else { return };
        self.outcome.set(None);
        self.act(|client, _| client.delete(&room, sequence));
    }
}
