//! What admins did, in sentences.

use chat::ports::{Act, Actor, Done};
use protocol::{MemberId, RoomId};

/// A part of a sentence. Names stand apart, since they may run the other way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Our words.
    Words(&'static str),
    /// What people or rooms are called, or what those are about.
    Name(String),
    /// A message that can be gone to, where it once was.
    Link(String, &'static str),
}

/// Tells what was done. `name` knows what members are called.
pub(super) fn of(act: &Act, room: &RoomId, name: impl Fn(&MemberId) -> Option<String>) -> Vec<Part> {
    let known = |member: &MemberId| name(member).map_or_else(|| Part::Words("a former member"), Part::Name);
    let words = Part::Words;
    let (doer, is_own) = match &act.deed.by {
        Actor::Member(member) => {
            let doer = name(member).map_or_else(|| words("A former member"), Part::Name);
            (doer, matches!(&act.what, Done::Demoted(whom) if whom == member))
        }
        Actor::Operator => (words("Somebody who runs this place"), false),
    };
    let done = match &act.what {
        Done::Created => vec![words(" made the room")],
        Done::Deleted => vec![words(" deleted the room")],
        Done::Renamed(name) => vec![words(" named the room "), Part::Name(name.to_string())],
        Done::Retopiced(topic) if topic.as_str().is_empty() => vec![words(" took the topic away")],
        Done::Retopiced(topic) => vec![words(" set the topic: "), Part::Name(topic.to_string())],
        Done::Added(whom) => vec![words(" added "), known(whom)],
        Done::Removed(whom) => vec![words(" removed "), known(whom)],
        Done::Promoted(whom) => vec![words(" made "), known(whom), words(" an admin")],
        Done::Demoted(_) if is_own => vec![words(" is an admin no longer, by their own hand")],
        Done::Demoted(whom) => vec![words(" made "), known(whom), words(" a member again")],
        Done::Invited => vec![words(" made an invitation")],
        Done::Withdrew => vec![words(" withdrew an invitation")],
        Done::DeletedMessage(sequence) => {
            vec![words(" deleted "), Part::Link(format!("/r/{room}/{sequence}"), "somebody's message")]
        }
    };
    std::iter::once(doer).chain(done).collect()
}

#[cfg(test)]
mod tests {
    use chat::ports::Deed;
    use protocol::{RoomName, Sequence, Timestamp, Topic};

    use super::*;

    #[test]
    fn acts_are_told_in_sentences() {
        let topic = |text| Topic::parse(text).unwrap();

        check("ada", Done::Created, "Ada made the room");
        check("ada", Done::Renamed(RoomName::parse("Den").unwrap()), "Ada named the room Den");
        check("ada", Done::Retopiced(topic("Tea")), "Ada set the topic: Tea");
        check("ada", Done::Retopiced(topic("")), "Ada took the topic away");
        check("ada", Done::Added(id("bo")), "Ada added Bo");
        check("ada", Done::Removed(id("bo")), "Ada removed Bo");
        check("ada", Done::Promoted(id("bo")), "Ada made Bo an admin");
        check("ada", Done::Demoted(id("bo")), "Ada made Bo a member again");
        check("ada", Done::Demoted(id("ada")), "Ada is an admin no longer, by their own hand");
        check("ada", Done::Invited, "Ada made an invitation");
        check("ada", Done::Withdrew, "Ada withdrew an invitation");
        check("ada", Done::DeletedMessage(Sequence(7)), "Ada deleted somebody's message (/r/den/7)");
    }

    #[test]
    fn who_is_gone_is_a_former_member() {
        check("gone", Done::Removed(id("bo")), "A former member removed Bo");
        check("ada", Done::Removed(id("gone")), "Ada removed a former member");
    }

    #[test]
    fn who_runs_the_place_has_no_name() {
        let act =
            Act { number: 1, deed: Deed { by: Actor::Operator, at: Timestamp(1) }, what: Done::Deleted };

        assert_eq!(told(&act), "Somebody who runs this place deleted the room");
    }

    #[track_caller]
    fn check(by: &str, what: Done, expected: &str) {
        let act = Act { number: 1, deed: Deed::of(&id(by), Timestamp(1)), what };
        assert_eq!(told(&act), expected);
    }

    fn told(act: &Act) -> String {
        let name = |member: &MemberId| match member.as_str() {
            "ada" => Some("Ada".to_owned()),
            "bo" => Some("Bo".to_owned()),
            _ => None,
        };
        let parts = of(act, &RoomId::parse("den").unwrap(), name);
        let texts = parts.into_iter().map(|part| match part {
            Part::Words(words) => words.to_owned(),
            Part::Name(name) => name,
            Part::Link(path, words) => format!("{words} ({path})"),
        });
        texts.collect()
    }

    fn id(text: &str) -> MemberId {
        MemberId::parse(text).unwrap()
    }
}
