//! Load and figures: members made by the thousand, and the checker that judges what became of their messages.

pub mod bare;
pub mod checker;
pub mod crowd;
pub mod fan_out;
pub mod raw;
pub mod server;
