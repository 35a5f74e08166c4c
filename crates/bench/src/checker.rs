//! Judges a run: was anything acknowledged lost, doubled or reordered?

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
};

use protocol::{MemberId, Nonce, RoomId, Sequence};

/// All that is known after a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Each room's log as the store has it, in the order in which it was read.
    pub logs: BTreeMap<RoomId, Vec<Entry>>,
    /// What senders were told is durable.
    pub acknowledged: Vec<(RoomId, Entry)>,
    /// What each member composed for each room, in order.
    pub composed: BTreeMap<(RoomId, MemberId), Vec<Nonce>>,
    /// What each client shows of a room at the end.
    pub views: Vec<View>,
    /// Clients that never got on, and at what.
    pub stuck: Vec<(MemberId, String)>,
}

/// One message, as far as the judgement goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its place.
    pub sequence: Sequence,
    /// Who wrote it.
    pub author: MemberId,
    /// What its author's client called it.
    pub nonce: Nonce,
}

/// What one client shows of one room.
#[derive(Clone, Debug)]
pub struct View {
    /// Whose client.
    pub member: MemberId,
    /// Which room.
    pub room: RoomId,
    /// The messages, from top to bottom.
    pub entries: Vec<Entry>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anomaly {
    /// The log does not go on with the next sequence.
    Hole {
        /// Where.
        room: RoomId,
        /// The last sequence before it.
        after: Sequence,
    },
    /// An acknowledged message is not in the log at the place that was acknowledged.
    Lost {
        /// Where.
        room: RoomId,
        /// What was acknowledged.
        entry: Entry,
    },
    /// One draft is two messages.
    Doubled {
        /// Where.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
    },
    /// A member's messages do not stand in the order in which they were composed.
    Reordered {
        /// Where.
        room: RoomId,
        /// Whose.
        author: MemberId,
        /// The first that stands before one composed earlier.
        nonce: Nonce,
    },
    /// A client does not show what the log has, up to its end.
    ViewDiffers {
        /// Where.
        room: RoomId,
        /// Whose client.
        member: MemberId,
        /// The first place where they differ.
        at: Sequence,
    },
    /// A client never got on.
    Stuck {
        /// Whose client.
        member: MemberId,
        /// What it could not get done.
        at: String,
    },
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hole { room, after } => write!(f, "hole in `{room}` after {after}"),
            Self::Lost { room, entry } => {
                write!(f, "lost in `{room}`: {} acknowledged at {}", entry.nonce, entry.sequence)
            }
            Self::Doubled { room, nonce } => write!(f, "doubled in `{room}`: {nonce}"),
            Self::Reordered { room, author, nonce } => {
                write!(f, "reordered in `{room}`: {nonce} of {author} stands before an earlier one")
            }
            Self::ViewDiffers { room, member, at } => {
                write!(f, "view of `{room}` by {member} differs from the log at {at}")
            }
            Self::Stuck { member, at } => write!(f, "{member} is stuck: {at}"),
        }
    }
}

/// Names everything that must not have happened; nothing for a good run.
pub fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    for (room, log) in &history.logs {
        anomalies.extend(holes(room, log));
        anomalies.extend(doubled(room, log));
    }
    let durable: HashSet<(&RoomId, &Entry)> =
        history.logs.iter().flat_map(|(room, log)| log.iter().map(move |entry| (room, entry))).collect();
    anomalies.extend(history.acknowledged.iter().filter_map(|(room, entry)| {
        let found = durable.contains(&(room, entry));
        (!found).then(|| Anomaly::Lost { room: room.clone(), entry: entry.clone() })
    }));
    anomalies.extend(history.composed.iter().filter_map(|((room, author), nonces)| {
        let log = history.logs.get(room).map_or(&[][..], Vec::as_slice);
        reordered(log, author, nonces).map(|nonce| Anomaly::Reordered {
            room: room.clone(),
            author: author.clone(),
            nonce,
        })
    }));
    anomalies.extend(history.views.iter().filter_map(|view| differs(history, view)));
    let stuck = history.stuck.iter().cloned();
    anomalies.extend(stuck.map(|(member, at)| Anomaly::Stuck { member, at }));
    anomalies
}

fn holes(room: &RoomId, log: &[Entry]) -> Vec<Anomaly> {
    let mut last = Sequence::ZERO;
    let mut holes = Vec::new();
    for entry in log {
        if entry.sequence != last.next() {
            holes.push(Anomaly::Hole { room: room.clone(), after: last });
        }
        last = entry.sequence;
    }
    holes
}

fn doubled(room: &RoomId, log: &[Entry]) -> Vec<Anomaly> {
    let mut times: HashMap<(&MemberId, &Nonce), usize> = HashMap::new();
    let mut doubled = Vec::new();
    for entry in log {
        let n = times.entry((&entry.author, &entry.nonce)).or_default();
        *n += 1;
        if *n == 2 {
            doubled.push(Anomaly::Doubled { room: room.clone(), nonce: entry.nonce.clone() });
        }
    }
    doubled
}

/// The first of an author's messages in the log that stands before one composed earlier.
fn reordered(log: &[Entry], author: &MemberId, composed: &[Nonce]) -> Option<Nonce> {
    let places: HashMap<&Nonce, usize> = composed.iter().enumerate().map(|(at, nonce)| (nonce, at)).collect();
    let mut written = log.iter().filter(|entry| entry.author == *author);
    let mut last: Option<&Entry> = None;
    written.find_map(|entry| {
        let before = last.replace(entry)?;
        let swapped = places.get(&before.nonce) > places.get(&entry.nonce);
        swapped.then(|| before.nonce.clone())
    })
}

/// A view may begin anywhere, as clients hold a part of the log, but from there on it is the log to its end.
fn differs(history: &History, view: &View) -> Option<Anomaly> {
    let log = history.logs.get(&view.room).map_or(&[][..], Vec::as_slice);
    let begin = match view.entries.first() {
        Some(first) => log.iter().position(|entry| entry.sequence == first.sequence).unwrap_or(0),
        None => 0,
    };
    let expected = &log[begin..];
    let same = expected.iter().zip(&view.entries).take_while(|(a, b)| a == b).count();
    if same == expected.len() && same == view.entries.len() {
        return None;
    }
    let at = expected.get(same).or_else(|| view.entries.get(same)).map(|entry| entry.sequence);
    let (room, member) = (view.room.clone(), view.member.clone());
    Some(Anomaly::ViewDiffers { room, member, at: at.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_run_has_nothing_to_name() {
        assert_eq!(check(&good()), []);
    }

    #[test]
    fn a_loss_is_named() {
        let mut history = good();
        history.logs.get_mut(&room()).unwrap().pop();
        for view in &mut history.views {
            view.entries.pop();
        }

        assert_eq!(check(&history), [Anomaly::Lost { room: room(), entry: entry(4, "bo", "b2") }]);
    }

    #[test]
    fn a_double_is_named() {
        let mut history = good();
        let again = entry(5, "ada", "a1");
        history.logs.get_mut(&room()).unwrap().push(again.clone());
        history.views.iter_mut().for_each(|view| view.entries.push(again.clone()));

        let anomalies = check(&history);

        assert!(anomalies.contains(&Anomaly::Doubled { room: room(), nonce: nonce("a1") }), "{anomalies:?}");
    }

    #[test]
    fn a_swap_in_the_log_is_named() {
        let mut history = good();
        let log = history.logs.get_mut(&room()).unwrap();
        (log[0].nonce, log[2].nonce) = (nonce("a2"), nonce("a1"));

        let anomalies = check(&history);

        let expected = Anomaly::Reordered { room: room(), author: member("ada"), nonce: nonce("a2") };
        assert!(anomalies.contains(&expected), "{anomalies:?}");
    }

    #[test]
    fn a_swap_in_a_view_is_named() {
        let mut history = good();
        history.views[0].entries.swap(1, 2);

        let expected = Anomaly::ViewDiffers { room: room(), member: member("cy"), at: Sequence(2) };
        assert_eq!(check(&history), [expected]);
    }

    #[test]
    fn a_hole_is_named() {
        let mut history = good();
        history.logs.get_mut(&room()).unwrap().remove(1);
        history.views.clear();
        history.acknowledged.clear();

        assert_eq!(check(&history), [Anomaly::Hole { room: room(), after: Sequence(1) }]);
    }

    #[test]
    fn a_view_that_stops_early_is_named_and_one_that_begins_late_is_not() {
        let mut history = good();
        history.views[0].entries.pop();
        history.views.push(View { entries: log()[2..].to_vec(), ..view("di") });

        let expected = Anomaly::ViewDiffers { room: room(), member: member("cy"), at: Sequence(4) };
        assert_eq!(check(&history), [expected]);
    }

    #[test]
    fn who_is_stuck_is_named() {
        let mut history = good();
        history.stuck.push((member("di"), "sending".to_owned()));

        assert_eq!(check(&history), [Anomaly::Stuck { member: member("di"), at: "sending".to_owned() }]);
    }

    fn good() -> History {
        History {
            logs: BTreeMap::from([(room(), log())]),
            acknowledged: log().into_iter().map(|entry| (room(), entry)).collect(),
            composed: BTreeMap::from([
                ((room(), member("ada")), vec![nonce("a1"), nonce("a2")]),
                ((room(), member("bo")), vec![nonce("b1"), nonce("b2"), nonce("b3")]),
            ]),
            views: vec![view("cy")],
            stuck: Vec::new(),
        }
    }

    fn log() -> Vec<Entry> {
        vec![entry(1, "ada", "a1"), entry(2, "bo", "b1"), entry(3, "ada", "a2"), entry(4, "bo", "b2")]
    }

    fn view(of: &str) -> View {
        View { member: member(of), room: room(), entries: log() }
    }

    fn entry(sequence: u64, author: &str, nonce_text: &str) -> Entry {
        Entry { sequence: Sequence(sequence), author: member(author), nonce: nonce(nonce_text) }
    }

    fn room() -> RoomId {
        RoomId::parse("general").unwrap()
    }

    fn member(id: &str) -> MemberId {
        MemberId::parse(id).unwrap()
    }

    fn nonce(text: &str) -> Nonce {
        Nonce::parse(text).unwrap()
    }
}
