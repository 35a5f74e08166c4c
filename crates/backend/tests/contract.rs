//! The ports' suites on the enums: each must reach the adapter that it stands for.

use std::time::Duration;

use backend::{Backend, Log, PresenceStore, RoomStore};

chat::room_log_contract!(fresh_log());
chat::rooms_contract!(Backend::in_memory().rooms);
chat::members_contract!(Backend::in_memory().members);
chat::sessions_contract!(Backend::in_memory().sessions);
chat::memberships_contract!(Backend::in_memory().memberships);
chat::bus_contract!(Backend::in_memory().bus);
chat::presence_contract!(fresh_presence());

fn fresh_log() -> (Log, RoomStore) {
    let backend = Backend::in_memory();
    (backend.log, backend.rooms)
}

fn fresh_presence() -> (PresenceStore, impl AsyncFn(Duration)) {
    tokio::time::pause();
    (Backend::in_memory().presence, tokio::time::advance)
}
