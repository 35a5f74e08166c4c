//! The indexes that there are, and the aliases by which they are read and written.
//!
//! | alias | names |
//! | --- | --- |
//! | `{prefix}-messages` | the one that is read |
//! | `{prefix}-messages-written` | those that are written: another one while it is filled |
//! | `{index}-itself` | that one, so that writing to an index that is gone does not make it anew |

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opensearch::{
    OpenSearch,
    http::StatusCode,
    indices::{IndicesCreateParts, IndicesDeleteParts, IndicesGetParts},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::{
    documents,
    fault::{Fault, granted},
};

/// Who writes looks again after this time whether other indexes are to be written.
pub(super) const KNOWN_FOR: Duration = Duration::from_secs(5);
/// An answer comes within this time, or there is none.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// The indexes of one installation: a handle, cheap to clone.
#[derive(Clone)]
pub(super) struct Indexes {
    client: Arc<OpenSearch>,
    prefix: Arc<str>,
    known: Arc<Mutex<Option<Known>>>,
}

/// What was known a moment ago.
struct Known {
    since: Instant,
    /// The aliases of those that are written.
    written: Vec<String>,
}

/// An index that is written.
pub(super) struct Written {
    pub(super) name: String,
    /// Whether it is the one that is read, too.
    pub(super) is_read: bool,
}

impl Indexes {
    pub(super) fn new(client: Arc<OpenSearch>, prefix: &str) -> Self {
        Self { client, prefix: prefix.into(), known: Arc::default() }
    }

    /// The alias of the one that is read.
    pub(super) fn read(&self) -> String {
        format!("{}-messages", self.prefix)
    }

    /// The aliases of those that are written, as it was known a moment ago. Makes the first one where there is none.
    pub(super) async fn written(&self) -> Result<Vec<String>, Fault> {
        if let Some(known) = self.known().as_ref().filter(|known| known.since.elapsed() < KNOWN_FOR) {
            return Ok(known.written.clone());
        }
        let since = Instant::now();
        let written: Vec<String> = self.all().await?.iter().map(|it| itself(&it.name)).collect();
        *self.known() = Some(Known { since, written: written.clone() });
        Ok(written)
    }

    /// Looks again when somebody asks the next time.
    pub(super) fn forget(&self) {
        *self.known() = None;
    }

    /// Those that are written. Makes the first one where there is none.
    pub(super) async fn all(&self) -> Result<Vec<Written>, Fault> {
        let found = self.look().await?;
        if !found.is_empty() {
            return Ok(found);
        }
        let (read, name) = (self.read(), self.name(1));
        match self.make(&name, &[&read]).await {
            // Another one was faster.
            Err(Fault::Refused { kind, .. }) if kind == EXISTS => {}
            made => made?,
        }
        self.look().await
    }

    /// Makes an index that is written, and has more aliases.
    pub(super) async fn make(&self, name: &str, aliases: &[&str]) -> Result<(), Fault> {
        let (written, itself) = (self.written_alias(), itself(name));
        let aliases = aliases.iter().copied().chain([written.as_str(), &itself]);
        let aliases: Map<_, _> = aliases.map(|alias| (alias.to_owned(), json!({}))).collect();
        match self.make_as(name, documents::index(true), aliases.clone()).await {
            // Serverless's documentation does not say whether it sorts. Without, all is found that is to be found.
            Err(Fault::Refused { status: StatusCode::BAD_REQUEST, kind }) if kind != EXISTS => {
                self.make_as(name, documents::index(false), aliases).await
            }
            made => made,
        }
    }

    async fn make_as(&self, name: &str, mut index: Value, aliases: Map<String, Value>) -> Result<(), Fault> {
        index["aliases"] = aliases.into();
        let request = self.client.indices();
        let request = request.create(IndicesCreateParts::Index(name)).request_timeout(ANSWER_WITHIN);
        granted(request.body(index).send().await?).await.map(drop)
    }

    /// Has one be read and written instead of others, at once.
    pub(super) async fn switch(&self, to: &str, from: &[String]) -> Result<(), Fault> {
        let (read, written) = (self.read(), self.written_alias());
        let mut actions = vec![json!({ "add": { "index": to, "alias": read } })];
        for index in from {
            actions.extend(
                [&read, &written].map(|alias| json!({ "remove": { "index": index, "alias": alias } })),
            );
        }
        let request = self.client.indices();
        let request = request.update_aliases().request_timeout(ANSWER_WITHIN);
        granted(request.body(json!({ "actions": actions })).send().await?).await.map(drop)
    }

    /// Drops an index, if it is there.
    pub(super) async fn drop(&self, name: &str) -> Result<(), Fault> {
        let (request, named) = (self.client.indices(), [name]);
        let request = request.delete(IndicesDeleteParts::Index(&named)).request_timeout(ANSWER_WITHIN);
        match granted(request.send().await?).await {
            Err(Fault::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// A name that none of these has.
    pub(super) fn free_name(&self, of: &[Written]) -> String {
        let number = |it: &Written| it.name.rsplit('-').next()?.parse().ok();
        self.name(of.iter().filter_map(number).max().unwrap_or(0) + 1)
    }

    async fn look(&self) -> Result<Vec<Written>, Fault> {
        let (read, written) = (self.read(), self.written_alias());
        let (request, named) = (self.client.indices(), [written.as_str()]);
        let request = request.get(IndicesGetParts::Index(&named)).request_timeout(ANSWER_WITHIN);
        let found: BTreeMap<String, Found> = match granted(request.send().await?).await {
            Err(Fault::Refused { status: StatusCode::NOT_FOUND, .. }) => return Ok(Vec::new()),
            answer => answer?.json().await?,
        };
        let written = |(name, it): (String, Found)| Written { name, is_read: it.aliases.contains_key(&read) };
        Ok(found.into_iter().map(written).collect())
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, number: u64) -> String {
        format!("{}-messages-{number}", self.prefix)
    }

    fn written_alias(&self) -> String {
        format!("{}-messages-written", self.prefix)
    }
}

/// The alias that an index has to itself.
pub(super) fn itself(name: &str) -> String {
    format!("{name}-itself")
}

/// What is told of an index.
#[derive(Deserialize)]
struct Found {
    aliases: BTreeMap<String, Value>,
}

/// What kind of error it is that an index is there already.
const EXISTS: &str = "resource_already_exists_exception";
