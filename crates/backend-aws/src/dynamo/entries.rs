//! What an index is to know of an item of the messages, wherever that comes from: the table or its stream.

use chat::{
    ports::{Entry, GROUP_MAX, Letter},
    rooms::is_private,
};
use protocol::{RoomId, Sequence};
use serde_dynamo::{AttributeValue, Item, from_item};

use super::rows::Group;

/// An item of the messages that says nothing which an index could be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("item {first} of room `{room}` {reason}")]
pub struct Malformed {
    /// Its partition key; empty where it has none.
    pub room: String,
    /// Its sort key; 0 where it has none.
    pub first: u64,
    /// What is wrong, without a word of a text.
    pub reason: Reason,
}

/// What is wrong with an item of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Its key is none of a group.
    #[error("has a key that no group has")]
    Key,
    /// Its image has another key than its record.
    #[error("came with another key than its own")]
    OtherKey,
    /// An attribute is missing, or is not what it should be.
    #[error("has not the attributes of a group")]
    Attributes,
    /// It has not as many messages as it says.
    #[error("says that it has {n} messages and has {found}")]
    Count {
        /// What it says.
        n: u64,
        /// How many it has.
        found: usize,
    },
    /// It was taken out of the table, which nobody does but by hand: a log has no holes. What was in it is not told.
    #[error("was taken out of the table")]
    Removed,
}

/// What became of messages, by a record of the table's stream: the key of an item, and the item as it is now, if it is.
///
/// # Errors
/// [`Malformed`].
pub fn streamed(keys: impl Into<Item>, image: Option<impl Into<Item>>) -> Result<Vec<Entry>, Malformed> {
    let (keys, image) = (keys.into(), image.map(Into::into));
    let malformed = |reason| Err(Malformed::at(&keys, reason));
    match image {
        None => malformed(Reason::Removed),
        Some(image) if ["room", "first"].iter().any(|name| image.get(*name) != keys.get(*name)) => {
            malformed(Reason::OtherKey)
        }
        Some(image) => entries(image),
    }
}

/// What an index is to know of an item: nothing of those that begin a log and seal it.
///
/// # Errors
/// [`Malformed`].
pub(super) fn entries(item: impl Into<Item>) -> Result<Vec<Entry>, Malformed> {
    let item = item.into();
    let key = Key::of(&item);
    let malformed = |reason| Malformed::with(key.clone(), reason);
    let group: Group = from_item(item).map_err(|_| malformed(Reason::Attributes))?;
    let room = RoomId::parse(&group.room).map_err(|_| malformed(Reason::Key))?;
    let (n, found) = (group.n, group.messages.len());
    let most = GROUP_MAX as u64;
    match (group.first, found) {
        (first, _) if first > i64::MAX.unsigned_abs() => Err(malformed(Reason::Key)),
        (0, 0) => Ok(Vec::new()),
        (_, 0) if group.sealed => Ok(Vec::new()),
        (1.., 0) if (1..=most).contains(&n) => {
            let erased = (group.first..group.first + n).map(|at| Entry::erased(&room, Sequence(at)));
            Ok(erased.collect())
        }
        (1.., 1..) if found as u64 == n && n <= most && !group.sealed => {
            let private = is_private(&room);
            Ok(group.messages().map(|message| Entry::of(&room, private, message)).collect())
        }
        _ => Err(malformed(Reason::Count { n, found })),
    }
}

impl Malformed {
    fn at(keys: &Item, reason: Reason) -> Self {
        Self::with(Key::of(keys), reason)
    }

    fn with(Key { room, first }: Key, reason: Reason) -> Self {
        Self { room, first, reason }
    }
}

impl From<Malformed> for Letter {
    fn from(Malformed { room, first, reason }: Malformed) -> Self {
        Self { room, sequence: Sequence(first), why: format!("it {reason}") }
    }
}

/// A key, as far as it is one.
#[derive(Clone, Default)]
struct Key {
    room: String,
    first: u64,
}

impl Key {
    fn of(item: &Item) -> Self {
        let room = match item.get("room") {
            Some(AttributeValue::S(room)) => room.clone(),
            _ => String::new(),
        };
        let first = match item.get("first") {
            Some(AttributeValue::N(first)) => first.parse().unwrap_or_default(),
            _ => 0,
        };
        Self { room, first }
    }
}

#[cfg(test)]
mod tests {
    use chat::ports::Said;
    use protocol::{MemberId, MessageText, Timestamp};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_group_is_its_messages_as_they_are_now() {
        let told = check(group("lobby", 7, &[message(0, Some("tea")), message(3, None)])).unwrap();

        let room = RoomId::parse("lobby").unwrap();
        let said = Said {
            author: MemberId::parse("ada").unwrap(),
            at: Timestamp(5),
            text: MessageText::parse("tea").unwrap(),
            private: false,
        };
        let first =
            Entry { room: room.clone(), sequence: Sequence(7), revision: Sequence(0), said: Some(said) };
        assert_eq!(told, [first, Entry { room, sequence: Sequence(8), revision: Sequence(3), said: None }]);
    }

    #[test]
    fn a_private_room_is_known_by_its_address() {
        let told = check(group("p--abcdefghijklmnop", 1, &[message(0, Some("tea"))])).unwrap();

        assert!(told[0].said.as_ref().unwrap().private);
    }

    #[test]
    fn an_emptied_group_is_erased_and_the_ends_of_a_log_say_nothing() {
        let room = RoomId::parse("lobby").unwrap();
        let ends = json!({ "room": { "S": "lobby" }, "first": { "N": "9" }, "n": { "N": "1" },
            "sealed": { "BOOL": true }, "upto": { "N": "4" } });

        let erased = [Entry::erased(&room, Sequence(7)), Entry::erased(&room, Sequence(8))];
        assert_eq!(check(emptied("lobby", 7, 2)).unwrap(), erased);
        assert_eq!(check(ends).unwrap(), []);
        assert_eq!(check(emptied("lobby", 0, 1)).unwrap(), []);
    }

    #[test]
    fn what_is_no_group_is_told_by_its_key_and_without_its_text() {
        let secret = || message(0, Some("a secret"));
        let group = || group("lobby", 7, &[secret(), secret()]);
        let with = |name: &str, value: Value| {
            let mut item = group();
            item[name] = value;
            item
        };
        let a_number = json!({ "L": [{ "M": { "text": { "N": "5" } } }] });
        let long = "x".repeat(protocol::limits::TEXT_MAX + 1);
        let cases = [
            (with("n", json!({ "N": "3" })), Reason::Count { n: 3, found: 2 }),
            (with("n", json!({ "N": "0" })), Reason::Count { n: 0, found: 2 }),
            (with("sealed", json!({ "BOOL": true })), Reason::Count { n: 2, found: 2 }),
            (emptied("lobby", 7, 25), Reason::Count { n: 25, found: 0 }),
            (emptied("lobby", 7, u64::MAX), Reason::Count { n: u64::MAX, found: 0 }),
            (with("n", json!({ "S": "a secret" })), Reason::Attributes),
            (with("messages", json!({ "S": "a secret" })), Reason::Attributes),
            (with("messages", a_number), Reason::Attributes),
            (with("messages", json!({ "L": [message(0, Some(&long)), secret()] })), Reason::Attributes),
        ];
        for (item, reason) in cases {
            let malformed = check(item.clone()).unwrap_err();
            assert_eq!(malformed, Malformed { room: "lobby".to_owned(), first: 7, reason }, "{item}");
            assert!(!malformed.to_string().contains("secret"));
        }
    }

    #[test]
    fn what_has_no_key_of_a_group_is_told_as_far_as_it_has_one() {
        for (room, first) in [("Lobby!", 7), ("lobby", u64::MAX)] {
            let malformed = check(group(room, first, &[message(0, Some("tea"))])).unwrap_err();
            assert_eq!(malformed, Malformed { room: room.to_owned(), first, reason: Reason::Key });
        }
        let nowhere = Malformed { room: String::new(), first: 0, reason: Reason::Attributes };
        assert_eq!(check(json!({})).unwrap_err(), nowhere);
    }

    #[test]
    fn an_image_belongs_to_its_key_and_what_was_taken_out_is_told() {
        let keys = |first: &str| item(json!({ "room": { "S": "lobby" }, "first": { "N": first } }));
        let image = || item(group("lobby", 7, &[message(0, Some("tea"))]));
        let reason = |told: Result<Vec<Entry>, Malformed>| told.unwrap_err().reason;

        assert_eq!(streamed(keys("7"), Some(image())).unwrap().len(), 1);
        assert_eq!(reason(streamed(keys("8"), Some(image()))), Reason::OtherKey);
        assert_eq!(reason(streamed(keys("7"), None::<Item>)), Reason::Removed);
    }

    #[track_caller]
    fn check(group: Value) -> Result<Vec<Entry>, Malformed> {
        entries(item(group))
    }

    /// An item, as DynamoDB writes it.
    fn item(json: Value) -> Item {
        serde_json::from_value(json).unwrap()
    }

    fn group(room: &str, first: u64, messages: &[Value]) -> Value {
        let mut group = emptied(room, first, messages.len() as u64);
        group["messages"] = json!({ "L": messages });
        group
    }

    fn emptied(room: &str, first: u64, n: u64) -> Value {
        json!({ "room": { "S": room }, "first": { "N": first.to_string() }, "n": { "N": n.to_string() } })
    }

    fn message(revision: u64, text: Option<&str>) -> Value {
        let mut message = json!({ "author": { "S": "ada" }, "nonce": { "S": "n" }, "at": { "N": "5" },
            "revision": { "N": revision.to_string() } });
        if let Some(text) = text {
            message["text"] = json!({ "S": text });
        }
        json!({ "M": message })
    }
}
