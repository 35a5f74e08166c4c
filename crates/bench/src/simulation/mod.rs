//! What simulations have in common: rooms and their members, a page for each, and the peace at the end.

pub mod page;
pub mod peace;
pub mod rooms;
