//! What is looked for, and what is found: without an index, and exactly.
//!
//! [`tokens()`] is the one tokenizer. [`Criteria`] say what a query means, so that [`Criteria::matches`] is the
//! specification of every index, and [`examples()`] are cases that each must get right. [`Criteria::weight`] is for an index
//! that has no measure of its own. [`highlights()`] and [`excerpt()`] make what a hit shows.

mod criteria;
mod examples;
mod highlights;
mod letters;
mod tokens;
mod weight;

pub use criteria::{Clause, Criteria, has_link};
pub use examples::{Example, examples};
pub use highlights::{Excerpt, excerpt, highlights};
pub use tokens::{TOKEN_MAX, Token, tokens};

#[cfg(test)]
mod tests;
