//! ARCHITECTURE.md says which part of AWS is where, is made by which template, and is tested by what.

use std::{collections::BTreeSet, fs};

use super::found;
use crate::{deploy::stack_names, paths};

#[test]
fn every_template_is_in_the_table_of_parts_and_all_that_it_names_is_there() {
    let text = fs::read_to_string(paths::root().join("ARCHITECTURE.md")).unwrap();
    let (_, table) = text.split_once("## In an account of AWS\n").unwrap();
    let rows = table.lines().skip_while(|it| !it.starts_with("| ---")).skip(1);
    let rows: Vec<Vec<&str>> =
        rows.take_while(|it| it.starts_with('|')).map(|it| it.split('|').map(str::trim).collect()).collect();
    let named = |cell: &str| found("`([^`]+)`", cell);

    let templates: BTreeSet<_> = rows.iter().flat_map(|row| named(row[3])).collect();
    let stacks: BTreeSet<_> = stack_names().unwrap().into_iter().collect();

    assert!(rows.len() > 10, "{rows:?}");
    let others: BTreeSet<_> =
        templates.difference(&stacks).filter(|it| *it != "deploy/stacks.json").collect();
    assert!(others.is_empty(), "{others:?} are no templates");
    assert!(stacks.is_subset(&templates), "of {stacks:?} some are in no row");
    for path in rows.iter().flat_map(|row| [named(row[2]), named(row[5])]).flatten() {
        assert!(paths::root().join(&path).exists(), "there is no {path}");
    }
}
