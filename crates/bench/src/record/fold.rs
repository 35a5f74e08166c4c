//! Events, put together to what is judged.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

use chat::ports::Way;
use protocol::{MemberId, MessageText, Nonce, Refusal, RoomId, Timestamp};

use super::{Act, Event, Line, Shown, What};
use crate::checker::{Asked, Composed, Entry, History, Moment, Revised, Screen, View};

/// A history in the making.
#[derive(Default)]
pub struct Fold {
    history: History,
    clients: HashMap<u32, Told>,
    names: Names,
    /// When the run began, if that is known.
    began: Option<Timestamp>,
    n_lines: u64,
    /// What was asked of memberships and is not answered, by whom, and since when.
    unanswered: Vec<(Option<u32>, Act, Moment)>,
}

/// What is known of one client until now.
struct Told {
    member: MemberId,
    composed: BTreeMap<RoomId, Vec<(Nonce, MessageText)>>,
    screens: BTreeMap<RoomId, Vec<Vec<Shown>>>,
}

/// Each name once, as most come again and again.
#[derive(Default)]
struct Names {
    rooms: HashSet<RoomId>,
    members: HashSet<MemberId>,
    nonces: HashSet<Nonce>,
}

impl Fold {
    /// Goes on with a history.
    pub fn of(history: History) -> Self {
        Self { history, ..Self::default() }
    }

    /// Takes what comes next.
    pub fn take(&mut self, Line { at_ms, client, event }: Line) {
        self.n_lines += 1;
        // Without it no time in the store can be told to be that of a line.
        if let Some(began) = self.began {
            self.note(client, &event, Moment { line: self.n_lines, at: Timestamp(began.0 + at_ms) });
        }
        match (event, client) {
            (Event::Client(member), Some(client)) => {
                let (composed, screens) = (BTreeMap::new(), BTreeMap::new());
                let before = self.clients.insert(client, Told { member, composed, screens });
                self.put_together(before);
            }
            (event, Some(client)) => {
                // What nobody is known to have done is nobody's: judged, it is missing.
                if let Some(told) = self.clients.get_mut(&client) {
                    told.take(event, &mut self.history, &mut self.names);
                }
            }
            (Event::Run(run), None) => {
                self.began = Some(run.began);
                (self.history.began, self.history.bounds) = (run.began, run.bounds);
            }
            (Event::Message { room, mut message }, None) => {
                share(&mut self.names.members, &mut message.author);
                share(&mut self.names.nonces, &mut message.nonce);
                self.history.logs.entry(room).or_default().push(message);
            }
            (Event::Change { room, change }, None) => {
                self.history.changes.entry(room).or_default().push(change);
            }
            (Event::Turns { room, member, turns }, None) => {
                // A room where nothing was said is a room too.
                self.history.logs.entry(room.clone()).or_default();
                self.history.changes.entry(room.clone()).or_default();
                self.history.turns.insert((room, member), turns);
            }
            (_, None) => {} // Faults are there to be looked at; what is done beside the clients was noted.
        }
    }

    /// What came of it.
    pub fn finish(mut self) -> History {
        for (client, act, since) in std::mem::take(&mut self.unanswered) {
            self.asked(client, &act, (since, Moment::NEVER, false));
        }
        let clients = std::mem::take(&mut self.clients);
        for told in clients.into_values() {
            self.put_together(Some(told));
        }
        let History { refused, acknowledged, .. } = &mut self.history;
        for (_, entry) in acknowledged {
            refused.remove(&entry.nonce); // By another try, which only says that there is no second message.
        }
        self.history
    }

    /// Pairs what was asked of memberships with its answers.
    fn note(&mut self, client: Option<u32>, event: &Event, now: Moment) {
        let (act, until, acknowledged) = match event {
            Event::Invoke(act) if is_of_membership(&act.what) => {
                return self.unanswered.push((client, act.clone(), now));
            }
            Event::Ok(act) => (act, now, true),
            // Who is told that the store did not answer in time may be wrong. And a node that stands still goes on later: it
            // stamps what it does then, and nobody knows when that is written.
            Event::Fail { act, .. } | Event::Unknown(act) => {
                let at = Timestamp(now.at.0 + self.history.bounds.takes_ms);
                (act, Moment { at, ..Moment::NEVER }, false)
            }
            _ => return,
        };
        let asked = self.unanswered.iter().position(|(by, asked, _)| *by == client && asked == act);
        if let Some(at) = asked {
            let (client, act, since) = self.unanswered.swap_remove(at);
            self.asked(client, &act, (since, until, acknowledged));
        }
    }

    fn asked(
        &mut self,
        client: Option<u32>,
        act: &Act,
        (since, until, acknowledged): (Moment, Moment, bool),
    ) {
        let of_client = || Some(self.clients.get(&client?)?.member.clone());
        let (way, member) = match &act.what {
            What::Join => (Way::Joined, of_client()),
            What::Add(member) => (Way::Joined, Some(member.clone())),
            What::Leave => (Way::Left, of_client()),
            What::Remove(member) => (Way::Removed, Some(member.clone())),
            What::Send { .. } | What::Revise { .. } => return,
        };
        let Some(member) = member else { return };
        let asked = self.history.asked.entry((act.room.clone(), member)).or_default();
        asked.push(Asked { way, since, until, acknowledged });
    }

    fn put_together(&mut self, told: Option<Told>) {
        let Some(Told { member, composed, screens }) = told else { return };
        let composed = composed.into_iter();
        let composed = composed.map(|(room, drafts)| Composed { room, author: member.clone(), drafts });
        self.history.composed.extend(composed);
        let screens = screens.into_iter();
        let screens = screens.map(|(room, runs)| Screen { member: member.clone(), room, runs });
        self.history.screens.extend(screens);
    }
}

impl Told {
    fn take(&mut self, event: Event, history: &mut History, names: &mut Names) {
        let member = self.member.clone();
        match event {
            Event::Composed { mut room, mut nonce, text } => {
                share(&mut names.rooms, &mut room);
                share(&mut names.nonces, &mut nonce);
                self.composed.entry(room).or_default().push((nonce, text));
            }
            Event::SentAgain(nonce) => drop(history.sent_again.insert(nonce)),
            Event::GivenUp(nonce) => drop(history.given_up.insert(nonce)),
            Event::Invoke(Act { what: What::Send { mut nonce, .. }, .. }) => {
                share(&mut names.nonces, &mut nonce);
                history.refused.remove(&nonce);
                *history.tries.entry(nonce).or_default() += 1;
            }
            // What the store has not answered it may have done, and the client tries again.
            Event::Fail { refusal: Refusal::Unavailable, .. } => {}
            Event::Fail { act: Act { what: What::Send { nonce, .. }, .. }, refusal } => {
                refused(history, nonce, &refusal);
            }
            Event::Ok(mut act) => {
                share(&mut names.rooms, &mut act.room);
                match act.what {
                    What::Send { mut nonce, sequence: Some(sequence) } => {
                        share(&mut names.nonces, &mut nonce);
                        history.tries.remove(&nonce); // None of them will make another message.
                        history.acknowledged.push((act.room, Entry { sequence, author: member, nonce }));
                    }
                    What::Revise { nonce, sequence, text } => {
                        history.revised.push((act.room, Revised { by: member, nonce, sequence, text }));
                    }
                    _ => {}
                }
            }
            Event::Saw { room, anew, mut shown } => {
                for Shown { entry, .. } in &mut shown {
                    share(&mut names.members, &mut entry.author);
                    share(&mut names.nonces, &mut entry.nonce);
                }
                let runs = self.screens.entry(room).or_default();
                match runs.last_mut() {
                    Some(run) if !anew => run.append(&mut shown),
                    _ => runs.push(shown),
                }
            }
            Event::Forgot { room } => {
                let runs = self.screens.remove(&room).unwrap_or_default();
                history.screens.push(Screen { member, room, runs });
            }
            Event::View { room, messages } => history.views.push(View { member, room, messages }),
            Event::Removed(removed) => history.removed.push(removed),
            Event::Stuck { at } => history.stuck.push((member, at)),
            _ => {}
        }
    }
}

/// One try of a draft has come to nothing.
fn refused(history: &mut History, nonce: Nonce, refusal: &Refusal) {
    let tries = history.tries.remove(&nonce).unwrap_or_default().saturating_sub(1);
    if tries == 0 {
        history.refused.insert(nonce);
        return;
    }
    if !matches!(refusal, Refusal::TooFast { .. } | Refusal::Busy { .. } | Refusal::Stale { .. }) {
        // The client has set it aside, and goes on with what comes after it.
        history.sent_again.insert(nonce.clone());
    }
    history.tries.insert(nonce, tries);
}

fn is_of_membership(what: &What) -> bool {
    !matches!(what, What::Send { .. } | What::Revise { .. })
}

/// Puts a value that is there already in the place of its equal, so that it need not be there twice.
fn share<T: Clone + Eq + Hash>(known: &mut HashSet<T>, value: &mut T) {
    match known.get(value) {
        Some(known) => *value = known.clone(),
        None => drop(known.insert(value.clone())),
    }
}
