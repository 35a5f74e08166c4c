//! What operators watch.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, text::encode},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        gauge::Gauge,
        histogram::Histogram,
    },
    registry::Registry,
};

use backend::{Asked, Meter};

/// The figures of one node.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) connections: Gauge,
    pub(crate) rooms_without_bus: Gauge,
    pub(crate) messages: Counter,
    pub(crate) deliveries: Counter,
    pub(crate) overflows: Counter,
    pub(crate) refused_handshakes: Counter,
    pub(crate) append_failures: Counter,
    pub(crate) gap_repairs: Counter,
    pub(crate) append_seconds: Histogram,
}

impl Metrics {
    pub(crate) fn new(meter: Meter) -> Self {
        let mut registry = Registry::with_prefix("hubbub");
        // A quarter of a millisecond, doubled twelve times: up to a second.
        let buckets = prometheus_client::metrics::histogram::exponential_buckets(0.000_25, 2.0, 13);
        let metrics = Self {
            connections: Gauge::default(),
            rooms_without_bus: Gauge::default(),
            messages: Counter::default(),
            deliveries: Counter::default(),
            overflows: Counter::default(),
            refused_handshakes: Counter::default(),
            append_failures: Counter::default(),
            gap_repairs: Counter::default(),
            append_seconds: Histogram::new(buckets),
            registry: Registry::default(),
        };
        registry.register("connections", "Open WebSocket connections", metrics.connections.clone());
        registry.register(
            "rooms_without_bus",
            "Active rooms that do without the bus, so that their heads are read every second",
            metrics.rooms_without_bus.clone(),
        );
        registry.register("messages", "Messages made durable here", metrics.messages.clone());
        registry.register("deliveries", "Messages handed to connections", metrics.deliveries.clone());
        registry.register(
            "queue_overflows",
            "Connections that did not keep up and had to resync",
            metrics.overflows.clone(),
        );
        registry.register(
            "refused_handshakes",
            "WebSocket handshakes that were refused",
            metrics.refused_handshakes.clone(),
        );
        registry.register(
            "append_failures",
            "Groups that the store did not take, or did not say whether it did",
            metrics.append_failures.clone(),
        );
        registry.register(
            "gap_repairs",
            "Times that the bus had left something out, which was read from the store",
            metrics.gap_repairs.clone(),
        );
        registry.register("append_seconds", "Time to make a group durable", metrics.append_seconds.clone());
        registry.register_collector(Box::new(FarAway(meter)));
        Self { registry, ..metrics }
    }

    /// The figures in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String cannot fail");
        text
    }
}

/// What alarms are about, for whoever reads logs and no metrics.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Minute {
    /// So many since the minute before.
    pub(crate) append_failures: u64,
    pub(crate) gap_repairs: u64,
    /// So many now.
    pub(crate) connections: i64,
}

/// What was counted when it was read last.
#[derive(Debug, Default)]
pub(crate) struct ReadLast {
    append_failures: u64,
    gap_repairs: u64,
}

impl ReadLast {
    /// Reads what was added since, and what is now.
    pub(crate) fn read(&mut self, metrics: &Metrics) -> Minute {
        let (append_failures, gap_repairs) = (metrics.append_failures.get(), metrics.gap_repairs.get());
        let minute = Minute {
            append_failures: append_failures - self.append_failures,
            gap_repairs: gap_repairs - self.gap_repairs,
            connections: metrics.connections.get(),
        };
        *self = Self { append_failures, gap_repairs };
        minute
    }
}

/// What was asked of what is far away, as the adapters count it.
struct FarAway(Meter);

impl fmt::Debug for FarAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FarAway")
    }
}

impl Collector for FarAway {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Asked { store, bus } = self.0.read();
        if let Some(store) = store {
            let n_reads = store.reads.iter().map(|(_, n)| n).sum();
            let requests = [("read", n_reads), ("write", store.writes)];
            let told = "Requests to the store, by what they did";
            count_by(&mut encoder, ("store_requests", told), "kind", requests)?;
            let told = "Requests that read from the store, by table";
            count_by(&mut encoder, ("store_reads", told), "table", store.reads)?;
            let told = "What reading from the store cost, in its own units";
            count(&mut encoder, ("store_read_units", told), store.read_units)?;
            let told = "What writing to the store cost, in its own units";
            count(&mut encoder, ("store_write_units", told), store.write_units)?;
        }
        if let Some(commands) = bus {
            let told = "Commands to the bus, by what they are for";
            count_by(&mut encoder, ("bus_commands", told), "kind", commands)?;
        }
        Ok(())
    }
}

fn count(encoder: &mut DescriptorEncoder, (name, told): (&str, &str), value: f64) -> fmt::Result {
    ConstCounter::new(value).encode(encoder.encode_descriptor(name, told, None, MetricType::Counter)?)
}

/// Writes a counter that is one for each value of a label.
fn count_by(
    encoder: &mut DescriptorEncoder,
    (name, told): (&str, &str),
    label: &str,
    values: impl IntoIterator<Item = (&'static str, u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, told, None, MetricType::Counter)?;
    for (value, n) in values {
        ConstCounter::new(n).encode(metric.encode_family(&[(label, value)])?)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_tells_what_was_added_and_how_many_are_connected() {
        let (metrics, mut last) = (Metrics::new(Meter::default()), ReadLast::default());
        metrics.append_failures.inc_by(2);
        metrics.connections.inc();

        let first = last.read(&metrics);
        metrics.gap_repairs.inc();
        let second = last.read(&metrics);

        assert_eq!(first, Minute { append_failures: 2, gap_repairs: 0, connections: 1 });
        assert_eq!(second, Minute { append_failures: 0, gap_repairs: 1, connections: 1 });
    }
}
