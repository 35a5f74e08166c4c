//! The one tokenizer: of what is indexed, what is looked for and what is marked.

use std::{mem, ops::Range};

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization as _;

use super::letters::{Kind, fold, is_half_a_flag, joins};

/// Longest token, in scalars: longer ones are cut, in what is indexed and what is looked for alike.
pub const TOKEN_MAX: usize = 64;

/// A word of a text, as it is indexed. Tokens hold small letters and digits of ASCII, and what is not ASCII but no
/// space either: joined by spaces, `SQLite`'s `ascii` tokenizer and an analyzer of white space give them back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Without case, accents and apostrophes.
    pub word: String,
    /// What English words of one stem share; of others the word.
    pub stem: String,
    /// Where it stands in the text, in scalars, with what belongs to its last letter.
    pub range: Range<usize>,
}

/// The words of a text. A token's place in the list is its position, so that phrases are words one after another.
///
/// - A word is a run of letters, digits and marks; apostrophes in it count as nothing.
/// - Where a script puts no spaces between words, each two letters that follow on each other are a token, and the last
///   letter is one by itself. So what begins with a letter is found wherever that stands: 京 in 東京都 by 京都, 都 by 都.
/// - A picture is a token.
pub fn tokens(text: &str) -> Vec<Token> {
    runs(text).iter().flat_map(Run::tokens).collect()
}

/// The tokens that a text must have, one after another, to have this in it; and whether the last may go on in any case:
/// a single letter of a script without spaces stands for all that begins with it.
pub(super) fn sought(text: &str) -> (Vec<Token>, bool) {
    let runs = runs(text);
    let mut tokens: Vec<Token> = runs.iter().flat_map(Run::tokens).collect();
    let n_last = match runs.last() {
        Some(last) if last.kind == Kind::Unspaced => last.letters.len(),
        _ => 0,
    };
    if n_last > 1 {
        // The text may go on after it.
        tokens.pop();
    }
    (tokens, n_last == 1)
}

/// Letters that nothing separates: a word, a picture, or a line of a script without spaces.
struct Run {
    kind: Kind,
    /// One, but in a script without spaces.
    letters: Vec<Letter>,
}

/// A letter with its marks; of a script with spaces, a word, with its apostrophes as `'`.
struct Letter {
    text: String,
    range: Range<usize>,
}

impl Run {
    fn tokens(&self) -> impl Iterator<Item = Token> {
        let pairs = self.letters.windows(2).map(|pair| {
            let text = [pair[0].text.as_str(), &pair[1].text].concat();
            token(&text, pair[0].range.start..pair[1].range.end)
        });
        let last = self.letters.last().map(|last| token(&last.text, last.range.clone()));
        pairs.chain(last)
    }
}

impl Letter {
    fn is_half_a_flag(&self) -> bool {
        let mut chars = self.text.chars();
        chars.next().is_some_and(is_half_a_flag) && chars.next().is_none()
    }
}

fn token(text: &str, range: Range<usize>) -> Token {
    let text: String = text.chars().take(TOKEN_MAX).collect();
    let is_english = text.bytes().all(|b| b.is_ascii_lowercase() || b == b'\'');
    let without_apostrophes = |text: &str| text.replace('\'', "");
    let word = without_apostrophes(&text);
    let stem = match is_english {
        // With its apostrophe, by which a stem is known: of "Bo's" it is "bo".
        true => without_apostrophes(&Stemmer::new(Algorithm::English).stem(&text)),
        false => word.clone(),
    };
    Token { word, stem, range }
}

fn runs(text: &str) -> Vec<Run> {
    let mut cutter = Cutter::default();
    for (at, c) in text.chars().enumerate() {
        fold(c, |letter| cutter.take(letter, at));
    }
    cutter.end();
    cutter.runs
}

#[derive(Default)]
struct Cutter {
    runs: Vec<Run>,
    /// Those of a run that has not ended.
    letters: Vec<Letter>,
    kind: Option<Kind>,
    /// Whether an apostrophe came last.
    apostrophe: bool,
}

impl Cutter {
    fn take(&mut self, c: char, at: usize) {
        match Kind::of(c) {
            Kind::Nothing => {
                if let Some(last) = self.letters.last_mut() {
                    last.range.end = at + 1;
                }
            }
            Kind::Apostrophe if self.kind == Some(Kind::Spaced) && !self.apostrophe => self.apostrophe = true,
            Kind::Apostrophe | Kind::Gap => self.end(),
            kind => self.put(kind, c, at),
        }
    }

    fn put(&mut self, kind: Kind, c: char, at: usize) {
        let goes_on = self.kind == Some(kind);
        let joins = goes_on
            && match self.letters.last() {
                Some(last) if kind == Kind::Picture => last.is_half_a_flag() && is_half_a_flag(c),
                _ => kind == Kind::Spaced || joins(c),
            };
        if !goes_on || (kind == Kind::Picture && !joins) {
            self.end();
        }
        self.kind = Some(kind);
        match self.letters.last_mut() {
            Some(last) if joins => {
                if mem::take(&mut self.apostrophe) {
                    last.text.push('\'');
                }
                last.text.push(c);
                last.range.end = at + 1;
            }
            _ => self.letters.push(Letter { text: c.into(), range: at..at + 1 }),
        }
    }

    fn end(&mut self) {
        self.apostrophe = false;
        let Some(kind) = self.kind.take() else { return };
        let mut letters = mem::take(&mut self.letters);
        for letter in letters.iter_mut().filter(|letter| !letter.text.is_ascii()) {
            letter.text = letter.text.nfc().collect();
        }
        self.runs.push(Run { kind, letters });
    }
}

#[cfg(test)]
#[expect(clippy::single_range_in_vec_init, reason = "one place is a list, too")]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_accents_and_apostrophes() {
        check_words("Don't STOP, Élan-vital!", &["dont", "stop", "elan", "vital"]);
        check_words("''quoted'' dogs' 'n' a''b", &["quoted", "dogs", "n", "a", "b"]);
        check_words("a\u{AD}b c\u{200B}d", &["ab", "c", "d"]);
        check_words("ﷺ", &["صلي", "الله", "عليه", "وسلم"]);
        check_words("½ m²", &["1", "2", "m2"]);
    }

    #[test]
    fn letters_without_spaces_come_in_pairs_and_the_last_by_itself() {
        check_words("東京都 に", &["東京", "京都", "都", "に"]);
        check_words("ท์ที่", &["ท์ที่", "ที่"]);
        check_words("한국", &["한국", "국"]);
        check_words("ok東京v2", &["ok", "東京", "京", "v2"]);
        check_words("東'京", &["東", "京"]);
        check_words("요ㅠㅠ", &["요ㅠ", "ㅠㅠ", "ㅠ"]);
    }

    #[test]
    fn pictures_are_words() {
        check_words("no👍🏽👩‍💻 🇸🇪🇳🇴 ❤️→", &["no", "👍", "👩", "💻", "🇸🇪", "🇳🇴", "❤"]);
    }

    #[test]
    fn english_words_have_stems() {
        let stems = |text: &str| tokens(text).into_iter().map(|token| token.stem).collect::<Vec<_>>();

        // An index holds them: if this changes, every index must be built anew.
        assert_eq!(
            stems("running deployments generously skies dying dogs' news Bo's don't v2s läuft"),
            ["run", "deploy", "generous", "sky", "die", "dog", "news", "bo", "dont", "v2s", "lauft"]
        );
    }

    #[test]
    fn a_token_says_where_it_stands_with_all_that_belongs_to_it() {
        let ranges = |text: &str| tokens(text).into_iter().map(|token| token.range).collect::<Vec<_>>();

        assert_eq!(ranges("hé, e\u{301}té"), [0..2, 4..8]);
        assert_eq!(ranges("東京都"), [0..2, 1..3, 2..3]);
        assert_eq!(ranges("ok 👍🏽!"), [0..2, 3..5]);
        assert_eq!(ranges("ﬁx"), [0..2]);
        assert_eq!(ranges("½"), [0..1, 0..1]);
    }

    #[test]
    fn a_long_word_is_cut() {
        let long = "x".repeat(TOKEN_MAX);
        check_words(&format!("{long}yz"), &[&long]);
    }

    #[track_caller]
    fn check_words(text: &str, expected: &[&str]) {
        let tokens = tokens(text);
        assert_eq!(tokens.iter().map(|token| token.word.as_str()).collect::<Vec<_>>(), expected);
    }
}
