//! A message that is being edited, in the composer's place.

use protocol::{Message, MessageText, Refusal, RoomId, Sequence};

use super::State;

/// A message that is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Editing {
    sequence: Sequence,
    /// What it was when its editor last looked.
    seen: Sequence,
    before: String,
    pub(super) text: String,
    /// Whether it is being saved.
    is_asked: bool,
}

/// What there is to save of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// Nothing, or it is being saved already.
    Nothing,
    /// Another text.
    Edit {
        /// Which message.
        sequence: Sequence,
        /// The revision that its editor saw.
        seen: Sequence,
        /// What it is to say.
        text: MessageText,
    },
}

impl State {
    /// The edit in a room, if there is one.
    pub(super) fn editing(&self, room: &RoomId) -> Option<&Editing> {
        self.editing.get(room)
    }

    /// Whether a message of a room is being edited.
    pub(crate) fn is_editing(&self, room: &RoomId) -> bool {
        self.editing(room).is_some()
    }

    /// Begins to edit a message. What was written for the room comes back afterwards. False for one without a text.
    pub(crate) fn begin_edit(&mut self, room: &RoomId, message: &Message) -> bool {
        let Some(text) = message.text.as_ref().map(ToString::to_string) else { return false };
        let (sequence, seen) = (message.sequence, message.revision);
        let editing = Editing { sequence, seen, before: text.clone(), text, is_asked: false };
        self.editing.insert(room.clone(), editing);
        true
    }

    /// Leaves the message as it is.
    pub(crate) fn cancel_edit(&mut self, room: &RoomId) {
        self.editing.remove(room);
    }

    /// What there is to save. An edit that changes nothing is over.
    ///
    /// # Errors
    /// Why it cannot be saved as it is.
    pub(crate) fn save_edit(&mut self, room: &RoomId) -> Result<Saving, Refusal> {
        let Some(editing) = self.editing.get_mut(room).filter(|it| !it.is_asked) else {
            return Ok(Saving::Nothing);
        };
        if editing.text == editing.before {
            self.cancel_edit(room);
            return Ok(Saving::Nothing);
        }
        let text = MessageText::parse(&editing.text)?;
        editing.is_asked = true;
        Ok(Saving::Edit { sequence: editing.sequence, seen: editing.seen, text })
    }
}

#[cfg(any(feature = "hydrate", test))]
impl State {
    /// A message was saved: if it is the one that is being edited, that is over.
    pub(crate) fn edit_saved(&mut self, room: &RoomId, sequence: Sequence) {
        if self.of(room, sequence).is_some() {
            self.cancel_edit(room);
        }
    }

    /// It was not saved. The text stays, and goes in place of what the message is by now if it is saved again.
    pub(crate) fn edit_refused(&mut self, room: &RoomId, sequence: Sequence, now: Option<Sequence>) {
        if let Some(editing) = self.of(room, sequence) {
            editing.is_asked = false;
            editing.seen = now.unwrap_or(editing.seen);
        }
    }

    fn of(&mut self, room: &RoomId, sequence: Sequence) -> Option<&mut Editing> {
        self.editing.get_mut(room).filter(|it| it.sequence == sequence)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MemberId, Nonce, Timestamp};

    use super::*;

    #[test]
    fn what_was_written_comes_back_after_an_edit() {
        let mut state = State::default();
        state.edit(&room(), "half a thought".to_owned());

        assert!(state.begin_edit(&room(), &message(Some("helo"))));
        assert_eq!(state.text(&room()), "helo");
        state.edit(&room(), "hello".to_owned());
        assert_eq!(saved(&mut state), Some("hello".to_owned()));
        state.edit_saved(&room(), Sequence(7));

        assert_eq!(state.text(&room()), "half a thought");
        assert!(!state.is_editing(&room()));
    }

    #[test]
    fn a_refused_edit_keeps_its_text_and_sees_what_the_message_is_now() {
        let mut state = State::default();
        state.begin_edit(&room(), &message(Some("helo")));
        state.edit(&room(), "hello".to_owned());
        assert!(saved(&mut state).is_some());
        assert_eq!(saved(&mut state), None, "it is being saved already");

        state.edit_refused(&room(), Sequence(7), Some(Sequence(3)));

        assert_eq!(state.text(&room()), "hello");
        assert!(matches!(state.save_edit(&room()), Ok(Saving::Edit { seen: Sequence(3), .. })));
    }

    #[test]
    fn an_edit_that_changes_nothing_is_over_and_an_empty_one_is_not_saved() {
        let mut state = State::default();
        state.begin_edit(&room(), &message(Some("hello")));
        state.edit(&room(), "  ".to_owned());
        assert!(matches!(state.save_edit(&room()), Err(Refusal::TooShort { .. })));
        state.edit(&room(), "hello".to_owned());

        assert_eq!(state.save_edit(&room()), Ok(Saving::Nothing));

        assert!(!state.is_editing(&room()));
        assert!(!state.begin_edit(&room(), &message(None)));
    }

    #[test]
    fn each_room_has_an_edit_of_its_own() {
        let (here, there) = (room(), RoomId::parse("help").unwrap());
        let mut state = State::default();
        state.begin_edit(&here, &message(Some("helo")));
        state.edit(&here, "hello".to_owned());
        assert!(saved(&mut state).is_some());

        state.begin_edit(&there, &message(Some("hlep")));
        state.edit(&there, "help".to_owned());
        state.edit_saved(&here, Sequence(7));

        assert!(!state.is_editing(&here));
        assert_eq!(state.text(&there), "help");
        assert!(matches!(state.save_edit(&there), Ok(Saving::Edit { .. })));
    }

    fn saved(state: &mut State) -> Option<String> {
        match state.save_edit(&room()).unwrap() {
            Saving::Nothing => None,
            Saving::Edit { text, .. } => Some(text.to_string()),
        }
    }

    fn room() -> RoomId {
        RoomId::parse("general").unwrap()
    }

    fn message(text: Option<&str>) -> Message {
        Message {
            sequence: Sequence(7),
            author: MemberId::parse("ada").unwrap(),
            nonce: Nonce::parse("n1").unwrap(),
            at: Timestamp(0),
            text: text.map(|text| MessageText::parse(text).unwrap()),
            revision: Sequence::ZERO,
            revised: None,
        }
    }
}
