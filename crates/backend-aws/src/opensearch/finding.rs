//! What is found, page by page.

use std::time::Duration;

use chat::ports::{FindError, Found, Mark, Order, Search, Unavailable};
use opensearch::{OpenSearch, SearchParts};
use protocol::{RoomId, Sequence};
use serde::Deserialize;
use serde_json::Value;

use super::{
    asked::request,
    fault::{Fault, granted},
};

/// An answer comes within this time, or there is none.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Finds a page in the index of a name.
///
/// # Errors
/// [`FindError`].
pub(super) async fn find(client: &OpenSearch, name: &str, search: &Search) -> Result<Found, FindError> {
    let after = search.after.as_ref().map(|mark| values(search.order, mark)).transpose()?;
    if search.criteria.match_nothing() {
        return Ok(Found { hits: Vec::new(), next: None });
    }
    let found = ask(client, name, search, request(search, after)).await;
    found.map_err(|fault| Unavailable::new("index while finding", fault).into())
}

async fn ask(client: &OpenSearch, name: &str, search: &Search, request: Value) -> Result<Found, Fault> {
    let named = [name];
    let asked = client.search(SearchParts::Index(&named)).request_timeout(ANSWER_WITHIN);
    let answer: Answer = granted(asked.body(request).send().await?).await?.json().await?;
    answer.found(search)
}

#[derive(Deserialize)]
struct Answer {
    timed_out: bool,
    #[serde(rename = "_shards")]
    shards: Shards,
    hits: Hits,
}

#[derive(Deserialize)]
struct Shards {
    failed: u32,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    sort: Vec<Value>,
}

impl Answer {
    fn found(self, search: &Search) -> Result<Found, Fault> {
        let is_whole = !self.timed_out && self.shards.failed == 0;
        let hits = self.hits.hits;
        let places = hits.iter().map(|hit| place(search.order, &hit.sort));
        let Some(places) = places.collect::<Option<Vec<_>>>().filter(|_| is_whole) else {
            return Err(Fault::Partial);
        };
        let last = hits.last().filter(|_| hits.len() == search.n);
        Ok(Found { next: last.map(|hit| Mark(Value::from(hit.sort.clone()).to_string())), hits: places })
    }
}

/// What the last hit of a page was sorted by, as a mark has it.
fn values(order: Order, mark: &Mark) -> Result<Vec<Value>, FindError> {
    let values: Vec<Value> = serde_json::from_str(&mark.0).map_err(|_| FindError::BadMark)?;
    place(order, &values).map(|_| values).ok_or(FindError::BadMark)
}

/// Where a hit stands, by what it was sorted by.
fn place(order: Order, values: &[Value]) -> Option<(RoomId, Sequence)> {
    let (score, rest) = values.split_at_checked(usize::from(order == Order::Best))?;
    let [at, room, sequence] = rest else { return None };
    let are_numbers = score.iter().all(Value::is_number) && at.is_i64();
    let room = RoomId::parse(room.as_str().filter(|_| are_numbers)?).ok()?;
    Some((room, Sequence(sequence.as_i64()?.try_into().ok()?)))
}
