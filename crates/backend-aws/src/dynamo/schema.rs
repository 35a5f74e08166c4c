//! The tables, as they are created and deployed: written once.

/// A table: its keys, and what DynamoDB does with it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSchema {
    /// What it is called, after the prefix.
    pub name: &'static str,
    /// The partition key.
    pub partition: Key,
    /// The sort key.
    pub sort: Option<Key>,
    /// The attribute that tells when an item goes by itself, in seconds since 1970.
    pub time_to_live: Option<&'static str>,
    /// Whether what was written goes into a stream. Only what it is now: an old image would repeat a deleted text for a day.
    pub has_stream: bool,
}

/// An attribute that is a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// What it is called.
    pub name: &'static str,
    /// Whether it is a number; else it is a text.
    pub is_number: bool,
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Accounts,
    Sessions,
    Rooms,
    Memberships,
    Invites,
    Audit,
    Messages,
    Changes,
    Erasures,
}

/// Every table.
pub const TABLES: [TableSchema; 9] = [
    // `id:<member>`: an account or a guest. `name:<key>`: whose a name is.
    TableSchema { name: "accounts", partition: text("key"), ..PLAIN },
    // `key:<hash>`, `session`: a session. `member:<member>`, `<hash>`: that it is theirs. `member:<member>`, `.barred`.
    TableSchema { name: "sessions", sort: Some(text("entry")), time_to_live: Some("gone_at"), ..PLAIN },
    // `room:<room>`, `room`: a room and its counts. `public`, `<room>`: that it is listed.
    TableSchema { name: "rooms", sort: Some(text("entry")), ..PLAIN },
    // `member:<member>`, `<room>`: a membership, also one that has ended. `member:<member>`, `.count`: how many hold.
    // `room:<room>`, `<order>:<member>`: those that hold. `turns:<member>:<room>`, `<number>`: the time line.
    TableSchema { name: "memberships", sort: Some(text("entry")), ..PLAIN },
    // `room:<room>`, `<hash>`: an invitation. `room:<room>`, `.count`. `key:<hash>`, `room`: to which room it is.
    TableSchema { name: "invites", sort: Some(text("entry")), ..PLAIN },
    // What admins and operators did, by room.
    TableSchema { name: "audit", partition: text("room"), sort: Some(number("number")), ..PLAIN },
    // A room's log: a group of messages by its first sequence; 0 begins it, and a last item seals a deleted one.
    TableSchema {
        name: "messages",
        partition: text("room"),
        sort: Some(number("first")),
        has_stream: true,
        ..PLAIN
    },
    // A room's changes, begun and sealed alike. `<room> <member> <nonce>`, 0: the change that a client calls so.
    TableSchema { name: "changes", partition: text("room"), sort: Some(number("sequence")), ..PLAIN },
    // What is to go for good, in one queue.
    TableSchema { name: "erasures", partition: text("queue"), sort: Some(text("order")), ..PLAIN },
];

const PLAIN: TableSchema =
    TableSchema { name: "", partition: text("part"), sort: None, time_to_live: None, has_stream: false };

const fn text(name: &'static str) -> Key {
    Key { name, is_number: false }
}

const fn number(name: &'static str) -> Key {
    Key { name, is_number: true }
}

impl Table {
    /// What it is called, after the prefix.
    pub(crate) fn name(self) -> &'static str {
        TABLES[self as usize].name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_its_own_schema() {
        let tables = [
            (Table::Accounts, "accounts"),
            (Table::Sessions, "sessions"),
            (Table::Rooms, "rooms"),
            (Table::Memberships, "memberships"),
            (Table::Invites, "invites"),
            (Table::Audit, "audit"),
            (Table::Messages, "messages"),
            (Table::Changes, "changes"),
            (Table::Erasures, "erasures"),
        ];

        assert_eq!(tables.len(), TABLES.len());
        for (table, name) in tables {
            assert_eq!(table.name(), name);
        }
    }
}
