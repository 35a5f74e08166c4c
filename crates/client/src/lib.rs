//! The behaviour of a client: connection, outbox, timeline.
