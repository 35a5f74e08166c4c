//! What is found and what is not, script by script: cases that every index must get right.

/// A query, texts that it finds, and texts that it does not.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// As it is typed.
    pub query: &'static str,
    /// Each of them is a hit.
    pub found: &'static [&'static str],
    /// None of them is.
    pub missed: &'static [&'static str],
}

/// The cases, beginning with plain English. A query that ends with a space ends with a whole word.
pub fn examples() -> impl Iterator<Item = Example> {
    EXAMPLES.iter().map(|(query, found, missed)| Example { query, found, missed })
}

type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

const EXAMPLES: &[Row] = &[
    // Words, in any case and order; by their stems, but not by parts.
    (
        "deploy ",
        &["We DEPLOY at five", "two deployments", "deployed, finally"],
        &["redeploy", "depl", "employ"],
    ),
    ("five we ", &["We deploy at five"], &["we deploy at six", "five"]),
    ("universities ", &["the University of Ghent"], &["reversal"]),
    ("cats ", &["A cat."], &["category", "cast"]),
    ("v2 ", &["v2", "(V2)"], &["v 2", "v20", "v2s"]),
    ("don't ", &["Dont!", "I don’t"], &["don t", "do not"]),
    ("bo ", &["Bo's laptop", "Bo’s"], &["boss", "bore"]),
    // The beginning of a word.
    ("dep", &["We deploy", "DEP"], &["redeploy"]),
    ("we dep", &["we deploy", "depth, we said"], &["we", "deploy"]),
    ("deployments", &["we deployed"], &["redeployments"]),
    // Phrases.
    (
        "\"good morning\"",
        &["Good, morning!", "a good\nmorning to all"],
        &["good mornings", "morning, good", "good old morning"],
    ),
    ("\"mornings\"", &["good mornings"], &["good morning"]),
    ("\"good mor", &["good morning", "good more"], &["good day, more"]),
    ("wi-fi ", &["the Wi-Fi is down", "wi fi"], &["wifi", "fi wi", "wi and fi"]),
    ("3.14 ", &["pi is 3.14", "3,14"], &["314", "14.3", "3 and 14"]),
    ("snake_case", &["a snake_case name", "Snake-cases"], &["case of snakes"]),
    // What must not be, and what asks for nothing.
    ("cat -dog ", &["a cat"], &["a cat and two dogs", "a dog"]),
    ("cat -\"hot dog\"", &["a cat, a dog, hot"], &["a cat ate a hot dog"]),
    ("cat -do", &["a cat and a dog"], &["a cat can do this", "a cat was doing"]),
    ("-dog", &[], &["a cat", "a dog"]),
    ("", &[], &["a cat"]),
    ("???", &[], &["???", "a cat"]),
    ("cat ??? ", &["cat"], &["???"]),
    // Links.
    ("has:link", &["see https://example.org/x", "ada@example.org"], &["example", "javascript:alert(1)"]),
    ("see -has:link", &["see there"], &["see https://example.org", "there"]),
    // Latin with accents, letters that are not taken apart, and ligatures.
    ("cafe ", &["Café", "cafe\u{301}", "CAFÉS"], &["caffè"]),
    ("Čeština", &["cestina", "čeština"], &["festina"]),
    ("strasse ", &["Straße", "STRASSE", "straẞe"], &["strase"]),
    ("łódź ", &["Lodz", "łódź", "ŁÓDŹ"], &["odz"]),
    ("smorrebrod", &["Smørrebrød"], &["smrrebrd"]),
    ("aether", &["Æther", "aether"], &["ether"]),
    ("oeuvre", &["une Œuvre"], &["uvre"]),
    ("istanbul", &["İstanbul", "ISTANBUL", "ıstanbul"], &["stanbul"]),
    ("đường ", &["duong", "Đường"], &["uong"]),
    ("office", &["the oﬃce", "ｏｆｆｉｃｅ"], &["off ice"]),
    // Greek: accents, and sigma at the end of a word.
    ("οδυσσευς ", &["Ὀδυσσεύς", "ΟΔΥΣΣΕΥΣ"], &["Οδύσσεια"]),
    ("οδός ", &["ΟΔΟΣ", "οδοσ"], &["οδού"]),
    // Cyrillic.
    ("елка ", &["Ёлка", "ЕЛКА"], &["елки", "белка"]),
    ("привет", &["Привет!", "ПРИВЕТИК"], &["при вет"]),
    ("п'ять ", &["П’ять", "пʼять"], &["п ять", "десять"]),
    // Arabic: vowel signs, hamza, stretched words, and letters of Persian.
    ("سلام ", &["سَلَامٌ عليكم", "ســلام"], &["السلام"]),
    ("احمد ", &["أحمد", "أَحْمَد"], &["محمد"]),
    ("کتابی", &["كتابي"], &["كتاب"]),
    ("مدرسه ", &["مدرسة"], &["مدرس"]),
    // Hebrew: points, and the marks of abbreviations.
    ("שלום ", &["שָׁלוֹם", "שלום!"], &["בשלום"]),
    ("צה״ל ", &["צהל"], &["צה ל"]),
    // Devanagari: vowel signs make another word.
    ("हिन्दी ", &["मैं हिन्दी बोलता हूँ"], &["हन्द", "हिन्द"]),
    ("हिन्", &["हिन्दी"], &["हिद"]),
    ("किताब ", &["एक किताब।"], &["कताब"]),
    // Han: any letters that follow on each other, one alone included.
    ("東京", &["東京都です", "東京", "今日は東京"], &["京東", "東の京", "京都"]),
    ("京都 ", &["東京都", "京都へ"], &["京の都"]),
    ("東京都 ", &["東京都です"], &["東京と京都"]),
    ("東 ", &["東京都"], &["京都"]),
    ("京 ", &["東京都"], &["大阪"]),
    ("都", &["東京都", "都"], &["大阪"]),
    ("\"東京 大阪\"", &["東京、大阪", "東京 大阪行き"], &["東京大阪", "大阪、東京"]),
    ("中文 ", &["我说中文。", "中文"], &["文中"]),
    ("iPhone用 ", &["iPhone用ケース"], &["iPhoneの用", "用iPhone"]),
    ("第3章 ", &["第3章を読む", "第３章"], &["第33章", "3章"]),
    // Kana: voicing stays, width does not.
    ("カタカナ ", &["ｶﾀｶﾅで", "カタカナ"], &["かたかな"]),
    ("ガス ", &["ｶﾞｽ", "カ\u{3099}ス"], &["カス"]),
    ("食べ", &["食べる", "夕食べた"], &["食パン"]),
    ("ラーメン ", &["東京ラーメン"], &["ラメン"]),
    // Hangul, whole or taken apart.
    ("안녕 ", &["안녕하세요", "\u{110B}\u{1161}\u{11AB}\u{1102}\u{1167}\u{11BC}"], &["녕안", "안 녕"]),
    ("하세요", &["안녕하세요"], &["하다"]),
    ("하세요 ", &["안녕하세요ㅠㅠ", "안녕하세요ㅋㅋㅋ"], &["하세"]),
    // Thai, Lao, Khmer and Myanmar: letters with their marks.
    ("ภาษา ", &["เรียนภาษาไทย"], &["ภาพ"]),
    ("สวัส", &["สวัสดีครับ"], &["สวส"]),
    ("น้ำ ", &["กินน้ำเย็น"], &["นำ"]),
    ("ລາວ ", &["ພາສາລາວ"], &["ວລາ"]),
    ("ខ្មែរ ", &["ភាសាខ្មែរ"], &["ខរ"]),
    ("မြန်မာ ", &["မြန်မာဘာသာ"], &["မာမြန်"]),
    // Pictures: of any skin, and of each part.
    ("👍", &["ok 👍🏽", "👍👍", "great👍"], &["👎", "ok"]),
    ("👍🏿 ", &["👍"], &["👎🏿"]),
    ("❤ ", &["I ❤️ it"], &["💔"]),
    ("💻 ", &["👩‍💻"], &["👩"]),
    ("🇸🇪 ", &["hej 🇸🇪", "🇳🇴🇸🇪"], &["🇺🇸🇪🇺", "🇸"]),
];
