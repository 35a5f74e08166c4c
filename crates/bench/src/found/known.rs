//! What is known of messages, by a store or by an index, and where the two differ.

use std::{
    collections::{BTreeMap, btree_map::Entry as Place},
    fmt,
};

use chat::ports::{Entry, Said};
use protocol::{MemberId, RoomId, Sequence, Timestamp};
use serde::Deserialize;

/// Letters of a text that are told.
const TOLD: usize = 24;

/// What is known of a message, as a document in OpenSearch has it. What was deleted has no more than its place and revision.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Known {
    pub(super) room: RoomId,
    pub(super) sequence: Sequence,
    revision: Sequence,
    gone: bool,
    author: Option<MemberId>,
    at: Option<Timestamp>,
    private: Option<bool>,
    pub(super) text: Option<String>,
}

/// All that is known, by room and sequence.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge(pub(super) BTreeMap<(RoomId, Sequence), Known>);

/// Something that an index does not know as the store does.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference<'a> {
    store: Option<&'a Known>,
    index: Option<&'a Known>,
}

impl From<Entry> for Known {
    fn from(Entry { room, sequence, revision, said }: Entry) -> Self {
        let gone = said.is_none();
        let (author, at, private, text) = match said {
            Some(Said { author, at, text, private }) => {
                (Some(author), Some(at), Some(private), Some(text.as_str().to_owned()))
            }
            None => (None, None, None, None),
        };
        Self { room, sequence, revision, gone, author, at, private, text }
    }
}

impl Knowledge {
    /// Takes what is known of a message; false when something was known of it already.
    pub(super) fn take(&mut self, known: Known) -> bool {
        match self.0.entry((known.room.clone(), known.sequence)) {
            Place::Vacant(place) => drop(place.insert(known)),
            Place::Occupied(_) => return false,
        }
        true
    }

    /// Where an index differs from this, which a store knows.
    pub(super) fn differences<'a>(&'a self, index: &'a Self) -> Vec<Difference<'a>> {
        let of_store = self.0.iter().map(|(place, store)| (Some(store), index.0.get(place)));
        let of_index = index.0.iter().filter(|(place, _)| !self.0.contains_key(*place));
        let all = of_store.chain(of_index.map(|(_, index)| (None, Some(index))));
        all.filter(|(store, index)| store != index)
            .map(|(store, index)| Difference { store, index })
            .collect()
    }

    /// How many messages still say something.
    pub(super) fn n_live(&self) -> usize {
        self.0.values().filter(|known| !known.gone).count()
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { room, sequence, revision, gone, author, at, private, text } = self;
        write!(f, "{room}:{sequence} at revision {revision}")?;
        if *gone {
            write!(f, ", gone")?;
        }
        if let (Some(author), Some(at)) = (author, at) {
            write!(f, ", by {author} at {}, private: {}", at.0, private.unwrap_or_default())?;
        }
        match text {
            Some(text) => write!(f, ", {:?}", text.chars().take(TOLD).collect::<String>()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.store, self.index) {
            (Some(store), Some(index)) => write!(f, "the store has {store}; the index has {index}"),
            (Some(store), None) => write!(f, "the store has {store}; the index has nothing"),
            (None, Some(index)) => write!(f, "the store has nothing; the index has {index}"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::MessageText;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_is_the_message_that_it_was_made_of() {
        let document = json!({ "room": "lobby", "sequence": 7, "revision": 3, "gone": false, "author": "ada",
            "at": 5, "private": false, "link": false, "text": "tea" });
        let gone = json!({ "room": "lobby", "sequence": 8, "revision": 4, "gone": true });

        assert_eq!(serde_json::from_value::<Known>(document).unwrap(), said(7, 3, "tea"));
        assert_eq!(serde_json::from_value::<Known>(gone).unwrap(), deleted(8, 4));
    }

    #[test]
    fn whatever_differs_is_told_and_nothing_else() {
        let store = all([said(1, 0, "one"), said(2, 0, "two"), said(3, 4, "three"), deleted(4, 5)]);

        assert_eq!(
            told(&store, [said(1, 0, "one"), said(2, 0, "two"), said(3, 4, "three"), deleted(4, 5)]),
            ""
        );
        let other = [said(2, 0, "too"), said(3, 1, "three"), said(4, 5, "four"), said(5, 0, "five")];
        assert_eq!(
            told(&store, other),
            "the store has lobby:1 at revision 0, by ada at 5, private: false, \"one\"; the index has nothing\n\
             the store has lobby:2 at revision 0, by ada at 5, private: false, \"two\"; \
             the index has lobby:2 at revision 0, by ada at 5, private: false, \"too\"\n\
             the store has lobby:3 at revision 4, by ada at 5, private: false, \"three\"; \
             the index has lobby:3 at revision 1, by ada at 5, private: false, \"three\"\n\
             the store has lobby:4 at revision 5, gone; \
             the index has lobby:4 at revision 5, by ada at 5, private: false, \"four\"\n\
             the store has nothing; the index has lobby:5 at revision 0, by ada at 5, private: false, \"five\""
        );
        assert_eq!(store.n_live(), 3);
    }

    #[test]
    fn a_message_is_known_once() {
        let mut knowledge = all([said(1, 0, "one")]);

        assert!(!knowledge.take(said(1, 2, "one more")));
    }

    fn told(store: &Knowledge, index: impl IntoIterator<Item = Known>) -> String {
        let index = all(index);
        let told: Vec<String> = store.differences(&index).iter().map(ToString::to_string).collect();
        told.join("\n")
    }

    fn all(known: impl IntoIterator<Item = Known>) -> Knowledge {
        let mut knowledge = Knowledge::default();
        for known in known {
            assert!(knowledge.take(known));
        }
        knowledge
    }

    fn said(sequence: u64, revision: u64, text: &str) -> Known {
        let author = MemberId::parse("ada").unwrap();
        let text = MessageText::parse(text).unwrap();
        let said = Said { author, at: Timestamp(5), text, private: false };
        Entry { said: Some(said), ..deleted_entry(sequence, revision) }.into()
    }

    fn deleted(sequence: u64, revision: u64) -> Known {
        deleted_entry(sequence, revision).into()
    }

    fn deleted_entry(sequence: u64, revision: u64) -> Entry {
        let room = RoomId::parse("lobby").unwrap();
        Entry { room, sequence: Sequence(sequence), revision: Sequence(revision), said: None }
    }
}
