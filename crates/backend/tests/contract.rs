//! The ports' suites on the enums: each must reach the adapter that it stands for.

use std::time::Duration;

use backend::{
    Backend, ErasureStore, InviteStore, Log, MemberStore, MembershipStore, PresenceStore, RecordStore,
    RoomStore, SessionStore,
};
use chat::contract::Stores;

chat::room_log_contract!(OfBackend(Backend::in_memory()));
chat::rooms_contract!(OfBackend(Backend::in_memory()));
chat::members_contract!(Backend::in_memory().members);
chat::sessions_contract!(Backend::in_memory().sessions);
chat::memberships_contract!(OfBackend(Backend::in_memory()));
chat::invites_contract!(OfBackend(Backend::in_memory()));
chat::records_contract!(OfBackend(Backend::in_memory()));
chat::erasures_contract!(OfBackend(Backend::in_memory()));
chat::bus_contract!(Backend::in_memory().bus);
chat::presence_contract!(fresh_presence());

/// The stores of a backend.
struct OfBackend(Backend);

impl Stores for OfBackend {
    type Log = Log;
    type Rooms = RoomStore;
    type Members = MemberStore;
    type Sessions = SessionStore;
    type Memberships = MembershipStore;
    type Invites = InviteStore;
    type Records = RecordStore;
    type Erasures = ErasureStore;

    fn log(&self) -> &Log {
        &self.0.log
    }

    fn rooms(&self) -> &RoomStore {
        &self.0.rooms
    }

    fn members(&self) -> &MemberStore {
        &self.0.members
    }

    fn sessions(&self) -> &SessionStore {
        &self.0.sessions
    }

    fn memberships(&self) -> &MembershipStore {
        &self.0.memberships
    }

    fn invites(&self) -> &InviteStore {
        &self.0.invites
    }

    fn records(&self) -> &RecordStore {
        &self.0.records
    }

    fn erasures(&self) -> &ErasureStore {
        &self.0.erasures
    }
}

fn fresh_presence() -> (PresenceStore, impl AsyncFn(Duration)) {
    tokio::time::pause();
    (Backend::in_memory().presence, tokio::time::advance)
}
