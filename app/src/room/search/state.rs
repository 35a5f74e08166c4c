//! What is done at the search. On the server nothing moves.

use std::time::Duration;

use leptos::prelude::*;

use client::search::{Found, Known, Offers, Order, Search};
use protocol::Person;
#[cfg(not(feature = "hydrate"))]
use protocol::{RoomId, Sequence};

use crate::{
    room::state::{ChatState, put},
    zone,
};

/// The chat, as one that is searched.
#[derive(Clone, Copy)]
pub(crate) struct Finder(pub(crate) ChatState);

impl Finder {
    /// The page of the search takes the place of another.
    pub(super) fn come(self) {
        self.shut_offers();
        #[cfg(feature = "hydrate")]
        {
            let from = self.0.room().map(|room| (room, self.0.at()));
            self.0.driver().with_value(|driver| driver.finding.borrow_mut().from = from);
        }
    }

    /// The page is there: the focus goes into the box, or to the hit that one comes back from.
    pub(super) fn begin(self) {
        self.0.hide();
        #[cfg(feature = "hydrate")]
        {
            let from = self.0.driver().with_value(|driver| driver.finding.borrow().from.clone());
            let hit = from.and_then(|(room, at)| Some(format!("#{}", super::hit::element(&room, at?))));
            // The router puts the page in its place after this.
            request_animation_frame(move || {
                super::go_into_box();
                if let Some(hit) = hit {
                    crate::browser::focus(&hit);
                }
            });
        }
    }

    /// The page is left for another.
    pub(super) fn leave(self) {
        self.act(|search, _| search.closed());
    }

    /// The address that one came from: that of a room, or else of all.
    pub(super) fn from(self) -> String {
        #[cfg(feature = "hydrate")]
        let from = self.0.driver().with_value(|driver| driver.finding.borrow().from.clone());
        #[cfg(not(feature = "hydrate"))]
        let (from, _) = (None::<(RoomId, Option<Sequence>)>, self);
        match from {
            Some((room, Some(at))) => format!("/r/{room}/{at}"),
            Some((room, None)) => format!("/r/{room}"),
            None => "/rooms".to_owned(),
        }
    }

    /// Looks for what stands in an address.
    pub(super) fn open(self, text: String, order: Order) {
        put(self.0.sought, text.clone());
        self.act(move |search, now| search.opened(&text, order, now));
    }

    /// Takes what stands in the box now, and where the cursor is in it, in bytes.
    pub(super) fn write(self, text: String, cursor: usize) {
        self.offer(&text, cursor);
        let is_begun = self.0.offers.read_untracked().is_begun;
        self.0.sought.set(text.clone());
        self.act(move |search, now| {
            search.typed(&text, now);
            if is_begun {
                search.hold();
            }
        });
        #[cfg(feature = "hydrate")]
        if !self.0.seen.read_untracked().is_asked {
            crate::browser::show_in_address(self.0);
        }
    }

    /// Offers what could stand at the cursor.
    pub(crate) fn offer(self, text: &str, cursor: usize) {
        let Self(chat) = self;
        let found = chat.seen.read_untracked().found.clone().unwrap_or_default();
        let authors = found.into_iter().filter_map(|found| found.author);
        let people: Vec<Person> = chat.people().into_iter().chain(authors).collect();
        let rooms = chat.rooms.read_untracked();
        let today = zone::civil(&chat.zone.read_untracked(), chat.today.get_untracked()).iso();
        let known = Known { people: &people, rooms: &rooms, today: today.get(..10).unwrap_or_default() };
        put(chat.offers, Offers::of(text, cursor, known));
    }

    /// Chooses another of the offers. Whether there was one.
    pub(crate) fn choose(self, steps: fn(&mut Offers) -> bool) -> bool {
        let mut offers = self.0.offers.get_untracked();
        let is_there = steps(&mut offers);
        put(self.0.offers, offers);
        is_there
    }

    /// Offers nothing any more. Whether anything was.
    pub(super) fn shut_offers(self) -> bool {
        put(self.0.offers, Offers::default())
    }

    /// Wants none of the offers, but what was typed. Whether there were any.
    pub(super) fn decline_offers(self) -> bool {
        let were_there = self.shut_offers();
        if were_there {
            self.try_now();
        }
        were_there
    }

    /// Takes one of the offers, and says what the box holds then, and where its cursor is.
    pub(super) fn take(self, at: usize) -> Option<(String, usize)> {
        let taken = self.0.offers.read_untracked().taken(&self.0.sought.read_untracked(), at);
        let (text, cursor) = taken?;
        self.write(text.clone(), cursor);
        Some((text, cursor))
    }

    /// Sorts by something else.
    pub(super) fn sort(self, order: Order) {
        self.act(move |search, now| search.sort(order, now));
    }

    /// Does not wait for a pause in typing, or tries again what failed.
    pub(super) fn try_now(self) {
        self.act(Search::try_now);
    }

    /// Brings more hits.
    pub(super) fn more(self) {
        #[cfg(feature = "hydrate")]
        {
            let n = self.n_found();
            self.0.driver().with_value(|driver| driver.finding.borrow_mut().n_before = Some(n));
        }
        self.act(Search::more);
    }

    /// Who has asked for more goes on with the first of them, once it is there: the button may be gone.
    pub(super) fn follow_more(self) {
        self.0.seen.track();
        #[cfg(feature = "hydrate")]
        {
            let n = self.n_found();
            let first = self
                .0
                .driver()
                .with_value(|driver| driver.finding.borrow_mut().n_before.take_if(|before| *before < n));
            if let Some(first) = first {
                let element = format!(".search__hits > :nth-child({}) > .hit", first + 1);
                request_animation_frame(move || crate::browser::focus(&element));
            }
        }
    }

    /// The hits to show: of a private room only as long as one is in it.
    pub(super) fn shown(self) -> Vec<Found> {
        let rooms = self.0.rooms.read();
        let is_open =
            |found: &Found| !found.room.private || rooms.iter().any(|room| room.info.id == found.room.id);
        let found = self.0.seen.read().found.clone().unwrap_or_default();
        found.into_iter().filter(is_open).collect()
    }

    #[cfg(feature = "hydrate")]
    fn n_found(self) -> usize {
        self.0.seen.read_untracked().found.as_ref().map_or(0, Vec::len)
    }

    fn act(self, does: impl FnOnce(&mut Search, Duration) + 'static) {
        #[cfg(feature = "hydrate")]
        crate::browser::find(self.0, Box::new(does));
        #[cfg(not(feature = "hydrate"))]
        let _ = (self, does);
    }
}
