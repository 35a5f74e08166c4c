//! Who is who, who is here, who came and went, who types.

use std::{collections::HashMap, time::Duration};

use protocol::{Here, MemberId, Person, Sequence, limits};

/// Everybody whom the client has heard of.
#[derive(Debug, Default)]
pub(crate) struct Directory(HashMap<MemberId, Person>);

impl Directory {
    pub(crate) fn learn<'a>(&mut self, people: impl IntoIterator<Item = &'a Person>) {
        for person in people {
            self.0.insert(person.id.clone(), person.clone());
        }
    }

    pub(crate) fn get(&self, id: &MemberId) -> Option<&Person> {
        self.0.get(id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Person> {
        self.0.values()
    }
}

/// A quiet line between messages: who came and went there since the message before. Never part of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The message that it stands under.
    pub after: Sequence,
    /// Who came, in order.
    pub came: Vec<Person>,
    /// Who went, in order.
    pub went: Vec<Person>,
}

/// Most lines kept for a room.
const NOTES_MAX: usize = 50;

/// A node that restarts is found again by everybody within this time. Source: the longest wait between two tries.
const RETURN_WITHIN: Duration = Duration::from_secs(30);

/// Who is here in a shown room.
#[derive(Debug, Default)]
pub(crate) struct Company {
    pub(crate) here: Here,
    pub(crate) notes: Vec<Note>,
    typing: Vec<(Person, Duration)>,
    /// Who was here when the connection was lost: they come back as we do, which is no coming.
    before: Vec<MemberId>,
    returning_until: Duration,
}

impl Company {
    /// The server told all of it.
    pub(crate) fn opened(&mut self, here: Here, typing: Vec<Person>, now: Duration) {
        self.here = here;
        self.returning_until = now + RETURN_WITHIN;
        self.typing = typing.into_iter().map(|person| (person, now + limits::TYPING_LAPSES)).collect();
    }

    /// Some came and some went, under the message `after`. Who is here already has another name now.
    pub(crate) fn changed(
        &mut self,
        came: Vec<Person>,
        went: &[MemberId],
        n_here: usize,
        after: Sequence,
        now: Duration,
    ) {
        let (renamed, mut came): (Vec<Person>, Vec<Person>) =
            came.into_iter().partition(|person| self.here.here.iter().any(|other| other.id == person.id));
        for person in renamed {
            self.here.here.retain(|other| other.id != person.id);
            self.here.here.push(person);
        }
        let left: Vec<Person> =
            self.here.here.iter().filter(|person| went.contains(&person.id)).cloned().collect();
        self.here.n_here = n_here;
        self.here.here.retain(|person| !went.contains(&person.id));
        self.here.away.retain(|person| came.iter().all(|other| other.id != person.id));
        self.here.away.extend(left.iter().cloned());
        for person in &came {
            if self.here.here.len() < limits::PEOPLE_SHOWN {
                self.here.here.push(person.clone());
            }
        }
        self.here.here.sort_by_cached_key(|person| person.name.key());
        self.here.away.sort_by_cached_key(|person| person.name.key());
        self.here.away.truncate(limits::PEOPLE_SHOWN);
        self.typing.retain(|(person, _)| !went.contains(&person.id));
        if now < self.returning_until {
            came.retain(|person| !self.before.contains(&person.id));
        }
        self.before.retain(|id| !went.contains(id));
        self.note(came, left, after);
    }

    /// Others are in the room no longer: they are neither here nor away.
    pub(crate) fn lose(&mut self, members: &[MemberId], after: Sequence) {
        let is_lost = |person: &Person| members.contains(&person.id);
        let went: Vec<Person> = self.here.here.iter().filter(|person| is_lost(person)).cloned().collect();
        self.here.n_here = self.here.n_here.saturating_sub(went.len()); // Presence tells it exactly.
        self.here.n_members = self.here.n_members.saturating_sub(members.len());
        self.here.here.retain(|person| !is_lost(person));
        self.here.away.retain(|person| !is_lost(person));
        self.note(Vec::new(), went, after);
    }

    /// One has left the room oneself: nothing more is told of it, and one is not among those here.
    pub(crate) fn leave(&mut self, me: &MemberId) {
        let before = self.here.here.len();
        self.here.here.retain(|person| person.id != *me);
        if self.here.here.len() < before {
            self.here.n_here = self.here.n_here.saturating_sub(1);
            self.here.n_members = self.here.n_members.saturating_sub(1);
        }
        self.typing.clear();
    }

    /// Folds comings and goings at one place into one line: who went and came back did neither.
    fn note(&mut self, came: Vec<Person>, went: Vec<Person>, after: Sequence) {
        if came.is_empty() && went.is_empty() {
            return;
        }
        if self.notes.last().is_none_or(|note| note.after != after) {
            self.notes.push(Note { after, ..Note::default() });
        }
        let note = self.notes.last_mut().expect("pushed if it was missing");
        for person in came {
            let (list, other) = (&mut note.came, &mut note.went);
            move_between(person, list, other);
        }
        for person in went {
            let (list, other) = (&mut note.went, &mut note.came);
            move_between(person, list, other);
        }
        self.notes.retain(|note| !note.came.is_empty() || !note.went.is_empty());
        let too_many = self.notes.len().saturating_sub(NOTES_MAX);
        self.notes.drain(..too_many);
    }

    pub(crate) fn typed(&mut self, person: Person, now: Duration) {
        self.typing.retain(|(other, _)| other.id != person.id);
        self.typing.push((person, now + limits::TYPING_LAPSES));
    }

    /// Their message is there, so they type no longer.
    pub(crate) fn spoke(&mut self, author: &MemberId) {
        self.typing.retain(|(person, _)| person.id != *author);
    }

    pub(crate) fn lapse(&mut self, now: Duration) {
        self.typing.retain(|(_, until)| *until > now);
    }

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        self.typing.iter().map(|(_, until)| *until).min()
    }

    pub(crate) fn typing(&self) -> impl Iterator<Item = &Person> {
        self.typing.iter().map(|(person, _)| person)
    }

    /// Nobody can be told from here on: the connection is gone.
    pub(crate) fn lost(&mut self) {
        self.typing.clear();
        if !self.here.here.is_empty() {
            self.before = self.here.here.iter().map(|person| person.id.clone()).collect();
        }
    }
}

fn move_between(person: Person, list: &mut Vec<Person>, other: &mut Vec<Person>) {
    let before = other.len();
    other.retain(|it| it.id != person.id);
    let undone = other.len() < before;
    if !undone && list.iter().all(|it| it.id != person.id) {
        list.push(person);
    }
}

#[cfg(test)]
mod tests {
    use protocol::MemberName;

    use super::*;

    #[test]
    fn who_comes_and_goes_in_one_place_stands_in_one_line() {
        let mut company = Company::default();

        company.changed(vec![person("ada")], &[], 1, Sequence(3), Duration::ZERO);
        company.changed(vec![person("bo")], &[], 2, Sequence(3), Duration::ZERO);
        company.changed(vec![], &[person("ada").id], 1, Sequence(3), Duration::ZERO);
        company.changed(vec![person("cy")], &[], 2, Sequence(4), Duration::ZERO);

        let expected = [
            Note { after: Sequence(3), came: vec![person("bo")], went: vec![] },
            Note { after: Sequence(4), came: vec![person("cy")], went: vec![] },
        ];
        assert_eq!(company.notes, expected);
        assert_eq!(company.here.here, [person("bo"), person("cy")]);
        assert_eq!(company.here.away, [person("ada")]);
    }

    #[test]
    fn who_is_in_the_room_no_longer_is_neither_here_nor_away() {
        let mut company = Company::default();
        company.changed(vec![person("ada"), person("bo"), person("cy")], &[], 3, Sequence(3), Duration::ZERO);
        company.here.n_members = 3;
        company.notes.clear();

        company.lose(&[person("bo").id], Sequence(3));
        company.changed(vec![], &[person("cy").id], 1, Sequence(3), Duration::ZERO);
        company.lose(&[person("cy").id], Sequence(3));

        assert_eq!((company.here.here.as_slice(), company.here.away.len()), (&[person("ada")][..], 0));
        assert_eq!((company.here.n_here, company.here.n_members), (1, 1));
        let went = vec![person("bo"), person("cy")];
        assert_eq!(company.notes, [Note { after: Sequence(3), came: vec![], went }]);
    }

    #[test]
    fn another_name_is_neither_a_coming_nor_a_going() {
        let mut company = Company::default();
        company.changed(vec![person("ada")], &[], 1, Sequence(3), Duration::ZERO);
        let renamed = Person { name: MemberName::parse("Lovelace").unwrap(), ..person("ada") };

        company.changed(vec![renamed.clone()], &[], 1, Sequence(4), Duration::ZERO);

        assert_eq!(company.here.here, [renamed]);
        assert_eq!(company.notes.len(), 1);
    }

    #[test]
    fn who_comes_back_after_the_server_was_away_never_went() {
        let mut company = Company::default();
        company.changed(vec![person("ada"), person("bo")], &[], 2, Sequence(1), Duration::ZERO);
        company.notes.clear();

        company.lost();
        company.opened(Here::default(), Vec::new(), Duration::from_mins(1));
        let came = vec![person("ada"), person("cy")];
        company.changed(came, &[], 2, Sequence(1), Duration::from_secs(63));
        company.changed(vec![person("bo")], &[], 3, Sequence(1), Duration::from_secs(200));

        let came = vec![person("cy"), person("bo")];
        assert_eq!(company.notes, [Note { after: Sequence(1), came, went: vec![] }]);
    }

    #[test]
    fn typing_lapses_by_itself_or_with_the_message() {
        let mut company = Company::default();
        company.typed(person("ada"), Duration::ZERO);
        company.typed(person("bo"), Duration::from_secs(1));

        company.spoke(&person("bo").id);
        assert_eq!(company.typing().count(), 1);
        company.lapse(company.next_wake().unwrap());
        assert_eq!(company.typing().count(), 0);
    }

    fn person(name: &str) -> Person {
        Person {
            id: MemberId::parse(name).unwrap(),
            name: MemberName::parse(&format!("{name} ")).unwrap_or_else(|_| MemberName::parse("xx").unwrap()),
            guest: false,
        }
    }
}
