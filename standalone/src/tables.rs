//! `hubbub tables`: the tables in DynamoDB.

use anyhow::{Result, bail};

use backend::{StoreConfig, create_tables};

use crate::config::Config;

/// Makes the tables that are not there, and says which.
#[expect(clippy::print_stdout, reason = "what was done is what the command was asked for")]
pub(crate) async fn create(config: &Config) -> Result<()> {
    let StoreConfig::Dynamo(config) = &config.backend.store else {
        bail!("HUBBUB_STORE is not `dynamodb`: SQLite's tables are made when they are first needed");
    };
    let made = create_tables(config).await?;
    match made.is_empty() {
        true => println!("all tables were there already"),
        false => println!("made {}", made.join(", ")),
    }
    Ok(())
}
