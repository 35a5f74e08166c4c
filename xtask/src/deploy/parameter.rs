//! A parameter of a template: what it is without being told, and what it may be.

use anyhow::{Context as _, Result};
use regex_lite::Regex;
use serde_json::Value;

/// A parameter.
pub(crate) struct Parameter {
    /// What it is if nobody says anything.
    pub(crate) default: Option<String>,
    /// What it may be, where that is a list.
    allowed: Vec<String>,
    pattern: Option<Regex>,
    longest: Option<u64>,
    least: Option<f64>,
    most: Option<f64>,
}

impl Parameter {
    pub(super) fn of(told: &Value) -> Result<Self> {
        let pattern = told["AllowedPattern"].as_str();
        let pattern =
            pattern.map(|it| Regex::new(it).with_context(|| format!("cannot read {it}"))).transpose()?;
        Ok(Self {
            default: told.get("Default").map(text),
            allowed: told["AllowedValues"].as_array().into_iter().flatten().map(text).collect(),
            pattern,
            longest: told["MaxLength"].as_u64(),
            least: told["MinValue"].as_f64(),
            most: told["MaxValue"].as_f64(),
        })
    }

    /// Why it cannot be this, if it cannot.
    pub(crate) fn objection(&self, value: &str) -> Option<String> {
        let number = value.parse::<f64>().ok();
        if !self.allowed.is_empty() && !self.allowed.iter().any(|it| it == value) {
            return Some(format!("may be {}", self.allowed.join(", ")));
        }
        // CloudFormation wants the whole of it to be so.
        if let Some(pattern) = self.pattern.as_ref()
            && pattern.find(value).is_none_or(|found| found.as_str() != value)
        {
            return Some(format!("is to be as {pattern}"));
        }
        if let Some(longest) = self.longest.filter(|it| value.len() as u64 > *it) {
            return Some(format!("is to have {longest} letters at most"));
        }
        match (self.least, self.most, number) {
            (None, None, _) => None,
            (_, _, None) => Some("is to be a number".to_owned()),
            (Some(least), _, Some(number)) if number < least => Some(format!("is to be {least} at least")),
            (_, Some(most), Some(number)) if number > most => Some(format!("is to be {most} at most")),
            _ => None,
        }
    }
}

/// A value as CloudFormation is told it, which takes texts alone.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_cannot_be_is_told_with_what_can() {
        check(&json!({ "AllowedValues": ["on", "off"] }), "perhaps", Some("may be on, off"));
        check(&json!({ "AllowedValues": ["on", "off"] }), "on", None);
        check(&json!({ "AllowedValues": [256, 512] }), "512", None);
        check(&json!({ "AllowedPattern": "^[a-z]+$" }), "a1", Some("is to be as ^[a-z]+$"));
        check(&json!({ "AllowedPattern": "[a-z]" }), "ab", Some("is to be as [a-z]"));
        check(&json!({ "MaxLength": 3 }), "abcd", Some("is to have 3 letters at most"));
        check(&json!({ "MinValue": 1, "MaxValue": 9 }), "0", Some("is to be 1 at least"));
        check(&json!({ "MinValue": 1, "MaxValue": 9 }), "10", Some("is to be 9 at most"));
        check(&json!({ "MinValue": 1 }), "many", Some("is to be a number"));
        check(&json!({}), "anything", None);
    }

    #[track_caller]
    fn check(told: &Value, value: &str, expected: Option<&str>) {
        assert_eq!(Parameter::of(told).unwrap().objection(value).as_deref(), expected);
    }
}
