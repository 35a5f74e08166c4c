//! Alarms and figures are made of lines that programs log: what they look for is there.

use std::fs;

use super::{found, sources};
use crate::paths;

#[test]
fn what_is_looked_for_in_logs_is_logged() {
    let template = fs::read_to_string(paths::root().join("deploy/operations.yaml")).unwrap();
    let looked_for = found(r"\$\.(\w+)", &template);
    let programs = sources(&["socket-server/src", "crates/process/src", "indexer/src", "search/src"]);
    let lines = found(r"tracing::\w+!\(([^;]*)\);", &programs);

    assert!(looked_for.contains("append_failures") && looked_for.contains("gap_repairs"), "{looked_for:?}");
    for field in looked_for {
        let is_in = |line: &String| !found(&format!(r"\b({field})\b"), line).is_empty();
        assert!(lines.iter().any(is_in), "nothing logs {field}");
    }
}
