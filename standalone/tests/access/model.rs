//! What should be so: written from the table for people, with no word of how it is done.

use std::collections::BTreeSet;

use crate::ways::Way;

/// A person of a history, by number; none is a visitor.
pub(crate) type Who = Option<usize>;

/// How a room stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelRoom {
    pub(crate) is_private: bool,
    pub(crate) is_deleted: bool,
    pub(crate) inside: BTreeSet<usize>,
    pub(crate) admins: BTreeSet<usize>,
}

/// How everything stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) rooms: Vec<ModelRoom>,
    pub(crate) barred: BTreeSet<usize>,
}

impl Model {
    /// Whether a way in is open.
    pub(crate) fn lets_in(&self, who: Who, room: usize, way: Way) -> bool {
        let room = &self.rooms[room];
        // Who is barred is nobody; and nobody without a session has a socket.
        let who = who.filter(|who| !self.barred.contains(who));
        if room.is_deleted || (who.is_none() && way.is_by_socket()) {
            return false;
        }
        let is_inside = who.is_some_and(|who| room.inside.contains(&who));
        match way {
            Way::Page | Way::History | Way::SocketPage => !room.is_private || is_inside,
            Way::Search => who.is_some() && (!room.is_private || is_inside),
            Way::List | Way::SocketList => !room.is_private,
            Way::Settings | Way::SocketOpen | Way::Cursor | Way::Send | Way::Edit => is_inside,
            Way::Administer => who.is_some_and(|who| room.admins.contains(&who)),
        }
    }

    /// Whether what is said in a room comes to somebody's open connection.
    pub(crate) fn delivers_to(&self, who: usize, room: usize) -> bool {
        self.lets_in(Some(who), room, Way::SocketOpen)
    }

    /// Whether a membership may end: a room keeps an admin, once it has one.
    pub(crate) fn may_go(&self, who: usize, room: usize) -> bool {
        self.rooms[room].admins != BTreeSet::from([who])
    }

    pub(crate) fn joins(&mut self, who: usize, room: usize) {
        self.rooms[room].inside.insert(who);
    }

    pub(crate) fn goes(&mut self, who: usize, room: usize) {
        self.rooms[room].inside.remove(&who);
        self.rooms[room].admins.remove(&who);
    }
}
