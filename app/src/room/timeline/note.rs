//! Who came and went, in one quiet line.

use leptos::prelude::*;

use client::Note;
use protocol::Person;

/// Most names in such a line.
const NAMED: usize = 2;

/// Who came and went at one place between messages. Never part of the log.
#[component]
pub(super) fn NoteLine(
    /// Who.
    note: Note,
) -> impl IntoView {
    view! { <p class="message__note">{in_words(&note)}</p> }
}

fn in_words(note: &Note) -> String {
    let part =
        |people: &[Person], did: &str| (!people.is_empty()).then(|| format!("{} {did}", names(people)));
    let parts = [part(&note.came, "came"), part(&note.went, "went")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// `Ada`, `Ada and Bo`, `Ada, Bo and 3 others`.
fn names(people: &[Person]) -> String {
    let named: Vec<&str> = people.iter().take(NAMED).map(|person| person.name.as_str()).collect();
    match (people.len() - named.len(), named.as_slice()) {
        (0, [.., _]) => named.join(" and "),
        (1, _) => format!("{} and one other", named.join(", ")),
        (n, _) => format!("{} and {n} others", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MemberId, MemberName, Sequence};

    use super::*;

    #[test]
    fn who_came_and_went_stands_in_one_line() {
        check(&["Ada"], &[], "Ada came");
        check(&["Ada", "Bo"], &["Cy"], "Ada and Bo came · Cy went");
        check(&["Ada", "Bo", "Cy"], &[], "Ada, Bo and one other came");
        check(&[], &["Ada", "Bo", "Cy", "Di", "Ed"], "Ada, Bo and 3 others went");
    }

    #[track_caller]
    fn check(came: &[&str], went: &[&str], expected: &str) {
        let people = |names: &[&str]| names.iter().map(|name| person(name)).collect();
        let note = Note { after: Sequence(1), came: people(came), went: people(went) };
        assert_eq!(in_words(&note), expected);
    }

    fn person(name: &str) -> Person {
        let id = MemberId::parse(&name.to_lowercase()).unwrap();
        Person { id, name: MemberName::parse(name).unwrap(), guest: false }
    }
}
