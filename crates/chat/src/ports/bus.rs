//! Events between nodes.

use futures::stream::BoxStream;
use protocol::{Ending, MemberId, Message, Page, Person, RoomId, RoomInfo, Sequence};
use serde::{Deserialize, Serialize};

use crate::{
    ports::{NodeId, Unavailable},
    session::SessionKey,
};

/// What nodes tell each other. Everything here may be lost or come twice: the store alone is sure.
pub trait Bus: Send + Sync {
    /// Tells an event to every subscriber of a channel, on this node too.
    ///
    /// # Errors
    /// [`Unavailable`]; it may have reached some.
    fn publish(
        &self,
        channel: &Channel,
        event: &Event,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Hears what is published after this returns, in the order in which each node published it, until dropped. A
    /// subscription ends when the bus is away: who wants to hear on subscribes again, and only then reads from the store
    /// what it may have missed.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn subscribe(&self, channel: &Channel) -> impl Future<Output = Result<Subscription, Unavailable>> + Send;
}

/// What a subscriber hears. It has no end while the bus is there.
pub type Subscription = BoxStream<'static, Heard>;

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// To the nodes with a local connection of a member of the room.
    Room(RoomId),
    /// To every node: what concerns members or rooms wherever their connections are. Programs that work beside the nodes,
    /// on the same store, reach them by this one.
    Members,
}

/// The end of a membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// Whose.
    pub member: MemberId,
    /// Why.
    pub why: Ending,
    /// Its place among the room's changes.
    pub change: Sequence,
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An event.
    Event(Event),
    /// Some events were lost: look at the store.
    Lost,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A group was committed. Its heads are the group's end.
    Committed(Page),
    /// Messages were edited or deleted, or memberships ended: all of the room's changes after one, up to another.
    Changed {
        /// The change before the first.
        after: Sequence,
        /// The messages, as they are now.
        changed: Vec<Message>,
        /// Whose memberships ended.
        lost: Vec<Lost>,
        /// The last of the changes.
        upto: Sequence,
    },
    /// Somebody types.
    Typing {
        /// On which node, which has told its own already.
        node: NodeId,
        /// Who.
        person: Person,
    },
    /// A node's part of a room's presence changed. `number` counts that node's changes of that room.
    Presence {
        /// Whose part.
        node: NodeId,
        /// 1, 2, 3, …; after a hole the roster is read.
        number: u64,
        /// Who has a connection there now and had none, or has another name now.
        came: Vec<Person>,
        /// Who has none there any longer.
        went: Vec<MemberId>,
    },
    /// A member is in a room now.
    Joined {
        /// Who.
        member: MemberId,
        /// Which room.
        room: RoomInfo,
        /// Their read cursor.
        read: Sequence,
        /// Whether they look after it.
        admin: bool,
        /// The room's last change when the membership began: news of an end before it is of an earlier one.
        since: Sequence,
    },
    /// A member is in a room no longer.
    Left {
        /// Who.
        member: MemberId,
        /// Which room.
        room: RoomId,
        /// Why.
        why: Ending,
        /// The place of that among the room's changes, as far as who tells it knows.
        change: Option<Sequence>,
    },
    /// A member became an admin of a room, or is one no longer.
    RoleChanged {
        /// Who.
        member: MemberId,
        /// Which room.
        room: RoomId,
        /// Whether they are.
        admin: bool,
    },
    /// A room is called otherwise, or is about something else.
    RoomChanged {
        /// The room as it is now.
        room: RoomInfo,
    },
    /// A room is no more.
    RoomDeleted {
        /// Which.
        room: RoomId,
    },
    /// A member is no more.
    MemberDeleted {
        /// Who.
        member: MemberId,
    },
    /// A member has read on.
    Read {
        /// Who.
        member: MemberId,
        /// Where.
        room: RoomId,
        /// How far.
        upto: Sequence,
    },
    /// Sessions of a member ended: all but one, or all.
    SessionsEnded {
        /// Whose.
        member: MemberId,
        /// The one that goes on.
        kept: Option<SessionKey>,
    },
    /// One session ended: its member signed out.
    SessionEnded {
        /// Whose.
        member: MemberId,
        /// Which.
        session: SessionKey,
    },
    /// A member got another name or an account: connections start anew.
    Renamed {
        /// As others see them now.
        person: Person,
    },
    /// Something of all that could not be told: whoever hears it looks at the store.
    Missed,
}
