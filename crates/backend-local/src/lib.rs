//! The ports on one machine: SQLite, and a bus and presence in the process.
