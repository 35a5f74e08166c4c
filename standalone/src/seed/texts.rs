//! What made-up members say: short answers, longer ones, now and then a link or several lines.

use rand::{RngExt as _, rngs::StdRng, seq::IndexedRandom as _};

use protocol::MessageText;

const SHORT: &[&str] = &[
    "Yes.",
    "No, sorry.",
    "Thanks!",
    "On it.",
    "Done.",
    "👍",
    "Good idea",
    "Let me look",
    "Same here",
    "Same time tomorrow?",
    "That was quick",
    "Which one?",
    "I'd wait a day",
    "🎉🎉🎉",
    "Hm, not here",
    "Fixed it",
    "Back in ten minutes",
    "Morning all",
    "Works for me",
    "Ha, exactly",
    "Can you say more?",
    "Ça marche",
    "Genau so",
    "了解です",
    "شكراً",
    "Sí, claro",
];
const OPENINGS: &[&str] = &[
    "I just noticed that",
    "Does anybody know why",
    "Good news:",
    "A reminder that",
    "It looks as if",
    "For the record,",
    "We agreed that",
    "After lunch I saw that",
    "Somebody asked whether",
    "I'm fairly sure that",
    "My guess is that",
    "As far as I can tell,",
    "Before I forget:",
    "Since yesterday",
];
const SUBJECTS: &[&str] = &[
    "the build",
    "the heating on the second floor",
    "the new parser",
    "our release",
    "the bus to the harbour",
    "the blue projector",
    "the import from last week",
    "the garden plan",
    "the coffee machine",
    "the night shift's list",
    "the draft of the report",
    "the search page",
    "the staging server",
    "the picnic",
    "the second test run",
];
const PREDICATES: &[&str] = &[
    "takes twice as long as it did",
    "is ready for a second pair of eyes",
    "needs one more person",
    "stops after an hour",
    "is much better now",
    "will move to Thursday",
    "depends on the weather",
    "still has last year's numbers",
    "works if you try it a second time",
    "has been quiet all morning",
    "was never meant to do that",
    "costs less than we thought",
    "looks odd on a small screen",
];
const ENDINGS: &[&str] = &[
    ".",
    ".",
    "!",
    ", so I'd leave it alone for now.",
    ". I'll write it down.",
    ", as we feared.",
    ". Can somebody check?",
    ", and I like it.",
    ". More after the meeting.",
    " …",
    ". Shall we talk about it at three?",
];
const LINKS: &[&str] = &[
    "https://example.org/notes/2025-11",
    "https://docs.example.com/start#keys",
    "http://wiki.example.net/Plans_(old)",
    "https://example.org/a/very/long/path/that/goes/on/and/on?with=parameters&and=more",
];

/// Something that somebody might say.
pub(super) fn message(rng: &mut StdRng) -> MessageText {
    let text = match rng.random_range(0..100) {
        0..35 => pick(rng, SHORT).to_owned(),
        35..75 => sentence(rng),
        75..90 => format!("{} {}", sentence(rng), sentence(rng)),
        90..96 => format!("{} {}", sentence(rng), pick(rng, LINKS)),
        _ => (0..rng.random_range(2..6)).map(|_| sentence(rng)).collect::<Vec<_>>().join("\n"),
    };
    MessageText::parse(&text).expect("a few sentences are within the limits")
}

fn sentence(rng: &mut StdRng) -> String {
    let (opening, subject) = (pick(rng, OPENINGS), pick(rng, SUBJECTS));
    let (predicate, ending) = (pick(rng, PREDICATES), pick(rng, ENDINGS));
    format!("{opening} {subject} {predicate}{ending}")
}

fn pick(rng: &mut StdRng, from: &[&'static str]) -> &'static str {
    from.choose(rng).expect("a list with something in it")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn members_do_not_repeat_themselves_much() {
        let mut rng = StdRng::seed_from_u64(1);

        let texts: HashSet<_> = (0..1000).map(|_| message(&mut rng)).collect();

        assert!(texts.len() > 500, "{}", texts.len());
    }
}
