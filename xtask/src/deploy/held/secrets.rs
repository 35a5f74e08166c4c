//! Secrets: CloudFormation cannot change what refers to one that is gone, so what others refer to stays.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{found, set};
use crate::deploy::{stack_names, template::Template};

/// What is made anew by another name. Only the edge refers to it, and to the one of both that nobody makes anew meanwhile.
const OF_THE_EDGE: [&str; 2] = ["EdgeSecretA", "EdgeSecretB"];

/// What says that there is something else in secrets, to all that are told of these.
const NEWS: [(&str, &str); 2] = [("EdgeSecretsArn", "EdgeNumbers"), ("BusUrlArn", "BusNumbers")];

#[test]
fn a_secret_that_another_stack_refers_to_keeps_its_name() {
    let mut seen = BTreeSet::new();
    for (stack, template) in templates() {
        let told = references(&template.json["Outputs"]);
        let secrets = template.resources().filter(|(_, it)| it["Type"] == "AWS::SecretsManager::Secret");
        for (name, secret) in secrets.filter(|(name, _)| told.contains(*name)) {
            let made_of = found(r"\$\{(\w+)\}", &secret["Properties"]["Name"].to_string());
            let is_anew = OF_THE_EDGE.contains(&name);
            assert!(
                is_anew || made_of == set(["Prefix", "Stack"]),
                "{stack}: {name} is named by {made_of:?}"
            );
            seen.insert(name.to_owned());
        }
    }

    let all = set(["BusUrlA", "BusUrlB", "EdgeSecretA", "EdgeSecretB", "EdgeSecrets"]);
    assert_eq!(seen, all);
}

#[test]
fn of_secrets_that_are_made_anew_the_edge_alone_is_told() {
    for (stack, template) in templates() {
        for name in OF_THE_EDGE {
            let is_told = template.parameters.contains_key(&format!("{name}Arn"));
            assert_eq!(is_told, stack == "edge", "{stack} and {name}");
        }
    }
}

#[test]
fn who_reads_a_secret_is_told_when_there_is_another_in_it() {
    for (stack, template) in templates() {
        // A command is a task that begins.
        for (secret, news) in NEWS.into_iter().filter(|_| stack != "commands") {
            let reads = template.parameters.contains_key(secret);
            let environments = template.resources().map(|(_, it)| it["Properties"].to_string());
            let hears = environments.filter(|it| {
                it.contains("HUBBUB_STORE") && it.contains(&format!("{{\"Ref\":\"{secret}\"}}"))
                    || it.contains(&format!("${{{secret}}}"))
            });
            for it in hears {
                assert!(it.contains(&format!("{{\"Ref\":\"{news}\"}}")), "{stack} hears nothing of {secret}");
            }
            assert_eq!(template.parameters.contains_key(news), reads, "{stack} and {news}");
        }
    }
}

fn templates() -> Vec<(String, Template)> {
    let names = stack_names().unwrap().into_iter();
    names.map(|name| (name.clone(), Template::read(&name).unwrap())).collect()
}

/// What is referred to by its own name.
fn references(value: &Value) -> BTreeSet<String> {
    found(r#""Ref":"(\w+)""#, &value.to_string())
}
