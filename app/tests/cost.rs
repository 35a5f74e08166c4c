//! What a page costs in DynamoDB's units, as the adapter counts them: deploy/units.json has it.

#![cfg(all(feature = "ssr", feature = "aws"))]
#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod world;

use backend::{Backend, Config, StoreConfig};
use world::world_on;

/// More than a page shows.
const N_MESSAGES: usize = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_few_read_units() {
    let world = world_on(on_tables().await, app::Config::default()).await;
    for n in 0..N_MESSAGES {
        world.write("general", &format!("The {n}th. {}", "So. ".repeat(35))).await;
    }
    let ada = world.sign_up("Ada").await;

    let before = read_units(&world.backend);
    let page = world.get_as(&ada, "/r/general").await;
    let units = read_units(&world.backend) - before;

    println!("result: a page costs {units} read units, and has {} KB", page.body.len() / 1000);
    let shows = |n: usize| page.body.contains(&format!("The {n}th."));
    assert!(shows(N_MESSAGES - 1) && !shows(0), "{}", page.body);
    assert!(units <= 20.0, "{units}");
}

/// Tables of its own.
async fn on_tables() -> Backend {
    let config = Config::parse(engines::fresh_tables()).unwrap();
    let StoreConfig::Dynamo(tables) = &config.store else { unreachable!("it is set") };
    backend::create_tables(tables).await.unwrap();
    Backend::connect(&config).await.unwrap()
}

fn read_units(backend: &Backend) -> f64 {
    backend.meter.read().store.unwrap().read_units
}
