//! What each character is to a search: how it is folded, and what it joins or ends.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// What a folded character is to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A letter, digit or mark of a script that puts something between words.
    Spaced,
    /// One of a script that does not, or only after several words.
    Unspaced,
    /// A picture, which is a word by itself.
    Picture,
    /// Between two letters it is as if it were not there.
    Apostrophe,
    /// As if it were not there: an accent, a skin tone, what nobody sees.
    Nothing,
    /// Anything else: it ends a word.
    Gap,
}

impl Kind {
    pub(super) fn of(c: char) -> Self {
        match c {
            'a'..='z' | '0'..='9' => Self::Spaced,
            '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '׳' | '״' => Self::Apostrophe,
            _ if c.is_ascii() => Self::Gap,
            _ if is_accent(c) || is_unseen(c) => Self::Nothing,
            _ if is_picture(c) => Self::Picture,
            _ if !c.is_alphanumeric() && !is_combining_mark(c) => Self::Gap,
            _ if is_unspaced(c) => Self::Unspaced,
            _ => Self::Spaced,
        }
    }
}

/// Gives `put` what counts of a character: without case, accents as characters of their own, one way of writing what
/// looks alike.
pub(super) fn fold(c: char, mut put: impl FnMut(char)) {
    // Letters of Korean written singly (ㅋㅋ, ㅠㅠ) stay so: taken apart they would join the syllable before them.
    if c.is_ascii() || matches!(c, '\u{3131}'..='\u{318E}') {
        put(c.to_ascii_lowercase());
        return;
    }
    decompose_compatible(c, |part| {
        for small in part.to_lowercase() {
            match plain(small) {
                "" => put(small),
                plain => plain.chars().for_each(&mut put),
            }
        }
    });
}

/// Whether it belongs to the letter before it: a mark, or what a Korean syllable has after its first consonant.
pub(super) fn joins(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{1160}'..='\u{11FF}' | '\u{D7B0}'..='\u{D7FF}')
}

/// Whether it is half a flag.
pub(super) fn is_half_a_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Whether one letter or picture ends and another begins before `chars[at]`, of a text as it was written. Not all of
/// Unicode's rules on grapheme clusters (UAX 29), but those that are met in chats.
pub(super) fn is_edge(chars: &[char], at: usize) -> bool {
    let (before, after) = chars.split_at(at);
    let (Some(last), Some(next)) = (before.last(), after.first()) else { return true };
    let half_flags = before.iter().rev().take_while(|c| is_half_a_flag(**c));
    let in_a_flag = is_half_a_flag(*next) && half_flags.count() % 2 == 1;
    !joins(*next) && !is_unseen(*next) && *last != ZERO_WIDTH_JOINER && !in_a_flag
}

const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// What a letter is that Unicode does not take apart, but readers do; else nothing. Sources: for Latin, Lucene's
/// `ASCIIFoldingFilter`; for Arabic and Persian, which share letters that differ in code or at a word's end, its
/// `ArabicNormalizer` and `PersianNormalizer`.
fn plain(c: char) -> &'static str {
    match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        'ø' | 'ɔ' => "o",
        'ł' => "l",
        'đ' | 'ð' | 'ɖ' | 'ɗ' => "d",
        'ı' => "i",
        'ħ' => "h",
        'ŋ' => "n",
        'ŧ' => "t",
        'ə' => "a",
        'ɛ' => "e",
        'ɓ' => "b",
        'ς' => "σ",
        'ى' | 'ی' => "ي",
        'ک' => "ك",
        'ة' => "ه",
        _ => "",
    }
}

/// A mark that a reader may leave out: accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic
/// and the stroke that stretches its words. Vowel signs of India's scripts and the voicing of kana make another word, and stay.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
        | '\u{FE20}'..='\u{FE2F}' | '\u{0483}'..='\u{0489}'
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}' | '\u{05C2}' | '\u{05C4}' | '\u{05C5}' | '\u{05C7}'
        | '\u{0610}'..='\u{061A}' | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E4}' | '\u{06E7}' | '\u{06E8}' | '\u{06EA}'..='\u{06ED}' | '\u{08CA}'..='\u{08E1}'
        | '\u{08E3}'..='\u{08FF}')
}

/// What changes how its neighbours look, and is not seen itself: joiners, directions, soft hyphens, variation
/// selectors, skin tones, tags. A space of no width is not among them: it does end a word.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180B}'..='\u{180F}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
        | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Emoji and their like, by blocks. Arrows are not, which stand between words as dashes do.
/// Source: <https://unicode.org/Public/UCD/latest/ucd/emoji/emoji-data.txt>, `Extended_Pictographic`.
fn is_picture(c: char) -> bool {
    matches!(c,
        '\u{231A}' | '\u{231B}' | '\u{2328}' | '\u{23CF}' | '\u{23E9}'..='\u{23F3}' | '\u{23F8}'..='\u{23FA}'
        | '\u{25AA}' | '\u{25AB}' | '\u{25B6}' | '\u{25C0}' | '\u{25FB}'..='\u{25FE}' | '\u{2600}'..='\u{2793}'
        | '\u{27B0}' | '\u{27BF}' | '\u{2B1B}' | '\u{2B1C}' | '\u{2B50}' | '\u{2B55}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Han, kana, Bopomofo and Hangul, whose syllables are taken apart by now; Thai, Lao, Myanmar and Khmer.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{302F}' | '\u{3031}'..='\u{303C}'
        | '\u{3041}'..='\u{318F}' | '\u{31A0}'..='\u{31BF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{16FE0}'..='\u{18DFF}' | '\u{1AFF0}'..='\u{1B16F}'
        | '\u{20000}'..='\u{3FFFF}'
        | '\u{1100}'..='\u{11FF}' | '\u{A960}'..='\u{A97F}' | '\u{D7B0}'..='\u{D7FF}'
        | '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{A9E0}'..='\u{A9FF}'
        | '\u{AA60}'..='\u{AA7F}')
}
