//! What is written to DynamoDB: one row, or some in a transaction, each on its condition.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::{
    error::{ProvideErrorMetadata, SdkError},
    operation::{
        put_item::PutItemError, transact_write_items::TransactWriteItemsError, update_item::UpdateItemError,
    },
    types::{
        AttributeValue, ConditionCheck, ConsumedCapacity, Delete, Put, ReturnConsumedCapacity,
        ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
    },
};
use chat::ports::Unavailable;
use rand::RngExt as _;
use serde::Serialize;

use super::{
    Dynamo, Table,
    requests::{Item, item, n, unavailable},
};

/// What other transactions stand in the way of is tried again for so long.
const PATIENCE: Duration = Duration::from_secs(4);
/// Before the first try again it waits for up to this time, at random; then for up to twice that, and so on.
const PAUSE: Duration = Duration::from_millis(5);
const PAUSE_MAX: Duration = Duration::from_millis(160);

/// One row to write, and on what condition. Attributes are named `#name` and values `:name`.
#[derive(Clone, Debug)]
pub(super) struct Write {
    table: Table,
    how: How,
    condition: Option<String>,
    values: HashMap<String, AttributeValue>,
}

#[derive(Clone, Debug)]
enum How {
    Put(Item),
    Update(Item, String),
    Delete(Item),
    Check(Item),
}

/// What became of a transaction.
pub(super) enum Written {
    /// All of it is written.
    Yes,
    /// Nothing is: these rows' conditions do not hold, by their place in the transaction.
    No(Vec<usize>),
}

impl Write {
    pub(super) fn put(table: Table, row: &impl Serialize) -> Self {
        Self::new(table, How::Put(item(row)))
    }

    pub(super) fn update(table: Table, key: Item, update: impl Into<String>) -> Self {
        Self::new(table, How::Update(key, update.into()))
    }

    pub(super) fn delete(table: Table, key: Item) -> Self {
        Self::new(table, How::Delete(key))
    }

    /// Writes nothing; the others wait for its condition.
    pub(super) fn check(table: Table, key: Item, condition: impl Into<String>) -> Self {
        Self::new(table, How::Check(key)).when(condition)
    }

    fn new(table: Table, how: How) -> Self {
        Self { table, how, condition: None, values: HashMap::new() }
    }

    /// Counts one more at a place, unless there are as many as allowed.
    pub(super) fn count_up(table: Table, place: Item, most: usize) -> Self {
        let is_free = match most {
            0 => "#n < :most", // Where nothing is counted yet neither.
            _ => "attribute_not_exists(#n) OR #n < :most",
        };
        Self::update(table, place, "SET #n = if_not_exists(#n, :none) + :one")
            .when(is_free)
            .value(":none", n(0))
            .value(":one", n(1))
            .value(":most", n(most))
    }

    pub(super) fn count_down(table: Table, place: Item) -> Self {
        Self::update(table, place, "SET #n = #n - :one").value(":one", n(1))
    }

    pub(super) fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    pub(super) fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    fn names(&self) -> Option<HashMap<String, String>> {
        let update = if let How::Update(_, update) = &self.how { update } else { "" };
        let names = names_in([update, self.condition.as_deref().unwrap_or_default()]);
        (!names.is_empty()).then_some(names)
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }
}

impl Dynamo {
    /// Writes all rows, or none where one's condition does not hold.
    pub(super) async fn transact(
        &self,
        what: &'static str,
        writes: Vec<Write>,
    ) -> Result<Written, Unavailable> {
        let items: Vec<TransactWriteItem> = writes.into_iter().map(|write| self.part(write)).collect();
        let mut conflict = Conflict::new(what);
        loop {
            // The SDK gives each call a token, so that one it sends again is not done twice.
            let asked = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let asked = asked.return_consumed_capacity(ReturnConsumedCapacity::Total);
            match asked.send().await {
                Ok(done) => {
                    self.usage.wrote(done.consumed_capacity());
                    return Ok(Written::Yes);
                }
                Err(error) => match failed_conditions(&error) {
                    Some(places) if !places.is_empty() => {
                        self.usage.wrote([]);
                        return Ok(Written::No(places));
                    }
                    Some(_) => conflict.wait().await?,
                    None => return Err(unavailable(what, error)),
                },
            }
        }
    }

    /// Puts one row if its condition holds. Else returns the one that is there.
    pub(super) async fn put(
        &self,
        what: &'static str,
        write: Write,
    ) -> Result<Result<(), Option<Item>>, Unavailable> {
        let (names, values) = (write.names(), write.values());
        let How::Put(item) = write.how else { unreachable!("callers put") };
        let asked = self
            .client
            .put_item()
            .table_name(self.name(write.table))
            .set_item(Some(item))
            .set_condition_expression(write.condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let done = persist(what, || asked.clone().send()).await?;
        let done = done.map(|done| done.consumed_capacity);
        self.written(what, done, |error| match error {
            PutItemError::ConditionalCheckFailedException(failed) => Some(failed.item.clone()),
            _ => None,
        })
    }

    /// Updates one row if its condition holds. Else returns the one that is there.
    pub(super) async fn update(
        &self,
        what: &'static str,
        write: Write,
    ) -> Result<Result<(), Option<Item>>, Unavailable> {
        let (names, values) = (write.names(), write.values());
        let How::Update(key, update) = write.how else { unreachable!("callers update") };
        let asked = self
            .client
            .update_item()
            .table_name(self.name(write.table))
            .set_key(Some(key))
            .update_expression(update)
            .set_condition_expression(write.condition)
            .set_expression_attribute_names(names)
            .set_expression_attribute_values(values)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let done = persist(what, || asked.clone().send()).await?;
        let done = done.map(|done| done.consumed_capacity);
        self.written(what, done, |error| match error {
            UpdateItemError::ConditionalCheckFailedException(failed) => Some(failed.item.clone()),
            _ => None,
        })
    }

    /// Counts what a write on a condition used, and tells what it came to: `there` finds the row that is there in the error
    /// that says so.
    fn written<E, R>(
        &self,
        what: &'static str,
        done: Result<Option<ConsumedCapacity>, SdkError<E, R>>,
        there: impl Fn(&E) -> Option<Option<Item>>,
    ) -> Result<Result<(), Option<Item>>, Unavailable>
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let error = match done {
            Ok(used) => {
                self.usage.wrote(&used);
                return Ok(Ok(()));
            }
            Err(error) => error,
        };
        self.usage.wrote([]);
        match error.as_service_error().and_then(there) {
            Some(there) => Ok(Err(there)),
            None => Err(unavailable(what, error)),
        }
    }

    /// Deletes one row. Nothing where there is none.
    pub(super) async fn delete(
        &self,
        what: &'static str,
        table: Table,
        key: Item,
    ) -> Result<(), Unavailable> {
        let asked = self.client.delete_item().table_name(self.name(table)).set_key(Some(key));
        let asked = asked.return_consumed_capacity(ReturnConsumedCapacity::Total);
        let done = persist(what, || asked.clone().send()).await?.map_err(|error| unavailable(what, error))?;
        self.usage.wrote(&done.consumed_capacity);
        Ok(())
    }

    fn part(&self, write: Write) -> TransactWriteItem {
        let (table, names, values) = (self.name(write.table), write.names(), write.values());
        let part = TransactWriteItem::builder();
        let complete = "the table, the key and the expression are set";
        match write.how {
            How::Put(item) => part.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item))
                    .set_condition_expression(write.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .expect(complete),
            ),
            How::Update(key, update) => part.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .update_expression(update)
                    .set_condition_expression(write.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .expect(complete),
            ),
            How::Delete(key) => part.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_condition_expression(write.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .expect(complete),
            ),
            How::Check(key) => part.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key))
                    .set_condition_expression(write.condition)
                    .set_expression_attribute_names(names)
                    .set_expression_attribute_values(values)
                    .build()
                    .expect(complete),
            ),
        }
        .build()
    }
}

/// Waits longer each time that others stand in the way, up to an end.
pub(super) struct Conflict {
    what: &'static str,
    began: Instant,
    pause: Duration,
}

impl Conflict {
    pub(super) fn new(what: &'static str) -> Self {
        Self { what, began: Instant::now(), pause: PAUSE }
    }

    /// # Errors
    /// [`Unavailable`] when it has gone on for too long.
    pub(super) async fn wait(&mut self) -> Result<(), Unavailable> {
        if self.began.elapsed() > PATIENCE {
            return Err(Unavailable::new(self.what, "others were in the way all the time"));
        }
        let part: f64 = rand::rng().random();
        tokio::time::sleep(self.pause.mul_f64(part)).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        Ok(())
    }
}

/// The attributes that expressions name: `#name` stands for `name`, whatever words DynamoDB keeps to itself.
pub(super) fn names_in<const N: usize>(expressions: [&str; N]) -> HashMap<String, String> {
    let parts = expressions.into_iter().flat_map(|it| it.split('#').skip(1));
    let names = parts.map(|it| it.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
    names.flatten().map(|name| (format!("#{name}"), name.to_owned())).collect()
}

/// The rows whose conditions do not hold. None of them where others stood in the way, or too much was asked for a moment;
/// and none at all for what was not cancelled.
fn failed_conditions<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<usize>> {
    let error = error.as_service_error()?;
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else {
        return (error.code() == Some("TransactionInProgressException")).then(Vec::new);
    };
    let reasons = || cancelled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default());
    let failed = reasons().enumerate().filter(|(_, code)| *code == "ConditionalCheckFailed");
    let failed: Vec<usize> = failed.map(|(place, _)| place).collect();
    let passes =
        |code| matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded");
    (!failed.is_empty() || reasons().any(passes)).then_some(failed)
}

/// Sends a single write until no transaction stands in its way.
async fn persist<T, E, R, F>(
    what: &'static str,
    ask: impl Fn() -> F,
) -> Result<Result<T, SdkError<E, R>>, Unavailable>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, R>>>,
{
    let mut conflict = Conflict::new(what);
    loop {
        let answer = ask().await;
        let error = answer.as_ref().err().and_then(SdkError::as_service_error);
        match error.is_some_and(|error| error.code() == Some("TransactionConflictException")) {
            true => conflict.wait().await?,
            false => return Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_of_an_expression_is_named() {
        let names =
            names_in(["SET #read = :upto, #of_two=:x", "attribute_not_exists(#deleted) AND #read < :upto"]);

        let mut names: Vec<_> = names.into_iter().collect();
        names.sort();
        let expected = [("#deleted", "deleted"), ("#of_two", "of_two"), ("#read", "read")];
        assert_eq!(names, expected.map(|(name, it)| (name.to_owned(), it.to_owned())));
        assert!(names_in([""]).is_empty());
    }
}
