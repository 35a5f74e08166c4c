//! What happens to members and rooms, wherever it was done, and what it means for this node's connections.

use std::{collections::BTreeSet, sync::Arc};

use futures::{StreamExt as _, future, stream};
use tokio::sync::oneshot;

use chat::{
    access,
    ports::{Bus as _, Event, Membership, Unavailable},
    rooms::News,
};
use process::tell_seldom;
use protocol::{Ending, Heads, MemberId, RoomId, RoomState, Sequence, ServerMessage, close::CloseCode};

use super::{Command, Hub, Place, place::Leaving};
use crate::{
    frame,
    patience::{ANSWER_WITHIN, BUS_WITHIN, in_time, within},
    tasks::of_node,
};

/// Members that are looked up at once.
const AT_ONCE: usize = 32;

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
                let heads = self.heads(&room.id).unwrap_or(Heads { messages: read, ..Heads::default() });
                self.bring(&member, &RoomState { info: room, heads, read, admin }, since);
            }
            Event::Left { member, room, why, change } => {
                self.expel(self.connections_of(&member), &room, (why, change));
            }
            Event::RoleChanged { member, room, admin } => {
                let frame = frame::text(&ServerMessage::RoleChanged { room: room.clone(), admin });
                for place in self.connections_of(&member) {
                    place.role_changed(&room, &frame);
                }
            }
            Event::RoomChanged { room } => {
                self.known_rooms.forget(&room.id);
                let frame = frame::text(&ServerMessage::RoomChanged { info: room.clone() });
                for place in self.connections() {
                    place.room_changed(&room.id, &frame);
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
                let frame = frame::text(&ServerMessage::Read { room: room.clone(), upto });
                for place in self.connections_of(&member) {
                    place.while_inside(&room, |it| it.queue.push(&frame));
                }
            }
            // Those go to rooms; and who hears that something was missed looks memberships up.
            Event::Committed(_)
            | Event::Changed { .. }
            | Event::Typing { .. }
            | Event::Presence { .. }
            | Event::Missed => {}
        }
    }

    /// Tells the nodes, this one too. What the bus does not take this one hears all the same; the others find it out from
    /// the store, for which they are told that something was missed.
    pub(crate) async fn publish(self: &Arc<Self>, news: Vec<News>) {
        for (channel, event) in news {
            let published = self.backend.bus.publish(&channel, &event);
            if let Err(error) = within::<_, Unavailable>(BUS_WITHIN, "bus", published).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "Could not tell the other nodes");
                if let Some(later) = self.untold.make_good(&self.backend.bus, (&channel, &event)) {
                    tokio::spawn(of_node(later));
                }
                self.concern(event);
            }
        }
    }

    /// A connection's member is in a room now, by this membership: it arrives there. Not where the membership is known to
    /// have ended; whether it is there then.
    pub(crate) async fn joined(self: &Arc<Self>, place: &Arc<Place>, membership: &Membership) -> bool {
        let Membership { room, since, .. } = membership;
        if place.joined(room, *since) {
            self.command(room, Command::Arrive(Arc::clone(place))).await;
        }
        place.is_in(room)
    }

    /// A connection's member is in a room no longer, by a change of it if there was one.
    pub(crate) fn left(self: &Arc<Self>, place: &Arc<Place>, room: &RoomId, change: Option<Sequence>) {
        if place.left(room, change) {
            self.command_later(room, Command::Leave(Arc::clone(place)));
        }
    }

    /// Likewise where the member asked for that, which they are told at once.
    pub(crate) async fn leave(
        self: &Arc<Self>,
        place: &Arc<Place>,
        room: &RoomId,
        (change, told): (Option<Sequence>, &ServerMessage),
    ) {
        let leaving = place.leave(room, change, told);
        if leaving != Leaving::Known {
            self.command_later(room, Command::Leave(Arc::clone(place)));
        }
        if leaving == Leaving::Superseded {
            // Who cannot be looked up opens the room again, or is told with the next heads.
            self.look_memberships_up_of([place.person.id.clone()].into()).await;
        }
    }

    /// The store did not find a connection's member in a room, of which this node has not heard: waits until nothing of the
    /// room comes to them any more.
    pub(crate) async fn doubt(self: &Arc<Self>, place: &Arc<Place>, room: &RoomId) {
        let (passed, over) = oneshot::channel();
        self.command(room, Command::Doubt(Arc::clone(place), passed)).await;
        // Nothing is ever sent there, and a room that takes long is not waited for.
        let _ = tokio::time::timeout(ANSWER_WITHIN, over).await;
    }

    /// Some news was lost: looks up which rooms the members have who are connected here. Who came to one hears of it; who
    /// is in one no longer is put out by what stands in its changes. Returns those of whom that could not be found out.
    pub(crate) async fn look_memberships_up(self: &Arc<Self>) -> BTreeSet<MemberId> {
        let members = self.connections().iter().map(|place| place.person.id.clone()).collect();
        self.look_memberships_up_of(members).await
    }

    /// The same, of these.
    pub(crate) async fn look_memberships_up_of(
        self: &Arc<Self>,
        members: BTreeSet<MemberId>,
    ) -> BTreeSet<MemberId> {
        let look_up = async |member: MemberId| {
            let found = access::insiders(&self.known_rooms, &self.backend.memberships, &member);
            match in_time("memberships after news was lost", found).await {
                Ok(insiders) => {
                    for insider in insiders {
                        let Membership { read, since, .. } = *insider.membership();
                        let info = insider.room().clone();
                        let heads =
                            self.heads(&info.id).unwrap_or(Heads { messages: read, ..Heads::default() });
                        let admin = insider.is_admin();
                        self.bring(&member, &RoomState { info, heads, read, admin }, since);
                    }
                    None
                }
                Err(error) => {
                    tell_seldom("Could not look memberships up after news was lost", &error);
                    Some(member)
                }
            }
        };
        // Who has gone meanwhile is asked for once more, and that is all.
        let looked_up = stream::iter(members).map(look_up).buffer_unordered(AT_ONCE);
        looked_up.filter_map(future::ready).collect().await
    }

    /// A member is in a room, by a membership that began after a change of it: their connections that do not know it hear
    /// of it.
    fn bring(self: &Arc<Self>, member: &MemberId, state: &RoomState, since: Sequence) {
        let joined = || ServerMessage::Joined { request: None, state: state.clone() };
        for place in self.connections_of(member) {
            if place.joined(&state.info.id, since) {
                self.command_later(&state.info.id, Command::Arrive(Arc::clone(&place)));
                place.while_inside(&state.info.id, |it| it.tell(&joined()));
            }
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
