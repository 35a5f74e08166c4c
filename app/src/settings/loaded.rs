//! What the page of a room's settings is rendered from.

use std::collections::HashMap;

use chat::ports::{Act, Invite};
use protocol::{MemberId, Person, RoomInfo, Timestamp};

use crate::zone::{Civil, civil};

/// A room as those see it who are in it.
#[derive(Clone, Debug)]
pub(crate) struct RoomSettings {
    /// The room.
    pub(crate) room: RoomInfo,
    /// Who looks.
    pub(crate) me: MemberId,
    /// How many are in it.
    pub(crate) n_members: usize,
    /// The first of them.
    pub(crate) members: Vec<Listed>,
    /// Everybody whom the page names, as far as they are still known.
    pub(crate) people: HashMap<MemberId, Person>,
    /// What admins see besides; none for others.
    pub(crate) administration: Option<Administration>,
    /// When this was loaded.
    pub(crate) now: Timestamp,
    /// The zone that times are shown in.
    pub(crate) zone: String,
}

/// A member of the room.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// Who it is.
    pub(crate) person: Person,
    /// Whether they look after the room.
    pub(crate) is_admin: bool,
    /// Since when they are in it.
    pub(crate) joined: Timestamp,
}

/// What admins see.
#[derive(Clone, Debug)]
pub(crate) struct Administration {
    /// The room's invitations, the newest first.
    pub(crate) invites: Vec<Invite>,
    /// The link of an invitation that was made just now: shown this once.
    pub(crate) link: Option<String>,
    /// What was done, the newest first.
    pub(crate) acts: Vec<Act>,
    /// Before which act there are others, if there are.
    pub(crate) older: Option<u64>,
    /// Whether the newest acts are among them.
    pub(crate) is_first_page: bool,
}

impl RoomSettings {
    /// What somebody is called, if they are still here.
    pub(crate) fn name(&self, member: &MemberId) -> Option<String> {
        self.people.get(member).map(|person| person.name.to_string())
    }

    /// Whether the link of a new invitation is among it.
    pub(crate) fn shows_link(&self) -> bool {
        self.administration.as_ref().is_some_and(|it| it.link.is_some())
    }

    /// A moment as the reader's clock shows it.
    pub(crate) fn civil(&self, at: Timestamp) -> Civil {
        civil(&self.zone, at)
    }

    /// `Today, 14:05`, or `Monday 3 November 2025, 14:05`.
    pub(crate) fn moment(&self, at: Timestamp) -> String {
        let civil = self.civil(at);
        format!("{}, {}", civil.day_in_words(self.civil(self.now)), civil.time())
    }
}
