-- What becomes of messages, for the index: which of a room's were written, changed or erased together, in the order of their
-- commits. What the index has is deleted here.
CREATE TABLE feed (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    room_no INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT;

-- Which database it is: an index knows by it that it was made of this one.
CREATE TABLE identity (id TEXT NOT NULL) STRICT;
INSERT INTO identity (id) VALUES (lower(hex(randomblob(16))));
