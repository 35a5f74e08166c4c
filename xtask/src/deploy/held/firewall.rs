//! The firewall: what people look for and write in forms is counted, and blocked by no rule.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{resource, set};

/// What each group of AWS's has rules for that look into queries, forms, or the headers in which browsers repeat a query.
///
/// Source: <https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html> and
/// <https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-ip-rep.html>
fn rules_of(group: &str) -> BTreeSet<String> {
    match group {
        "AWSManagedRulesAmazonIpReputationList" => set([]),
        "AWSManagedRulesKnownBadInputsRuleSet" => set([
            "JavaDeserializationRCE_BODY",
            "JavaDeserializationRCE_HEADER",
            "JavaDeserializationRCE_QUERYSTRING",
            "Log4JRCE_BODY",
            "Log4JRCE_HEADER",
            "Log4JRCE_QUERYSTRING",
            "ReactJSRCE_BODY",
        ]),
        // Forms are smaller than 8 KB, so how large a body is may stand.
        "AWSManagedRulesCommonRuleSet" => set([
            "CrossSiteScripting_BODY",
            "CrossSiteScripting_QUERYARGUMENTS",
            "EC2MetaDataSSRF_BODY",
            "EC2MetaDataSSRF_QUERYARGUMENTS",
            "GenericLFI_BODY",
            "GenericLFI_QUERYARGUMENTS",
            "GenericRFI_BODY",
            "GenericRFI_QUERYARGUMENTS",
            "RestrictedExtensions_QUERYARGUMENTS",
            "SizeRestrictions_QUERYSTRING",
        ]),
        other => panic!("nobody says what {other} looks into"),
    }
}

#[test]
fn what_people_look_for_and_write_is_counted_and_not_blocked() {
    let rules = resource("firewall", "WebAcl")["Properties"]["Rules"].clone();
    let groups: Vec<&Value> =
        rules.as_array().unwrap().iter().map(|it| &it["Statement"]["ManagedRuleGroupStatement"]).collect();
    let groups: Vec<_> = groups.into_iter().filter(|it| it.is_object()).collect();

    assert!(groups.len() > 2, "{groups:?}");
    for group in groups {
        let name = group["Name"].as_str().unwrap();
        let overrides = group["RuleActionOverrides"].as_array().cloned().unwrap_or_default();
        let names: BTreeSet<_> = overrides.iter().map(|it| it["Name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, rules_of(name), "{name}");
        assert!(overrides.iter().all(|it| it["ActionToUse"] == json!({ "Count": {} })), "{name}");
    }
}
