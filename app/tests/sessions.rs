//! Sessions, where things happen at once.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod world;

use std::{
    future::{pending, ready},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use app::Config;
use backend::simulation::{Between, Passage, Shared};
use chat::ports::{Bus as _, Channel, Event, Heard};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use tokio::sync::Semaphore;
use world::{PASSWORD, World, world_on};

const OTHER_PASSWORD: &str = "a staple of batteries";

#[tokio::test]
async fn who_signs_in_while_the_password_is_changed_is_not_signed_in_by_the_old_one() {
    let (shared, world, here) = world_of_ada().await;
    let (slow, gate) = behind_a_gate(&shared, "sessions while creating one").await;

    let signs_in = slow.sign_in("Ada", PASSWORD);
    let changes = async {
        gate.reached().await;
        let form = [("old", PASSWORD), ("password", OTHER_PASSWORD)];
        let reply = world.post(&here, "/account/password", &form).await;
        assert_eq!(reply.location(), "/account?done=password");
        gate.open();
    };
    let (signed_in, ()) = futures::join!(signs_in, changes);

    assert!(!world.is_signed_in(&signed_in, "Ada").await);
    assert!(world.is_signed_in(&here, "Ada").await);
    let again = world.sign_in("Ada", OTHER_PASSWORD).await;
    assert!(world.is_signed_in(&again, "Ada").await);
}

#[tokio::test]
async fn who_goes_away_while_their_password_is_changed_leaves_no_session_behind() {
    let (shared, world, here) = world_of_ada().await;
    let elsewhere = world.sign_in("Ada", PASSWORD).await;
    let (slow, gate) = behind_a_gate(&shared, "sessions while ending a member's others").await;
    let mut heard = slow.backend.bus.subscribe(&Channel::Members).await.unwrap();

    let form = [("old", PASSWORD), ("password", OTHER_PASSWORD)];
    let changes = slow.post(&here, "/account/password", &form).map(drop);
    let goes_away = gate.reached();
    futures::future::select(std::pin::pin!(changes), std::pin::pin!(goes_away)).await;
    gate.open();

    let told = tokio::time::timeout(Duration::from_secs(5), heard.next()).await;
    assert!(matches!(told, Ok(Some(Heard::Event(Event::SessionsEnded { .. })))), "{told:?}");
    assert!(!world.is_signed_in(&elsewhere, "Ada").await);
}

#[tokio::test]
async fn a_password_that_is_set_ends_the_other_sessions_though_its_answer_is_lost() {
    for n_lost in [1, usize::MAX] {
        let (shared, world, here) = world_of_ada().await;
        let elsewhere = world.sign_in("Ada", PASSWORD).await;
        let lossy = losing_answers(&shared, "members while replacing credentials", n_lost).await;

        let form = [("old", PASSWORD), ("password", OTHER_PASSWORD)];
        let reply = lossy.post(&here, "/account/password", &form).await;

        assert_eq!(reply.location() == "/account?done=password", n_lost == 1, "{}", reply.location());
        assert!(!world.is_signed_in(&elsewhere, "Ada").await);
        let again = world.sign_in("Ada", OTHER_PASSWORD).await;
        assert!(world.is_signed_in(&again, "Ada").await);
    }
}

/// A world in which Ada has an account, what it is on, and her cookies.
async fn world_of_ada() -> (Shared, World, String) {
    let shared = Shared::new();
    let world = world_on(shared.backend(), Config::default()).await;
    let here = world.sign_up("Ada").await;
    (shared, world, here)
}

/// The same, where one call of the store waits at a gate.
async fn behind_a_gate(shared: &Shared, what: &'static str) -> (World, Arc<Gate>) {
    let gate = Arc::new(Gate { reached: Semaphore::new(0), open: Semaphore::new(0) });
    let at = Arc::clone(&gate);
    let call = move |it| {
        let gate = Arc::clone(&at);
        async move {
            if it == what {
                gate.reached.add_permits(1);
                gate.open.acquire().await.unwrap().forget();
            }
            true
        }
        .boxed()
    };
    (behind(shared, Way { call: Box::new(call), answer: Box::new(|_| ready(true).boxed()) }).await, gate)
}

/// The same, where so many answers to one call get lost.
async fn losing_answers(shared: &Shared, what: &'static str, n: usize) -> World {
    let n_left = AtomicUsize::new(n);
    let is_lost = move || n_left.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1)).is_ok();
    let answer = move |it| ready(!(it == what && is_lost())).boxed();
    behind(shared, Way { call: Box::new(|_| ready(true).boxed()), answer: Box::new(answer) }).await
}

async fn behind(shared: &Shared, way: Way) -> World {
    let between: Arc<dyn Between> = Arc::new(way);
    world_on(shared.backend_behind(&between), Config::default()).await
}

struct Gate {
    reached: Semaphore,
    open: Semaphore,
}

impl Gate {
    async fn reached(&self) {
        self.reached.acquire().await.unwrap().forget();
    }

    fn open(&self) {
        self.open.add_permits(1);
    }
}

/// What becomes of calls of the store and of their answers, by their names.
struct Way {
    call: Box<dyn Fn(&'static str) -> Passage + Send + Sync>,
    answer: Box<dyn Fn(&'static str) -> Passage + Send + Sync>,
}

impl Between for Way {
    fn call(&self, what: &'static str) -> Passage {
        (self.call)(what)
    }

    fn answer(&self, what: &'static str) -> Passage {
        (self.answer)(what)
    }

    fn arrivals(&self) -> Vec<Duration> {
        vec![Duration::ZERO]
    }

    fn cut_off(&self) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }
}
