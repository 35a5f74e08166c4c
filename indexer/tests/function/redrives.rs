//! What was set aside comes in once it is mended.

use indexer::{Redriven, redrive};
use protocol::Sequence;

use crate::{
    aws::{documents, n_in_queue, send},
    world::World,
};

#[tokio::test]
async fn an_item_that_is_mended_is_put_in_and_its_letter_thrown_away() {
    let world = World::begin().await;
    world.write("lobby", "one").await;
    let Sequence(at) = world.write("lobby", "two").await;
    world.set_n(at, 5).await;
    world.follow().await;
    send(&world.queue, "of somebody else").await;
    assert_eq!((documents(&world.prefix).await.len(), n_in_queue(&world.queue).await), (2, 2));
    let look_up = async |letter: &_| world.archive.look_up(letter).await;

    let before = redrive(look_up, &world.index, &world.letters).await.unwrap();
    world.set_n(at, 1).await;
    let after = redrive(look_up, &world.index, &world.letters).await.unwrap();

    assert_eq!(before, Redriven { n_mended: 0, n_left: 2, is_cut_short: false });
    assert_eq!(after, Redriven { n_mended: 1, n_left: 1, is_cut_short: false });
    assert_eq!(n_in_queue(&world.queue).await, 1);
    world.check().await;
}
