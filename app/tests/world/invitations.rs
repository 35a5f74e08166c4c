//! Invitations, as the store keeps them.

use chat::{
    invite::InviteToken,
    ports::{Invite, Invites as _},
};
use protocol::{RoomId, Timestamp, limits};

use super::World;

/// An end that is far away: the pages have the real clock.
pub const NEVER: Timestamp = Timestamp(10_000_000_000_000);

impl World {
    /// Invites so many to a room, in the name of a member; gives the link's path.
    pub async fn invite(&self, room: &RoomId, by: &str, uses_max: u32) -> String {
        self.invite_until(room, by, uses_max, NEVER).await
    }

    /// The same, with an end.
    pub async fn invite_until(&self, room: &RoomId, by: &str, uses_max: u32, expires: Timestamp) -> String {
        let token = InviteToken::from_random([u8::try_from(uses_max).unwrap(); 16]);
        let invite = Invite {
            key: token.key(),
            room: room.clone(),
            by: self.id_of(by).await,
            created: Timestamp(1),
            expires,
            uses: 0,
            uses_max,
        };
        self.backend.invites.create(&invite, limits::INVITES_PER_ROOM).await.unwrap();
        format!("/join/{}", token.reveal())
    }

    /// How many have come by a link.
    pub async fn uses(&self, path: &str) -> u32 {
        let token = InviteToken::parse(path.trim_start_matches("/join/")).unwrap();
        self.backend.invites.find(&token.key()).await.unwrap().unwrap().uses
    }
}

/// The token of a link.
pub fn token(path: &str) -> &str {
    path.trim_start_matches("/join/")
}
