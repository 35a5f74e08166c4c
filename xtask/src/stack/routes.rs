//! Which path goes where: the table that the edge in an account and the front door here are both made from.

use std::fs;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::paths;

/// A path, and what of a request for it goes where. The first that fits counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    /// `/ws`, or `/pkg/*` for all below.
    pub(crate) path: String,
    pub(crate) origin: Origin,
    pub(crate) methods: Vec<String>,
    pub(crate) cache: Cache,
    pub(crate) cookies: Passed,
    pub(crate) headers: Passed,
    pub(crate) host: Host,
}

/// Who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    /// The nodes of the chat.
    Socket,
    /// The function that searches.
    Search,
    /// What the build made for browsers.
    Assets,
    /// The pages.
    Web,
}

/// How long an answer may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cache {
    /// Not at all.
    None,
    /// It never changes.
    Year,
}

/// Which cookies or headers are passed on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Passed {
    /// These.
    Named(Vec<String>),
    /// Whatever came.
    All(All),
}

/// The word for whatever came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum All {
    /// `all`.
    All,
}

/// Whose name an origin is asked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Host {
    /// Its own: some origins find out by it who is meant.
    Origin,
}

/// The table.
pub(crate) fn routes() -> Result<Vec<Route>> {
    let file = paths::root().join("deploy/routes.json");
    let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no table of routes", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_goes_somewhere_and_the_chat_to_the_nodes() {
        let routes = routes().unwrap();

        assert_eq!(routes.last().map(|route| route.path.as_str()), Some("/*"));
        let chat = routes.iter().find(|route| route.path == "/ws").unwrap();
        assert_eq!(chat.origin, Origin::Socket);
        assert_eq!(chat.cache, Cache::None);
    }
}
