//! Load and figures: members made by the thousand, and the checker that judges what became of their messages.

pub mod checker;
