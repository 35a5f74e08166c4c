//! Load and figures: members made by the thousand, clients that talk while their server dies, and the checker that
//! judges what became of their messages.

pub mod checker;
pub mod crowd;
pub mod figures;
pub mod noted;
pub mod ordeal;
pub mod peer;
pub mod raw;
pub mod server;
pub mod talker;
