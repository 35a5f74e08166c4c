//! How many tests passed and failed, by their own account.

use std::fmt::{Display, Formatter, Result as FmtResult};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// How many passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// One that passed.
    pub(crate) const SUCCESS: Self = Self { passed: 1, failed: 0 };
    /// One that failed.
    pub(crate) const FAILURE: Self = Self { passed: 0, failed: 1 };

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }

    /// One more failure, when a program failed without a test that did: it did not compile, or crashed.
    pub(crate) fn of_program(self, succeeded: bool) -> Self {
        if succeeded || self.failed > 0 { self } else { self.and(Self::FAILURE) }
    }

    /// What a line of `cargo test` adds.
    pub(crate) fn of_line(line: &str) -> Self {
        let Some(counts) = line.strip_prefix("test result: ") else { return Self::default() };
        let count = |what: &str| {
            let before = counts.split_once(what)?.0;
            before.rsplit(' ').next()?.parse().ok()
        };
        Self { passed: count(" passed").unwrap_or(0), failed: count(" failed").unwrap_or(0) }
    }

    /// What Playwright's JSON report counts. A test that passed only when repeated has failed.
    ///
    /// # Errors
    /// When it is no such report.
    pub(crate) fn of_playwright(report: &str) -> Result<Self> {
        let report: Value = serde_json::from_str(report)?;
        let count =
            |it: &str| report["stats"][it].as_u64().with_context(|| format!("the report has no {it}"));
        let errors = report["errors"].as_array().map_or(0, Vec::len);
        let failed = count("unexpected")? + count("flaky")? + u64::try_from(errors)?;
        Ok(Self { passed: count("expected")?, failed })
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_of_each_test_binary_counts() {
        let line = "test result: FAILED. 12 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.05s";

        assert_eq!(Tally::of_line(line), Tally { passed: 12, failed: 1 });
        assert_eq!(Tally::of_line("test a_room_is_empty ... ok"), Tally::default());
    }

    #[test]
    fn what_does_not_compile_has_failed() {
        assert_eq!(Tally::default().of_program(false), Tally::FAILURE);
        assert_eq!(Tally { passed: 3, failed: 2 }.of_program(false), Tally { passed: 3, failed: 2 });
        assert_eq!(Tally::SUCCESS.of_program(true), Tally::SUCCESS);
    }

    #[test]
    fn playwrights_flaky_tests_have_failed() {
        let report = r#"{"errors":[],"stats":{"expected":7,"skipped":0,"unexpected":1,"flaky":1}}"#;

        assert_eq!(Tally::of_playwright(report).unwrap(), Tally { passed: 7, failed: 2 });
        assert!(Tally::of_playwright("{}").is_err());
    }

    #[test]
    fn it_is_told_as_ci_reads_it() {
        assert_eq!(Tally { passed: 41, failed: 0 }.to_string(), "41 passed, 0 failed");
    }
}
