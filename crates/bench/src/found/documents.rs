//! The documents of an index in OpenSearch, as a node is asked for them.

use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::known::{Knowledge, Known};
use crate::http;

/// Documents that are read at once. Source: OpenSearch gives no more, `index.max_result_window`.
const AT_ONCE: usize = 10_000;
/// Words that are looked for at once: fewer than `index.max_terms_count`.
const WORDS_AT_ONCE: usize = 10_000;
/// A node that is well answers within this time.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

/// An index, by its alias.
pub(super) struct Documents {
    pub(super) node: SocketAddr,
    pub(super) alias: String,
}

#[derive(Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_source")]
    source: Known,
    sort: Value,
}

#[derive(Deserialize)]
struct Counted {
    count: u64,
}

impl Documents {
    /// Has searches find all that was put in until now.
    pub(super) async fn refresh(&self) -> anyhow::Result<()> {
        self.ask::<Value>("_refresh", &json!({})).await.map(drop)
    }

    /// All of them.
    pub(super) async fn all(&self) -> anyhow::Result<Knowledge> {
        let (mut all, mut after) = (Knowledge::default(), None);
        loop {
            let mut request = json!({ "size": AT_ONCE, "sort": [{ "room": "asc" }, { "sequence": "asc" }] });
            if let Some(after) = after {
                request["search_after"] = after;
            }
            let Answer { hits: Hits { hits } } = self.ask("_search", &request).await?;
            let Some(last) = hits.last() else { return Ok(all) };
            after = Some(last.sort.clone());
            for Hit { id, source, .. } in hits {
                let own = format!("{}:{}", source.room, source.sequence);
                anyhow::ensure!(id == own && all.take(source), "the document of {own} is called {id}");
            }
        }
    }

    /// How many have one of these words.
    pub(super) async fn n_with_one_of(&self, words: &[String]) -> anyhow::Result<u64> {
        let mut n = 0;
        for words in words.chunks(WORDS_AT_ONCE) {
            let query = json!({ "query": { "terms": { "words": words } } });
            n += self.ask::<Counted>("_count", &query).await?.count;
        }
        Ok(n)
    }

    async fn ask<T: for<'a> Deserialize<'a>>(&self, what: &str, body: &Value) -> anyhow::Result<T> {
        let path = format!("/{}/{what}", self.alias);
        let asked = timeout(ANSWERS_WITHIN, http::post(self.node, &path, &body.to_string())).await;
        let (status, answer) = asked.with_context(|| format!("{path} is not answered"))??;
        anyhow::ensure!(status == 200, "{path} is answered with {status}");
        serde_json::from_str(&answer).with_context(|| format!("{path} is answered in other words"))
    }
}
