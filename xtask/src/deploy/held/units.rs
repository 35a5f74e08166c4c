//! The cost sheet: what it says of how Hubbub is built is what the templates make without being told anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use serde_json::Value;

use super::{resource, set};
use crate::{
    deploy::{stack_names, template::Template},
    paths,
};

/// What no template says: how AWS counts, and what was assumed of it.
const OF_AWS: [&str; 9] = [
    "active_minutes",
    "awake_minutes",
    "cache_gb",
    "index_workers",
    "lcu_connections",
    "lcu_gb_hour",
    "registry_gb",
    "search_workers",
    "worker_ocus",
];

#[test]
fn the_cost_sheet_counts_what_the_templates_make() {
    let units = deployed();
    let made = made();

    for (name, made) in &made {
        assert_eq!(units.get(*name), Some(made), "{name}");
    }
    let known: BTreeSet<_> = made.into_keys().map(str::to_owned).chain(set(OF_AWS)).collect();
    assert_eq!(units.into_keys().collect::<BTreeSet<_>>(), known);
}

/// What the templates make, by the names of the sheet.
fn made() -> BTreeMap<&'static str, f64> {
    let rules = resource("firewall", "WebAcl")["Properties"]["Rules"].clone();
    let nodes = resource("engines", "Nodes")["Properties"]["NumCacheClusters"].as_f64().unwrap();
    let endpoints = all("AWS::EC2::VPCEndpoint");
    let endpoints = endpoints.iter().filter(|it| it["Properties"]["VpcEndpointType"] == "Interface");
    let zones = Template::read("network").unwrap().parameters.into_keys().filter(|it| it.starts_with("Zone"));
    let alarms = all("AWS::CloudWatch::Alarm");
    // Pages are on App Runner where somebody says so.
    let alarms = alarms.iter().filter(|it| it.get("Condition").is_none());
    let filters = all("AWS::Logs::MetricFilter");
    let metrics = filters.iter().flat_map(|it| it["Properties"]["MetricTransformations"].as_array().unwrap());
    let metrics: BTreeSet<_> = metrics.map(|it| it["MetricName"].to_string()).collect();
    for machines in ["Cpu", "Memory"] {
        assert!(told("socket", machines).eq(&told("web", machines)), "a task is as large as another");
    }
    [
        ("alarms", alarms.map(n_watched).sum()),
        ("batch_seconds", told("search", "BatchWindowSeconds")),
        ("cache_nodes", nodes),
        ("connections_per_task", told("socket", "ConnectionsPerTask")),
        ("endpoint_services", n(endpoints.count())),
        ("firewall_rules", n(rules.as_array().unwrap().len())),
        ("indexer_gb", told("search", "IndexerMemory") / 1024.0),
        ("metrics", n(metrics.len())),
        ("nat_gateways", n(all("AWS::EC2::NatGateway").len())),
        ("search_gb", told("search", "SearchMemory") / 1024.0),
        ("secrets", n(all("AWS::SecretsManager::Secret").len())),
        ("socket_tasks", told("socket", "MinTasks")),
        ("task_gb", told("socket", "Memory") / 1024.0),
        ("task_vcpus", told("socket", "Cpu") / 1024.0),
        ("web_tasks", told("web", "MinTasks")),
        ("zones", n(zones.count())),
    ]
    .into()
}

/// How many metrics an alarm watches: it is paid for by each of them.
///
/// Source: <https://aws.amazon.com/cloudwatch/pricing/>
fn n_watched(alarm: &Value) -> f64 {
    let metrics = alarm["Properties"]["Metrics"].as_array();
    metrics.map_or(1.0, |it| n(it.iter().filter(|it| it.get("MetricStat").is_some()).count()))
}

/// What a parameter is without being told.
fn told(template: &str, parameter: &str) -> f64 {
    let template = Template::read(template).unwrap();
    template.parameters[parameter].default.as_ref().unwrap().parse().unwrap()
}

/// All resources of a type.
fn all(of_type: &str) -> Vec<Value> {
    let templates: Vec<_> = stack_names().unwrap().iter().map(|it| Template::read(it).unwrap()).collect();
    let resources = templates.iter().flat_map(Template::resources).map(|(_, it)| it.clone());
    resources.filter(|it| it["Type"] == of_type).collect()
}

/// What the sheet says of how it is built.
fn deployed() -> BTreeMap<String, f64> {
    let text = fs::read_to_string(paths::root().join("deploy/units.json")).unwrap();
    let units: Value = serde_json::from_str(&text).unwrap();
    let unit = |it: &Value| (it["name"].as_str().unwrap().to_owned(), it["value"].as_f64().unwrap());
    units["deployed"].as_array().unwrap().iter().map(unit).collect()
}

fn n(count: usize) -> f64 {
    u32::try_from(count).unwrap().into()
}
