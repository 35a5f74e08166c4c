//! Words as they are distributed in natural text: the n-th is used about 1/n as often as the first.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

/// Different words. Source: Zipf's law; English chats of a million messages have some ten thousand that are not rare.
const N_WORDS: usize = 20_000;
const SYLLABLES: [&str; 32] = [
    "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "qui", "ro", "su", "ta", "ve",
    "wi", "xo", "yu", "za", "bre", "cli", "dro", "fla", "gre", "pli", "sto", "tra", "ster", "ment", "ing",
];

/// A vocabulary, and what decides which word comes next.
pub struct Words {
    vocabulary: Vec<String>,
    /// The sum of all weights up to each word.
    sums: Vec<f64>,
    random: StdRng,
}

impl Words {
    /// The vocabulary of a seed.
    pub fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let word =
            |_| (0..random.random_range(1..=4)).map(|_| SYLLABLES[random.random_range(0..32)]).collect();
        let words: Vec<String> = (0..N_WORDS).map(word).collect();
        let weight = |rank: usize| 1.0 / f64::from(u32::try_from(rank + 1).expect("some ten thousand"));
        let sums = (0..N_WORDS).scan(0.0, |sum, rank| {
            *sum += weight(rank);
            Some(*sum)
        });
        Self { vocabulary: words, sums: sums.collect(), random: StdRng::seed_from_u64(seed + 1) }
    }

    /// The next word.
    pub fn word(&mut self) -> &str {
        let total = *self.sums.last().expect("there are words");
        let at = self.random.random_range(0.0..total);
        &self.vocabulary[self.sums.partition_point(|sum| *sum <= at)]
    }

    /// What a message says: 3 to 25 words.
    pub fn sentence(&mut self) -> String {
        let n = self.random.random_range(3..=25);
        let words: Vec<String> = (0..n).map(|_| self.word().to_owned()).collect();
        words.join(" ")
    }

    /// What somebody types who looks for something: one to three words, of the last two letters or more.
    pub fn query(&mut self) -> String {
        let n = self.random.random_range(1..=3);
        let mut words: Vec<String> = (0..n).map(|_| self.word().to_owned()).collect();
        let last = words.last_mut().expect("one at least");
        let letters = self.random.random_range(2..=last.len().max(2));
        last.truncate(letters);
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_comes_about_as_often_as_it_should() {
        let mut words = Words::of(7);
        let first = words.vocabulary[0].clone();

        let n = (0..10_000).filter(|_| *words.word() == first).count();

        assert!((800..1_200).contains(&n), "{n}"); // The harmonic number of 20,000 is 10.5.
    }
}
