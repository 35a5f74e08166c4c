//! What could stand where something is being typed into a query.

use std::ops::Range;

use protocol::{
    Person,
    query::{Operator, Typing, typing},
};

use crate::rooms::Room;

/// Most that are offered at a time.
const MOST: usize = 8;

/// What the page knows that can be looked for.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Whom it has heard of.
    pub people: &'a [Person],
    /// The member's rooms.
    pub rooms: &'a [Room],
    /// The day, as in `2026-11-26`.
    pub today: &'a str,
}

/// Something that could stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// As it is typed.
    pub typed: String,
    /// What it means, where that is not plain.
    pub meaning: &'static str,
}

/// All that is offered, and which of it is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// What could stand there.
    pub all: Vec<Offer>,
    /// Which of it an arrow has come to.
    pub chosen: Option<usize>,
    /// Whether an operator's value is being typed that is none of them yet.
    pub is_begun: bool,
    /// What it would replace, in bytes.
    range: Range<usize>,
}

impl Offers {
    /// What could stand at a cursor, in bytes of the input.
    pub fn of(input: &str, cursor: usize, known: Known<'_>) -> Self {
        let Some(typing) = typing(input, cursor) else { return Self::default() };
        let mut all = offers(&typing, known);
        let (typed, n) = (&input[typing.range.clone()], all.len());
        all.retain(|offer| !offer.typed.eq_ignore_ascii_case(typed));
        if all.is_empty() {
            return Self::default();
        }
        let is_begun = typing.operator.is_some() && all.len() == n;
        all.truncate(MOST);
        Self { all, chosen: None, is_begun, range: typing.range }
    }

    /// Goes to the next one. Whether there was one: beyond the last it ends.
    pub fn step_down(&mut self) -> bool {
        self.choose(self.chosen.map_or(Some(0), |at| Some(at + 1)))
    }

    /// Goes to the one before. Whether there was one.
    pub fn step_up(&mut self) -> bool {
        self.choose(self.chosen.and_then(|at| at.checked_sub(1)))
    }

    fn choose(&mut self, at: Option<usize>) -> bool {
        self.chosen = at.filter(|at| *at < self.all.len());
        self.chosen.is_some()
    }

    /// The input with one of them in its place, and where the cursor then is.
    pub fn taken(&self, input: &str, at: usize) -> Option<(String, usize)> {
        let typed = &self.all.get(at)?.typed;
        let (before, after) = (input.get(..self.range.start)?, input.get(self.range.end..)?);
        // What is whole is ended by a space, where there is none.
        let space = if typed.ends_with(':') || after.starts_with(' ') { "" } else { " " };
        Some((format!("{before}{typed}{space}{after}"), before.len() + typed.len() + space.len()))
    }
}

fn offers(typing: &Typing<'_>, known: Known<'_>) -> Vec<Offer> {
    let value = |operator: Operator, value: &str| Some(Offer { typed: operator.with(value)?, meaning: "" });
    match typing.operator {
        None if typing.begun.is_empty() => Vec::new(),
        None => {
            let operators = Operator::ALL.into_iter().filter(|operator| typing.begins(operator.name()));
            let offer = |operator: Operator| Offer {
                typed: format!("{}:", operator.name()),
                meaning: operator.meaning(),
            };
            operators.map(offer).collect()
        }
        Some(Operator::From) => {
            let mut names: Vec<_> = known.people.iter().map(|person| &person.name).collect();
            names.sort_by_cached_key(|name| name.key());
            names.dedup();
            let begun = names.into_iter().filter(|name| typing.begins(name.as_str()));
            begun.filter_map(|name| value(Operator::From, name.as_str())).collect()
        }
        Some(Operator::In) => {
            let begun = known.rooms.iter().filter(|room| typing.begins(room.info.name.as_str()));
            // Any room has an address that can be typed.
            let values = begun.filter_map(|room| {
                let address = || value(Operator::In, room.info.id.as_str());
                value(Operator::In, room.info.name.as_str()).or_else(address)
            });
            values.collect()
        }
        Some(operator @ (Operator::Before | Operator::After | Operator::On)) => {
            let periods = [("today", 10), ("this month", 7), ("this year", 4)];
            let periods = periods.into_iter().filter_map(|(meaning, len)| {
                let period = known.today.get(..len).filter(|period| period.starts_with(typing.begun))?;
                Some(Offer { meaning, ..value(operator, period)? })
            });
            periods.collect()
        }
        Some(Operator::Has) => {
            value(Operator::Has, "link").filter(|_| typing.begins("link")).into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Heads, MemberId, MemberName, RoomId, RoomInfo, RoomName, Sequence, Topic};

    use super::*;

    #[test]
    fn a_word_may_become_an_operator() {
        check("fr|", &["from:"]);
        check("hi -IN|", &["in:"]);
        check("zebra|", &[]);
        check("|fr", &[]);
        check("hi |", &[]);
        check("|", &[]);
        assert_eq!(offers_at("zebra|"), Offers::default(), "there is nothing to close");
    }

    #[test]
    fn people_are_offered_by_any_word_of_their_names() {
        check("from:|", &["from:Ada", "from:\"Bo Lovelace\"", "from:Eve"]);
        check("from:lo|", &["from:\"Bo Lovelace\""]);
        check("from:ada|", &[]);
        check("from:q|", &[]);
    }

    #[test]
    fn rooms_are_offered_by_name_or_by_what_can_be_typed() {
        check("in:|", &["in:General", "in:\"The lobby\"", "in:den"]);
        check("-in:\"the l| x", &["in:\"The lobby\""]);
    }

    #[test]
    fn days_and_links_are_offered() {
        check("before:|", &["before:2026-11-26", "before:2026-11", "before:2026"]);
        check("on:2026-1|", &["on:2026-11-26", "on:2026-11"]);
        check("has:|", &["has:link"]);
        check("has:link|", &[]);
    }

    #[test]
    fn a_value_is_begun_until_it_is_one_that_is_offered() {
        for (input, is_begun) in [
            ("from:|", true),
            ("from:bo|", true),
            ("on:2026-1|", true),
            ("on:2026-11|", false),
            ("from:q|", false),
            ("fr|", false),
        ] {
            assert_eq!(offers_at(input).is_begun, is_begun, "{input}");
        }
    }

    #[test]
    fn arrows_go_from_the_first_beyond_the_last() {
        let mut offers = offers_at("in:|");

        assert!(offers.step_down() && offers.step_down() && offers.step_down());
        assert_eq!(offers.chosen, Some(2));
        assert!(offers.step_up());
        assert_eq!(offers.chosen, Some(1));
        assert!(offers.step_down() && !offers.step_down());
        assert_eq!(offers.chosen, None);
        assert!(!offers.step_up());
        assert!(offers.step_down() && !offers.step_up());
    }

    #[test]
    fn what_is_taken_stands_where_it_was_begun() {
        taken("hi fr|", "hi from:|");
        taken("-from:ev|", "-from:Eve |");
        taken("in:the| hi", "in:\"The lobby\"| hi");
    }

    #[test]
    fn no_more_are_offered_than_can_be_read() {
        let people: Vec<Person> = (10..30).map(|n| person(&format!("Guest {n}"))).collect();
        let offers = Offers::of("from:", 5, Known { people: &people, rooms: &[], today: "" });

        assert_eq!(offers.all.len(), MOST);
        assert_eq!(offers.all[0].typed, "from:\"Guest 10\"");
    }

    /// An input has `|` where the cursor stands.
    fn offers_at(input: &str) -> Offers {
        let people = ["Eve", "Bo Lovelace", "Ada", "quo\"te"].map(person);
        let rooms = [room("general", "General"), room("the-lobby", "The lobby"), room("den", "The \"den\"")];
        let known = Known { people: &people, rooms: &rooms, today: "2026-11-26" };
        Offers::of(&input.replace('|', ""), input.find('|').unwrap(), known)
    }

    #[track_caller]
    fn check(input: &str, expected: &[&str]) {
        let offers = offers_at(input);
        let typed: Vec<&str> = offers.all.iter().map(|offer| offer.typed.as_str()).collect();
        assert_eq!(typed, expected);
    }

    #[track_caller]
    fn taken(input: &str, expected: &str) {
        let (mut text, cursor) = offers_at(input).taken(&input.replace('|', ""), 0).unwrap();
        text.insert(cursor, '|');
        assert_eq!(text, expected);
    }

    fn person(name: &str) -> Person {
        Person { id: MemberId::parse("x").unwrap(), name: MemberName::parse(name).unwrap(), guest: false }
    }

    fn room(id: &str, name: &str) -> Room {
        let info = RoomInfo {
            id: RoomId::parse(id).unwrap(),
            name: RoomName::parse(name).unwrap(),
            topic: Topic::parse("").unwrap(),
            private: false,
        };
        Room { info, heads: Heads::default(), read: Sequence::ZERO, admin: false }
    }
}
