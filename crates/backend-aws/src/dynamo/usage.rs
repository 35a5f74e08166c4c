//! What requests cost, as DynamoDB counts it.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

use super::schema::{TABLES, Table};

/// What was used so far.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    /// Of each table, in the order of [`TABLES`].
    reads: [Counter; TABLES.len()],
    writes: Counter,
}

/// Requests, and their units: a read unit is 4 KB read consistently, a write unit 1 KB.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Requests that read.
    pub reads: u64,
    /// What they cost.
    pub read_units: f64,
    /// Requests that wrote.
    pub writes: u64,
    /// What they cost.
    pub write_units: f64,
}

#[derive(Debug, Default)]
struct Counter {
    requests: AtomicU64,
    /// Units come in halves.
    half_units: AtomicU64,
}

impl Usage {
    pub(super) fn read<'a>(&self, table: Table, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.reads[table as usize].add(consumed);
    }

    pub(super) fn wrote<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.writes.add(consumed);
    }

    pub(super) fn used(&self) -> Used {
        let add = |(n, units), counter: &Counter| (n + counter.sum().0, units + counter.sum().1);
        let (reads, read_units) = self.reads.iter().fold((0, 0.0), add);
        let (writes, write_units) = self.writes.sum();
        Used { reads, read_units, writes, write_units }
    }

    pub(super) fn reads_of_tables(&self) -> impl Iterator<Item = (&'static str, u64)> {
        TABLES.iter().zip(&self.reads).map(|(table, counter)| (table.name, counter.sum().0))
    }
}

impl Counter {
    fn add<'a>(&self, consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        let units: f64 = consumed.into_iter().filter_map(|it| it.capacity_units).sum();
        self.requests.fetch_add(1, Ordering::Relaxed);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some halves")]
        self.half_units.fetch_add((units * 2.0) as u64, Ordering::Relaxed);
    }

    fn sum(&self) -> (u64, f64) {
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let units = self.half_units.load(Ordering::Relaxed) as f64 / 2.0;
        (self.requests.load(Ordering::Relaxed), units)
    }
}
