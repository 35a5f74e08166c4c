//! Where time comes into the program.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Timestamp;

/// The clock.
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(); // A clock that was never set.
    Timestamp(u64::try_from(since_1970.as_millis()).expect("fits until the year 500,000,000"))
}
