//! What is asked of DynamoDB, in the few shapes that the stores need.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    types::{AttributeValue, KeysAndAttributes, ReturnConsumedCapacity, Select},
};
use chat::ports::Unavailable;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Dynamo, Table,
    writes::{Conflict, names_in},
};

/// A row as DynamoDB has it.
pub(super) type Item = HashMap<String, AttributeValue>;

/// Items that one `BatchGetItem` may name.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
const BATCH: usize = 100;

/// A part of a table with one partition key, in the order of the sort key.
pub(super) struct Query {
    pub(super) what: &'static str,
    pub(super) table: Table,
    /// Attributes as `#name`, values as `:name`.
    pub(super) condition: &'static str,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
    /// From the end.
    pub(super) is_reverse: bool,
    /// At most so many rows; with none, all there are.
    pub(super) most: Option<usize>,
    /// The attributes that are wanted; with none, all.
    pub(super) only: Option<&'static str>,
}

impl Dynamo {
    /// Reads one row, consistently.
    pub(super) async fn get<R: DeserializeOwned>(
        &self,
        what: &'static str,
        table: Table,
        key: Item,
    ) -> Result<Option<R>, Unavailable> {
        let get = self.client.get_item().table_name(self.name(table)).set_key(Some(key));
        let get = get.consistent_read(true).return_consumed_capacity(ReturnConsumedCapacity::Total);
        let got = get.send().await.map_err(|error| unavailable(what, error))?;
        self.usage.read(table, &got.consumed_capacity);
        got.item.map(|item| row(what, item)).transpose()
    }

    /// Reads the rows of these keys, consistently; those that are not there are left out. In no order.
    pub(super) async fn get_all<R: DeserializeOwned>(
        &self,
        what: &'static str,
        table: Table,
        keys: Vec<Item>,
    ) -> Result<Vec<R>, Unavailable> {
        let (mut rows, mut keys) = (Vec::with_capacity(keys.len()), keys);
        let mut patience = Conflict::new(what);
        while !keys.is_empty() {
            let some = keys.split_off(keys.len().saturating_sub(BATCH));
            let some = KeysAndAttributes::builder().set_keys(Some(some)).consistent_read(true).build();
            let some = some.map_err(|error| Unavailable::new(what, error))?;
            let get = self.client.batch_get_item().request_items(self.name(table), some);
            let get = get.return_consumed_capacity(ReturnConsumedCapacity::Total);
            let got = get.send().await.map_err(|error| unavailable(what, error))?;
            self.usage.read(table, got.consumed_capacity());
            for item in got.responses.into_iter().flat_map(HashMap::into_values).flatten() {
                rows.push(row(what, item)?);
            }
            let unprocessed = got.unprocessed_keys.into_iter().flat_map(HashMap::into_values);
            let unprocessed: Vec<Item> = unprocessed.flat_map(|it| it.keys).collect();
            if !unprocessed.is_empty() {
                keys.extend(unprocessed);
                patience.wait().await?;
            }
        }
        Ok(rows)
    }

    /// Reads rows in order, consistently, page by page.
    pub(super) async fn query<R: DeserializeOwned>(&self, query: Query) -> Result<Vec<R>, Unavailable> {
        let what = query.what;
        self.query_items(query).await?.into_iter().map(|item| row(what, item)).collect()
    }

    /// The same, as DynamoDB has them.
    pub(super) async fn query_items(&self, query: Query) -> Result<Vec<Item>, Unavailable> {
        let Query { what, table, condition, values, is_reverse, most, only } = query;
        let values: HashMap<String, AttributeValue> =
            values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let names = names_in([condition, only.unwrap_or_default()]);
        let (mut rows, mut from) = (Vec::new(), None);
        loop {
            let left = most.map(|most| most - rows.len());
            if left == Some(0) {
                return Ok(rows);
            }
            let asked = self
                .client
                .query()
                .table_name(self.name(table))
                .key_condition_expression(condition)
                .set_expression_attribute_names(Some(names.clone()))
                .set_expression_attribute_values(Some(values.clone()))
                .set_projection_expression(only.map(str::to_owned))
                .set_select(only.map(|_| Select::SpecificAttributes))
                .set_limit(left.map(|left| i32::try_from(left).unwrap_or(i32::MAX)))
                .set_exclusive_start_key(from)
                .scan_index_forward(!is_reverse)
                .consistent_read(true)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let page = asked.send().await.map_err(|error| unavailable(what, error))?;
            self.usage.read(table, &page.consumed_capacity);
            rows.extend(page.items.unwrap_or_default());
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(rows);
            }
        }
    }

    /// Reads up to `most` rows of a whole table from a key on, consistently, in no order; and the key where it goes on, if it
    /// does.
    pub(super) async fn scan(
        &self,
        what: &'static str,
        table: Table,
        from: Option<Item>,
        most: usize,
    ) -> Result<(Vec<Item>, Option<Item>), Unavailable> {
        let asked = self
            .client
            .scan()
            .table_name(self.name(table))
            .set_exclusive_start_key(from)
            .limit(i32::try_from(most).unwrap_or(i32::MAX))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let page = asked.send().await.map_err(|error| unavailable(what, error))?;
        self.usage.read(table, &page.consumed_capacity);
        Ok((page.items.unwrap_or_default(), page.last_evaluated_key.filter(|key| !key.is_empty())))
    }
}

/// A key of one attribute or two.
pub(super) fn key<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A text.
pub(super) fn s(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

/// A number.
pub(super) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// Yes or no.
pub(super) fn bool(yes: bool) -> AttributeValue {
    AttributeValue::Bool(yes)
}

/// A row, from what DynamoDB has: what does not pass was not written by us.
pub(super) fn row<R: DeserializeOwned>(what: &'static str, item: Item) -> Result<R, Unavailable> {
    // What serde says of it may quote a text.
    serde_dynamo::from_item(item).map_err(|_| Unavailable::new(what, NotOurs))
}

/// A row does not pass.
#[derive(Debug, thiserror::Error)]
#[error("a row is none that we wrote")]
struct NotOurs;

/// A row, for DynamoDB.
pub(super) fn item(row: &impl Serialize) -> Item {
    serde_dynamo::to_item(row).expect("rows are maps of plain values")
}

/// An error of the SDK's.
pub(super) fn unavailable<E, R>(what: &'static str, error: SdkError<E, R>) -> Unavailable
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match error.as_service_error().and_then(ProvideErrorMetadata::code) {
        Some("ResourceNotFoundException") => Unavailable::new(what, NoTable),
        _ => Unavailable::new(what, error),
    }
}

/// What an operator can mend.
#[derive(Debug, thiserror::Error)]
#[error("a table is missing: `hubbub tables create` makes them")]
struct NoTable;
