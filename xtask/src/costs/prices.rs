//! deploy/prices.json: what AWS asks, in two regions, each price with where it was read.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

/// What things cost, and what is given to every account each month.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Prices {
    /// When they were last looked up: `2026-11-26`.
    pub(super) as_of: String,
    currency: String,
    /// Where prices were read, by name.
    pub(super) sources: BTreeMap<String, Source>,
    #[serde(rename = "prices")]
    pub(super) list: Vec<Price>,
    /// Which were asked for, so that none stays that nothing needs.
    #[serde(skip)]
    asked: RefCell<BTreeSet<String>>,
}

/// Something public in which prices stand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    pub(super) what: String,
    pub(super) url: String,
    /// When it was written.
    pub(super) dated: String,
}

/// One price.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price {
    pub(super) name: String,
    /// For what it is paid.
    pub(super) what: String,
    /// For how much: `hour`, `million units`.
    pub(super) unit: String,
    /// The same as a number.
    #[serde(rename = "for")]
    per: f64,
    /// So much an account has each month for nothing.
    #[serde(default)]
    pub(super) free: f64,
    free_source: Option<String>,
    /// AWS's own list, which has the price as it is today; with `REGION` in it, one for each region.
    pub(super) aws: String,
    /// When AWS published the list that was read.
    #[serde(rename = "published")]
    _published: Option<String>,
    #[serde(rename = "us-east-1")]
    virginia: Regional,
    #[serde(rename = "eu-central-1")]
    frankfurt: Regional,
}

/// A price in a region.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Regional {
    pub(super) usd: f64,
    /// Whether a source has it.
    pub(super) confirmed: bool,
    /// Which.
    pub(super) source: Option<String>,
    /// What it is taken from, where none has.
    pub(super) based_on: Option<String>,
}

/// Where it is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Region {
    /// `us-east-1`.
    Virginia,
    /// `eu-central-1`.
    Frankfurt,
}

impl Region {
    pub(super) const ALL: [Self; 2] = [Self::Virginia, Self::Frankfurt];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Virginia => "us-east-1",
            Self::Frankfurt => "eu-central-1",
        }
    }
}

impl Prices {
    /// Reads them.
    ///
    /// # Errors
    /// When the text is no list of prices, or one says neither where it was read nor what it is taken from.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let prices: Self = serde_json::from_str(text).context("these are no prices")?;
        ensure!(prices.currency == "USD", "prices are in {}, not in USD", prices.currency);
        for price in &prices.list {
            prices.check(price).with_context(|| format!("the price `{}`", price.name))?;
        }
        Ok(prices)
    }

    fn check(&self, price: &Price) -> Result<()> {
        let is_known = |name: &Option<String>| name.as_ref().is_some_and(|it| self.sources.contains_key(it));
        ensure!(price.per > 0.0, "is for nothing");
        ensure!((price.free > 0.0) == is_known(&price.free_source), "has no source of what is free");
        for region in Region::ALL {
            let Regional { usd, confirmed, source, based_on } = price.of(region);
            ensure!(*usd > 0.0, "is nothing in {}", region.name());
            ensure!(*confirmed == is_known(source), "is confirmed by nothing in {}", region.name());
            ensure!(*confirmed != based_on.is_some(), "is taken from nothing in {}", region.name());
        }
        Ok(())
    }

    /// The price of one, in dollars.
    ///
    /// # Errors
    /// When the list does not have it.
    pub(super) fn of_one(&self, name: &str, region: Region) -> Result<f64> {
        let price = self.named(name)?;
        Ok(price.of(region).usd / price.per)
    }

    /// How much of it an account has each month for nothing.
    ///
    /// # Errors
    /// When the list does not have the price.
    pub(super) fn free(&self, name: &str) -> Result<f64> {
        Ok(self.named(name)?.free)
    }

    fn named(&self, name: &str) -> Result<&Price> {
        self.asked.borrow_mut().insert(name.to_owned());
        let found = self.list.iter().find(|it| it.name == name);
        found.with_context(|| format!("deploy/prices.json has no price `{name}`"))
    }

    /// The prices that nothing asked for.
    pub(super) fn left(&self) -> Vec<&str> {
        let asked = self.asked.borrow();
        self.list.iter().map(|it| it.name.as_str()).filter(|it| !asked.contains(*it)).collect()
    }
}

impl Price {
    /// The price in a region.
    pub(super) fn of(&self, region: Region) -> &Regional {
        match region {
            Region::Virginia => &self.virginia,
            Region::Frankfurt => &self.frankfurt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_for_so_many_and_differs_by_region() {
        let prices = Prices::parse(&list(r#""confirmed": true, "source": "page""#)).unwrap();

        let of_a_million = |region| prices.of_one("write_unit", region).unwrap() * 1e6;
        assert!((of_a_million(Region::Virginia) - 0.625).abs() < 1e-9);
        assert!((of_a_million(Region::Frankfurt) - 0.75).abs() < 1e-9);
        assert!(prices.of_one("read_unit", Region::Virginia).is_err());
        assert!(prices.left().is_empty());
    }

    #[test]
    fn a_price_says_where_it_was_read_or_what_it_is_taken_from() {
        let is_taken = |says: &str| Prices::parse(&list(says)).is_ok();

        assert!(is_taken(r#""confirmed": false, "based_on": "a guess""#));
        assert!(!is_taken(r#""confirmed": true, "source": "a page that is not listed""#));
        assert!(!is_taken(r#""confirmed": true"#));
        assert!(!is_taken(r#""confirmed": false"#));
    }

    fn list(says: &str) -> String {
        format!(
            r#"{{"as_of": "2026-11-26", "currency": "USD",
              "sources": {{"page": {{"what": "a page", "url": "https://example.org", "dated": "2026"}}}},
              "prices": [{{"name": "write_unit", "what": "a write", "unit": "million units", "for": 1e6,
                "aws": "https://example.org", "us-east-1": {{"usd": 0.625, {says}}},
                "eu-central-1": {{"usd": 0.75, "confirmed": true, "source": "page"}}}}]}}"#
        )
    }
}
