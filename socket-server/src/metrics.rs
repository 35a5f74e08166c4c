//! What operators watch.

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// The figures of one node.
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) connections: Gauge,
    pub(crate) rooms_without_bus: Gauge,
    pub(crate) messages: Counter,
    pub(crate) deliveries: Counter,
    pub(crate) overflows: Counter,
    pub(crate) refused_handshakes: Counter,
    pub(crate) append_seconds: Histogram,
}

impl Metrics {
    pub(crate) fn new() -> Self {
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
        registry.register("append_seconds", "Time to make a group durable", metrics.append_seconds.clone());
        Self { registry, ..metrics }
    }

    /// The figures in Prometheus' text format.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a String cannot fail");
        text
    }
}
