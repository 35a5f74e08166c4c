//! Which room an address is of.

#[cfg(feature = "ssr")]
use chat::accounts::FIRST_ROOMS;
use protocol::Sequence;

/// Which room an address is of, and which message in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// As it stands there, which may be no room's.
    pub(crate) room: String,
    /// The message to show, if one is named.
    pub(crate) at: Option<Sequence>,
}

impl Address {
    /// Reads `/r/general/42`. None for any other page.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("/r/")?.split('/');
        let room = parts.next()?.to_owned();
        Some(Self { room, at: parts.next().and_then(|at| at.parse().ok()).map(Sequence) })
    }

    /// The room that is loaded where none is named.
    #[cfg(feature = "ssr")]
    pub(crate) fn first() -> Self {
        Self { room: FIRST_ROOMS[0].0.to_owned(), at: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_room_and_perhaps_a_message() {
        let check = |path: &str, room: &str, at: Option<u64>| {
            assert_eq!(Address::parse(path), Some(Address { room: room.to_owned(), at: at.map(Sequence) }));
        };

        check("/r/help", "help", None);
        check("/r/help/42", "help", Some(42));
        check("/r/help/me", "help", None);
        assert_eq!(Address::parse("/rooms"), None);
    }
}
