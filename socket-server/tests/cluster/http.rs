//! What operators ask a node.

use std::{collections::HashMap, net::SocketAddr};

use bench::http::get;

/// The figures of a node, by name and labels as they stand there.
pub(crate) struct Metrics(HashMap<String, f64>);

impl Metrics {
    pub(crate) async fn of(addr: SocketAddr) -> Self {
        let (status, body) = get(addr, "/metrics").await.unwrap();
        assert_eq!(status, 200);
        let lines = body.lines().filter(|line| !line.starts_with('#'));
        let figures = lines.filter_map(|line| line.rsplit_once(' '));
        Self(figures.map(|(name, value)| (name.to_owned(), value.parse().unwrap())).collect())
    }

    pub(crate) fn get(&self, name: &str) -> f64 {
        *self.0.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", self.0.keys()))
    }

    /// How often the log of any room was read.
    pub(crate) fn log_reads(&self) -> f64 {
        ["messages", "changes"].map(|table| self.reads_of(table)).iter().sum()
    }

    pub(crate) fn reads_of(&self, table: &str) -> f64 {
        self.get(&format!("hubbub_store_reads_total{{table=\"{table}\"}}"))
    }

    pub(crate) fn reads(&self) -> f64 {
        self.get("hubbub_store_requests_total{kind=\"read\"}")
    }

    pub(crate) fn writes(&self) -> f64 {
        self.get("hubbub_store_requests_total{kind=\"write\"}")
    }

    /// What reading cost, in DynamoDB's units.
    pub(crate) fn read_units(&self) -> f64 {
        self.get("hubbub_store_read_units_total")
    }

    /// What writing cost, in DynamoDB's units.
    pub(crate) fn write_units(&self) -> f64 {
        self.get("hubbub_store_write_units_total")
    }

    /// Commands to Redis for one purpose.
    pub(crate) fn commands_for(&self, kind: &str) -> f64 {
        self.get(&format!("hubbub_bus_commands_total{{kind=\"{kind}\"}}"))
    }

    /// Commands to Redis.
    pub(crate) fn commands(&self) -> f64 {
        let of_any_kind = |name: &&String| name.starts_with("hubbub_bus_commands_total{");
        self.0.keys().filter(of_any_kind).map(|name| self.0[name]).sum()
    }
}
