//! Types that the mock account cannot make: what it takes as it is, is looked at here, against what the code needs.

use std::{collections::BTreeSet, fs};

use serde_json::{Value, json};

use super::{found, resource, set, texts};
use crate::{
    deploy::{stack_names, template::Template},
    paths,
};

/// How many there may be.
const MOST: usize = 10;

/// Each, and the test of its properties.
const TESTED: [(&str, fn()); 10] = [
    ("AWS::AppRunner::Service", pages_on_app_runner_listen_where_it_asks),
    ("AWS::AppRunner::VpcConnector", pages_on_app_runner_reach_the_bus),
    ("AWS::CloudFront::CachePolicy", assets_are_kept_by_their_name_alone),
    ("AWS::CloudFront::OriginRequestPolicy", nobody_is_asked_by_the_name_of_the_edge),
    ("AWS::CloudFront::ResponseHeadersPolicy", what_pages_do_not_say_is_said_for_them),
    ("AWS::CloudFront::VpcOrigin", the_edge_has_a_way_to_the_load_balancer),
    ("AWS::ElastiCache::ServerlessCache", the_bus_is_reached_by_its_user_in_the_vpc),
    ("AWS::ElastiCache::UserGroup", the_bus_knows_its_user_and_one_who_may_nothing),
    ("AWS::OpenSearchServerless::AccessPolicy", the_index_lets_each_do_what_they_ask),
    ("AWS::OpenSearchServerless::CollectionGroup", the_index_sleeps_in_its_group),
];

#[test]
fn each_is_on_the_list_is_used_and_is_tested() {
    let text = fs::read_to_string(paths::root().join("deploy/unknown-to-mock.txt")).unwrap();
    let listed = found(r"(?m)^(AWS::\S+)", &text);
    let tested: BTreeSet<_> = TESTED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let templates: Vec<_> = stack_names().unwrap().iter().map(|it| Template::read(it).unwrap()).collect();
    let used: BTreeSet<_> = templates
        .iter()
        .flat_map(Template::resources)
        .map(|(_, it)| it["Type"].as_str().unwrap().to_owned())
        .collect();

    assert!(listed.len() <= MOST, "{} types are unknown", listed.len());
    assert_eq!(listed, tested);
    assert!(listed.is_subset(&used), "no template has {:?}", listed.difference(&used));
}

#[test]
fn their_properties_are_what_the_code_needs() {
    for (_, test) in TESTED {
        test();
    }
}

fn pages_on_app_runner_listen_where_it_asks() {
    let it = properties("web", "Runner");
    let image = &it["SourceConfiguration"]["ImageRepository"];
    let dockerfile = fs::read_to_string(paths::root().join("deploy/Dockerfile")).unwrap();

    assert_eq!(image["ImageRepositoryType"], "ECR");
    assert_eq!(image["ImageIdentifier"], json!({ "Ref": "WebImage" }));
    let port = image["ImageConfiguration"]["Port"].as_str().unwrap();
    assert!(dockerfile.contains(&format!("EXPOSE {port}")), "the image listens elsewhere than on {port}");
    assert_eq!(it["HealthCheckConfiguration"]["Path"], "/healthz");
    assert_eq!(it["HealthCheckConfiguration"]["Protocol"], "HTTP");
    // A new image is one that was deployed, with its assets before it.
    assert_eq!(it["SourceConfiguration"]["AutoDeploymentsEnabled"], false);
}

fn pages_on_app_runner_reach_the_bus() {
    let it = properties("web", "RunnerConnector");
    let egress = properties("web", "Runner")["NetworkConfiguration"]["EgressConfiguration"].clone();

    assert_eq!(it["SecurityGroups"], json!([{ "Ref": "TasksGroup" }]));
    assert_eq!(it["Subnets"], json!({ "Ref": "PrivateSubnets" }));
    assert_eq!(egress["EgressType"], "VPC");
    assert_eq!(egress["VpcConnectorArn"], json!({ "Fn::GetAtt": ["RunnerConnector", "VpcConnectorArn"] }));
}

fn assets_are_kept_by_their_name_alone() {
    let it = properties("edge", "Year")["CachePolicyConfig"].clone();
    let key = &it["ParametersInCacheKeyAndForwardedToOrigin"];

    assert_eq!(it["MaxTTL"], it["DefaultTTL"]);
    assert_eq!(key["CookiesConfig"]["CookieBehavior"], "none");
    assert_eq!(key["HeadersConfig"]["HeaderBehavior"], "none");
    assert_eq!(key["QueryStringsConfig"]["QueryStringBehavior"], "none");
    // Only so the edge compresses, which the bucket does not.
    assert_eq!(key["EnableAcceptEncodingBrotli"], true);
    assert_eq!(key["EnableAcceptEncodingGzip"], true);
}

fn nobody_is_asked_by_the_name_of_the_edge() {
    for name in ["SocketRequest", "SearchRequest"] {
        let it = properties("edge", name)["OriginRequestPolicyConfig"].clone();
        assert!(
            !texts(&it["HeadersConfig"]["Headers"]).iter().any(|it| it.eq_ignore_ascii_case("host")),
            "{name}"
        );
    }
    let asked = &properties("edge", "SearchRequest")["OriginRequestPolicyConfig"];
    assert_eq!(
        asked["QueryStringsConfig"]["QueryStringBehavior"], "all",
        "nobody would know what is looked for"
    );
}

fn what_pages_do_not_say_is_said_for_them() {
    let it = properties("edge", "Answers")["ResponseHeadersPolicyConfig"].clone();
    let own = &it["SecurityHeadersConfig"];

    assert!(own["StrictTransportSecurity"]["AccessControlMaxAgeSec"].as_u64().unwrap() >= 31_536_000);
    assert!(own["ContentTypeOptions"].is_object());
    assert!(own.get("ContentSecurityPolicy").is_none(), "pages have their own, with a nonce");
}

fn the_edge_has_a_way_to_the_load_balancer() {
    let it = properties("edge", "VpcOrigin")["VpcOriginEndpointConfig"].clone();
    let listener = properties("balancer", "Listener");
    let balancer = properties("balancer", "LoadBalancer");

    assert_eq!(it["Arn"], json!({ "Ref": "LoadBalancerArn" }));
    assert_eq!(it["OriginProtocolPolicy"], "http-only");
    assert_eq!((&it["HTTPPort"], &json!("HTTP")), (&listener["Port"], &listener["Protocol"]));
    assert_eq!(balancer["Scheme"], "internal");
    let ways = properties("edge", "Distribution")["DistributionConfig"]["Origins"].clone();
    let socket = ways.as_array().unwrap().iter().find(|it| it["Id"] == "socket").unwrap();
    assert_eq!(socket["VpcOriginConfig"]["VpcOriginId"], json!({ "Fn::GetAtt": ["VpcOrigin", "Id"] }));
}

fn the_bus_is_reached_by_its_user_in_the_vpc() {
    let it = properties("engines", "ServerlessCache");

    assert_eq!(it["Engine"], "valkey");
    assert_eq!(it["UserGroupId"], json!({ "Ref": "BusUsers" }));
    assert_eq!(it["SubnetIds"], json!({ "Ref": "PrivateSubnets" }));
    assert_eq!(it["SecurityGroupIds"], json!([{ "Ref": "CacheGroup" }]));
    // TLS always, so the scheme of HUBBUB_BUS has two s.
    for letter in ["A", "B"] {
        let url = properties("engines", &format!("BusUrl{letter}"))["SecretString"]["Fn::If"].clone();
        for url in url.as_array().unwrap().iter().filter_map(|it| it["Fn::Sub"].as_str()) {
            assert!(url.starts_with("rediss://${Prefix}:"), "{url}");
            assert!(url.contains(&format!(":${{BusPassword{letter}}}:")), "{url}");
        }
    }
}

fn the_bus_knows_its_user_and_one_who_may_nothing() {
    let it = properties("engines", "BusUsers");
    let user = properties("engines", "BusUser");
    let nobody = properties("engines", "DefaultUser");

    assert_eq!(it["UserIds"], json!([{ "Ref": "DefaultUser" }, { "Ref": "BusUser" }]));
    assert_eq!(it["Engine"], "valkey");
    assert_eq!(user["UserName"], json!({ "Ref": "Prefix" }), "HUBBUB_BUS names the prefix");
    let passwords = user["AuthenticationMode"]["Passwords"].as_array().unwrap().clone();
    let is_there = |it: &Value, name: &str| it["Fn::Sub"].as_str().unwrap().contains(name);
    assert!(passwords.len() == 2 && is_there(&passwords[0], "{BusPasswordA}"), "{passwords:?}");
    assert!(is_there(&passwords[1], "{BusPasswordB}"), "while one is replaced the other holds");
    assert_eq!(nobody["UserName"], "default");
    assert!(nobody["AccessString"].as_str().unwrap().starts_with("off "), "{nobody}");
}

fn the_index_lets_each_do_what_they_ask() {
    let text =
        fs::read_to_string(paths::root().join("crates/backend-aws/tests/opensearch/operations.txt")).unwrap();
    let known = found(r"(?m)^(aoss:\w+)", &text);
    let of = |template, name| {
        let it = properties(template, name);
        assert_eq!(it["Type"], "data", "{name}");
        let policy: Value = serde_json::from_str(it["Policy"]["Fn::Sub"].as_str().unwrap()).unwrap();
        let rules = policy[0]["Rules"].as_array().unwrap().clone();
        let principals = texts(&policy[0]["Principal"]);
        (rules.iter().flat_map(|it| texts(&it["Permission"])).collect::<BTreeSet<_>>(), principals)
    };

    let (indexer, by_indexer) = of("search", "IndexerAccess");
    let (search, by_search) = of("search", "SearchAccess");
    let (anew, by_anew) = of("commands", "IndexAccess");

    assert_eq!(by_indexer, set(["${IndexerRole.Arn}"]));
    assert_eq!(by_search, set(["${SearchRole.Arn}"]));
    assert_eq!(by_anew, set(["${IndexRole.Arn}"]));
    assert_eq!(search, set(["aoss:ReadDocument"]));
    let mut writes =
        set(["aoss:CreateCollectionItems", "aoss:CreateIndex", "aoss:DescribeIndex", "aoss:WriteDocument"]);
    assert_eq!(indexer, writes);
    writes.extend(set(["aoss:DeleteIndex", "aoss:DeleteCollectionItems", "aoss:UpdateCollectionItems"]));
    assert_eq!(anew, writes, "who makes it anew takes the old one's aliases, and drops it");
    assert!(writes.is_subset(&known), "nobody knows what {writes:?} are for");
}

fn the_index_sleeps_in_its_group() {
    let group = properties("engines", "IndexGroup");
    let index = properties("engines", "Index");

    assert_eq!(group["Generation"], "NEXTGEN");
    assert_eq!(index["CollectionGroupName"], group["Name"]);
    assert_eq!(index["StandbyReplicas"], group["StandbyReplicas"]);
    // Only there a document may have an id of ours, by which writing it twice changes nothing.
    assert_eq!(index["Type"], "SEARCH");
}

fn properties(template: &str, name: &str) -> Value {
    resource(template, name)["Properties"].clone()
}
