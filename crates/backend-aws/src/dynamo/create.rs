//! Makes the tables: for local use and tests. In an account they are deployed.

use std::time::Duration;

use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, StreamSpecification,
    StreamViewType, TableStatus, TimeToLiveSpecification,
};
use chat::ports::Unavailable;

use super::{
    Dynamo,
    requests::unavailable,
    schema::{Key, TABLES, TableSchema},
};

const WHAT: &str = "tables while creating them";
/// A table that is asked for takes a moment.
const PATIENCE: Duration = Duration::from_mins(2);
const ASK_EVERY: Duration = Duration::from_millis(500);

/// Why the tables were not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// One is there, and is another.
    #[error("the table `{table}` is there already, with other keys")]
    Other {
        /// Which.
        table: String,
    },
    /// One took too long.
    #[error("the table `{table}` was not ready in time")]
    Late {
        /// Which.
        table: String,
    },
    /// DynamoDB did not answer, or said no.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Dynamo {
    /// Makes the tables that are not there, and returns the names of those it made.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create_tables(&self) -> Result<Vec<String>, CreateError> {
        let mut made = Vec::new();
        for schema in &TABLES {
            let table = format!("{}{}", self.prefix, schema.name);
            match self.keys_of(&table).await? {
                Some(keys) if keys == key_schema(schema) => {}
                Some(_) => return Err(CreateError::Other { table }),
                None => {
                    self.create_table(&table, schema).await?;
                    made.push(table);
                }
            }
        }
        Ok(made)
    }

    async fn create_table(&self, table: &str, schema: &TableSchema) -> Result<(), CreateError> {
        let attributes = [Some(schema.partition), schema.sort].into_iter().flatten().map(attribute);
        let stream = schema.has_stream.then(|| {
            let stream = StreamSpecification::builder().stream_enabled(true);
            stream
                .stream_view_type(StreamViewType::NewImage)
                .build()
                .expect("it is told whether there is one")
        });
        self.client
            .create_table()
            .table_name(table)
            .set_attribute_definitions(Some(attributes.collect()))
            .set_key_schema(Some(key_schema(schema)))
            .billing_mode(BillingMode::PayPerRequest)
            .set_stream_specification(stream)
            .send()
            .await
            .map_err(|error| unavailable(WHAT, error))?;
        self.ready(table).await?;
        if let Some(attribute) = schema.time_to_live {
            let lives = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute);
            let lives = lives.build().expect("the attribute is named");
            let asked = self.client.update_time_to_live().table_name(table).time_to_live_specification(lives);
            asked.send().await.map_err(|error| unavailable(WHAT, error))?;
        }
        Ok(())
    }

    async fn ready(&self, table: &str) -> Result<(), CreateError> {
        let ready = async {
            loop {
                let described = self.client.describe_table().table_name(table).send().await;
                let described = described.map_err(|error| unavailable(WHAT, error))?.table;
                if described.and_then(|it| it.table_status) == Some(TableStatus::Active) {
                    return Ok(());
                }
                tokio::time::sleep(ASK_EVERY).await;
            }
        };
        let late = CreateError::Late { table: table.to_owned() };
        tokio::time::timeout(PATIENCE, ready).await.unwrap_or(Err(late))
    }

    /// The keys of a table; none where it is not there.
    async fn keys_of(&self, table: &str) -> Result<Option<Vec<KeySchemaElement>>, Unavailable> {
        match self.client.describe_table().table_name(table).send().await {
            Ok(described) => Ok(described.table.and_then(|it| it.key_schema)),
            Err(error) => match error.as_service_error() {
                Some(known) if known.is_resource_not_found_exception() => Ok(None),
                _ => Err(unavailable(WHAT, error)),
            },
        }
    }
}

fn key_schema(schema: &TableSchema) -> Vec<KeySchemaElement> {
    let keys = [Some((schema.partition, KeyType::Hash)), schema.sort.map(|sort| (sort, KeyType::Range))];
    let element = |(key, kind): (Key, KeyType)| {
        let element = KeySchemaElement::builder().attribute_name(key.name).key_type(kind);
        element.build().expect("the name and the type are set")
    };
    keys.into_iter().flatten().map(element).collect()
}

fn attribute(key: Key) -> AttributeDefinition {
    let kind = match key.is_number {
        true => ScalarAttributeType::N,
        false => ScalarAttributeType::S,
    };
    let attribute = AttributeDefinition::builder().attribute_name(key.name).attribute_type(kind);
    attribute.build().expect("the name and the type are set")
}
