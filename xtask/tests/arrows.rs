//! Which crate may depend on which. A new arrow is a decision: it changes this file in a commit of its own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Every arrow between crates of ours; with `ssr`, `app` reaches further than in the browser.
const ARROWS: [(&str, &[&str]); 16] = [
    ("protocol", &[]),
    ("client", &["protocol"]),
    ("chat", &["protocol"]),
    ("backend-local", &["chat", "protocol"]),
    ("backend-aws", &["chat", "protocol"]),
    ("backend", &["backend-aws", "backend-local", "chat", "protocol"]),
    ("process", &["backend", "chat", "protocol"]),
    ("app", &["backend", "chat", "client", "process", "protocol"]),
    ("frontend", &["app"]),
    ("socket-server", &["backend", "chat", "process", "protocol"]),
    ("indexer", &["backend", "backend-aws", "chat", "process", "protocol"]),
    ("search", &["backend", "chat", "process", "protocol"]),
    (
        "standalone",
        &["app", "backend", "chat", "indexer", "process", "protocol", "search", "socket-server"],
    ),
    ("bench", &["backend", "backend-aws", "chat", "client", "protocol"]),
    ("engines", &[]),
    ("xtask", &[]),
];

/// Crates of vendors and frameworks, and the only crates of ours that may name them.
const HOMES: [(&str, &[&str]); 16] = [
    ("rusqlite", &["backend-local"]),
    ("aws-config", &["backend-aws"]),
    ("aws-sdk-dynamodb", &["backend-aws"]),
    ("aws-sdk-dynamodbstreams", &["backend-aws", "bench"]),
    ("aws-sdk-sqs", &["backend-aws"]),
    ("aws-smithy-http-client", &["backend-aws", "bench"]),
    ("aws_lambda_events", &["indexer"]),
    ("lambda_http", &["search"]),
    ("lambda_runtime", &["indexer"]),
    ("serde_dynamo", &["backend-aws", "bench"]),
    ("fred", &["backend-aws"]),
    ("opensearch", &["backend-aws"]),
    ("reqwest", &["backend-aws"]),
    ("fastwebsockets", &["socket-server"]),
    ("leptos", &["app"]),
    ("tokio-tungstenite", &["bench"]),
];

/// What a laptop's `hubbub` must not compile.
const DISTRIBUTED: [&str; 7] =
    ["aws-config", "aws-sdk-dynamodb", "backend-aws", "fred", "lambda_http", "lambda_runtime", "opensearch"];

#[test]
fn the_arrows_are_these() {
    let metadata = workspace();
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let ours: BTreeSet<&str> = metadata.workspace_packages().iter().map(|it| it.name.as_str()).collect();

    assert_eq!(ours, allowed.keys().copied().collect(), "a crate came or went");
    for package in metadata.workspace_packages() {
        let arrows: BTreeSet<&str> = depends_on(package).intersection(&ours).copied().collect();
        let expected = allowed[package.name.as_str()].iter().copied().collect();
        assert_eq!(arrows, expected, "of {}", package.name);
    }
}

#[test]
fn one_crate_names_a_vendor() {
    let metadata = workspace();
    for package in metadata.workspace_packages() {
        for name in depends_on(package) {
            let homes =
                HOMES.iter().find(|(vendor, _)| name == *vendor || name.starts_with(&format!("{vendor}_")));
            let Some((vendor, homes)) = homes else { continue };
            assert!(homes.contains(&package.name.as_str()), "{} names {vendor}", package.name);
        }
    }
}

#[test]
fn a_laptop_compiles_no_distributed_engine() {
    let of_many_machines = compiled_for("backend-aws");
    let of_a_laptop = compiled_for("standalone");

    let engines = |tree: &BTreeSet<String>| DISTRIBUTED.into_iter().filter(|it| tree.contains(*it)).count();
    assert!(of_a_laptop.contains("backend-local"), "standalone compiles {of_a_laptop:?}");
    assert!(engines(&of_many_machines) > 1, "backend-aws compiles {of_many_machines:?}");
    for name in DISTRIBUTED {
        assert!(!of_a_laptop.contains(name), "{name} is in the tree");
    }
}

/// The crates that a build of one of ours compiles, with the features that it has by default.
fn compiled_for(package: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["tree", "--package", package, "--edges", "normal,build"]);
    cargo.args(["--prefix", "none", "--format", "{p}"]);
    let output = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines().filter_map(|it| it.split(' ').next()).map(str::to_owned).collect()
}

fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .exec()
        .unwrap()
}

/// What a crate's own code can name. What only its tests use is not part of the layout.
fn depends_on(package: &Package) -> BTreeSet<&str> {
    let built = package.dependencies.iter().filter(|it| it.kind != DependencyKind::Development);
    built.map(|it| it.name.as_str()).collect()
}
