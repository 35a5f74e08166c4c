//! What of a hit's text is marked and shown.

use std::ops::Range;

use super::{
    criteria::{Clause, Criteria},
    letters::is_edge,
    tokens::{Token, tokens},
};

/// A part of a text that is too long to be shown whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The part.
    pub text: String,
    /// What is marked in it.
    pub ranges: Vec<Range<usize>>,
    /// Whether more comes before it.
    pub cut_before: bool,
    /// Whether more comes after it.
    pub cut_after: bool,
}

/// What to mark in a text, in scalars: sorted, with something between any two.
///
/// Words are marked whole, also where only their beginning is looked for, and phrases with what stands between their
/// words. Of a script without spaces just what is looked for is marked.
pub fn highlights(criteria: &Criteria, text: &str) -> Vec<Range<usize>> {
    let chars: Vec<char> = text.chars().collect();
    let tokens = tokens(text);
    let mut found: Vec<Range<usize>> = Vec::new();
    for clause in &criteria.all {
        for place in clause.places(&tokens) {
            let start = tokens[place.start].range.start;
            let end = end(clause, &tokens[place.end - 1..], &chars);
            found.push(whole(&chars, start..end));
        }
    }
    found.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// At most `max` scalars of a text, around the first of the ranges to mark; cut between words where one ends near
/// enough, and else between letters or pictures, where they are shorter than half of it.
pub fn excerpt(text: &str, ranges: &[Range<usize>], max: usize) -> Excerpt {
    let chars: Vec<char> = text.chars().collect();
    let part = part(&chars, ranges.first().map_or(0, |first| first.start), max);
    let ranges = ranges.iter().map(|range| {
        let [start, end] = [range.start, range.end].map(|at| at.clamp(part.start, part.end) - part.start);
        start..end
    });
    Excerpt {
        text: chars[part.clone()].iter().collect(),
        ranges: ranges.filter(|range| !range.is_empty()).collect(),
        cut_before: part.start > 0,
        cut_after: part.end < chars.len(),
    }
}

/// Where a clause ends that ends with the first of these tokens.
fn end(clause: &Clause, tokens: &[Token], chars: &[char]) -> usize {
    let token = &tokens[0];
    // Of two letters of a script without spaces the next token begins with the second.
    let first = tokens.get(1).map(|next| token.range.start..next.range.start);
    match (clause.begun(), first) {
        (Some(begun), Some(first)) if first.end < token.range.end => {
            let letter: String = chars[first.clone()].iter().collect();
            let is_enough =
                super::tokens(&letter).first().is_some_and(|letter| letter.word.starts_with(begun));
            if is_enough { first.end } else { token.range.end }
        }
        _ => token.range.end,
    }
}

/// A range with the whole of the letters or pictures that it cuts.
fn whole(chars: &[char], range: Range<usize>) -> Range<usize> {
    let start = (0..=range.start).rev().find(|at| is_edge(chars, *at));
    let end = (range.end..=chars.len()).find(|at| is_edge(chars, *at));
    start.unwrap_or(0)..end.unwrap_or(chars.len())
}

/// Where to cut: a third of the part stands before `first`, if there is as much.
fn part(chars: &[char], first: usize, max: usize) -> Range<usize> {
    if chars.len() <= max {
        return 0..chars.len();
    }
    let start = first.saturating_sub(max / 3).min(chars.len() - max);
    let end = start + max;
    let first = first.clamp(start, end);
    let is_letter_edge = |at: &usize| is_edge(chars, *at);
    let is_word_start = |at: &usize| *at == 0 || chars[*at - 1].is_whitespace();
    let is_word_end = |at: &usize| *at == chars.len() || chars[*at].is_whitespace();

    let before = start..=first;
    let begin = before.clone().find(is_word_start).or_else(|| before.clone().find(is_letter_edge));
    let after = (first + 1..=end).rev();
    let stop = after.clone().take(max / 3).find(is_word_end).or_else(|| after.clone().find(is_letter_edge));
    begin.unwrap_or(start)..stop.unwrap_or(end)
}
