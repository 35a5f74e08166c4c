//! Chance from a seed.

use std::time::Duration;

/// Numbers from a seed, the same ones always. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Another source, which goes its own way.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self(self.number())
    }

    /// A number less than `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    /// A place among `n`.
    pub fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(n).expect("small")).expect("smaller")
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())].clone()
    }

    /// True so often in a million times.
    pub fn is_one_in_a_million(&mut self, times: u64) -> bool {
        self.below(1_000_000) < times
    }

    /// A time of whole milliseconds, from one up to another.
    pub fn ms(&mut self, from: u64, upto: u64) -> Duration {
        Duration::from_millis(from + self.below(upto - from + 1))
    }
}
