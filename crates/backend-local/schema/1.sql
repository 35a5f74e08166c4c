-- Rooms, their two chains, members, sessions and memberships. Times are milliseconds since 1970.

CREATE TABLE rooms (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    topic TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- A room's log. Its head is its greatest sequence: a counter beside it could disagree. The text stands last, so that
-- looking for a nonce never reads the pages that a long text spills into.
CREATE TABLE messages (
    room_no INTEGER NOT NULL REFERENCES rooms (no),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    nonce TEXT NOT NULL,
    text TEXT,
    PRIMARY KEY (room_no, sequence)
) STRICT, WITHOUT ROWID;

-- A room's second chain. `author` and `nonce` are the change's own: by them a repeated one is recognised.
CREATE TABLE changes (
    room_no INTEGER NOT NULL REFERENCES rooms (no),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    nonce TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('edited', 'deleted')),
    message INTEGER NOT NULL,
    PRIMARY KEY (room_no, sequence),
    UNIQUE (room_no, author, nonce)
) STRICT, WITHOUT ROWID;

-- Accounts and guests. A guest has no password and no recovery code. Both are hashes.
CREATE TABLE members (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    password TEXT,
    recovery TEXT,
    CHECK ((password IS NULL) = (recovery IS NULL))
) STRICT, WITHOUT ROWID;

-- Signed-in identities, by the hash of their token.
CREATE TABLE sessions (
    key TEXT NOT NULL PRIMARY KEY,
    member TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_member ON sessions (member);
CREATE INDEX sessions_by_end ON sessions (expires);

-- Who is in which room, numbered in the order of joining, and how far they have read there.
CREATE TABLE memberships (
    no INTEGER PRIMARY KEY,
    member TEXT NOT NULL,
    room TEXT NOT NULL,
    joined INTEGER NOT NULL,
    read INTEGER NOT NULL,
    UNIQUE (member, room)
) STRICT;

CREATE INDEX memberships_of_room ON memberships (room);
