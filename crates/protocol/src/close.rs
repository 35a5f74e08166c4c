//! Why a connection was closed. 4000 to 4099 means come back, 4400 to 4499 stay away until something is different.

/// A WebSocket close code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The client went, as it may.
    pub const NORMAL: Self = Self(1000);
    /// The page was left.
    pub const GOING_AWAY: Self = Self(1001);
    /// What came was not WebSocket.
    pub const PROTOCOL: Self = Self(1002);
    /// Binary messages are not for us.
    pub const UNSUPPORTED: Self = Self(1003);
    /// Text that is not UTF-8.
    pub const BAD_UTF8: Self = Self(1007);
    /// Longer than [`FRAME_MAX_BYTES`](crate::limits::FRAME_MAX_BYTES).
    pub const TOO_BIG: Self = Self(1009);
    /// We failed.
    pub const INTERNAL: Self = Self(1011);
    /// The node stops: come back at a random moment within some seconds. Source: the IANA registry of close codes.
    pub const RESTART: Self = Self(1012);

    /// The connection did not read what it was sent.
    pub const TOO_SLOW: Self = Self(4000);
    /// Nothing came from it for [`SILENCE_MAX`](crate::limits::SILENCE_MAX).
    pub const SILENT: Self = Self(4001);
    /// The session changed: a guest became an account. Reconnect with the new cookie.
    pub const SESSION_CHANGED: Self = Self(4002);

    /// This server does not speak the client's protocol: reload the page.
    pub const OUTDATED: Self = Self(4400);
    /// The session ended: sign in again.
    pub const SESSION_ENDED: Self = Self(4401);
    /// Too many connections of one session or address.
    pub const TOO_MANY: Self = Self(4429);

    /// Whether trying again by itself can help.
    pub const fn come_back(self) -> bool {
        !matches!(self.0, 4400..=4499)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_whether_to_come_back() {
        for back in [CloseCode::RESTART, CloseCode::TOO_SLOW, CloseCode::SESSION_CHANGED, CloseCode(1006)] {
            assert!(back.come_back(), "{back:?}");
        }
        for away in [CloseCode::OUTDATED, CloseCode::SESSION_ENDED, CloseCode::TOO_MANY] {
            assert!(!away.come_back(), "{away:?}");
        }
    }
}
