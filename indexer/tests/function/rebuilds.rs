//! An index is made anew while messages are written, edited, deleted and erased.

use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use chat::ports::{Archive, Place, Scanned, Unavailable};
use indexer::{Rebuilt, rebuild};
use protocol::Sequence;

use crate::{
    aws::{documents, dynamodb, indexes, n_in_queue},
    world::World,
};

#[tokio::test]
async fn a_new_index_has_all_that_becomes_of_messages_meanwhile_and_nothing_deleted_comes_back() {
    let world = World::begin().await;
    world.make_room("attic").await;
    for n in 0..40 {
        world.write("lobby", &format!("text {n}")).await;
        world.write("attic", &format!("old text {n}")).await;
    }
    world.revise("lobby", Sequence(1), Some("edited before")).await;
    world.revise("lobby", Sequence(2), None).await;
    world.follow().await;
    let is_done = AtomicBool::new(false);

    let rebuilt = async {
        // Between what is read and what is put in, it changes.
        let archive = Meddled { world: &world };
        let rebuilt = rebuild(&archive, &world.another_index().await, &world.letters).await.unwrap();
        is_done.store(true, Ordering::Relaxed);
        rebuilt
    };
    let goes_on = async {
        while !is_done.load(Ordering::Relaxed) {
            world.write("lobby", "meanwhile").await;
            world.follow().await;
            assert!(!documents(&world.prefix).await.is_empty(), "search is up all the time");
        }
    };
    let (Rebuilt { n_entries, n_set_aside }, ()) = tokio::join!(rebuilt, goes_on);

    assert!(n_entries >= 80 && n_set_aside == 0, "{n_entries} {n_set_aside}");
    world.follow().await;
    world.check().await;
    assert_eq!(indexes(&world.prefix).await, [format!("{}-messages-2", world.prefix)]);
}

#[tokio::test]
async fn a_rebuild_that_was_ended_is_begun_anew() {
    let world = World::begin().await;
    for n in 0..5 {
        world.write("lobby", &format!("text {n}")).await;
    }
    world.follow().await;

    let (index, ended) = (world.another_index().await, tokio::sync::Notify::new());
    let stuck = Stuck { archive: &world.archive, reached: &ended };
    tokio::select! {
        _ = rebuild(&stuck, &index, &world.letters) => unreachable!("it is stuck"),
        () = ended.notified() => {}
    }
    world.revise("lobby", Sequence(3), None).await;
    world.follow().await;
    world.check().await;
    rebuild(&world.archive, &index, &world.letters).await.unwrap();

    world.check().await;
    assert_eq!(indexes(&world.prefix).await, [format!("{}-messages-3", world.prefix)]);
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_the_rest_is_in_the_new_index() {
    let world = World::begin().await;
    world.write("lobby", "one").await;
    world.follow().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |n: &str| AttributeValue::N(n.to_owned());
    let put = dynamodb().put_item().table_name(format!("{}-messages", world.prefix));
    let put = put.item("room", text("garden")).item("first", number("1")).item("n", text("a secret"));
    put.send().await.unwrap();

    let rebuilt = rebuild(&world.archive, &world.index, &world.letters).await.unwrap();

    assert_eq!(rebuilt, Rebuilt { n_entries: 1, n_set_aside: 1 });
    assert_eq!(n_in_queue(&world.queue).await, 1);
    world.check().await;
}

/// An archive of which what was read is edited, deleted and erased before anybody can put it in, and told to the index.
struct Meddled<'a> {
    world: &'a World,
}

impl Archive for Meddled<'_> {
    async fn scan(&self, after: Option<&Place>, n: usize) -> Result<Scanned, Unavailable> {
        let scanned = self.world.archive.scan(after, n.min(30)).await?;
        let is_first = after.is_none();
        if is_first {
            for at in 3..=12 {
                self.world.revise("lobby", Sequence(at), (at % 2 == 0).then_some("edited meanwhile")).await;
            }
            self.world.erase("attic").await;
            self.world.follow().await;
        }
        Ok(scanned)
    }
}

/// An archive that does not come to its end.
struct Stuck<'a, A> {
    archive: &'a A,
    reached: &'a tokio::sync::Notify,
}

impl<A: Archive> Archive for Stuck<'_, A> {
    async fn scan(&self, after: Option<&Place>, _: usize) -> Result<Scanned, Unavailable> {
        if after.is_some() {
            self.reached.notify_one();
            std::future::pending::<()>().await;
        }
        self.archive.scan(after, 2).await
    }
}
