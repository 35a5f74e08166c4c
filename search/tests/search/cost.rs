//! What a search costs in DynamoDB's units, as the adapter counts them: deploy/units.json has it.

use backend::{Backend, Config, StoreConfig};

use crate::world::World;

/// Hits of a page, each in an item of its own.
const N_HITS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_a_read_unit_for_each_hit_and_few_more() {
    let world = World::unlimited(on_tables().await).await;
    for n in 0..=N_HITS {
        world
            .say("ada", "cellar", &format!("The tide is high, for the {n}th time. {}", "So. ".repeat(25)))
            .await;
    }

    let before = read_units(&world.backend);
    let hits = world.hits("bo", &[("q", "tide")]).await;
    let units = read_units(&world.backend) - before;

    println!("result: a search with {} hits costs {units} read units", hits.hits.len());
    assert_eq!(hits.hits.len(), N_HITS);
    assert!(units <= 28.0, "{units}");
}

/// Tables of its own, with an index in memory beside them: an index is paid for by the hour.
async fn on_tables() -> Backend {
    let config = Config::parse(engines::fresh_tables()).unwrap();
    let StoreConfig::Dynamo(tables) = &config.store else { unreachable!("it is set") };
    backend::create_tables(tables).await.unwrap();
    Backend { index: Backend::in_memory().index, ..Backend::connect(&config).await.unwrap() }
}

fn read_units(backend: &Backend) -> f64 {
    backend.meter.read().store.unwrap().read_units
}
