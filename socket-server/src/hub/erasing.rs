//! What goes for good leaves the store by and by, on whichever node gets to it.

use std::{sync::Arc, time::Duration};

use chat::erase::{self, Step};

use super::{Hub, ticker::timestamp};

/// Without news something is looked for this often: a node may have stopped in the middle.
const LOOKS_EVERY: Duration = Duration::from_mins(1);
/// What could not be done is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Erases what is to be erased, for ever. Owned by the service.
pub(crate) async fn erase_by_and_by(hub: Arc<Hub>) {
    loop {
        let told = hub.to_erase.notified();
        match erase::step(&hub.backend.log, &hub.backend.erasures, timestamp()).await {
            Ok(Step::Done(news)) => hub.publish(news).await,
            Ok(Step::Later) => tokio::time::sleep(AGAIN_AFTER).await,
            // Looked for again in any case.
            Ok(Step::Nothing) => drop(tokio::time::timeout(LOOKS_EVERY, told).await),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Could not erase; tried again");
                tokio::time::sleep(AGAIN_AFTER).await;
            }
        }
    }
}
