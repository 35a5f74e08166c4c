//! The words before a colon that make a condition of a query.

use super::{Period, Term, pieces::is_quote};

/// A word that makes a condition of what follows its colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `from:name`
    From,
    /// `in:room`
    In,
    /// `before:2026-11-01`
    Before,
    /// `after:2026-11`
    After,
    /// `on:2026`
    On,
    /// `has:link`
    Has,
}

/// The one thing that a message can have so far.
pub(super) const LINK: &str = "link";

impl Operator {
    /// All of them, in the order in which a page offers them.
    pub const ALL: [Self; 6] = [Self::From, Self::In, Self::Before, Self::After, Self::On, Self::Has];

    /// What stands before the colon.
    pub const fn name(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Before => "before",
            Self::After => "after",
            Self::On => "on",
            Self::Has => "has",
        }
    }

    /// What it asks of a message.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::From => "who wrote it",
            Self::In => "the room it is in",
            Self::Before => "earlier than a day, month or year",
            Self::After => "later than a day, month or year",
            Self::On => "on a day, or in a month or year",
            Self::Has => "with a link in it",
        }
    }

    /// How one looks with its value.
    pub const fn example(self) -> &'static str {
        match self {
            Self::From => "from:ada",
            Self::In => "in:general",
            Self::Before => "before:2026-11-01",
            Self::After => "after:2026-11",
            Self::On => "on:2026",
            Self::Has => "has:link",
        }
    }

    /// Itself with a value, as it is typed; none for a value that cannot be, since it has a quote in it.
    pub fn with(self, value: &str) -> Option<String> {
        if value.contains(is_quote) {
            return None;
        }
        let quote = if value.contains(' ') { "\"" } else { "" };
        Some(format!("{}:{quote}{value}{quote}", self.name()))
    }

    /// The operator of this name, in any case.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name().eq_ignore_ascii_case(name))
    }

    /// What this makes of a value, if that is valid.
    pub(super) fn term(self, value: &str) -> Option<Term> {
        match self {
            Self::From | Self::In if value.is_empty() => None,
            Self::From => Some(Term::From(value.to_owned())),
            Self::In => Some(Term::In(value.to_owned())),
            Self::Before => Period::parse(value).map(Term::Before),
            Self::After => Period::parse(value).map(Term::After),
            Self::On => Period::parse(value).map(Term::On),
            Self::Has => value.eq_ignore_ascii_case(LINK).then_some(Term::HasLink),
        }
    }
}
