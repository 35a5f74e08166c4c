//! deploy/units.json: what a member does, what that takes, and of what the system is built.

use std::{cell::RefCell, collections::BTreeSet};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// All that is counted with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Units {
    /// What tests of this project hold.
    pub(super) measured: Vec<Unit>,
    /// What is taken for true, of each daily user unless it says otherwise.
    pub(super) assumed: Vec<Unit>,
    /// How it is built.
    pub(super) deployed: Vec<Unit>,
    /// Which were asked for, so that none stays that nothing needs.
    #[serde(skip)]
    asked: RefCell<BTreeSet<String>>,
}

/// One number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    name: String,
    pub(super) what: String,
    pub(super) value: f64,
    /// In what it is counted.
    #[serde(rename = "unit")]
    pub(super) counted_in: String,
    /// Who says so.
    pub(super) from: String,
}

impl Units {
    /// Reads them.
    ///
    /// # Errors
    /// When the text is no list of units.
    pub(super) fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("these are no units")
    }

    /// A number by its name.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) fn of(&self, name: &str) -> Result<f64> {
        self.asked.borrow_mut().insert(name.to_owned());
        let found = self.all().find(|it| it.name == name);
        Ok(found.with_context(|| format!("deploy/units.json has no `{name}`"))?.value)
    }

    /// The names of those that nothing asked for.
    pub(super) fn left(&self) -> Vec<&str> {
        let asked = self.asked.borrow();
        self.all().map(|it| it.name.as_str()).filter(|it| !asked.contains(*it)).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Unit> {
        self.measured.iter().chain(&self.assumed).chain(&self.deployed)
    }
}
