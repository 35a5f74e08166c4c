//! Whatever fails in whatever order, and however a stream is cut into batches that come again: in the end the index is as the
//! table, and at no moment is anything passed over that is neither in the index nor set aside.

use std::collections::{BTreeMap, BTreeSet};

use chat::ports::{Entry, Letter};
use indexer::{Record, put_batch};
use proptest::prelude::*;
use protocol::{MessageText, RoomId, Sequence};
use tokio::runtime::Runtime;

use crate::fakes::{FakeIndex, FakeLetters, Mood, letter, text, written};

/// What is done to a table.
#[derive(Clone, Copy, Debug)]
enum Act {
    Write {
        room: usize,
        n: u64,
        poison: bool,
    },
    Revise {
        room: usize,
        nth: u64,
        deletes: bool,
    },
    Erase {
        room: usize,
    },
    /// Somebody puts in what is no group.
    Spoil,
}

/// An invocation.
#[derive(Clone, Copy, Debug)]
struct Turn {
    n_records: usize,
    index: Mood,
    n_refused: usize,
}

proptest! {
    #[test]
    fn in_the_end_the_index_is_as_the_table(
        acts in prop::collection::vec(act(), 1..30),
        turns in prop::collection::vec(turn(), 0..40),
    ) {
        let table = Table::of(&acts);
        let (index, letters) = (FakeIndex::default(), FakeLetters::default());
        let runtime = Runtime::new().unwrap();
        // After all that fails, all is well.
        let well = Turn { n_records: 3, index: Mood::Fine, n_refused: 0 };
        let (mut from, mut turns) = (0, turns.into_iter());
        while from < table.stream.len() {
            let turn = turns.next().unwrap_or(well);
            index.next(turn.index);
            letters.refuse(turn.n_refused);
            let upto = table.stream.len().min(from + turn.n_records);

            let batch: Vec<Record> = table.stream[from..upto].to_vec();
            let done = runtime.block_on(put_batch(&index, &letters, batch));

            from = done.again_from.map_or(upto, |again| from + again);
            check_passed(&table.stream[..from], &index, &letters);
        }
        let (known, kept) = (index.known(), kept(&letters));
        for (place, entry) in &table.now {
            if text(entry) == Some("poison") {
                prop_assert!(kept.iter().any(|(room, _)| *room == entry.room.to_string()));
            } else {
                prop_assert_eq!(known.get(place), Some(entry));
            }
        }
        prop_assert!(known.keys().all(|place| table.now.contains_key(place)));
    }
}

/// All that is passed over is in the index, as new or newer, or was set aside.
fn check_passed(passed: &[Record], index: &FakeIndex, letters: &FakeLetters) {
    let (known, kept) = (index.known(), kept(letters));
    for record in passed {
        let entries = match record {
            Ok(entries) => entries,
            Err(Letter { room, sequence, .. }) => {
                assert!(kept.contains(&(room.clone(), *sequence)), "{record:?} was lost");
                continue;
            }
        };
        for entry in entries {
            let known = known.get(&(entry.room.clone(), entry.sequence));
            let is_in = known.is_some_and(|known| known.revision >= entry.revision);
            let is_set_aside = text(entry) == Some("poison")
                && entries.iter().any(|it| kept.contains(&(it.room.to_string(), it.sequence)));
            assert!(is_in || is_set_aside, "{entry:?} was lost");
        }
    }
}

fn kept(letters: &FakeLetters) -> BTreeSet<(String, Sequence)> {
    letters.kept().into_iter().map(|letter| (letter.room, letter.sequence)).collect()
}

/// A table as it is now, and all that its stream told.
#[derive(Default)]
struct Table {
    /// Groups, each of its messages; of an erased room they say nothing.
    rooms: [Vec<Vec<Entry>>; 2],
    erased: [bool; 2],
    n_changes: u64,
    stream: Vec<Record>,
    now: BTreeMap<(RoomId, Sequence), Entry>,
}

impl Table {
    fn of(acts: &[Act]) -> Self {
        let mut table = Self::default();
        for act in acts {
            table.apply(*act);
        }
        for entry in table.rooms.iter().flatten().flatten() {
            table.now.insert((entry.room.clone(), entry.sequence), entry.clone());
        }
        table
    }

    fn apply(&mut self, act: Act) {
        match act {
            Act::Write { room, n, poison } if !self.erased[room] => {
                let head = self.rooms[room].iter().map(|group| group.len() as u64).sum::<u64>();
                let wording = if poison { "poison" } else { "fine" };
                let group = (1..=n).map(|n| Entry { room: id(room), ..written(head + n, wording) });
                let group: Vec<Entry> = group.collect();
                self.stream.push(Ok(group.clone()));
                self.rooms[room].push(group);
            }
            Act::Revise { room, nth, deletes } if !self.erased[room] => {
                let n_messages = self.rooms[room].iter().map(|group| group.len() as u64).sum::<u64>();
                let Some(at) = nth.checked_rem(n_messages) else { return };
                self.n_changes += 1;
                let is_of = |group: &&mut Vec<Entry>| group.iter().any(|it| it.sequence.0 == at + 1);
                let group = self.rooms[room].iter_mut().find(is_of).unwrap();
                let entry = group.iter_mut().find(|it| it.sequence.0 == at + 1).unwrap();
                entry.revision = Sequence(self.n_changes);
                match (&mut entry.said, deletes) {
                    (said, true) => *said = None,
                    (Some(said), false) => said.text = MessageText::parse("edited").unwrap(),
                    (None, false) => {}
                }
                self.stream.push(Ok(group.clone()));
            }
            Act::Erase { room } if !self.erased[room] => {
                self.erased[room] = true;
                for group in &mut self.rooms[room] {
                    for entry in group.iter_mut() {
                        *entry = Entry::erased(&id(room), entry.sequence);
                    }
                    self.stream.push(Ok(group.clone()));
                }
            }
            Act::Spoil => self.stream.push(Err(letter(1_000 + self.stream.len() as u64))),
            _ => {}
        }
    }
}

fn id(room: usize) -> RoomId {
    RoomId::parse(["attic", "cellar"][room]).unwrap()
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..2_usize, 1..4_u64, prop::bool::weighted(0.2))
            .prop_map(|(room, n, poison)| Act::Write { room, n, poison }),
        3 => (0..2_usize, 0..50_u64, any::<bool>())
            .prop_map(|(room, nth, deletes)| Act::Revise { room, nth, deletes }),
        1 => (0..2_usize).prop_map(|room| Act::Erase { room }),
        1 => Just(Act::Spoil),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let mood = prop_oneof![
        1 => Just(Mood::Fine),
        1 => (0..5_usize).prop_map(Mood::AwayAfter),
        2 => any::<u64>().prop_map(Mood::Busy),
        2 => (0..10_u32).prop_map(|bit| Mood::Busy(1 << bit)),
    ];
    let n_refused = prop_oneof![3 => Just(0_usize), 1 => 1..3_usize];
    (1..6_usize, mood, n_refused).prop_map(|(n_records, index, n_refused)| Turn {
        n_records,
        index,
        n_refused,
    })
}
