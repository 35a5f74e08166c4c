//! The chat in the browser: carries out what the client asks for, and tells it what happens.

mod asking;
mod events;
mod finding;
mod frames;
mod locks;
mod outbox;
mod page;
mod places;
mod socket;
mod store;
mod waking;

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use client::{Client, Effect};
use protocol::{ClientMessage, ServerMessage, close::CloseCode, wire};

pub(crate) use self::{
    asking::ask,
    finding::{find, show_in_address},
    frames::lay_out_soon,
    page::{
        date, focus, focus_beside, focus_soon, has_popover, is_typing, is_visible, is_wide, keep, kept, now,
        refocus_soon, reload, remember, seed, select, turn_colours, watch_size,
    },
    places::readdress,
};
use self::{finding::Finding, frames::Frames, outbox::Keeper, socket::Socket, waking::Waking};
use crate::{
    reactive::effect,
    room::{composer, state::ChatState},
    snapshot,
};

/// What the browser holds for the chat.
#[derive(Default)]
pub(crate) struct Driver {
    socket: RefCell<Option<Socket>>,
    waking: Waking,
    keeper: Rc<Keeper>,
    frames: Frames,
    /// The search, if anything was looked for.
    pub(crate) finding: RefCell<Finding>,
    finding_wakes: Waking,
}

/// Begins, once the page is alive.
pub(crate) fn start(state: ChatState) {
    composer::keep_over_reloads(state);
    places::follow_steps();
    effect(move || {
        events::listen(state);
        outbox::begin(state);
        act(state, |client, now| client.set_online(page::is_online(), now));
    });
    // Times are shown in the browser's own zone from then on, which may part the days elsewhere.
    effect(move || {
        state.zone.track();
        state.refresh();
    });
    on_cleanup(move || end(state));
}

/// The chat is left: its connection goes with it.
fn end(state: ChatState) {
    let socket = state.driver().try_with_value(|driver| {
        driver.waking.stop();
        driver.finding_wakes.stop();
        driver.socket.take()
    });
    if let Some(Some(socket)) = socket {
        socket.close();
    }
}

/// Does something with the client, carries out what comes of it, and shows it.
pub(crate) fn act(state: ChatState, does: impl FnOnce(&mut Client, Duration)) {
    let effects = state.client().try_update_value(|client| {
        does(client, now());
        client.take_effects()
    });
    let Some(effects) = effects else { return }; // The chat was left meanwhile.
    for effect in effects {
        perform(state, effect);
    }
    state.refresh();
    let wake_at = state.client().with_value(Client::next_wake);
    state.driver().with_value(|driver| driver.waking.set(wake_at, move || act(state, Client::wake)));
}

fn perform(state: ChatState, effect: Effect) {
    match effect {
        Effect::Connect => connect(state),
        Effect::Disconnect => {
            disconnect(state);
            soon(move || act(state, |client, now| client.closed(CloseCode::GOING_AWAY, now)));
        }
        Effect::Send(message) => send(state, message),
        Effect::Save(draft) => outbox::save(state, draft),
        Effect::Mark(nonce, refusal) => outbox::mark(state, nonce, refusal),
        Effect::Forget(nonce) => outbox::forget(state, &nonce),
        Effect::Tell(outcome) => state.hear(outcome),
    }
}

fn connect(state: ChatState) {
    disconnect(state);
    let heard = move |text: String| match wire::decode_server(&text) {
        Ok(message) => act(state, |client, now| client.received(message, now)),
        Err(_) => act(state, |client, _| client.unreadable()),
    };
    let closed = move |code: u16| act(state, |client, now| client.closed(CloseCode(code), now));
    match Socket::open(heard, closed) {
        Ok(socket) => state.driver().with_value(|driver| *driver.socket.borrow_mut() = Some(socket)),
        Err(_) => soon(move || closed(CloseCode::INTERNAL.0)), // The browser refused; as if it was not there.
    }
}

fn disconnect(state: ChatState) {
    let socket = state.driver().with_value(|driver| driver.socket.take());
    if let Some(socket) = socket {
        socket.close();
    }
}

fn send(state: ChatState, message: ClientMessage) {
    let is_visitor = state.client().with_value(|client| client.me().is_none());
    match message {
        ClientMessage::Page { request, room, anchor, limit } if is_visitor => {
            snapshot::read_history(&room, anchor, limit, move |answer| {
                let answer = match answer {
                    Ok(page) => ServerMessage::Page { request, page },
                    Err(refusal) => ServerMessage::Refused { request: Some(request), refusal },
                };
                act(state, |client, now| client.received(answer, now));
            });
        }
        message => state.driver().with_value(|driver| {
            if let Some(socket) = driver.socket.borrow().as_ref() {
                socket.send(&wire::encode(&message));
            }
        }),
    }
}

/// Does something after what runs now.
fn soon(does: impl FnOnce() + 'static) {
    spawn_local(async move { does() });
}
