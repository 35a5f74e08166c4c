//! The domain: what a chat is, and the ports through which it keeps and tells things.
//!
//! Nothing here opens a file, a socket or a clock: time, randomness and settings come as arguments, and the ports in
//! [`ports`] are implemented elsewhere. Their specification is [`contract`], which every adapter passes.

pub mod access;
pub mod accounts;
pub mod contract;
pub mod erase;
pub mod gather;
pub mod here;
pub mod history;
pub mod invite;
pub mod ports;
pub mod rate;
pub mod rooms;
pub mod search;
pub mod secrets;
pub mod session;
pub mod tail;
