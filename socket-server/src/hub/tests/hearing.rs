//! News of members, of which some is lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::FutureExt as _;

use backend::{Backend, simulation::Shared};
use chat::ports::{Bus as _, Channel, Event};
use protocol::{Ending, Sequence};

use super::{behind::between, enter, general, hub_over, person};
use crate::hub::{Hub, hear_of_members};

/// How long one member's rooms are looked up.
const LOOKING_UP_TAKES: Duration = Duration::from_secs(4);
/// More than wait for a node that does not keep up.
const TOO_MANY: u64 = 1_000;

#[tokio::test(start_paused = true)]
async fn a_removal_is_heard_while_memberships_are_looked_up() {
    let (hub, _) = hub_that_looks_up_for(LOOKING_UP_TAKES).await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let hearing = tokio::spawn(hear_of_members(Arc::clone(&hub)));
    tokio::time::sleep(LOOKING_UP_TAKES / 2).await;

    let (member, room, change) = (person("ada").id, general(), Some(Sequence(1)));
    let left = Event::Left { member, room, why: Ending::Removed, change };
    hub.backend.bus.publish(&Channel::Members, &left).await.unwrap();
    tokio::time::sleep(Duration::from_millis(10)).await;

    assert!(!entered.place.is_in(&general()));
    hearing.abort();
}

#[tokio::test(start_paused = true)]
async fn however_much_news_is_lost_memberships_are_looked_up_once_a_second() {
    let (hub, n_looked_up) = hub_that_looks_up_for(Duration::ZERO).await;
    let _entered = enter(&hub, "ada").await;
    let hearing = tokio::spawn(hear_of_members(Arc::clone(&hub)));

    for _ in 0..40 {
        for upto in 0..TOO_MANY {
            let read = Event::Read { member: person("bo").id, room: general(), upto: Sequence(upto) };
            hub.backend.bus.publish(&Channel::Members, &read).await.unwrap();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    let n = n_looked_up.load(Relaxed);
    assert!((3..=5).contains(&n), "{n} times in four seconds");
    hearing.abort();
}

/// A hub that takes so long to look up which rooms a member is in, and how often that was.
async fn hub_that_looks_up_for(time: Duration) -> (Arc<Hub>, Arc<AtomicUsize>) {
    let (shared, n_looked_up) = (Shared::new(), Arc::<AtomicUsize>::default());
    let counts = Arc::clone(&n_looked_up);
    let behind = between(move |what| {
        let is_it = what.starts_with("memberships while listing");
        counts.fetch_add(usize::from(is_it), Relaxed);
        let takes = if is_it { time } else { Duration::ZERO };
        Box::pin(tokio::time::sleep(takes).map(|()| true))
    });
    let bus = shared.backend().bus;
    let backend = Backend { bus, ..shared.backend_behind(&behind) };
    (hub_over(backend).await, n_looked_up)
}
