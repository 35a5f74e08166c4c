//! What the chat shows: signals, each set only when what it tells has changed.
//!
//! Server and browser build the same state from the same [`Snapshot`], so that what one rendered the other wakes up.
//! In the browser [`ChatState::act`] then drives the client; on the server nothing moves.

#[cfg(any(feature = "hydrate", test))]
mod hearing;
mod kept;
mod refresh;
mod revising;

use std::{collections::HashMap, time::Duration};

use leptos::prelude::*;

use client::{
    Client, Outcome, Setup, Status,
    rows::Row,
    search::{Offers, Seen},
    viewport::Viewport,
};
use protocol::{Ending, Here, MessageText, Nonce, Person, Refusal, RoomId, RoomInfo, Sequence, Timestamp};

pub(crate) use self::kept::{DraftRow, Edges, People, Place, Shown, Spoken};
pub(crate) use self::refresh::put;
use super::{address::Address, composer, timeline::Nodes};
use crate::{snapshot::Snapshot, zone};

/// Where one goes on when a button is gone: where one writes, or what leads there, or what the page begins with.
pub(crate) const NEXT: &str = ".composer__text, .entry .button, .browse__room, .search__input";

/// Everything the chat's components share. A handle: all copies are of one state.
#[derive(Clone, Copy)]
pub(crate) struct ChatState {
    /// Who looks; none for a visitor.
    pub(crate) me: RwSignal<Option<Person>>,
    /// The rooms they are in, by name.
    pub(crate) rooms: RwSignal<Vec<client::Room>>,
    /// How the connection is.
    pub(crate) status: RwSignal<Status>,
    /// Whether the server has a newer page.
    pub(crate) newer_build: RwSignal<bool>,
    /// Whether what is not sent yet outlives the page: some browsers keep nothing.
    pub(crate) keeps_drafts: RwSignal<bool>,
    /// The room on screen; none where the page is of no room.
    pub(crate) shown: RwSignal<Option<Shown>>,
    /// Who is in it.
    pub(crate) here: RwSignal<Here>,
    /// Who types in it, by name.
    pub(crate) typing: RwSignal<Vec<String>>,
    /// Its messages near the view.
    pub(crate) rows: RwSignal<Vec<Row>>,
    /// What is not durable yet.
    pub(crate) drafts: RwSignal<Vec<DraftRow>>,
    /// What lies beyond the view.
    pub(crate) edges: RwSignal<Edges>,
    /// The message that was jumped to, for a moment.
    pub(crate) marked: RwSignal<Option<Sequence>>,
    /// What others said, for who listens.
    pub(crate) spoken: RwSignal<Vec<Spoken>>,
    /// What came of what was asked last.
    pub(crate) outcome: RwSignal<Option<Outcome>>,
    /// What is written and not sent, room by room.
    pub(crate) composer: RwSignal<composer::State>,
    /// Whether the people beside the room are shown.
    pub(crate) people: RwSignal<People>,
    /// What is looked for.
    pub(crate) sought: RwSignal<String>,
    /// What is to be seen of it.
    pub(crate) seen: RwSignal<Seen>,
    /// What could stand where something is being typed into the search.
    pub(crate) offers: RwSignal<Offers>,
    /// The zone that times are shown in.
    pub(crate) zone: Signal<String>,
    /// Whether one may come as a guest.
    pub(crate) guests_come: bool,
    /// What time it is, to the day.
    pub(crate) today: RwSignal<Timestamp>,
    /// The elements of the timeline.
    pub(crate) nodes: Nodes,
    client: StoredValue<Client>,
    viewport: StoredValue<Viewport>,
    current: StoredValue<Current>,
    infos: StoredValue<HashMap<RoomId, RoomInfo>>,
    #[cfg(feature = "hydrate")]
    driver: StoredValue<crate::browser::Driver, LocalStorage>,
}

/// What is on screen, as far as no component needs to hear of it.
#[derive(Default)]
struct Current {
    room: Option<RoomId>,
    problem: Option<Refusal>,
    /// Why the reader is in the room no longer.
    ended: Option<Ending>,
    /// The last message when the reader was last at the end.
    seen: Sequence,
    /// Whether the page is alive and its rows are measured; before that all that came with it is shown.
    is_settled: bool,
    /// Whether the client was told that the end is being read.
    reading: bool,
    /// Whether the reader was put where they begin: at the message in the address, or at what they have not read.
    is_begun: bool,
    /// The message in the address.
    at: Option<Sequence>,
}

impl ChatState {
    /// Builds what the snapshot holds. Its room is on screen if the page is of one.
    pub(crate) fn new(snapshot: Snapshot, address: Option<&Address>) -> Self {
        let Snapshot { me, rooms, room, now, build, zone, guests_come } = snapshot;
        let mut client = Client::new(Setup { me, rooms, build, seed: seed() });
        let mut infos = HashMap::new();
        let mut current = Current::default();
        match room {
            Ok(room) => {
                let id = room.info.id.clone();
                current.seen = room.page.heads.messages;
                infos.insert(id.clone(), room.info);
                client.rendered(room.page, room.here, Duration::ZERO);
                if address.is_some() {
                    client.show(&id, Duration::ZERO);
                    current.room = Some(id);
                }
            }
            Err(problem) => {
                current.room = address.and_then(|it| RoomId::parse(&it.room).ok());
                current.problem = address.map(|_| problem);
            }
        }
        let state = Self {
            me: RwSignal::new(None),
            rooms: RwSignal::default(),
            status: RwSignal::new(Status::Connecting),
            newer_build: RwSignal::default(),
            keeps_drafts: RwSignal::new(true),
            shown: RwSignal::new(None),
            here: RwSignal::default(),
            typing: RwSignal::default(),
            rows: RwSignal::default(),
            drafts: RwSignal::default(),
            edges: RwSignal::default(),
            marked: RwSignal::new(address.and_then(|it| it.at)),
            spoken: RwSignal::default(),
            outcome: RwSignal::default(),
            composer: RwSignal::default(),
            people: RwSignal::default(),
            sought: RwSignal::default(),
            seen: RwSignal::default(),
            offers: RwSignal::default(),
            zone: zone::live(zone),
            guests_come,
            today: RwSignal::new(now),
            nodes: Nodes::default(),
            client: StoredValue::new(client),
            viewport: StoredValue::new(Viewport::default()),
            current: StoredValue::new(current),
            infos: StoredValue::new(infos),
            #[cfg(feature = "hydrate")]
            driver: StoredValue::new_local(crate::browser::Driver::default()),
        };
        state.refresh();
        state
    }

    /// Does something with the client and shows what came of it. Nothing on the server, which only renders.
    pub(crate) fn act(self, does: impl FnOnce(&mut Client, Duration)) {
        #[cfg(feature = "hydrate")]
        crate::browser::act(self, does);
        #[cfg(not(feature = "hydrate"))]
        let _ = (self, does);
    }

    /// Shows the room of an address in place of the one before.
    pub(crate) fn show(self, address: &Address) {
        let room = RoomId::parse(&address.room);
        let problem = room.as_ref().err().cloned();
        let room = room.ok();
        if self.current.with_value(|it| it.room != room) {
            self.viewport.set_value(Viewport::default());
            self.current.update_value(|it| {
                *it = Current { room: room.clone(), problem, is_settled: true, ..Current::default() };
            });
            self.marked.set(None);
            self.outcome.set(None); // It was about the room before, and has been read.
        }
        if self.current.with_value(|it| it.problem.is_some()) {
            return self.refresh(); // There is nothing to ask for.
        }
        let at = address.at;
        let mut is_begun = true;
        self.current.update_value(|it| (is_begun, it.at) = (std::mem::replace(&mut it.is_begun, true), at));
        self.act(|client, now| match &room {
            Some(room) => {
                client.show(room, now);
                match at {
                    Some(at) => client.jump_to(room, at),
                    None if !is_begun => client.jump_to_unread(room),
                    None => {}
                }
            }
            None => client.hide(),
        });
    }

    /// Shows no room: the page is of something else.
    pub(crate) fn hide(self) {
        self.current.update_value(|it| (it.room, it.problem, it.reading) = (None, None, false));
        self.act(|client, _| client.hide());
    }

    /// Remembers what rooms are called: one may be in them no longer, or not yet.
    pub(crate) fn learn<'a>(self, rooms: impl Iterator<Item = &'a RoomInfo>) {
        self.infos.update_value(|infos| infos.extend(rooms.map(|room| (room.id.clone(), room.clone()))));
    }

    /// Everybody whom the page has heard of.
    pub(crate) fn people(self) -> Vec<Person> {
        self.client.with_value(|client| client.people().cloned().collect())
    }

    /// The room on screen.
    pub(crate) fn room(self) -> Option<RoomId> {
        self.current.with_value(|it| it.room.clone())
    }

    /// Puts a text into the outbox; none where that is not possible. The composer keeps it until it is there.
    pub(crate) fn compose(self, room: &RoomId, text: MessageText) -> Option<Nonce> {
        let mut nonce = None;
        self.act(|client, _| nonce = client.compose(room, text));
        self.go_to_end();
        nonce
    }

    /// Goes to the room's first message.
    pub(crate) fn go_to_start(self) {
        if let Some(room) = self.room() {
            self.act(|client, _| client.jump_to(&room, Sequence(1)));
        }
        self.lay_out_soon();
    }

    /// Goes to the newest message and stays there.
    pub(crate) fn go_to_end(self) {
        self.viewport.update_value(Viewport::go_to_end);
        if let Some(room) = self.room() {
            self.act(|client, _| {
                client.jump_to_end(&room);
            });
        }
        self.lay_out_soon();
    }

    /// The elements are to be measured and put in place before the next frame.
    pub(crate) fn lay_out_soon(self) {
        #[cfg(feature = "hydrate")]
        crate::browser::lay_out_soon(self);
        #[cfg(not(feature = "hydrate"))]
        let _ = self;
    }
}

#[cfg(any(feature = "hydrate", test))]
impl ChatState {
    /// The client itself.
    pub(crate) fn client(self) -> StoredValue<Client> {
        self.client
    }
}

#[cfg(feature = "hydrate")]
impl ChatState {
    /// The message in the address.
    pub(crate) fn at(self) -> Option<Sequence> {
        self.current.with_value(|it| it.at)
    }

    /// What the browser holds for the chat.
    pub(crate) fn driver(self) -> StoredValue<crate::browser::Driver, LocalStorage> {
        self.driver
    }

    /// Where the timeline's view stands.
    pub(crate) fn viewport(self) -> StoredValue<Viewport> {
        self.viewport
    }

    /// The rows on screen have been measured: from now on only those near the view exist. Whether that is new.
    pub(crate) fn settle(self) -> bool {
        let mut is_new = false;
        self.current.update_value(|it| is_new = !std::mem::replace(&mut it.is_settled, true));
        is_new
    }

    /// Whether a message that is brought into view is the one in the address.
    pub(crate) fn is_in_address(self, sequence: Sequence) -> bool {
        self.current.with_value(|it| it.at == Some(sequence))
    }

    /// Whether the rows on the screen have been measured, and stand where they belong.
    pub(crate) fn is_settled(self) -> bool {
        self.current.with_value(|it| it.is_settled)
    }

    /// Tells the client whether the end of the room is being read, if that has changed.
    pub(crate) fn set_reading(self, reading: bool) {
        let mut changed = None;
        self.current.update_value(|it| {
            if it.reading != reading {
                it.reading = reading;
                changed.clone_from(&it.room);
            }
        });
        if let Some(room) = changed {
            self.act(|client, now| client.viewing(&room, reading, now));
        }
    }
}

/// Moves the focus to the first element that fits once what has just changed is shown.
pub(crate) fn focus_soon(selector: String) {
    #[cfg(feature = "hydrate")]
    crate::browser::focus_soon(selector);
    #[cfg(not(feature = "hydrate"))]
    drop(selector);
}

/// Likewise, where nothing has the focus any more.
pub(crate) fn refocus_soon(selector: &'static str) {
    #[cfg(feature = "hydrate")]
    crate::browser::refocus_soon(selector);
    #[cfg(not(feature = "hydrate"))]
    let _ = selector;
}

/// Anything that differs from client to client.
fn seed() -> u64 {
    #[cfg(feature = "hydrate")]
    return crate::browser::seed();
    #[cfg(not(feature = "hydrate"))]
    0
}
