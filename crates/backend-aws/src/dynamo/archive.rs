//! All messages of all rooms, for an index that is made anew. It reads the whole table: an operator's command does that, and no
//! path that a member triggers.

use aws_sdk_dynamodb::types::AttributeValue;
use chat::ports::{Archive, Letter, Place, Scanned, Unavailable};
use protocol::Sequence;

use super::{
    Dynamo, Table,
    entries::entries,
    requests::{Item, Query, key, n, s},
};

/// All messages: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoArchive {
    dynamo: Dynamo,
}

impl DynamoArchive {
    /// The messages kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }

    /// Reads again what a letter is about; nothing where nothing is there any more.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn look_up(&self, letter: &Letter) -> Result<Scanned, Unavailable> {
        let what = "archive while looking up a letter";
        if letter.room.is_empty() {
            // Nobody knows where it was.
            return Ok(Scanned { entries: Vec::new(), unread: vec![letter.clone()], next: None });
        }
        let Sequence(sequence) = letter.sequence;
        let group = Query {
            what,
            table: Table::Messages,
            condition: "#room = :room AND #first <= :sequence",
            values: vec![(":room", s(letter.room.as_str())), (":sequence", n(sequence))],
            is_reverse: true,
            most: Some(1),
            only: None,
        };
        Ok(scanned(self.dynamo.query_items(group).await?, None))
    }
}

impl Archive for DynamoArchive {
    /// A step is `n` items, each of one message or some, and no more than the megabyte that DynamoDB reads at once.
    async fn scan(&self, after: Option<&Place>, n: usize) -> Result<Scanned, Unavailable> {
        let what = "archive while scanning";
        let after = match after {
            Some(place) => {
                Some(key_of(place).ok_or_else(|| Unavailable::new(what, "no place of this archive"))?)
            }
            None => None,
        };
        let (items, next) = self.dynamo.scan(what, Table::Messages, after, n).await?;
        Ok(scanned(items, next.as_ref().and_then(place)))
    }
}

fn scanned(items: impl IntoIterator<Item = Item>, next: Option<Place>) -> Scanned {
    let mut scanned = Scanned { entries: Vec::new(), unread: Vec::new(), next };
    for item in items {
        match entries(item) {
            Ok(entries) => scanned.entries.extend(entries),
            Err(malformed) => scanned.unread.push(malformed.into()),
        }
    }
    scanned
}

/// A place is a key: its number, a space, and its room, in which there may be spaces.
fn place(key: &Item) -> Option<Place> {
    match (key.get("first")?, key.get("room")?) {
        (AttributeValue::N(first), AttributeValue::S(room)) => Some(Place(format!("{first} {room}"))),
        _ => None,
    }
}

fn key_of(Place(place): &Place) -> Option<Item> {
    let (first, room) = place.split_once(' ')?;
    Some(key([("room", s(room)), ("first", n(first))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_key() {
        for (room, first) in [("lobby", "41"), ("a room by hand", "-1.5")] {
            let key = key([("room", s(room)), ("first", n(first))]);

            assert_eq!(key_of(&place(&key).unwrap()), Some(key));
        }
        assert_eq!(key_of(&Place("lobby".to_owned())), None);
    }
}
