//! Chance from a seed, so that a run can be repeated.

use std::time::Duration;

use protocol::Nonce;

/// A source of random numbers, good enough for waiting times and names; never for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn from_seed(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (`SplitMix64`).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A time from nothing to `most`.
    pub(crate) fn up_to(&mut self, most: Duration) -> Duration {
        let most_ms = u64::try_from(most.as_millis()).expect("waiting times are short");
        Duration::from_millis(self.next() % (most_ms + 1))
    }

    /// A name for a draft: 128 bits in hexadecimal.
    pub(crate) fn nonce(&mut self) -> Nonce {
        let text = format!("{:016x}{:016x}", self.next(), self.next());
        Nonce::parse(&text).expect("32 hexadecimal digits")
    }
}
