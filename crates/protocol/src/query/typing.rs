//! What is being typed into a query, for suggestions.

use std::ops::Range;

use super::{
    Operator,
    pieces::{is_quote, pieces},
};
use crate::unicode::folded;

/// What is being typed where the cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing<'a> {
    /// The operator whose value it is. None for a word, which may yet become an operator's name.
    pub operator: Option<Operator>,
    /// The beginning of the value or the word, up to the cursor.
    pub begun: &'a str,
    /// What a suggestion replaces, in bytes of the input: the operator with its value, or the word, without a `-`
    /// before it. A [`Term`](super::Term), written out, can stand there.
    pub range: Range<usize>,
}

impl Typing<'_> {
    /// Whether a name, or a later word of it, begins with what was typed, in any case.
    pub fn begins(&self, name: &str) -> bool {
        let [name, begun] = [name, self.begun].map(|text| format!(" {}", folded(text)));
        name.contains(&begun)
    }
}

/// What is being typed at `cursor`, in bytes of the input (browsers count in UTF-16), if it is a word or a value.
pub fn typing(input: &str, cursor: usize) -> Option<Typing<'_>> {
    let piece = pieces(input).find(|piece| (piece.start..=piece.end).contains(&cursor))?;
    let from = match piece.operator {
        Some(operator) => piece.start + operator.name().len() + 1,
        None if piece.bare.is_empty() => return None,
        None => piece.start,
    };
    let begun = input.get(from..cursor)?.trim_matches(is_quote);
    Some(Typing { operator: piece.operator, begun, range: piece.start..piece.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input has `|` where the cursor stands.
    #[track_caller]
    fn check(input: &str, expected: Option<(Option<Operator>, &str, &str)>) {
        let cursor = input.find('|').unwrap();
        let input = input.replace('|', "");
        let found = typing(&input, cursor);
        let found = found.map(|typing| (typing.operator, typing.begun, &input[typing.range]));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_value_is_typed_after_its_operator() {
        check("from:|", Some((Some(Operator::From), "", "from:")));
        check("hi from:ad|", Some((Some(Operator::From), "ad", "from:ad")));
        check("FROM:a|da there", Some((Some(Operator::From), "a", "FROM:ada")));
        check("-in:gen| hi", Some((Some(Operator::In), "gen", "in:gen")));
        check("before:20|", Some((Some(Operator::Before), "20", "before:20")));
    }

    #[test]
    fn a_value_may_be_in_quotes() {
        check("from:\"Ada L|", Some((Some(Operator::From), "Ada L", "from:\"Ada L")));
        check("from:\"Ada| L\" hi", Some((Some(Operator::From), "Ada", "from:\"Ada L\"")));
        check("from:“Ada L”|", Some((Some(Operator::From), "Ada L", "from:“Ada L”")));
    }

    #[test]
    fn a_word_may_become_an_operator() {
        check("hi fr|", Some((None, "fr", "fr")));
        check("-fr|", Some((None, "fr", "fr")));
        check("Été|", Some((None, "Été", "Été")));
    }

    #[test]
    fn any_word_of_a_name_may_be_begun_in_any_case() {
        let begins = |begun: &str, name: &str| {
            let input = format!("from:\"{begun}");
            typing(&input, input.len()).unwrap().begins(name)
        };

        assert!(begins("", "Ada Lovelace"));
        assert!(begins("aDA L", "Ada Lovelace"));
        assert!(begins("love", "Ada Lovelace"));
        assert!(begins("é", "Été"));
        assert!(!begins("da", "Ada Lovelace"));
        assert!(!begins("Ada Lovelace K", "Ada Lovelace"));
    }

    #[test]
    fn nothing_is_suggested_elsewhere() {
        check("|", None);
        check("hi |", None);
        check("\"from:ad|\"", None);
        check("\"from:ad|", None);
        check("fr|om:ada", None);
        assert_eq!(typing("é", 1), None, "inside a character");
        assert_eq!(typing("hi", 9), None);
    }
}
