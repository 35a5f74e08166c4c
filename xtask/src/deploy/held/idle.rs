//! What costs nothing while nobody is there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{resource, set};
use crate::deploy::template::Template;

#[test]
fn a_search_that_nobody_uses_costs_nothing() {
    let search = Template::read("search").unwrap();
    let types = search.resources().map(|(_, it)| it["Type"].as_str().unwrap().to_owned());

    // None of them is paid by the hour. Versions and aliases of functions, of which copies can be kept ready, are none.
    let by_use = set([
        "AWS::ApiGatewayV2::Api",
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Route",
        "AWS::ApiGatewayV2::Stage",
        "AWS::IAM::Policy",
        "AWS::IAM::Role",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::Lambda::Permission",
        "AWS::Logs::LogGroup",
        "AWS::OpenSearchServerless::AccessPolicy",
        "AWS::SQS::Queue",
    ]);
    assert_eq!(types.collect::<BTreeSet<_>>(), by_use);
    for name in ["ProvisionedConcurrencyConfig", "ProvisionedConcurrentExecutions", "VpcConfig", "SnapStart"]
    {
        assert!(!has(&search.json, name), "{name}");
    }
}

#[test]
fn an_index_that_nobody_uses_costs_what_it_stores() {
    let limits = resource("engines", "IndexGroup")["Properties"]["CapacityLimits"].clone();

    assert_eq!(limits["MinIndexingCapacityInOcu"], 0);
    assert_eq!(limits["MinSearchCapacityInOcu"], 0);
}

#[test]
fn connections_are_not_cut_and_nodes_are_not_killed_for_what_the_store_does() {
    let balancer = resource("balancer", "SocketTargets")["Properties"].clone();
    let idle = &Template::read("balancer").unwrap().json["Parameters"]["IdleSeconds"];
    let container = resource("socket", "SocketTask")["Properties"]["ContainerDefinitions"][0].clone();
    let service = resource("socket", "SocketService")["Properties"].clone();

    assert_eq!(balancer["HealthCheckPath"], "/healthz");
    assert!(idle["MinValue"].as_u64().unwrap() >= 120);
    assert_eq!(container["StopTimeout"], 120);
    assert_eq!(service["DeploymentConfiguration"]["DeploymentCircuitBreaker"]["Enable"], true);
}

/// Whether something of that name is anywhere in it.
fn has(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(entries) => entries.iter().any(|(key, it)| key == name || has(it, name)),
        Value::Array(items) => items.iter().any(|it| has(it, name)),
        _ => false,
    }
}
