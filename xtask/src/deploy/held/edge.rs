//! The edge: its behaviours are those of the table of routes, from which the front door of this machine is made, too.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{found, resource, set, sources, texts};
use crate::{
    build::PACKAGE,
    deploy::template::Template,
    stack::{Cache, Host, Origin, Passed, Route, routes},
};

/// AWS's own policies.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html> and
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
const CACHING_DISABLED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";
const ALL_VIEWER_EXCEPT_HOST_HEADER: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/// Answers of an origin that CloudFront keeps for ten seconds unless it is told otherwise, whatever they say of that
/// themselves: for everybody, as cookies are no part of what it knows an answer by.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html#HTTPStatusCodes-cached-errors>
const KEPT: [u64; 7] = [404, 414, 500, 501, 502, 503, 504];

/// What proxies that origins know each other by.
const SECRET: &str = "X-Hubbub-Edge";

#[test]
fn each_path_goes_where_the_table_sends_it() {
    let config = config();
    let mut behaviours = config["CacheBehaviors"].as_array().unwrap().clone();
    let mut last = config["DefaultCacheBehavior"].clone();
    last["PathPattern"] = json!("/*");
    behaviours.push(last);

    let routes = routes().unwrap();

    assert_eq!(behaviours.len(), routes.len());
    for (route, behaviour) in routes.iter().zip(&behaviours) {
        assert_eq!(behaviour["PathPattern"], route.path.as_str());
        assert_eq!(behaviour["TargetOriginId"], name(route.origin), "{}", route.path);
        assert_eq!(behaviour["AllowedMethods"], json!(route.methods), "{}", route.path);
        assert_eq!(route.host, Host::Origin, "no policy below passes on Host");
        match route.cache {
            Cache::None => assert_eq!(behaviour["CachePolicyId"], CACHING_DISABLED, "{}", route.path),
            Cache::Year => {
                let policy = policy(&behaviour["CachePolicyId"]);
                assert_eq!(policy["CachePolicyConfig"]["DefaultTTL"], 31_536_000, "{}", route.path);
            }
        }
        passes_on(route, behaviour);
    }
}

#[test]
fn no_failure_is_kept_for_those_who_come_next() {
    let told = config()["CustomErrorResponses"].as_array().cloned().unwrap_or_default();

    // Without a page of its own, an answer goes on as it came.
    let expected = KEPT.map(|status| json!({ "ErrorCode": status, "ErrorCachingMinTTL": 0 }));
    assert_eq!(told, expected);
}

#[test]
fn each_path_of_the_table_is_one_that_its_program_answers() {
    let routes = routes().unwrap();
    let sent_to = |origin| -> BTreeSet<String> {
        routes.iter().filter(|it| it.origin == origin).map(|it| it.path.clone()).collect()
    };
    let answered = |folder| found(r#"\.route\("(/[^"]*)""#, &sources(&[folder]));

    let mut by_nodes = answered("socket-server/src");
    assert!(by_nodes.remove("/metrics"), "nobody reaches that from outside");
    assert_eq!(by_nodes, sent_to(Origin::Socket));
    assert_eq!(answered("search/src"), sent_to(Origin::Search));
    assert_eq!(BTreeSet::from([format!("/{PACKAGE}/*")]), sent_to(Origin::Assets));
}

#[track_caller]
fn passes_on(route: &Route, behaviour: &Value) {
    let id = &behaviour["OriginRequestPolicyId"];
    let (Passed::Named(cookies), Passed::Named(headers)) = (&route.cookies, &route.headers) else {
        assert!(
            matches!((&route.cookies, &route.headers), (Passed::All(_), Passed::All(_))),
            "{}",
            route.path
        );
        assert_eq!(id, ALL_VIEWER_EXCEPT_HOST_HEADER, "{}", route.path);
        return;
    };
    if cookies.is_empty() && headers.is_empty() {
        assert!(id.is_null(), "{}", route.path);
        return;
    }
    let policy = policy(id);
    let config = &policy["OriginRequestPolicyConfig"];
    let kind = |list: &[String]| if list.is_empty() { "none" } else { "whitelist" };
    assert_eq!(config["CookiesConfig"]["CookieBehavior"], kind(cookies), "{}", route.path);
    assert_eq!(config["HeadersConfig"]["HeaderBehavior"], kind(headers), "{}", route.path);
    assert_eq!(texts(&config["CookiesConfig"]["Cookies"]), cookies.iter().cloned().collect::<BTreeSet<_>>());
    assert_eq!(texts(&config["HeadersConfig"]["Headers"]), headers.iter().cloned().collect::<BTreeSet<_>>());
}

#[test]
fn origins_are_shown_the_edges_secret_but_for_the_bucket() {
    for origin in config()["Origins"].as_array().unwrap() {
        let headers = origin["OriginCustomHeaders"].as_array().cloned().unwrap_or_default();
        let shows = headers.iter().any(|it| it["HeaderName"] == SECRET);
        assert_eq!(shows, origin["Id"] != "assets", "{}", origin["Id"]);
    }
    // Its policy names the one distribution that reads it.
    let statements = resource("edge", "AssetsPolicy")["Properties"]["PolicyDocument"]["Statement"].clone();
    for statement in statements.as_array().unwrap().iter().filter(|it| it["Effect"] == "Allow") {
        let source = &statement["Condition"]["StringEquals"]["AWS:SourceArn"]["Fn::Sub"];
        assert!(
            source.as_str().is_some_and(|it| it.ends_with("distribution/${Distribution}")),
            "{statement}"
        );
    }
}

#[test]
fn the_secret_and_the_cookie_are_called_as_programs_call_them() {
    let guard =
        super::sources(&["crates/backend/src", "crates/process/src", "crates/chat/src"]).to_lowercase();
    let cookies: Vec<_> = routes().unwrap().into_iter().map(|it| it.cookies).collect();

    assert!(guard.contains(&format!("\"{}\"", SECRET.to_lowercase())), "no program asks for {SECRET}");
    for cookie in cookies {
        let Passed::Named(names) = cookie else { continue };
        assert!(names.iter().all(|it| guard.contains(&format!("\"{it}\""))), "no program knows {names:?}");
    }
}

#[test]
fn what_pages_say_of_themselves_stands() {
    let policy = resource("edge", "Answers")["Properties"]["ResponseHeadersPolicyConfig"].clone();
    let own = policy["SecurityHeadersConfig"].as_object().unwrap();

    let names: BTreeSet<_> = own.keys().cloned().collect();
    assert_eq!(names, set(["ContentTypeOptions", "ReferrerPolicy", "StrictTransportSecurity"]));
    assert!(own.values().all(|it| it["Override"] == false), "{own:?}");
    assert!(policy.get("CustomHeadersConfig").is_none() && policy.get("CorsConfig").is_none());
}

#[test]
fn the_gateway_takes_what_the_table_lets_through() {
    let search = Template::read("search").unwrap();
    let routes = routes().unwrap();
    let table = routes.iter().find(|it| it.origin == Origin::Search).unwrap();

    let ways = search.resources().filter(|(_, it)| it["Type"] == "AWS::ApiGatewayV2::Route");
    let keys: BTreeSet<_> =
        ways.map(|(_, it)| it["Properties"]["RouteKey"].as_str().unwrap().to_owned()).collect();

    let wanted: BTreeSet<_> = table.methods.iter().map(|it| format!("{it} {}", table.path)).collect();
    assert_eq!(keys, wanted);
}

/// What the edge is.
fn config() -> Value {
    resource("edge", "Distribution")["Properties"]["DistributionConfig"].clone()
}

/// The policy that is meant by a reference.
fn policy(id: &Value) -> Value {
    resource("edge", id["Ref"].as_str().unwrap())["Properties"].clone()
}

fn name(origin: Origin) -> &'static str {
    match origin {
        Origin::Socket => "socket",
        Origin::Search => "search",
        Origin::Assets => "assets",
        Origin::Web => "web",
    }
}

#[test]
fn the_load_balancer_tells_the_chat_from_the_pages_as_the_edge_does() {
    let balancer = Template::read("balancer").unwrap();
    let rules: Vec<_> =
        balancer.resources().filter(|(_, it)| it["Type"].as_str().unwrap().ends_with("Rule")).collect();

    let [(_, rule)] = rules.as_slice() else { panic!("there are {} rules", rules.len()) };

    let paths = texts(&rule["Properties"]["Conditions"][0]["PathPatternConfig"]["Values"]);
    let routes = routes().unwrap();
    let of_chat = routes.iter().filter(|it| it.origin == Origin::Socket).map(|it| it.path.clone());
    assert_eq!(paths, of_chat.collect::<BTreeSet<_>>());
}
