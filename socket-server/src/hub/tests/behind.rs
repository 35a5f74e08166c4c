//! A store with something between, and no bus.

use std::{future::pending, sync::Arc, time::Duration};

use futures::future::{BoxFuture, ready};

use backend::{
    Backend,
    simulation::{Between, Passage, Shared},
};

use super::hub_over;
use crate::hub::Hub;

/// Decides what becomes of a call on its way, by its name.
struct Decides<F>(F);

/// What decides that of each call. Nothing is told on the bus.
pub(in crate::hub) fn between(
    decides: impl Fn(&'static str) -> Passage + Send + Sync + 'static,
) -> Arc<dyn Between> {
    Arc::new(Decides(decides))
}

/// A hub behind that, and the store with nothing between.
pub(in crate::hub) async fn hub_behind(
    decides: impl Fn(&'static str) -> Passage + Send + Sync + 'static,
) -> (Arc<Hub>, Backend) {
    let shared = Shared::new();
    (hub_over(shared.backend_behind(&between(decides))).await, shared.backend())
}

impl<F: Fn(&'static str) -> Passage + Send + Sync + 'static> Between for Decides<F> {
    fn call(&self, what: &'static str) -> Passage {
        self.0(what)
    }

    fn answer(&self, _: &'static str) -> Passage {
        Box::pin(ready(true))
    }

    fn arrivals(&self) -> Vec<Duration> {
        Vec::new()
    }

    fn cut_off(&self) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}
