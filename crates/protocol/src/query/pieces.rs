//! Takes an input apart where spaces and quotes do.

use super::Operator;

/// What stands between two spaces or quotes of an input, not judged yet.
pub(super) struct Piece<'a> {
    /// Where it begins, in bytes of the input, after its `-`.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether a `-` stands before it.
    pub(super) negated: bool,
    /// What stands before any quote.
    pub(super) bare: &'a str,
    /// What stands in quotes, if anything does.
    pub(super) quoted: Option<&'a str>,
    /// The operator that it begins with.
    pub(super) operator: Option<Operator>,
    /// What stands after its colon, without quotes, if there is an operator.
    pub(super) value: &'a str,
    /// Whether nothing follows it, not even a space.
    pub(super) begun: bool,
}

/// The pieces of an input, in order.
pub(super) fn pieces(input: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let piece = next(input, at)?;
        at = piece.end;
        Some(piece)
    })
}

/// White space or a control character.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Phones make straight quotes curly, and keyboards of East Asia wide.
pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '＂')
}

fn next(input: &str, at: usize) -> Option<Piece<'_>> {
    let rest = input[at..].trim_start_matches(is_space);
    if rest.is_empty() {
        return None;
    }
    // `--release` is a word.
    let (negated, rest) = match rest.strip_prefix('-') {
        Some(negated) if !negated.starts_with('-') => (true, negated),
        _ => (false, rest),
    };
    let start = input.len() - rest.len();

    let ends = |c| is_space(c) || is_quote(c);
    let bare = upto(rest, ends);
    let (operator, value) = match bare.split_once(':') {
        Some((name, value)) => (Operator::named(name), value),
        None => (None, ""),
    };
    let takes_quotes = bare.is_empty() || (operator.is_some() && value.is_empty());
    let after = &rest[bare.len()..];
    let (quoted, left) = match after.strip_prefix(is_quote) {
        Some(inside) if takes_quotes => {
            let quoted = upto(inside, is_quote);
            let left = &inside[quoted.len()..];
            (Some(quoted), left.strip_prefix(is_quote).unwrap_or(left))
        }
        _ => (None, after),
    };
    Some(Piece {
        start,
        end: input.len() - left.len(),
        negated,
        bare,
        quoted,
        operator,
        value: quoted.unwrap_or(value),
        begun: left.is_empty() && !rest.ends_with(ends),
    })
}

/// A text up to the first character that ends it.
fn upto(text: &str, ends: impl Fn(char) -> bool) -> &str {
    &text[..text.find(ends).unwrap_or(text.len())]
}
