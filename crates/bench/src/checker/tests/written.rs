//! A history as it would have been written down.

use std::collections::HashMap;

use protocol::{MemberId, Refusal};

use super::{Composed, Entry, History, Revised, Screen, View, member, room};
use crate::record::{Act, Event, Line, Run, What};

/// A record from which such a history is read.
pub(super) fn lines(history: &History) -> Vec<Line> {
    let run = Run { began: history.began, seed: 1, n_clients: 5, n_rooms: 1, bounds: history.bounds };
    let mut lines = vec![Line { at_ms: 0, client: None, event: Event::Run(run) }];
    let mut clients: HashMap<MemberId, u32> = HashMap::new();
    let mut write = |who: Option<&MemberId>, event| {
        let number = u32::try_from(clients.len()).unwrap();
        let client = who.map(|member| *clients.entry(member.clone()).or_insert(number));
        if let Some(member) = who.filter(|_| client == Some(number)) {
            lines.push(Line { at_ms: 1, client, event: Event::Client(member.clone()) });
        }
        lines.push(Line { at_ms: 2, client, event });
    };
    for Composed { room, author, drafts } in &history.composed {
        for (nonce, text) in drafts.iter().cloned() {
            write(Some(author), Event::Composed { room: room.clone(), nonce, text });
        }
    }
    for (room, Entry { sequence, author, nonce }) in history.acknowledged.iter().cloned() {
        let what = What::Send { nonce, sequence: Some(sequence) };
        write(Some(&author), Event::Ok(Act { room, what }));
    }
    for (room, Revised { by, nonce, sequence, text }) in history.revised.iter().cloned() {
        write(Some(&by), Event::Ok(Act { room, what: What::Revise { nonce, sequence, text } }));
    }
    let anybody = member("ada");
    for nonce in history.refused.iter().cloned() {
        let act = Act { room: room(), what: What::Send { nonce, sequence: None } };
        write(Some(&anybody), Event::Invoke(act.clone()));
        write(Some(&anybody), Event::Fail { refusal: Refusal::NotInRoom { room: room() }, act });
    }
    for nonce in history.sent_again.iter().cloned() {
        write(Some(&anybody), Event::SentAgain(nonce));
    }
    for nonce in history.given_up.iter().cloned() {
        write(Some(&anybody), Event::GivenUp(nonce));
    }
    for Screen { member, room, runs } in history.screens.iter().cloned() {
        for (n, shown) in runs.into_iter().enumerate() {
            write(Some(&member), Event::Saw { room: room.clone(), anew: n > 0, shown });
        }
    }
    for View { member, room, messages } in history.views.iter().cloned() {
        write(Some(&member), Event::View { room, messages });
    }
    for removed in history.removed.iter().cloned() {
        write(Some(&removed.member.clone()), Event::Removed(removed));
    }
    for (member, at) in history.stuck.iter().cloned() {
        write(Some(&member), Event::Stuck { at });
    }
    for (room, messages) in history.logs.clone() {
        for message in messages {
            write(None, Event::Message { room: room.clone(), message });
        }
    }
    for (room, changes) in history.changes.clone() {
        for change in changes {
            write(None, Event::Change { room: room.clone(), change });
        }
    }
    for ((room, member), turns) in history.turns.clone() {
        write(None, Event::Turns { room, member, turns });
    }
    lines
}
