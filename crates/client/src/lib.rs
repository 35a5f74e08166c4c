//! How a client behaves, without a screen, a socket or a clock.
//!
//! [`Client`] is told what happens (a frame came, time passed, the member pressed Enter) and answers with [`Effect`]s
//! that its driver carries out. The browser, the load generator and the simulation drive the same code.
//!
//! - `link`: the connection comes and goes.
//! - `requests`: what was asked and not answered yet.
//! - `outbox`: drafts until they are acknowledged, each exactly once.
//! - `timeline`: the part of a room's log that is loaded; `changes`: what was edited and deleted in it.
//! - `rooms`, `people`: the list with unread counts; who is here, who types.
//! - [`viewport`] and [`rows`]: what of a timeline is on screen, and how it is grouped.
//! - [`search`]: what is asked as somebody types into the box, apart from the connection.

pub mod rows;
pub mod search;
pub mod viewport;

mod acts;
mod changes;
mod client;
mod draft;
mod hearing;
mod link;
mod outbox;
mod people;
mod random;
mod requests;
mod rooms;
mod shown;
mod timeline;

pub use client::{Client, Effect, Outcome, Setup};
pub use draft::{Draft, DraftState, Entry, KeptDraft};
pub use link::Status;
pub use people::Note;
pub use requests::Asked;
pub use rooms::Room;
pub use timeline::{LOADED_MAX, Timeline};
