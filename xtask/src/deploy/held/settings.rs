//! Environment variables: programs are told what they know, and what they do not know by themselves.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{found, resource, sources};

/// Whose variables are those of which sources, beside those that all programs share.
const SHARED: [&str; 2] = ["crates/backend/src", "crates/process/src"];

/// What no template sets, as its default is good on many machines, too. A new variable comes here or into a template.
const LEFT: [&str; 19] = [
    "HUBBUB_ADMIN_ACTS",
    "HUBBUB_CONNECTIONS_PER_ADDRESS",
    "HUBBUB_CONNECTIONS_PER_MEMBER",
    "HUBBUB_DATA",
    "HUBBUB_DYNAMODB_ENDPOINT",
    "HUBBUB_GUESTS",
    "HUBBUB_INDEX",
    "HUBBUB_JOINS",
    "HUBBUB_RATES_PER_ADDRESS",
    "HUBBUB_RATES_PER_MEMBER",
    "HUBBUB_REQUESTS",
    "HUBBUB_RESETS",
    "HUBBUB_ROOMS",
    "HUBBUB_SEARCHES",
    "HUBBUB_SENDS",
    "HUBBUB_SEND_QUEUE_BYTES",
    "HUBBUB_SIGN_INS",
    "HUBBUB_SIGN_UPS",
    "PORT",
];

/// What is told to nobody, so that a task or function with other secrets is another one.
const NUMBERS: [&str; 2] = ["BUS_NUMBERS", "EDGE_NUMBERS"];

#[test]
fn nodes_are_told_what_they_know() {
    let container = resource("socket", "SocketTask")["Properties"]["ContainerDefinitions"][0].clone();

    check("socket-server/src", &told(&[&container["Environment"], &container["Secrets"]]), &NUMBERS);
}

#[test]
fn pages_are_told_what_they_know_wherever_they_run() {
    let container = resource("web", "WebTask")["Properties"]["ContainerDefinitions"][0].clone();
    let runner = resource("web", "Runner")["Properties"]["SourceConfiguration"].clone();
    let runner = &runner["ImageRepository"]["ImageConfiguration"];

    check("app/src", &told(&[&container["Environment"], &container["Secrets"]]), &NUMBERS);
    // App Runner tells the port, and not the region, by which AWS is found.
    let lists = [&runner["RuntimeEnvironmentVariables"], &runner["RuntimeEnvironmentSecrets"]];
    check("app/src", &told(&lists), &[&NUMBERS[..], &["AWS_REGION"]].concat());
}

#[test]
fn commands_are_told_where_all_of_it_is() {
    let container = resource("commands", "CommandsTask")["Properties"]["ContainerDefinitions"][0].clone();
    let told = told(&[&container["Environment"], &container["Secrets"]]);
    let known = known(&["standalone/src"]);

    assert!(told.is_subset(&known), "nobody knows all of {told:?}");
    for name in ["HUBBUB_BUS", "HUBBUB_ORIGIN", "HUBBUB_PREFIX", "HUBBUB_STORE"] {
        assert!(told.contains(name), "it is not told {name}");
    }
}

#[test]
fn what_makes_the_index_anew_is_told_what_the_indexer_is() {
    let task = resource("commands", "IndexTask")["Properties"]["ContainerDefinitions"][0].clone();
    let function = resource("search", "Indexer")["Properties"]["Environment"]["Variables"].clone();

    let mut known: BTreeSet<_> = function.as_object().unwrap().keys().cloned().collect();
    assert!(known.insert("HUBBUB_PASSED_OVER".to_owned()), "the function empties no queue");
    assert_eq!(told(&[&task["Environment"]]), known);
    assert_eq!(task["EntryPoint"], json!(["/hubbub/indexer"]), "the image of commands has it there");
}

#[test]
fn functions_are_told_what_they_know() {
    for (function, folder) in [("Indexer", "indexer/src"), ("Search", "search/src")] {
        let variables = resource("search", function)["Properties"]["Environment"]["Variables"].clone();

        let told: BTreeSet<_> = variables.as_object().unwrap().keys().cloned().collect();
        assert!(told.contains("HUBBUB_INDEX"), "{function} has no index");
        // It calls nobody, nobody calls it by HTTP, and only a new index empties that queue.
        let of_no_use = [
            "HUBBUB_BUS",
            "HUBBUB_ORIGIN",
            "HUBBUB_TRUSTED_HOPS",
            "HUBBUB_EDGE_SECRETS",
            "HUBBUB_PASSED_OVER",
        ];
        check_without(folder, &told, &NUMBERS, &of_no_use);
    }
}

#[test]
fn nothing_is_left_to_a_default_that_no_program_has() {
    let all = known(&["socket-server/src", "app/src", "indexer/src", "search/src"]);

    for name in LEFT {
        assert!(all.contains(name), "no program knows {name}");
    }
}

#[track_caller]
fn check(folder: &str, told: &BTreeSet<String>, others: &[&str]) {
    check_without(folder, told, others, &[]);
}

/// That all that is told is known, or of others; and that all that is known is told, left to its default, or of no use.
#[track_caller]
fn check_without(folder: &str, told: &BTreeSet<String>, others: &[&str], of_no_use: &[&str]) {
    let known = known(&[folder]);

    for name in told {
        assert!(known.contains(name) || others.contains(&name.as_str()), "{folder} does not know {name}");
    }
    for name in &known {
        let is_meant =
            told.contains(name) || LEFT.contains(&name.as_str()) || of_no_use.contains(&name.as_str());
        assert!(is_meant, "{folder} is not told {name}, and nobody says that its default is good");
    }
}

/// The variables that programs of these sources know.
fn known(folders: &[&str]) -> BTreeSet<String> {
    let text = sources(&[&SHARED[..], folders].concat());
    let mut known = found(r#"name: "([A-Z_]+)""#, &text);
    known.extend(found(r#"Setting::rate\(\s*"([A-Z_]+)""#, &text));
    known
}

fn told(lists: &[&Value]) -> BTreeSet<String> {
    let items = lists.iter().flat_map(|list| list.as_array().unwrap());
    items.map(|it| it["Name"].as_str().unwrap().to_owned()).collect()
}
