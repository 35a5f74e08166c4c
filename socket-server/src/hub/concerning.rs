//! What happens to members and rooms, wherever it was done, and what it means for this node's connections.

use std::sync::Arc;

use chat::ports::Event;
use protocol::{Ending, Heads, RoomId, RoomState, Sequence, ServerMessage, close::CloseCode};

use super::{Command, Hub, Place};
use crate::frame;

impl Hub {
    /// Something happened to a member: tells their connections on this node, and waits for none of their rooms.
    pub(crate) fn concern(self: &Arc<Self>, event: Event) {
        match event {
            Event::SessionsEnded { member, kept } => {
                for place in self.connections_of(&member) {
                    if kept.as_ref() != Some(&place.session) {
                        place.queue.close(CloseCode::SESSION_ENDED);
                    }
                }
            }
            Event::SessionEnded { member, session } => {
                for place in self.connections_of(&member) {
                    if place.session == session {
                        place.queue.close(CloseCode::SESSION_ENDED);
                    }
                }
            }
            Event::Renamed { person } => {
                self.people.learn(&person);
                for place in self.connections_of(&person.id) {
                    place.queue.close(CloseCode::SESSION_CHANGED);
                }
            }
            Event::Joined { member, room, read, admin, since } => {
                for place in self.connections_of(&member) {
                    if place.joined(&room.id, since) {
                        self.command_later(&room.id, Command::Arrive(Arc::clone(&place)));
                        let heads =
                            self.heads(&room.id).unwrap_or(Heads { messages: read, ..Heads::default() });
                        let state = RoomState { info: room.clone(), heads, read, admin };
                        place.tell(&ServerMessage::Joined { request: None, state });
                    }
                }
            }
            Event::Left { member, room, why, change } => {
                self.expel(self.connections_of(&member), &room, (why, change));
            }
            Event::RoleChanged { member, room, admin } => {
                let frame = frame::text(&ServerMessage::RoleChanged { room, admin });
                for place in self.connections_of(&member) {
                    place.rights_changed();
                    place.queue.push(&frame);
                }
            }
            Event::RoomChanged { room } => {
                self.known_rooms.forget(&room.id);
                let frame = frame::text(&ServerMessage::RoomChanged { info: room.clone() });
                for place in self.connections().iter().filter(|place| place.is_in(&room.id)) {
                    place.rights_changed();
                    place.queue.push(&frame);
                }
            }
            Event::RoomDeleted { room } => {
                self.room_deleted(&room);
                self.to_erase.notify_waiters();
            }
            Event::MemberDeleted { member } => {
                self.people.forget(&member);
                self.to_erase.notify_waiters();
                for place in self.connections_of(&member) {
                    place.queue.close(CloseCode::SESSION_ENDED);
                }
            }
            Event::Read { member, room, upto } => {
                let frame = frame::text(&ServerMessage::Read { room, upto });
                for place in self.connections_of(&member) {
                    place.queue.push(&frame);
                }
            }
            // Those go to rooms.
            Event::Committed(_) | Event::Changed { .. } | Event::Typing { .. } | Event::Presence { .. } => {}
        }
    }

    /// A room is no more: whoever is in it is no longer.
    pub(super) fn room_deleted(self: &Arc<Self>, room: &RoomId) {
        self.known_rooms.forget(room);
        self.expel(self.connections(), room, (Ending::Deleted, None));
    }

    /// These are in a room no longer, as far as they were: nothing of it comes to them any more.
    pub(super) fn expel(
        self: &Arc<Self>,
        places: Vec<Arc<Place>>,
        room: &RoomId,
        (why, change): (Ending, Option<Sequence>),
    ) {
        for place in places {
            if place.left(room, change) {
                self.command_later(room, Command::Expel(place, why));
            }
        }
    }
}
