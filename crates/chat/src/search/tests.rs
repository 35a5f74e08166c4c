//! What is found, and what of it is marked and shown.

#![expect(clippy::single_range_in_vec_init, reason = "one mark is a list, too")]

use proptest::{prelude::*, sample::select};
use protocol::{
    MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp,
    query::{Query, Term},
};

use super::*;

#[test]
fn the_examples_are_found_and_missed() {
    for Example { query, found, missed } in examples() {
        let criteria = criteria(query);
        for text in found {
            assert!(is_hit(&criteria, text), "{query:?} finds {text:?}: {:?}", tokens(text));
        }
        for text in missed {
            assert!(!is_hit(&criteria, text), "{query:?} misses {text:?}: {:?}", tokens(text));
        }
    }
}

#[test]
fn a_long_word_is_cut_in_text_and_query_alike() {
    let long = "x".repeat(TOKEN_MAX);

    assert!(is_hit(&criteria(&format!("{long}abc ")), &format!("{long}yz")));
    assert_eq!(highlights(&criteria(&long), &format!("{long}yz")), [0..TOKEN_MAX + 2]);
}

#[test]
fn conditions_are_of_author_room_and_time() {
    // Written by `ada` in `general` on 2026-11-26 at noon, UTC.
    check_conditions("from:Ada", true);
    check_conditions("from:bo", false);
    check_conditions("from:bo from:Ada deploy", true);
    check_conditions("from:nobody", false);
    check_conditions("from:nobody from:Ada", true);
    check_conditions("deploy -from:Ada", false);
    check_conditions("deploy -from:bo -from:nobody", true);
    check_conditions("-from:bo", false);

    check_conditions("in:general", true);
    check_conditions("in:lobby", false);
    check_conditions("deploy -in:general", false);
    check_conditions("deploy -in:lobby", true);

    check_conditions("on:2026-11-26", true);
    check_conditions("before:2026-11-26", false);
    check_conditions("after:2026-11-26", false);
    check_conditions("after:2026-10 before:2027", true);
    check_conditions("before:2026-11-01 after:2026-11", false);
    check_conditions("deploy -on:2026-11-26", false);
    check_conditions("deploy -on:2026-11-25", true);
    check_conditions("-on:2026-11-25", false);

    check_conditions("from:Ada in:general on:2026 deploy -has:link", true);
    check_conditions("from:Ada in:general on:2026 sleep", false);
    check_conditions("from:Ada ???", true);
}

#[test]
fn dates_are_by_the_clock_of_who_asks() {
    let on = Query::parse("on:2026-11-27");
    let at = |offset| Criteria::of(&on, offset, member, rooms).matches(&room("general"), &noon());

    assert!(!at(0));
    assert!(!at(11 * 60 + 59));
    assert!(at(12 * 60));
}

#[test]
fn a_deleted_message_is_never_found() {
    let deleted = Message { text: None, ..noon() };
    assert!(!criteria("from:Ada").matches(&room("general"), &deleted));
}

#[test]
fn what_can_match_nothing_is_known_beforehand() {
    for query in [
        "",
        "-a",
        "???",
        "from:nobody",
        "in:nowhere a",
        "before:2026 after:2026",
        "has:link -has:link",
        "before:1066",
    ] {
        assert!(criteria(query).match_nothing(), "{query}");
    }
    for query in ["a", "from:Ada", "in:lobby", "on:2026", "has:link", "a -a"] {
        assert!(!criteria(query).match_nothing(), "{query}");
    }
}

#[test]
fn a_link_leads_to_the_web_or_to_a_mailbox() {
    for text in [
        "see https://example.org/a?b=c, or so",
        "HTTP://EXAMPLE.ORG",
        "mailto:ada@example.org",
        "to ada@example.org.",
    ] {
        assert!(has_link(text), "{text}");
    }
    for text in [
        "javascript://example.org/%0aalert(1)",
        "ftp://example.org",
        "file:///etc/passwd",
        "example.org",
        "plain",
    ] {
        assert!(!has_link(text), "{text}");
    }
}

#[test]
fn whole_words_and_phrases_are_marked() {
    check_marks("deploy ", "We [deploy] two [deployments].");
    check_marks("dep", "We [deploy], redeploy");
    check_marks("\"good mor", "A [good, morning]! Good day");
    check_marks("wi-fi ", "the [Wi-Fi] is wi");
    check_marks("cafe ", "[Cafe\u{301}]!");
    check_marks("a b ", "[b] [a] -c");
    check_marks("\"a good morning\" good ", "[a good morning]");
    check_marks("a -b c ", "[a] b d");
    check_marks("from:ada", "from ada");
}

#[test]
fn of_scripts_without_spaces_just_what_is_looked_for_is_marked() {
    check_marks("東京 ", "[東京]都と京都");
    check_marks("東京都 ", "[東京都]と京都");
    check_marks("京", "東[京]都と[京]都と東[京]");
    check_marks("\"大阪 東", "大阪[大阪、東]京");
    check_marks("สวัส", "[สวัส]ดี");
    check_marks("ส ", "[ส]วั[ส]ดี");
    check_marks("ガ ", "[カ\u{3099}]ス");
}

#[test]
fn a_picture_is_marked_whole() {
    check_marks("👍 ", "ok [👍🏽]!");
    check_marks("💻 ", "a [👩‍💻] b");
    check_marks("❤", "[❤️]");
    check_marks("🇺🇸 ", "🇪🇺[🇺🇸]🇪🇺");
}

#[test]
fn an_excerpt_is_cut_between_words_around_the_first_mark() {
    let text = "one two three four five six seven eight nine ten";
    let mark = 24..27; // six

    let part = excerpt(text, &[mark, 45..48], 24);

    assert_eq!(part.text, "five six seven eight");
    assert_eq!(part.ranges, [5..8]);
    assert!(part.cut_before && part.cut_after);
}

#[test]
fn a_text_that_fits_is_its_own_excerpt() {
    let part = excerpt("short text", &[0..5, 6..10], 10);
    assert_eq!(
        part,
        Excerpt { text: "short text".into(), ranges: vec![0..5, 6..10], cut_before: false, cut_after: false }
    );
}

#[test]
fn an_excerpt_never_cuts_a_letter_or_a_picture() {
    let text = "e\u{301}".repeat(40) + &"👩‍💻".repeat(40) + &"🇸🇪".repeat(20);
    let letters = (0..80).step_by(2).chain((80..200).step_by(3)).chain((200..240).step_by(2));
    for (max, at) in (6..100).flat_map(|max| letters.clone().map(move |at| (max, at))) {
        let part = excerpt(&text, &[at..at + 2], max).text;

        assert!(!part.starts_with(['\u{301}', '\u{200D}', '💻', '🇪']), "{part}");
        assert!(!part.ends_with(['e', '\u{200D}', '👩', '🇸']), "{part}");
    }
}

#[test]
fn the_first_mark_is_in_the_excerpt_however_short() {
    for max in 1..9 {
        assert_ne!(excerpt("deploy👩‍💻", &[6..9], max).ranges, [], "{max}");
        assert_ne!(excerpt("deploy 👩‍💻 soon", &[7..10], max).ranges, [], "{max}");
    }
}

/// Texts of many scripts, in which words come again.
fn texts() -> impl Strategy<Value = String> {
    let words = vec![
        "deploy",
        "Deployments",
        "dep",
        "don't",
        "Straße",
        "wi-fi",
        "3.14",
        "Οδός",
        "Ёлка",
        "سَلام",
        "שָׁלוֹם",
        "हिन्दी",
        "東京都",
        "京",
        "ｶﾞｽ",
        "食べる",
        "안녕하세요",
        "สวัสดี",
        "น้ำ",
        "👍🏽",
        "👩‍💻",
        "🇸🇪",
        "️",
        "\u{301}",
        "\u{200D}",
        "'",
        "“",
        "½",
    ];
    let parts = prop_oneof![
        5 => select(words).prop_map(str::to_owned),
        3 => "[ ,.\n-]",
        1 => "\\PC{1,4}",
        1 => any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(parts, 0..12).prop_map(|parts| parts.concat())
}

/// What one types to find a text, or not: a part of it, and something else.
fn queries(text: &str) -> impl Strategy<Value = String> + use<> {
    let chars: Vec<char> = text.chars().collect();
    let part = (0..=chars.len(), 0..8_usize)
        .prop_map(move |(start, len)| chars[start..chars.len().min(start + len)].iter().collect::<String>());
    let other = prop_oneof![4 => Just(String::new()), 1 => texts()];
    (select(vec!["", "\"", " "]), part, select(vec!["", "\" ", " "]), other)
        .prop_map(|(a, b, c, d)| a.to_owned() + &b + c + &d)
}

proptest! {
    #[test]
    fn every_word_of_a_text_finds_it(text in texts()) {
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        for word in words.filter(|word| !tokens(word).is_empty()) {
            for term in [Term::Word, Term::BegunWord, Term::Phrase, Term::BegunPhrase] {
                let query = Query { wanted: vec![term(word.to_owned())], unwanted: vec![] };
                prop_assert!(is_hit(&of(&query), &text), "{:?} in {:?}", word, tokens(&text));
            }
        }
    }

    #[test]
    fn every_beginning_of_a_word_finds_it(text in "[a-zé東京สวัดี ]{1,12}", n in 1..12_usize) {
        for word in text.split(' ') {
            let beginning: String = word.chars().take(n).collect();
            let whole = beginning.chars().count() == n;
            if whole && !tokens(&beginning).is_empty() {
                prop_assert!(is_hit(&criteria(&beginning), &text), "{:?}", beginning);
            }
        }
    }

    #[test]
    fn what_is_found_is_marked((text, query) in texts().prop_flat_map(|text| (Just(text.clone()), queries(&text)))) {
        let criteria = criteria(&query);
        let marks = highlights(&criteria, &text);
        let chars: Vec<char> = text.chars().collect();

        if is_hit(&criteria, &text) && !criteria.all.is_empty() {
            prop_assert!(!marks.is_empty());
        }
        prop_assert!(marks.iter().all(|mark| mark.start < mark.end && mark.end <= chars.len()));
        prop_assert!(marks.windows(2).all(|two| two[0].end < two[1].start));
        for mark in marks {
            let part: String = chars[mark].iter().collect();
            let of_part = tokens(&part);
            prop_assert!(criteria.all.iter().any(|clause| clause.is_in(&of_part)), "{:?} of {:?} for {:?}", part, text, criteria.all);
        }
    }

    #[test]
    fn tokens_are_in_order_and_of_one_way_of_writing(text in texts()) {
        let n_scalars = text.chars().count();
        let tokens = tokens(&text);
        let joined = |part: fn(&Token) -> &str| tokens.iter().map(part).collect::<Vec<_>>().join(" ");

        for token in &tokens {
            prop_assert!(token.range.start < token.range.end && token.range.end <= n_scalars);
            for part in [&token.word, &token.stem] {
                let lone = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || !c.is_ascii() && !c.is_whitespace();
                prop_assert!(!part.is_empty() && part.chars().count() <= TOKEN_MAX && part.chars().all(lone), "{:?}", part);
            }
            let again = super::tokens(&token.word);
            prop_assert_eq!(&again[0].word, &token.word, "folding it again changes nothing");
        }
        prop_assert!(tokens.windows(2).all(|two| two[0].range.start <= two[1].range.start));
        prop_assert_eq!(joined(|token| &token.word).split(' ').filter(|word| !word.is_empty()).count(), tokens.len());
    }

    #[test]
    fn an_excerpt_is_a_part_with_its_marks(text in texts(), query in texts(), max in 1..40_usize) {
        let marks = highlights(&criteria(&query), &text);
        let part = excerpt(&text, &marks, max);
        let marked = |text: &str, marks: &[std::ops::Range<usize>]| -> Vec<String> {
            let chars: Vec<char> = text.chars().collect();
            marks.iter().map(|mark| chars[mark.clone()].iter().collect()).collect()
        };

        prop_assert!(text.contains(&part.text) && part.text.chars().count() <= max);
        prop_assert_eq!(part.cut_before || part.cut_after, part.text != text);
        let of_text = marked(&text, &marks).concat();
        prop_assert!(of_text.contains(&marked(&part.text, &part.ranges).concat()));
        prop_assert!(marks.is_empty() || !part.ranges.is_empty(), "the first mark is in it");
    }
}

#[track_caller]
fn check_conditions(query: &str, found: bool) {
    assert_eq!(criteria(query).matches(&room("general"), &noon()), found, "{query}");
}

/// `expected` is the text with `[` and `]` around what is marked.
#[track_caller]
fn check_marks(query: &str, expected: &str) {
    let text = expected.replace(['[', ']'], "");
    let mut marked: Vec<String> = text.chars().map(String::from).collect();
    for mark in highlights(&criteria(query), &text) {
        marked[mark.start].insert(0, '[');
        marked[mark.end - 1].push(']');
    }
    assert_eq!(marked.concat(), expected);
}

fn criteria(query: &str) -> Criteria {
    of(&Query::parse(query))
}

fn of(query: &Query) -> Criteria {
    Criteria::of(query, 0, member, rooms)
}

fn member(name: &str) -> Option<MemberId> {
    ["Ada", "bo"].contains(&name).then(|| MemberId::parse(&name.to_lowercase()).unwrap())
}

fn rooms(name: &str) -> Vec<RoomId> {
    ["general", "lobby"].into_iter().filter(|known| *known == name).map(room).collect()
}

fn is_hit(criteria: &Criteria, text: &str) -> bool {
    let Ok(text) = MessageText::parse(text) else { return false };
    criteria.matches(&room("general"), &Message { text: Some(text), ..noon() })
}

fn noon() -> Message {
    Message {
        sequence: Sequence(1),
        author: MemberId::parse("ada").unwrap(),
        nonce: Nonce::parse("n").unwrap(),
        at: Timestamp(1_795_694_400_000),
        text: Some(MessageText::parse("we deploy").unwrap()),
        revision: Sequence::ZERO,
        revised: None,
    }
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}
