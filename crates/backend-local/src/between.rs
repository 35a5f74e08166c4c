//! What comes between a node and what it keeps and hears, in a simulation. Elsewhere nothing does.

use std::time::Duration;

use futures::future::BoxFuture;

/// Tells whether what is on its way gets there, when it does.
pub type Passage = BoxFuture<'static, bool>;

/// The ways between one node of a simulation and its database and bus: all that may go wrong there is decided here. Time is
/// tokio's, which a simulation stops.
pub trait Between: Send + Sync + 'static {
    /// A call is on its way. Where it gets lost nothing is done, and its caller hears that there was no answer. `what` names
    /// it, as in [`Unavailable`](chat::ports::Unavailable).
    fn call(&self, what: &'static str) -> Passage;

    /// What was called for is done, and the answer is on its way. Where it gets lost the caller does not know.
    fn answer(&self, what: &'static str) -> Passage;

    /// After how long an event arrives that somebody told on the bus: it comes as often as there are times, the first time
    /// in its order and then in any, and not at all where there are none.
    fn arrivals(&self) -> Vec<Duration>;

    /// Ends when the node is cut off from the bus, and its subscriptions end with it.
    fn cut_off(&self) -> BoxFuture<'static, ()>;
}
