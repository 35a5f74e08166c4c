//! Nobody ever finds what they may not read, and everybody all that they may: tried at random, against a model that knows
//! nothing of how it is done.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::ready,
};

use futures::{StreamExt as _, stream};
use protocol::{Message, Sequence};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use crate::{engine::Engine, is_full, world::World};

/// Printed, so that a failing case can be repeated.
const SEED: u64 = 20_261_126;
/// Searches in one history, and what happens between two of them.
const SEARCHES: usize = 50;
const HAPPENS: usize = 3;
/// Histories that unfold side by side.
const AT_ONCE: usize = 2;

const PEOPLE: [&str; 3] = ["ada", "bo", "cy"];
const ROOMS: [&str; 4] = ["lobby", "cellar", "attic", "p--vault"];
/// Words that are their own stems, none of which begins another but for two.
const WORDS: [&str; 6] = ["tea", "teapot", "rust", "moon", "fish", "zinc"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_sqlite_nobody_finds_what_they_may_not_read_and_everybody_what_they_may() {
    let n_searches = if is_full() { 100_000 } else { 10_000 };
    println!("result: in SQLite {}", unfold_all(n_searches, || ready(Engine::Sqlite)).await);
}

#[cfg(feature = "aws")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_opensearch_nobody_finds_what_they_may_not_read_and_everybody_what_they_may() {
    let n_searches = if is_full() { 10_000 } else { 500 };
    println!("result: in OpenSearch {}", unfold_all(n_searches, Engine::opensearch).await);
}

/// Lets histories happen until there were so many searches, each history with an index of its own. What came of it.
async fn unfold_all<F>(n_searches: usize, begin: fn() -> F) -> String
where
    F: Future<Output = Engine> + Send + 'static,
{
    let (mut n_hits, mut n_exact) = (0, 0);
    let histories = (0..n_searches / SEARCHES).map(|at| tokio::spawn(unfold(SEED + at as u64, begin)));
    let mut unfolding = stream::iter(histories).buffer_unordered(AT_ONCE);
    while let Some(unfolded) = unfolding.next().await {
        let (hits, exact) = unfolded.unwrap();
        n_hits += hits;
        n_exact += exact;
    }
    format!(
        "{n_searches} random searches, seed {SEED}, {n_hits} hits, {n_exact} searches with an index that had caught up: \
         leaks: 0, missed: 0"
    )
}

/// Lets a history happen: how many hits there were, and how many searches with an index that had caught up.
async fn unfold<F: Future<Output = Engine>>(seed: u64, begin: fn() -> F) -> (usize, usize) {
    let mut history = History::begin(StdRng::seed_from_u64(seed), begin().await).await;
    let (mut n_hits, mut n_exact) = (0, 0);
    for at in 0..SEARCHES {
        for _ in 0..HAPPENS {
            history.happen().await;
        }
        let (hits, is_exact) = history.search(&format!("seed {seed}, search {at}")).await;
        n_hits += hits;
        n_exact += usize::from(is_exact);
    }
    history.engine.end().await;
    (n_hits, n_exact)
}

/// What somebody wrote.
struct Written {
    room: usize,
    message: Message,
    words: Option<Vec<&'static str>>,
}

struct History {
    random: StdRng,
    engine: Engine,
    world: World,
    written: BTreeMap<(usize, Sequence), Written>,
    inside: BTreeSet<(usize, usize)>,
    /// What the index has not been given yet.
    pending: Vec<(usize, Sequence)>,
}

impl History {
    async fn begin(random: StdRng, engine: Engine) -> Self {
        let world = World::unlimited(engine.backend()).await;
        world.make_room("attic", false).await;
        world.make_room("p--vault", true).await;
        let inside = [(0, 0), (0, 1), (1, 0), (1, 1)].into(); // As the world begins.
        Self { random, engine, world, written: BTreeMap::new(), inside, pending: Vec::new() }
    }

    async fn happen(&mut self) {
        let (who, room) =
            (self.random.random_range(0..PEOPLE.len()), self.random.random_range(0..ROOMS.len()));
        match self.random.random_range(0..100) {
            0..10 => {
                if self.inside.insert((who, room)) {
                    self.world.enter(PEOPLE[who], ROOMS[room]).await;
                }
            }
            10..18 => {
                if self.inside.remove(&(who, room)) {
                    self.world.remove(PEOPLE[who], ROOMS[room]).await;
                }
            }
            18..30 => self.revise(true).await,
            30..40 => self.revise(false).await,
            40..60 => self.catch_up().await,
            _ => {
                let words = self.words();
                let message = self.world.write(PEOPLE[who], ROOMS[room], &words.join(" ")).await;
                self.pending.push((room, message.sequence));
                let key = (room, message.sequence);
                self.written.insert(key, Written { room, message, words: Some(words) });
            }
        }
    }

    /// Edits or deletes something that was not revised yet; its author must be inside.
    async fn revise(&mut self, is_edit: bool) {
        let inside = &self.inside;
        let may = |written: &&mut Written| {
            let author = PEOPLE.iter().position(|name| *name == written.message.author.as_str()).unwrap();
            written.message.revision == Sequence::ZERO && inside.contains(&(author, written.room))
        };
        let words = words(&mut self.random);
        let mut open: Vec<&mut Written> = self.written.values_mut().filter(may).collect();
        if open.is_empty() {
            return;
        }
        let at = self.random.random_range(0..open.len());
        let written = open.swap_remove(at);
        let text = is_edit.then(|| words.join(" "));
        self.world.revise(ROOMS[written.room], &written.message, text.as_deref()).await;
        written.words = is_edit.then_some(words);
        let key = (written.room, written.message.sequence);
        written.message = self.world.read(ROOMS[key.0], key.1).await;
        self.pending.push(key);
    }

    /// The index gets what it has not, as it is now.
    async fn catch_up(&mut self) {
        for (room, sequence) in std::mem::take(&mut self.pending) {
            self.world.index(ROOMS[room], &self.written[&(room, sequence)].message).await;
        }
        self.engine.show().await;
    }

    /// Searches, and compares. How many hits there were, and whether they were exactly those that must be.
    async fn search(&mut self, case: &str) -> (usize, bool) {
        let who = self.random.random_range(0..PEOPLE.len());
        let asked = Asked::at_random(&mut self.random);
        let by = *["best", "newest"].choose(&mut self.random).unwrap();
        let expected: BTreeMap<(&str, u64), String> = self
            .written
            .values()
            .filter(|written| self.may_read(who, written.room) && asked.matches(written))
            .map(|it| ((ROOMS[it.room], it.message.sequence.0), it.words.as_ref().unwrap().join(" ")))
            .collect();
        let found = self.world.all_hits(PEOPLE[who], &asked.query(), by).await;
        let what = || format!("{case}: {} asks {:?} by {by}", PEOPLE[who], asked.query());
        let n_found = found.len();
        let found: BTreeMap<(&str, u64), String> =
            found.iter().map(|hit| ((hit.room.as_str(), hit.sequence.0), hit.text.clone())).collect();
        assert_eq!(found.len(), n_found, "{}: a hit came twice", what());
        for (place, text) in &found {
            assert_eq!(expected.get(place), Some(text), "{}: a leak at {place:?}", what());
        }
        let is_exact = self.pending.is_empty();
        assert!(!is_exact || found.len() == expected.len(), "{}: missed some of {expected:?}", what());
        (n_found, is_exact)
    }

    fn may_read(&self, who: usize, room: usize) -> bool {
        let is_private = matches!(ROOMS[room], "cellar" | "p--vault");
        !is_private || self.inside.contains(&(who, room))
    }

    fn words(&mut self) -> Vec<&'static str> {
        words(&mut self.random)
    }
}

/// What is asked for, as a list of conditions that all must be met.
struct Asked(Vec<Condition>);

enum Condition {
    Word(&'static str),
    NotWord(&'static str),
    Phrase([&'static str; 2]),
    From(usize),
    NotFrom(usize),
    In(usize),
    NotIn(usize),
    /// The last one.
    Beginning(&'static str),
}

impl Asked {
    fn at_random(random: &mut StdRng) -> Self {
        let word = |random: &mut StdRng| *WORDS.choose(random).unwrap();
        let (n_people, n_rooms) = (PEOPLE.len(), ROOMS.len());
        let n = random.random_range(1..=3);
        let mut conditions: Vec<Condition> = (0..n)
            .map(|_| match random.random_range(0..100) {
                0..45 => Condition::Word(word(random)),
                45..55 => Condition::NotWord(word(random)),
                55..70 => Condition::Phrase([word(random), word(random)]),
                70..78 => Condition::From(random.random_range(0..n_people)),
                78..84 => Condition::NotFrom(random.random_range(0..n_people)),
                84..92 => Condition::In(random.random_range(0..n_rooms)),
                _ => Condition::NotIn(random.random_range(0..n_rooms)),
            })
            .collect();
        if random.random_bool(0.3) {
            let length = random.random_range(2..=3);
            conditions.push(Condition::Beginning(&word(random)[..length]));
        }
        Self(conditions)
    }

    fn query(&self) -> String {
        let terms = self.0.iter().map(|condition| match condition {
            Condition::Word(word) => format!("{word} "),
            Condition::NotWord(word) => format!("-{word} "),
            Condition::Phrase([one, other]) => format!("\"{one} {other}\" "),
            Condition::From(who) => format!("from:{} ", PEOPLE[*who]),
            Condition::NotFrom(who) => format!("-from:{} ", PEOPLE[*who]),
            Condition::In(room) => format!("in:{} ", ROOMS[*room]),
            Condition::NotIn(room) => format!("-in:{} ", ROOMS[*room]),
            Condition::Beginning(beginning) => (*beginning).to_owned(),
        });
        terms.collect()
    }

    fn matches(&self, written: &Written) -> bool {
        let Some(words) = &written.words else { return false };
        let author = written.message.author.as_str();
        let asks = self.0.iter().any(|condition| {
            !matches!(condition, Condition::NotWord(_) | Condition::NotFrom(_) | Condition::NotIn(_))
        });
        // Of several authors or rooms one is enough.
        let any_of = |wanted: Vec<bool>| wanted.is_empty() || wanted.contains(&true);
        let from = self.0.iter().filter_map(|condition| match condition {
            Condition::From(who) => Some(PEOPLE[*who] == author),
            _ => None,
        });
        let inside = self.0.iter().filter_map(|condition| match condition {
            Condition::In(room) => Some(*room == written.room),
            _ => None,
        });
        let rest = self.0.iter().all(|condition| match condition {
            Condition::Word(word) => words.contains(word),
            Condition::NotWord(word) => !words.contains(word),
            Condition::Phrase(phrase) => words.windows(2).any(|pair| pair == phrase),
            Condition::NotFrom(who) => PEOPLE[*who] != author,
            Condition::NotIn(room) => *room != written.room,
            Condition::Beginning(beginning) => words.iter().any(|word| word.starts_with(beginning)),
            Condition::From(_) | Condition::In(_) => true,
        });
        asks && any_of(from.collect()) && any_of(inside.collect()) && rest
    }
}

fn words(random: &mut StdRng) -> Vec<&'static str> {
    (0..random.random_range(1..=4)).map(|_| *WORDS.choose(random).unwrap()).collect()
}
