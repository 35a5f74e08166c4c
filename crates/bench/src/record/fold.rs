//! Events, put together to what is judged.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    hash::Hash,
};

use protocol::{MemberId, MessageText, Nonce, RoomId};

use super::{Event, Line, Shown, What};
use crate::checker::{Composed, Entry, History, Revised, Screen, View};

/// A history in the making.
#[derive(Default)]
pub struct Fold {
    history: History,
    clients: HashMap<u32, Told>,
    names: Names,
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
    pub fn take(&mut self, Line { client, event, .. }: Line) {
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
            (Event::Run(run), None) => self.history.bounds = run.bounds,
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
            (_, None) => {} // Faults, and what is done beside the clients, are there to be looked at.
        }
    }

    /// What came of it.
    pub fn finish(mut self) -> History {
        let clients = std::mem::take(&mut self.clients);
        for told in clients.into_values() {
            self.put_together(Some(told));
        }
        self.history
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
            Event::Ok(mut act) => {
                share(&mut names.rooms, &mut act.room);
                match act.what {
                    What::Send { mut nonce, sequence: Some(sequence) } => {
                        share(&mut names.nonces, &mut nonce);
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

/// Puts a value that is there already in the place of its equal, so that it need not be there twice.
fn share<T: Clone + Eq + Hash>(known: &mut HashSet<T>, value: &mut T) {
    match known.get(value) {
        Some(known) => *value = known.clone(),
        None => drop(known.insert(value.clone())),
    }
}
