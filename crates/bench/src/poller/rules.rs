//! What Lambda does with a shard's records: in order, a batch at a time, and what failed again.
//!
//! Source: AWS Lambda's developer guide, "Using Lambda with DynamoDB Streams" and "Configuring partial batch response".

use std::{collections::VecDeque, fmt};

/// How an event source mapping is set up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    /// Records that a function gets at once.
    pub(super) batch_max: usize,
    /// A batch of one record is tried again so often, and then given up.
    pub(super) retries_max: u32,
}

/// What a function made of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// All of it is done, but for the records of these sequence numbers.
    Done(Vec<String>),
    /// It failed, or took too long.
    Failed,
}

/// What stands in a stream.
pub(super) trait Numbered: fmt::Debug {
    fn number(&self) -> &str;
}

/// The records of a shard that a function has not done, in order.
pub(super) struct Shard<R> {
    rules: Rules,
    waiting: VecDeque<Batch<R>>,
}

struct Batch<R> {
    records: Vec<R>,
    n_retries: u32,
}

impl<R: Numbered> Shard<R> {
    pub(super) fn new(rules: Rules) -> Self {
        Self { rules, waiting: VecDeque::new() }
    }

    /// Takes what was read next.
    pub(super) fn take(&mut self, records: Vec<R>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let records = records.by_ref().take(self.rules.batch_max).collect();
            self.waiting.push_back(Batch { records, n_retries: 0 });
        }
    }

    /// What the function is to get next.
    pub(super) fn next(&self) -> Option<&[R]> {
        self.waiting.front().map(|batch| batch.records.as_slice())
    }

    /// Takes what the function made of that; gives what is not tried again.
    pub(super) fn answered(&mut self, answer: &Answer) -> Vec<R> {
        let Some(mut batch) = self.waiting.pop_front() else { return Vec::new() };
        match (batch.begin_of_failed(answer), batch.records.len()) {
            (Some(n), len) if n == len => {}
            // The lowest is the checkpoint: what comes after it comes again, done or not.
            (Some(n), _) if n > 0 => {
                let records = batch.records.split_off(n);
                self.waiting.push_front(Batch { records, n_retries: 0 });
            }
            // To cut a batch in two is no retry.
            (None, len) if len > 1 => {
                let records = batch.records.split_off(len / 2);
                self.waiting.push_front(Batch { records, n_retries: batch.n_retries });
                self.waiting.push_front(batch);
            }
            _ if batch.n_retries >= self.rules.retries_max => return batch.records,
            _ => {
                batch.n_retries += 1;
                self.waiting.push_front(batch);
            }
        }
        Vec::new()
    }
}

impl<R: Numbered> Batch<R> {
    /// The first record that is not done, behind the last where all are; none where the whole failed. So it has, too, where
    /// a number is none of its own.
    fn begin_of_failed(&self, answer: &Answer) -> Option<usize> {
        let Answer::Done(but) = answer else { return None };
        let places = but.iter().map(|number| self.records.iter().position(|it| it.number() == number));
        let places = places.collect::<Option<Vec<usize>>>()?;
        Some(places.into_iter().min().unwrap_or(self.records.len()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RULES: Rules = Rules { batch_max: 4, retries_max: 3 };

    impl Numbered for String {
        fn number(&self) -> &str {
            self
        }
    }

    #[test]
    fn what_is_done_is_not_given_again() {
        let mut shard = shard(6);
        assert_eq!(shard.next().unwrap(), ["0", "1", "2", "3"]);
        shard.answered(&done_but(&[]));
        assert_eq!(shard.next().unwrap(), ["4", "5"]);
        shard.answered(&done_but(&[]));
        assert_eq!(shard.next(), None);
    }

    #[test]
    fn all_comes_again_from_the_lowest_that_is_reported() {
        let mut shard = shard(4);
        shard.answered(&done_but(&["3", "1"]));
        assert_eq!(shard.next().unwrap(), ["1", "2", "3"]);
    }

    #[test]
    fn a_batch_that_failed_is_cut_in_two() {
        let mut shard = shard(4);
        shard.answered(&Answer::Failed);
        assert_eq!(shard.next().unwrap(), ["0", "1"]);
        shard.answered(&done_but(&[]));
        assert_eq!(shard.next().unwrap(), ["2", "3"]);
        shard.answered(&done_but(&["9"]));
        assert_eq!(shard.next().unwrap(), ["2"], "a number that is none of it fails all of it");
    }

    #[test]
    fn one_record_is_tried_again_so_often_and_then_given_up() {
        let mut shard = shard(2);
        shard.answered(&Answer::Failed);
        for _ in 0..RULES.retries_max {
            assert_eq!(shard.answered(&Answer::Failed), [""; 0]);
            assert_eq!(shard.next().unwrap(), ["0"]);
        }
        assert_eq!(shard.answered(&Answer::Failed), ["0"]);
        assert_eq!(shard.next().unwrap(), ["1"]);
    }

    proptest! {
        /// Whatever a function answers, each record is done or given up before any after it is, and none is left out.
        #[test]
        fn nothing_is_left_out_or_overtaken(n in 0_usize..30, answers: Vec<Option<(u8, u8)>>) {
            let mut shard = shard(n);
            let mut answers = answers.into_iter();
            let mut n_passed = 0;
            while let Some(batch) = shard.next().map(<[_]>::to_vec) {
                prop_assert_eq!(batch[0].parse::<usize>().unwrap(), n_passed);
                let answer = match answers.next() {
                    None => Answer::Done(Vec::new()),
                    Some(None) => Answer::Failed,
                    Some(Some((n, m))) => {
                        let reported = [n, m].map(|it| batch[usize::from(it) % batch.len()].clone());
                        Answer::Done(reported.to_vec())
                    }
                };
                let given_up = shard.answered(&answer).len();
                let next = shard.next().map_or(n, |batch| batch[0].parse().unwrap());
                prop_assert!(answer != Answer::Failed || next == n_passed + given_up);
                n_passed = next;
            }
            prop_assert_eq!(n_passed, n);
        }
    }

    fn shard(n: usize) -> Shard<String> {
        let mut shard = Shard::new(RULES);
        shard.take((0..n).map(|n| n.to_string()).collect());
        shard
    }

    fn done_but(numbers: &[&str]) -> Answer {
        Answer::Done(numbers.iter().map(ToString::to_string).collect())
    }
}
