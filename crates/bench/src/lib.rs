//! Load and figures: members made by the thousand, clients that talk while their server dies, the pages of simulations,
//! and the checker that judges what became of their messages.

pub mod checker;
pub mod crowd;
pub mod faults;
pub mod figures;
#[cfg(feature = "aws")]
pub mod found;
pub mod http;
mod nemesis;
pub mod noted;
pub mod ordeal;
pub mod peer;
mod play;
#[cfg(feature = "aws")]
pub mod poller;
pub mod random;
pub mod raw;
pub mod record;
pub mod server;
pub mod simulation;
pub mod stored;
pub mod talker;
pub mod words;
