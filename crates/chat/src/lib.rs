//! The domain: rooms, members, access, and the ports they need.
