//! Alarms and figures are made of lines that programs log: what they look for is there, whatever somebody has left out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

use super::{found, resource};
use crate::{build::files_in, deploy::template::Template, paths};

/// What every program shares.
const SHARED: &str = "crates/process/src";

#[test]
fn what_is_looked_for_in_logs_is_logged_whatever_is_left_out() {
    let mut looked_for: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let operations = Template::read("operations").unwrap();
    let filters = operations.resources().filter(|(_, it)| it["Type"] == "AWS::Logs::MetricFilter");
    for (name, filter) in filters {
        let properties = &filter["Properties"];
        let fields = found(r"\$\.(\w+)", &properties.to_string());
        let field =
            fields.first().filter(|_| fields.len() == 1).unwrap_or_else(|| panic!("{name}: {fields:?}"));
        let group = group_of(&properties["LogGroupName"]);
        let lines = lines_with(field, &[SHARED, program_of(group).0]);
        assert!(!lines.is_empty(), "{name}: nothing logs {field}");
        looked_for.entry(group).or_default().extend(lines);
    }

    assert_eq!(looked_for.len(), 3, "{looked_for:?}");
    for (group, lines) in looked_for {
        for filter in program_of(group).1 {
            // Of two that name the same the last one counts, so nobody can leave these out.
            let always = filter["Fn::Sub"].as_str().and_then(|it| it.strip_prefix("${LogFilter},"));
            let always: BTreeSet<_> = always.unwrap_or_default().split(',').map(str::to_owned).collect();
            assert_eq!(always, lines, "{group}: {filter}");
        }
    }
}

/// The name of a group of logs. Pages on App Runner log the same into another one.
fn group_of(name: &Value) -> &str {
    let name = name["Fn::If"].as_array().map_or(name, |it| &it[2]);
    name["Ref"].as_str().unwrap()
}

/// Who logs into a group: by which sources, and what it is told to log wherever it runs.
fn program_of(group: &str) -> (&'static str, Vec<Value>) {
    let of_task = |template, task| {
        let container = resource(template, task)["Properties"]["ContainerDefinitions"][0].clone();
        filter_in(&container["Environment"])
    };
    match group {
        "SocketLogName" => ("socket-server/src", vec![of_task("socket", "SocketTask")]),
        "WebLogName" => {
            let runner = resource("web", "Runner")["Properties"]["SourceConfiguration"].clone();
            let runner = &runner["ImageRepository"]["ImageConfiguration"]["RuntimeEnvironmentVariables"];
            ("app/src", vec![of_task("web", "WebTask"), filter_in(runner)])
        }
        "IndexerLogName" => {
            let function = resource("search", "Indexer")["Properties"].clone();
            ("indexer/src", vec![function["Environment"]["Variables"]["HUBBUB_LOG"].clone()])
        }
        other => panic!("nobody says who logs into {other}"),
    }
}

fn filter_in(environment: &Value) -> Value {
    let mut variables = environment.as_array().unwrap().iter();
    variables.find(|it| it["Name"] == "HUBBUB_LOG").map(|it| it["Value"].clone()).unwrap()
}

/// The lines in which a field is logged, as a filter lets them through: `socket_server::service=info`.
fn lines_with(field: &str, folders: &[&str]) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for file in folders.iter().flat_map(|folder| files_in(&paths::root().join(folder)).unwrap()) {
        let text = fs::read_to_string(&file).unwrap();
        // The fields of a line stand before its sentence.
        let levels = found(&format!(r#"tracing::(\w+)!\([^;"]*\b{field}\b"#), &text);
        lines.extend(levels.iter().map(|level| format!("{}={level}", module(&file))));
    }
    lines
}

/// The module that a file of ours is.
fn module(file: &Path) -> String {
    let path = file.strip_prefix(paths::root()).unwrap().with_extension("");
    let path = path.to_str().unwrap().trim_start_matches("crates/").trim_end_matches("/mod");
    path.replace('-', "_").replace("/src/", "::").replace('/', "::")
}
