-- What messages are found by. All of it can be made anew from the messages themselves.

-- Rooms and authors, by numbers, since many messages have the same.
CREATE TABLE names (
    no INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What the index has. A number begins with the time of the message, so that the newest have the greatest. What says nothing
-- any more stays, without a text: so an older state of it does not come back.
CREATE TABLE messages (
    no INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    author INTEGER,
    private INTEGER,
    text TEXT,
    UNIQUE (room, sequence)
) STRICT;

-- Their words, the stems of those, and what else they are found by: room, author, whether everybody may read them, and
-- whether they have a link. The tokens are made by us: ASCII's letters and digits, and all that is not ASCII.
CREATE VIRTUAL TABLE words USING fts5 (word, stem, mark, content = '', columnsize = 0, tokenize = 'ascii', prefix = '2 3');

-- A deleted text is nowhere.
INSERT INTO words (words, rank) VALUES ('secure-delete', 1);

-- How far it is: one row, or none.
CREATE TABLE progress (value TEXT NOT NULL) STRICT;
