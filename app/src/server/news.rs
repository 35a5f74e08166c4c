//! Tells the nodes what was done.

use chat::{
    ports::{Bus as _, Channel, Event},
    rooms::News,
};

use super::Site;

/// Tells the nodes at once. Where that fails they are told that something was missed as soon as they can be, and look up who is
/// in which room; what a room or somebody is called they find out in some minutes.
pub(super) async fn publish(site: &Site, news: Vec<News>) {
    for (channel, event) in news {
        if let Err(error) = site.backend.bus.publish(&channel, &event).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "Could not tell the nodes what was done"
            );
            if let Some(later) = site.untold.make_good(&site.backend.bus, (&channel, &event)) {
                tokio::spawn(later);
            }
        }
    }
}

/// Tells every node something about a member, as [`publish`].
pub(super) async fn tell(site: &Site, event: Event) {
    publish(site, vec![(Channel::Members, event)]).await;
}
