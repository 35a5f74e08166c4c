//! Three nodes at a time, and none of them real.

use std::collections::BTreeSet;

use chat::ports::{LEASE, Roster};
use protocol::MemberName;

use super::*;

const SOON: Duration = Duration::from_secs(1);

#[test]
fn three_tabs_are_one_person() {
    let mut presence = Presence::default();

    for id in 1..=3 {
        presence.arrive(ConnectionId(id), &person("ada"));
    }

    assert_eq!(presence.len(), 1);
    assert_eq!(told(&mut presence, SOON), (1, 0));
    presence.leave(ConnectionId(1), &person("ada").id);
    presence.leave(ConnectionId(2), &person("ada").id);
    assert_eq!(presence.len(), 1);
    presence.leave(ConnectionId(3), &person("ada").id);
    assert_eq!(told(&mut presence, SOON * 2), (0, 1));
}

#[test]
fn who_comes_back_by_another_name_is_news() {
    let mut presence = Presence::default();
    let guest = Person { guest: true, ..person("ada") };
    presence.arrive(ConnectionId(1), &guest);
    presence.take_news(SOON);

    presence.depart(ConnectionId(1), &guest.id, SOON);
    presence.arrive(ConnectionId(2), &person("ada"));

    let (news, own) = presence.take_news(2 * SOON).unwrap();
    assert_eq!(news, own);
    assert_eq!(news.renamed.into_values().collect::<Vec<_>>(), [person("ada")]);
    assert!(news.came.is_empty() && news.went.is_empty());
}

#[test]
fn who_goes_and_comes_back_by_another_name_before_that_is_told_is_renamed() {
    let mut presence = Presence::default();
    let guest = Person { guest: true, ..person("ada") };
    presence.arrive(ConnectionId(1), &guest);
    presence.take_news(SOON);

    presence.leave(ConnectionId(1), &guest.id);
    presence.arrive(ConnectionId(2), &person("ada"));

    let (news, _) = presence.take_news(2 * SOON).unwrap();
    assert_eq!(news.renamed.into_values().collect::<Vec<_>>(), [person("ada")]);
    assert!(news.came.is_empty() && news.went.is_empty());
}

#[test]
fn a_reload_is_not_a_leave_and_a_join() {
    let mut presence = Presence::default();
    presence.arrive(ConnectionId(1), &person("ada"));
    presence.take_news(SOON);

    presence.depart(ConnectionId(1), &person("ada").id, SOON);
    presence.arrive(ConnectionId(2), &person("ada"));
    presence.expire(Duration::from_hours(1));

    assert_eq!(presence.next_wake(), None);
    assert_eq!(presence.len(), 1);
}

#[test]
fn who_is_a_member_no_longer_has_no_grace() {
    let mut presence = Presence::default();
    presence.arrive(ConnectionId(1), &person("ada"));
    presence.arrive(ConnectionId(2), &person("bo"));
    presence.take_news(SOON);
    presence.depart(ConnectionId(1), &person("ada").id, SOON);

    presence.lose(&person("ada").id);
    presence.lose(&person("bo").id);
    presence.leave(ConnectionId(2), &person("bo").id);

    assert!(presence.is_deserted());
    assert_eq!(told(&mut presence, SOON * 2), (0, 2));
    assert_eq!(presence.next_wake(), None);
}

#[test]
fn who_stays_away_is_gone_after_the_grace() {
    let mut presence = Presence::default();
    presence.arrive(ConnectionId(1), &person("ada"));
    presence.take_news(SOON);
    presence.depart(ConnectionId(1), &person("ada").id, SOON);

    assert_eq!(presence.next_wake(), Some(SOON + limits::ABSENCE_GRACE));
    presence.expire(SOON + limits::ABSENCE_GRACE);

    assert!(presence.is_deserted());
    assert_eq!(told(&mut presence, Duration::from_hours(1)), (0, 1));
}

#[test]
fn a_storm_is_told_a_few_times_and_not_once_for_each() {
    let mut presence = Presence::default();
    let (mut n_times, mut n_told) = (0, 0);

    // A thousand come within a second.
    for n in 0..1_000 {
        presence.arrive(ConnectionId(n), &person(&format!("m{n}")));
        if let Some((news, _)) = presence.take_news(Duration::from_millis(n)) {
            (n_times, n_told) = (n_times + 1, n_told + news.came.len());
        }
    }

    assert!(n_times < 100, "told {n_times} times");
    assert_eq!(n_told + told(&mut presence, Duration::from_mins(1)).0, 1_000);
}

#[test]
fn a_mass_of_goings_is_told_in_parts() {
    let mut presence = Presence::default();
    let n_people = limits::PEOPLE_SHOWN + 1;
    for n in 0..n_people {
        presence.arrive(ConnectionId(n as u64), &person(&format!("m{n}")));
    }
    presence.take_news(SOON);
    for n in 0..n_people {
        presence.leave(ConnectionId(n as u64), &person(&format!("m{n}")).id);
    }

    assert_eq!(told(&mut presence, SOON * 2), (0, limits::PEOPLE_SHOWN));
    assert_eq!(told(&mut presence, SOON * 3), (0, 1));
}

#[test]
fn who_is_on_two_nodes_is_here_once_and_stays_while_one_has_them() {
    let mut presence = Presence::default();

    presence.arrive(ConnectionId(1), &person("ada"));
    hear(&mut presence, 1, (&["ada", "bo"], &[]));
    assert_eq!((presence.len(), told(&mut presence, SOON)), (2, (2, 0)));
    presence.leave(ConnectionId(1), &person("ada").id);
    assert!(presence.take_news(SOON * 2).unwrap().0.is_empty(), "other nodes alone are told");
    hear(&mut presence, 2, (&[], &["ada"]));

    assert_eq!((presence.len(), told(&mut presence, SOON * 3)), (1, (0, 1)));
}

#[test]
fn what_was_heard_already_changes_nothing() {
    let mut presence = Presence::default();
    hear(&mut presence, 1, (&["ada"], &[]));
    hear(&mut presence, 2, (&[], &["ada"]));

    hear(&mut presence, 1, (&["ada"], &[]));
    hear(&mut presence, 2, (&["ada"], &[]));

    assert_eq!(presence.len(), 0);
    assert!(!presence.is_doubtful());
}

#[test]
fn who_was_shown_somebody_before_that_was_told_hears_that_they_are_gone() {
    let mut presence = Presence::default();
    presence.arrive(ConnectionId(1), &person("ada"));
    presence.arrive(ConnectionId(2), &person("bo"));
    presence.take_news(SOON);
    presence.arrive(ConnectionId(3), &person("cy"));
    presence.leave(ConnectionId(2), &person("bo").id);

    presence.show();
    presence.leave(ConnectionId(3), &person("cy").id);
    presence.arrive(ConnectionId(2), &person("bo"));

    assert_eq!(told(&mut presence, SOON * 2), (1, 1));
}

#[test]
fn a_hole_changes_nothing_until_the_roster_is_read() {
    let mut presence = Presence::default();
    hear(&mut presence, 1, (&["ada"], &[]));

    hear(&mut presence, 3, (&["cy"], &[]));
    assert_eq!(here(&presence), ["ada"]);
    assert!(presence.is_doubtful());
    presence.take(&rosters(SOON, Some((2, &["ada", "bo"]))), &room());
    assert_eq!(here(&presence), ["ada", "bo"]);
    assert!(presence.is_doubtful(), "what was heard is not there yet");
    presence.take(&rosters(SOON, Some((3, &["bo", "cy"]))), &room());

    assert_eq!(here(&presence), ["bo", "cy"]);
    assert!(!presence.is_doubtful());
}

#[test]
fn a_roster_that_is_older_than_what_was_heard_changes_nothing() {
    let mut presence = Presence::default();
    hear(&mut presence, 1, (&["ada"], &[]));
    hear(&mut presence, 2, (&["bo"], &[]));

    presence.take(&rosters(SOON, Some((1, &["ada"]))), &room());

    assert_eq!(here(&presence), ["ada", "bo"]);
    assert!(!presence.is_doubtful());
}

#[test]
fn a_roster_without_the_room_counts_once_it_is_not_older_than_what_was_heard() {
    let mut presence = Presence::default();
    hear(&mut presence, 1, (&["ada"], &[]));

    presence.take(&rosters(SOON, None), &room());
    assert_eq!(here(&presence), ["ada"]);
    assert!(presence.is_doubtful());
    presence.take(&rosters(LEASE, None), &room());

    assert_eq!(here(&presence), [""; 0]);
    assert!(!presence.is_doubtful());
}

#[test]
fn a_node_that_is_not_among_the_rosters_keeps_its_people_until_it_is_known_to_be_gone() {
    let mut presence = Presence::default();
    hear(&mut presence, 1, (&["ada"], &[]));

    presence.take(&Rosters { asked_at: Duration::from_hours(1), of: BTreeMap::new() }, &room());
    assert_eq!(here(&presence), ["ada"]);
    presence.lose_node(&node());

    assert_eq!(here(&presence), [""; 0]);
}

#[test]
fn who_is_known_by_another_name_elsewhere_has_one_name_and_then_the_other() {
    let mut presence = Presence::default();
    let renamed = Person { name: MemberName::parse("Ada Lovelace").unwrap(), ..person("ada") };
    hear(&mut presence, 1, (&["ada"], &[]));

    presence.arrive(ConnectionId(1), &renamed);
    assert_eq!(presence.people().collect::<Vec<_>>(), [&renamed]);
    presence.leave(ConnectionId(1), &renamed.id);

    assert_eq!(presence.people().collect::<Vec<_>>(), [&person("ada")]);
}

/// Another node tells a change.
fn hear(presence: &mut Presence, number: u64, (came, went): (&[&str], &[&str])) {
    let came = came.iter().map(|id| person(id)).collect();
    let went = went.iter().map(|id| person(id).id).collect();
    presence.hear(&node(), number, (came, went), Duration::ZERO);
}

/// The roster of that node, with the room or without.
fn rosters(asked_at: Duration, part: Option<(u64, &[&str])>) -> Rosters {
    let part = part.map(|(number, people)| (room(), (number, people.iter().map(|id| person(id)).collect())));
    let roster = Roster { rooms: part.into_iter().collect() };
    Rosters { asked_at, of: BTreeMap::from([(node(), roster)]) }
}

fn here(presence: &Presence) -> Vec<&str> {
    presence.people().map(|person| person.id.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// How many are said to have come and to have gone.
fn told(presence: &mut Presence, now: Duration) -> (usize, usize) {
    presence.take_news(now).map_or((0, 0), |(news, _)| (news.came.len(), news.went.len()))
}

fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn node() -> NodeId {
    NodeId::from_random(7)
}

fn person(id: &str) -> Person {
    Person { id: MemberId::parse(id).unwrap(), name: MemberName::parse(id).unwrap(), guest: false }
}
