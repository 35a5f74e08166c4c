-- Private rooms, roles, invitations, what was done, who was in which room when, and what is to go for good.

ALTER TABLE rooms ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
-- When it was deleted. Its address stays taken, and its log takes nothing.
ALTER TABLE rooms ADD COLUMN deleted INTEGER;

-- What lists are read from: how many rooms are private is not to be told by the time that a list takes.
CREATE INDEX public_rooms ON rooms (id) WHERE private = 0 AND deleted IS NULL;

-- A room's changes, with lost memberships among them.
CREATE TABLE changes_with_members (
    room_no INTEGER NOT NULL REFERENCES rooms (no),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    nonce TEXT,
    kind TEXT NOT NULL CHECK (kind IN ('edited', 'deleted', 'lost')),
    message INTEGER,
    member TEXT,
    PRIMARY KEY (room_no, sequence),
    UNIQUE (room_no, author, nonce),
    CHECK ((kind = 'lost') = (message IS NULL) AND (kind = 'lost') = (member IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO changes_with_members (room_no, sequence, at, author, nonce, kind, message)
SELECT room_no, sequence, at, author, nonce, kind, message FROM changes;

DROP TABLE changes;
ALTER TABLE changes_with_members RENAME TO changes;

-- The room's last change when it began.
ALTER TABLE memberships ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE memberships ADD COLUMN role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('member', 'admin'));

-- The time lines of memberships. `head` is the room's last message then.
CREATE TABLE turns (
    no INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    member TEXT NOT NULL,
    at INTEGER NOT NULL,
    head INTEGER NOT NULL,
    way TEXT NOT NULL CHECK (way IN ('joined', 'left', 'removed'))
) STRICT;

CREATE INDEX turns_of_member ON turns (member, room);

-- Until now nothing was private: who is inside is as if they had been from the first message on, and who has written
-- and is not inside any more has left after their last.
INSERT INTO turns (room, member, at, head, way)
SELECT room, member, joined, 0, 'joined' FROM memberships ORDER BY no;

CREATE TEMP TABLE gone AS
SELECT rooms.id AS room, author AS member, min(at) AS first, max(at) AS last, max(sequence) AS head
FROM messages JOIN rooms ON rooms.no = room_no
WHERE NOT EXISTS (
    SELECT 1 FROM memberships WHERE memberships.member = author AND memberships.room = rooms.id
)
GROUP BY rooms.id, author;

INSERT INTO turns (room, member, at, head, way) SELECT room, member, first, 0, 'joined' FROM gone;
INSERT INTO turns (room, member, at, head, way) SELECT room, member, last, head, 'left' FROM gone;
DROP TABLE gone;

-- What admins and operators did. `doer` is none for an operator.
CREATE TABLE acts (
    no INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    at INTEGER NOT NULL,
    doer TEXT,
    what TEXT NOT NULL,
    whom TEXT,
    wording TEXT,
    message INTEGER
) STRICT;

CREATE INDEX acts_of_room ON acts (room, no);

-- Invitations, by the hash of their token.
CREATE TABLE invites (
    key TEXT NOT NULL PRIMARY KEY,
    room TEXT NOT NULL,
    maker TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    uses_max INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_of_room ON invites (room);

ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- Members who may have no session, and since when.
CREATE TABLE barred (
    member TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is to go for good: all of a room, or the texts of a member in it.
CREATE TABLE erasures (
    no INTEGER PRIMARY KEY,
    room TEXT NOT NULL,
    member TEXT,
    upto INTEGER NOT NULL,
    begun INTEGER NOT NULL
) STRICT;

-- What commands beside a server tell it: read within a second, gone after some minutes. `at` is in seconds.
CREATE TABLE notices (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;
