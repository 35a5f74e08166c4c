//! How a client behaves, without a screen, a socket or a clock.
//!
//! [`Client`] is told what happens (a frame came, time passed, the member pressed Enter) and answers with [`Effect`]s
//! that its driver carries out. The browser, the load generator and the simulation drive the same code.
//!
//! - `link`: the connection comes and goes.
//! - `outbox`: drafts until they are acknowledged, each exactly once.
//! - `timeline`: the part of a room's log that is loaded.
//! - `rooms`, `people`: the list with unread counts; who is here, who types.
//! - [`viewport`] and [`rows`]: what of a timeline is on screen, and how it is grouped.

pub mod rows;
pub mod viewport;

mod acts;
mod client;
mod hearing;
mod link;
mod outbox;
mod people;
mod random;
mod rooms;
mod shown;
mod timeline;

pub use client::{Asked, Client, Effect, Outcome, Setup};
pub use link::Status;
pub use outbox::{Draft, DraftState, Entry};
pub use people::Note;
pub use rooms::Room;
pub use timeline::{LOADED_MAX, Timeline};
