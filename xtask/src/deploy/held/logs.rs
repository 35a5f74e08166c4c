//! Alarms and figures are made of lines that programs log: what they look for is there.

use std::fs;

use super::{found, sources};
use crate::paths;

#[test]
fn what_is_looked_for_in_logs_is_logged() {
    let template = fs::read_to_string(paths::root().join("deploy/operations.yaml")).unwrap();
    let looked_for = found(r"\$\.(\w+)", &template);
    let programs = sources(&["socket-server/src", "crates/process/src", "indexer/src", "search/src"]);

    assert!(looked_for.contains("append_failures") && looked_for.contains("gap_repairs"), "{looked_for:?}");
    for field in looked_for {
        // As a field of a line, by its own name or by that of what is logged.
        let is_logged = [",", " =", ")"].iter().any(|end| programs.contains(&format!("{field}{end}")));
        assert!(is_logged, "nothing logs {field}");
    }
}
