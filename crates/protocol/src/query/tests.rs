//! What is made of any input.

use proptest::{prelude::*, sample::Index};

use super::*;

#[test]
fn words_are_looked_for_and_the_last_is_only_begun() {
    check("rust deploy", &[], &[word("rust"), begun("deploy")]);
    check("rust deploy ", &[], &[word("deploy"), word("rust")]);
    check("", &[], &[]);
    check(" \t\n", &[], &[]);
}

#[test]
fn a_word_is_what_stands_between_spaces() {
    check("C++ wi-fi 3.14 ", &[], &[word("3.14"), word("C++"), word("wi-fi")]);
    check("東京\u{3000}大阪", &[], &[word("東京"), begun("大阪")]);
    check("a\u{0}b\u{7F}c", &[], &[word("a"), word("b"), begun("c")]);
}

#[test]
fn words_in_quotes_stand_one_after_another() {
    check("\"good  morning\"", &[], &[phrase("good morning")]);
    check("“good morning”", &[], &[phrase("good morning")]);
    check("say\"good morning\"all ", &[], &[word("all"), word("say"), phrase("good morning")]);
    check("\"\" \" \"", &[], &[]);
}

#[test]
fn a_phrase_without_its_end_goes_to_the_end_of_the_input() {
    check("\"good mor", &[], &[Term::BegunPhrase("good mor".into())]);
    check("\"good morning ", &[], &[phrase("good morning")]);
    check("5\" screen", &[], &[word("5"), Term::BegunPhrase("screen".into())]);
    check("\"", &[], &[]);
}

#[test]
fn what_has_a_minus_before_it_must_not_be() {
    check("-draft", &[word("draft")], &[]);
    check("-\"good mor", &[phrase("good mor")], &[]);
    check(
        "-from:ada -in:general -has:link -on:2026 x ",
        &[from("ada"), room("general"), Term::On(period("2026")), Term::HasLink],
        &[word("x")],
    );
}

#[test]
fn a_minus_alone_or_doubled_is_none() {
    check("a - b ", &[], &[word("a"), word("b")]);
    check("--release -", &[], &[word("--release")]);
    check("well-known ", &[], &[word("well-known")]);
}

#[test]
fn operators_make_conditions() {
    check("from:ada", &[], &[from("ada")]);
    check("FROM:Ada in:general", &[], &[from("Ada"), room("general")]);
    check("from:\"Ada  L\" in:“the lobby", &[], &[from("Ada L"), room("the lobby")]);
    check("from:ada\"a b\"", &[], &[phrase("a b"), from("ada")]);
    check("from:ada from:bo", &[], &[from("ada"), from("bo")]);
    check("Has:LINK", &[], &[Term::HasLink]);
    check(
        "before:2026-11-01 after:2026-3 on:2026",
        &[],
        &[Term::Before(period("2026-11-01")), Term::After(period("2026-03")), Term::On(period("2026"))],
    );
}

#[test]
fn an_operator_without_a_valid_value_is_words() {
    check("before:yesterday ", &[], &[word("before:yesterday")]);
    check("on:2026-02-30 ", &[], &[word("on:2026-02-30")]);
    check("from: ", &[], &[word("from:")]);
    check("from:", &[], &[begun("from:")]);
    check("from:\"\" ", &[], &[word("from:")]);
    check("foo:bar has:cats ", &[], &[word("foo:bar"), word("has:cats")]);
    check("before:\"the end\"", &[], &[word("before:"), phrase("the end")]);
    check("\"from:ada\"", &[], &[phrase("from:ada")]);
}

#[test]
fn a_query_is_written_in_one_way() {
    let written = |input: &str| Query::parse(input).to_string();

    assert_eq!(
        written("  Has:link \"a  b\" FROM:“Ada L” -x  deploy"),
        "-x \"a b\" from:\"Ada L\" has:link deploy"
    );
    assert_eq!(written("b a "), "a b ");
    assert_eq!(written("b a"), "b a");
    assert_eq!(written("x \"a b"), "x \"a b");
    assert_eq!(written("on:2026-3-1 x "), "x on:2026-03-01");
}

#[test]
fn an_input_is_read_up_to_its_limit() {
    let long = "é".repeat(limits::QUERY_MAX + 1);
    check(&long, &[], &[begun(&"é".repeat(limits::QUERY_MAX))]);

    let many: Vec<String> = (0..100).map(|n| format!("w{n:03}")).collect();
    let query = Query::parse(&many.join(" "));
    assert_eq!(query.wanted, many[..limits::QUERY_TERMS_MAX].iter().map(|w| word(w)).collect::<Vec<_>>());
}

#[test]
fn a_normal_form_is_within_the_limit_of_inputs() {
    let words = "a".repeat(limits::QUERY_MAX - 7);
    let query = Query::parse(&format!("\"{words}\"\"b\"c"));

    assert_eq!(query.wanted, [phrase(&words), phrase("b")], "there is no place for a space before `c`");
}

#[test]
fn dates_bound_the_times_of_a_message() {
    let times = |input: &str| Query::parse(input).times(0);
    let day = period("2026-11-26").times(0);

    assert_eq!(times("ada"), Timestamp(0)..END);
    assert_eq!(times("before:2026-11-26"), Timestamp(0)..day.start);
    assert_eq!(times("after:2026-11-26"), day.end..END);
    assert_eq!(times("on:2026-11-26"), day);
    assert_eq!(times("on:2026-11 on:2026 after:2026-11-25 before:2026-11-27"), day);
    assert!(times("before:2026 after:2026").is_empty());
    assert_eq!(times("-on:2026-11-26"), Timestamp(0)..END, "what is unwanted is not within one range");
}

#[test]
fn the_example_of_an_operator_is_one() {
    for operator in Operator::ALL {
        let example = operator.example();
        let query = Query::parse(example);

        assert_eq!(query.to_string(), example);
        assert!(!matches!(query.wanted[..], [Term::Word(_) | Term::BegunWord(_)]), "{example}");
    }
}

#[test]
fn a_value_is_typed_as_it_is_read_or_not_at_all() {
    for name in ["Ada", "Ada L", "-x", "in:x", "O'Neil", "東京"] {
        check(&Operator::From.with(name).unwrap(), &[], &[from(name)]);
    }
    for name in ["the \"den\"", "d”Arc"] {
        assert_eq!(Operator::In.with(name), None);
    }
}

/// Inputs that have much of what matters.
fn inputs() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        4 => "[-:\"“ a-c]{0,4}",
        2 => "-?(from|IN|before|after|on|has|foo):\"?",
        1 => "20[0-9]{2}(-[01]?[0-9]){0,2}",
        1 => "link",
        1 => "\\PC{0,3}",
        1 => "[\\x00-\\x20\u{85}\u{A0}\u{3000}]",
    ];
    prop::collection::vec(parts, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_input_is_a_query_within_the_limits(input in prop_oneof![inputs(), ".{0,600}"]) {
        let query = Query::parse(&input);
        let written = query.to_string();

        prop_assert!(query.wanted.len() + query.unwanted.len() <= limits::QUERY_TERMS_MAX);
        prop_assert!(written.chars().count() <= limits::QUERY_MAX);
        prop_assert_eq!(&Query::parse(&written), &query);
        prop_assert!(query.unwanted.iter().all(|term| !matches!(term, Term::BegunWord(_) | Term::BegunPhrase(_))));
    }

    #[test]
    fn neither_order_nor_spaces_change_a_query(
        terms in Just(vec![
            "a", "b", "\"a b\"", "from:ada", "from:\"a b\"", "in:x", "-c", "-\"c d\"", "-on:2026", "has:link", "on:x", "a",
        ]).prop_shuffle(),
        spaces in prop::collection::vec(prop_oneof![" ", "  ", "\t", "\u{3000} "], 12),
    ) {
        let input: String = terms.iter().zip(&spaces).flat_map(|(term, space)| [*term, space]).collect();

        prop_assert_eq!(
            Query::parse(&input).to_string(),
            "-c -\"c d\" -on:2026 a b on:x \"a b\" from:\"a b\" from:ada in:x has:link"
        );
    }

    #[test]
    fn what_is_typed_anywhere_can_be_replaced(input in inputs(), at in any::<Index>()) {
        let cursor = at.index(input.len() + 1);
        if let Some(typing) = typing(&input, cursor) {
            prop_assert!(typing.range.contains(&cursor) || typing.range.end == cursor);
            let replaced = format!("{}from:\"Ada L\"{}", &input[..typing.range.start], &input[typing.range.end..]);
            let expected = from("Ada L");
            let query = Query::parse(&replaced);
            let n_terms = query.wanted.len() + query.unwanted.len();
            prop_assert!(
                n_terms == limits::QUERY_TERMS_MAX || query.wanted.contains(&expected) || query.unwanted.contains(&expected)
            );
        }
    }
}

#[track_caller]
fn check(input: &str, unwanted: &[Term], wanted: &[Term]) {
    let query = Query::parse(input);
    assert_eq!(query, Query { wanted: wanted.to_vec(), unwanted: unwanted.to_vec() });
    assert_eq!(Query::parse(&query.to_string()), query, "{query}");
}

fn word(text: &str) -> Term {
    Term::Word(text.to_owned())
}

fn begun(text: &str) -> Term {
    Term::BegunWord(text.to_owned())
}

fn phrase(text: &str) -> Term {
    Term::Phrase(text.to_owned())
}

fn from(name: &str) -> Term {
    Term::From(name.to_owned())
}

fn room(name: &str) -> Term {
    Term::In(name.to_owned())
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}
