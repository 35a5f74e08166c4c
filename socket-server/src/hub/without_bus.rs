//! The rooms of this node that do without the bus.

use std::sync::Arc;

use super::Hub;

/// A room does without the bus, for as long as this is there.
pub(super) struct WithoutBus(Arc<Hub>);

impl WithoutBus {
    pub(super) fn new(hub: &Arc<Hub>) -> Self {
        if hub.metrics.rooms_without_bus.inc() == 0 {
            tracing::warn!("The bus is away: the heads of rooms are read every second");
        }
        Self(Arc::clone(hub))
    }
}

impl Drop for WithoutBus {
    fn drop(&mut self) {
        if self.0.metrics.rooms_without_bus.dec() == 1 {
            tracing::info!("Every room hears the bus again");
        }
    }
}

impl Hub {
    /// How many rooms do without the bus at the moment.
    #[cfg(test)]
    pub(super) fn n_rooms_without_bus(&self) -> i64 {
        self.metrics.rooms_without_bus.get()
    }
}
