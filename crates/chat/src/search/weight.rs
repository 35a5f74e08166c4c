//! How well a text fits what was asked for.

use std::ops::Range;

use super::{criteria::Criteria, tokens::tokens};

/// How soon saying a word once more adds little, and how much a longer text counts less. Source: Robertson and Zaragoza,
/// "The Probabilistic Relevance Framework: BM25 and Beyond"; Lucene and `SQLite` have the same.
const K1: f64 = 1.2;
const B: f64 = 0.75;
/// A message of usual length, in words: a line or two.
const USUAL_LENGTH: f64 = 12.0;
/// What two words are worth that stand beside each other as they were asked for: as a word that is said twice as often as
/// can be.
const TOGETHER: f64 = K1 + 1.0;

impl Criteria {
    /// How well a text fits that is a hit: the more the better. By BM25, but for how rare a word is: every hit has all words,
    /// and to count who else has them would take longer than finding them. So a weight does not change as messages come.
    pub fn weight(&self, text: &str) -> f64 {
        let tokens = tokens(text);
        let places: Vec<Vec<Range<usize>>> =
            self.all.iter().map(|clause| clause.places(&tokens).collect()).collect();
        let said: f64 = places.iter().map(|places| often(places.len(), tokens.len())).sum();
        let n_together = places.windows(2).filter(|pair| are_together(&pair[0], &pair[1])).count();
        said + TOGETHER * float(n_together)
    }
}

/// What it is worth that something is said so often in a text of so many words.
fn often(n: usize, length: usize) -> f64 {
    let n = float(n);
    n * (K1 + 1.0) / (n + K1 * (1.0 - B + B * float(length) / USUAL_LENGTH))
}

fn are_together(one: &[Range<usize>], next: &[Range<usize>]) -> bool {
    one.iter().any(|one| next.iter().any(|next| next.start == one.end))
}

fn float(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use protocol::query::Query;

    use super::*;

    #[test]
    fn what_says_it_more_often_or_says_little_else_fits_better() {
        check_order(
            "rust",
            &["rust rust rust", "rust and rust", "rust", "rust and a good deal else, at length"],
        );
        check_order("rus", &["rust rusty", "the rust", "the old rust"]);
        check_order("deploying", &["deploys, deployed", "deploy it"]);
    }

    #[test]
    fn words_that_stand_together_as_they_were_asked_for_fit_better() {
        check_order(
            "data loss",
            &["after that we saw a data loss, on two of the nodes", "loss data", "loss of data"],
        );
        check_order(
            "no \"data loss\" yet",
            &["no data loss yet", "data loss, yet: no", "yet: a data loss no"],
        );
    }

    #[test]
    fn what_asks_nothing_of_a_text_weighs_nothing() {
        assert!(criteria("from:ada").weight("whatever").abs() < f64::EPSILON);
        assert!(criteria("x").weight("").abs() < f64::EPSILON);
    }

    /// The best first.
    #[track_caller]
    fn check_order(query: &str, texts: &[&str]) {
        let criteria = criteria(query);
        let weights: Vec<f64> = texts.iter().map(|text| criteria.weight(text)).collect();
        assert!(weights.windows(2).all(|pair| pair[0] > pair[1]), "{query}: {weights:?}");
    }

    fn criteria(query: &str) -> Criteria {
        Criteria::of(&Query::parse(query), 0, |_| None, |_| Vec::new())
    }
}
