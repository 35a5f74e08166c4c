//! Every limit that client and server agree on. Lengths of texts are Unicode scalar values.

use std::time::Duration;

/// Longest message.
pub const TEXT_MAX: usize = 4_000;
/// Longest WebSocket message after its fragments are joined, in bytes. JSON may take 12 bytes a scalar
/// (`\uD83D\uDE00`), so a longest text still fits.
pub const FRAME_MAX_BYTES: usize = 64 * 1024;

/// Shortest name of a member.
pub const MEMBER_NAME_MIN: usize = 2;
/// Longest name of a member.
pub const MEMBER_NAME_MAX: usize = 32;
/// Shortest password. Source: NIST SP 800-63B-4, section 3.1.1.2, which asks for 8 where it is one factor of several
/// and 15 where it is the only one; a chat without e-mail would rather be joined, and limits the tries instead.
pub const PASSWORD_MIN: usize = 8;
/// Longest password. Longer ones cost the server hashing time.
pub const PASSWORD_MAX: usize = 256;
/// Longest name of a room.
pub const ROOM_NAME_MAX: usize = 48;
/// Longest topic of a room.
pub const TOPIC_MAX: usize = 200;
/// Longest id of any kind, in bytes.
pub const ID_MAX: usize = 32;

/// Longest query that is read.
pub const QUERY_MAX: usize = 512;
/// Most terms of a query that are read.
pub const QUERY_TERMS_MAX: usize = 32;

/// Most messages that one page holds.
pub const PAGE_MAX: usize = 100;
/// Messages of a page when nobody asked for a number, and in a page as the server renders it.
pub const PAGE_DEFAULT: usize = 50;
/// Most missed messages that are sent by themselves after a reconnect; beyond that the room opens at its end and
/// the rest is fetched when shown.
pub const CATCH_UP_MAX: u64 = 500;
/// Most changes of loaded messages that are told after a reconnect; beyond that the room opens anew at its end.
pub const CHANGES_MAX: u64 = 500;
/// Most bytes of text that a room opens with, of messages as well as of changes, as they stand in the frame: of what is
/// longer the end is sent. It is taken from memory by whoever keeps the room for all who come at once.
pub const OPENED_MAX_BYTES: usize = 256 * 1024;
/// Most bytes of text that a page has, as they stand in its frame. Of what is longer the end is left out that is further
/// from where the page was asked for.
pub const PAGE_MAX_BYTES: usize = 256 * 1024;
/// How far behind the head a sender may have looked for its own nonce. Beyond it a send is refused as stale.
pub const SINCE_MAX_BEHIND: u64 = 10_000;
/// Most people listed for a room; beyond that there is only the count.
pub const PEOPLE_SHOWN: usize = 200;
/// Most rooms that one member can be in.
pub const ROOMS_PER_MEMBER: usize = 200;
/// Most invitations that a room has at a time.
pub const INVITES_PER_ROOM: usize = 50;
/// Most members that one invitation brings.
pub const INVITE_USES_MAX: u32 = 1_000;
/// Longest time that an invitation holds, in days.
pub const INVITE_DAYS_MAX: u32 = 90;
/// Acts of a room's admins that one page lists.
pub const ACTS_LISTED: usize = 100;
/// Sessions of a member that their page lists.
pub const SESSIONS_LISTED: usize = 100;
/// Most rooms that one listing names.
pub const ROOMS_LISTED: usize = 100;
/// Most rooms that one connection can show at a time.
pub const ROOMS_OPEN: usize = 8;

/// Hits that one answer has when nobody asked for a number.
pub const SEARCH_HITS: usize = 20;
/// Most hits that one answer has.
pub const SEARCH_HITS_MAX: usize = 50;
/// Of a hit's text no more is shown than this.
pub const EXCERPT_MAX: usize = 300;

/// A client says that it is typing at most once in this time.
pub const TYPING_EVERY: Duration = Duration::from_secs(3);
/// A server passes over what comes sooner after the last. Shorter than [`TYPING_EVERY`], since a network may bring two
/// claims closer together than they were made.
pub const TYPING_HEARD_EVERY: Duration = Duration::from_secs(2);
/// A claim to be typing lapses by itself after this time.
pub const TYPING_LAPSES: Duration = Duration::from_secs(5);
/// Rooms that are not shown report their heads at most this often, all together.
pub const TICK_EVERY: Duration = Duration::from_secs(1);
/// Each connection hears its rooms' heads at least this often, on the path that messages take.
pub const HEARTBEAT: Duration = Duration::from_secs(20);
/// A connection that was silent for this long is dead, to either side.
pub const SILENCE_MAX: Duration = Duration::from_secs(50);
/// A member whose connections dropped is here for this much longer: a reload is not a leave.
pub const ABSENCE_GRACE: Duration = Duration::from_secs(5);

/// Sign-ups, sign-ins, guests and resets at once and per minute from one client address; `HUBBUB_…` variables change
/// them. Tight, since each costs a hash, and guessing is what they are for.
pub const SIGN_UPS: (u32, u32) = (5, 2);
/// See [`SIGN_UPS`].
pub const SIGN_INS: (u32, u32) = (10, 10);
/// See [`SIGN_UPS`].
pub const GUESTS: (u32, u32) = (10, 5);
/// See [`SIGN_UPS`].
pub const RESETS: (u32, u32) = (5, 2);

/// Acts of admins, and comings by invitation, at once and per minute from one client address.
pub const ADMIN_ACTS: (u32, u32) = (60, 60);

/// Messages of one connection at once and per second; `HUBBUB_…` variables change these.
pub const SENDS: (u32, u32) = (30, 10);
/// Joining and leaving: at once, and per second.
pub const JOINS: (u32, u32) = (20, 1);
/// Rooms made: at once, and per second.
pub const ROOMS_MADE: (u32, u32) = (5, 1);
/// Searches of one member: at once, and per second. As one types, each pause is one.
pub const SEARCHES: (u32, u32) = (30, 5);
/// Any other requests: at once, and per second.
pub const REQUESTS: (u32, u32) = (100, 40);
/// Connections of one member.
pub const CONNECTIONS_PER_MEMBER: usize = 20;
/// Connections from one client address.
pub const CONNECTIONS_PER_ADDRESS: usize = 100;
/// How many times the rates of one connection a member has, over all their connections.
pub const RATES_PER_MEMBER: u32 = 2;
/// How many times the rates of one connection a client address has.
pub const RATES_PER_ADDRESS: u32 = 10;
/// As many connections as an address may have, it may open anew in this many seconds.
pub const CONNECTS_OVER_S: f64 = 10.0;
/// For each connection that an address may have, so many plain ones: browsers load a page over several.
pub const PLAIN_PER_CONNECTION: usize = 4;
