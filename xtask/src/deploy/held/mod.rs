//! What holds the templates to the code: neither changes without the other.

mod edge;
mod firewall;
mod idle;
mod logs;
mod parts;
mod rights;
mod secrets;
mod settings;
mod tables;
mod units;
mod unknown;

use std::{collections::BTreeSet, fs};

use regex_lite::Regex;
use serde_json::Value;

use super::template::Template;
use crate::{build::files_in, paths};

/// A template's resource.
fn resource(template: &str, name: &str) -> Value {
    let template = Template::read(template).unwrap();
    let found = template.resources().find(|(it, _)| *it == name).map(|(_, it)| it.clone());
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// The sources below some folders, without tests at their ends.
fn sources(folders: &[&str]) -> String {
    let files = folders.iter().flat_map(|folder| files_in(&paths::root().join(folder)).unwrap());
    let texts = files.filter(|it| it.extension().is_some_and(|it| it == "rs")).map(|it| {
        let text = fs::read_to_string(it).unwrap();
        text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned()
    });
    texts.collect()
}

/// All that a pattern finds in a text, by its first group.
fn found(pattern: &str, text: &str) -> BTreeSet<String> {
    Regex::new(pattern).unwrap().captures_iter(text).map(|it| it[1].to_owned()).collect()
}

/// A list of texts, or one alone.
fn texts(value: &Value) -> BTreeSet<String> {
    let items = value.as_array().map_or_else(|| vec![value], |items| items.iter().collect());
    items.into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn set<const N: usize>(items: [&str; N]) -> BTreeSet<String> {
    items.into_iter().map(str::to_owned).collect()
}
