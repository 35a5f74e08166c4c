//! What is written and not sent yet, room by room.

use std::collections::HashMap;

use protocol::{MessageText, Nonce, Refusal, RoomId, limits};

use super::editing::Editing;

/// From here on it is shown how much still fits.
const NEAR_LIMIT: usize = 200;

/// A key that was pressed in the composer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyPress {
    /// Whether it is Enter.
    pub(crate) enter: bool,
    /// Whether Shift, Alt or the like is held with it.
    pub(crate) modified: bool,
    /// Whether an input method is composing: Enter then takes its suggestion.
    pub(crate) composing: bool,
}

/// The texts, and those on their way into the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    texts: HashMap<RoomId, String>,
    saving: Vec<(RoomId, Nonce, String)>,
    pub(super) editing: HashMap<RoomId, Editing>,
}

impl State {
    /// What is written for a room, or in the message of it that is being edited.
    pub(crate) fn text(&self, room: &RoomId) -> &str {
        match self.editing(room) {
            Some(editing) => &editing.text,
            None => self.texts.get(room).map_or("", String::as_str),
        }
    }

    /// Everything that is written, for the page that comes after this one; empty if that is nothing.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn to_keep(&self) -> String {
        let texts: HashMap<_, _> = self.texts.iter().filter(|(_, text)| !text.is_empty()).collect();
        match texts.is_empty() {
            true => String::new(),
            false => serde_json::to_string(&texts).expect("texts by room are JSON"),
        }
    }

    /// Takes what a page before this one kept. Nothing if that is not to be understood.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn restore(&mut self, kept: &str) {
        let texts: HashMap<RoomId, String> = serde_json::from_str(kept).unwrap_or_default();
        for (room, text) in texts {
            self.put_above(&room, &text);
        }
    }

    /// A text that is older than what stands there goes above it.
    #[cfg(any(feature = "hydrate", test))]
    fn put_above(&mut self, room: &RoomId, older: &str) {
        let text = match self.text(room) {
            "" => older.to_owned(),
            written if written == older => return,
            written => format!("{older}\n{written}"),
        };
        self.edit(room, text);
    }

    /// What was written before the page came alive is there too.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn wake(&mut self, room: &RoomId, written: String) {
        let older = self.texts.insert(room.clone(), written).unwrap_or_default();
        if !older.is_empty() {
            self.put_above(room, &older);
        }
    }

    /// The member wrote.
    pub(crate) fn edit(&mut self, room: &RoomId, text: String) {
        match self.editing.get_mut(room) {
            Some(editing) => editing.text = text,
            None => {
                self.texts.insert(room.clone(), text);
            }
        }
    }

    /// Whether a key sends.
    pub(crate) fn sends(key: KeyPress) -> bool {
        key.enter && !key.modified && !key.composing
    }

    /// The text to send, if there is one that is not on its way already.
    ///
    /// # Errors
    /// Why it cannot be sent as it is.
    pub(crate) fn to_send(&self, room: &RoomId) -> Option<Result<MessageText, Refusal>> {
        let text = self.text(room);
        let is_saving = self.saving.iter().any(|(other, _, saved)| other == room && saved == text);
        (!text.trim().is_empty() && !is_saving).then(|| MessageText::parse(text))
    }

    /// The room's text is on its way into the outbox under this name.
    pub(crate) fn save(&mut self, room: &RoomId, nonce: Nonce) {
        let text = self.text(room).to_owned();
        self.saving.push((room.clone(), nonce, text));
    }

    /// The outbox has it: it goes from the composer, and what was written behind it stays.
    #[cfg(any(feature = "hydrate", test))]
    pub(crate) fn saved(&mut self, nonce: &Nonce) {
        let Some(at) = self.saving.iter().position(|(_, other, _)| other == nonce) else { return };
        let (room, _, saved) = self.saving.remove(at);
        if let Some(text) = self.texts.get_mut(&room)
            && let Some(rest) = text.strip_prefix(&saved)
        {
            *text = rest.trim_start().to_owned();
        }
    }

    /// How many characters still fit, once that is worth knowing; negative where there are too many.
    pub(crate) fn remaining(&self, room: &RoomId) -> Option<i64> {
        let n = self.text(room).chars().count();
        let fits = i64::try_from(limits::TEXT_MAX).ok()? - i64::try_from(n).ok()?;
        (n + NEAR_LIMIT >= limits::TEXT_MAX).then_some(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTER: KeyPress = KeyPress { enter: true, modified: false, composing: false };

    #[test]
    fn enter_sends_but_not_with_shift_nor_while_composing() {
        assert!(State::sends(ENTER));
        assert!(!State::sends(KeyPress { modified: true, ..ENTER }));
        assert!(!State::sends(KeyPress { composing: true, ..ENTER }));
    }

    #[test]
    fn the_text_stays_until_the_outbox_has_it() {
        let mut state = typed("hi");
        assert_eq!(state.to_send(&room()), Some(Ok(MessageText::parse("hi").unwrap())));

        state.save(&room(), nonce());
        assert_eq!(state.text(&room()), "hi");
        assert_eq!(state.to_send(&room()), None, "it is on its way already");

        state.saved(&nonce());
        assert_eq!(state.text(&room()), "");
    }

    #[test]
    fn what_is_written_meanwhile_stays() {
        let mut state = typed("hi");
        state.save(&room(), nonce());
        state.edit(&room(), "hi there".to_owned());

        state.saved(&nonce());

        assert_eq!(state.text(&room()), "there");
    }

    #[test]
    fn what_a_page_kept_stands_above_what_was_written_since() {
        let kept = typed("hi").to_keep();
        let restored = |written: &str| {
            let (mut before, mut after) = (typed(written), State::default());
            before.restore(&kept);
            after.restore(&kept);
            after.wake(&room(), written.to_owned());
            [before, after].map(|state| state.text(&room()).to_owned())
        };

        assert_eq!(restored("hi"), ["hi", "hi"]);
        assert_eq!(restored("there"), ["hi\nthere", "hi\nthere"]);
        assert_eq!(typed("").to_keep(), "");
    }

    #[test]
    fn blanks_are_not_sent_and_too_much_is_refused() {
        assert_eq!(typed(" \n").to_send(&room()), None);
        let long = typed(&"x".repeat(limits::TEXT_MAX + 2));
        assert!(matches!(long.to_send(&room()), Some(Err(Refusal::TooLong { .. }))));
        assert_eq!(long.remaining(&room()), Some(-2));
        assert_eq!(typed("hi").remaining(&room()), None);
    }

    fn typed(text: &str) -> State {
        let mut state = State::default();
        state.edit(&room(), text.to_owned());
        state
    }

    fn room() -> RoomId {
        RoomId::parse("general").unwrap()
    }

    fn nonce() -> Nonce {
        Nonce::parse("n1").unwrap()
    }
}
