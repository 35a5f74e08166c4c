//! What is found out about an account for the stacks, and what of kept tables is there.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{aws::Aws, cloudformation::Stack, template::Template};

/// From where CloudFront asks origins.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/LocationsOfEdgeServers.html>
const PREFIX_LIST: &str = "com.amazonaws.global.cloudfront.origin-facing";

/// The group that CloudFront makes in a VPC that it has a way into.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html>
const ORIGIN_GROUP: &str = "CloudFront-VPCOrigins-Service-SG";

/// Zones in which CloudFront reaches no load balancer in a VPC. Which letter one has differs from account to account.
///
/// Source: the same page; Global Accelerator's page has the same zones of the first three regions.
const OUT_OF_REACH: [&str; 5] = ["use1-az3", "usw1-az2", "apne1-az3", "apne2-az1", "cac1-az3"];

/// What the network is told.
///
/// # Errors
/// When the region has no list of CloudFront's addresses, or too few zones.
pub(crate) fn for_network(aws: &Aws, made: &BTreeMap<String, Stack>) -> Result<Vec<(String, String)>> {
    let filter = format!("Name=prefix-list-name,Values={PREFIX_LIST}");
    let lists = aws.ask(&["ec2", "describe-managed-prefix-lists", "--filters", &filter])?;
    let list = lists["PrefixLists"][0]["PrefixListId"].as_str();
    let list = list.with_context(|| format!("{} has no prefix list {PREFIX_LIST}", aws.region))?;
    // It is there as long as the edge is.
    let network = made.get("network").filter(|_| made.contains_key("edge"));
    let group = network.map(|it| origin_group(aws, it)).transpose()?.flatten();
    let group = group.unwrap_or_else(|| "none".to_owned());
    let mut found = vec![
        ("CloudFrontPrefixList".to_owned(), list.to_owned()),
        ("CloudFrontOriginGroup".to_owned(), group),
    ];
    let told_before = made.get("network").is_some_and(|it| it.parameters.contains_key("ZoneA"));
    if !told_before {
        let answer = aws.ask(&["ec2", "describe-availability-zones"])?;
        let zones = zones(&answer).with_context(|| format!("{} has too few zones", aws.region))?;
        found.extend(["ZoneA", "ZoneB"].map(str::to_owned).into_iter().zip(zones));
    }
    Ok(found)
}

/// The first two zones in which all of it can be.
fn zones(answer: &Value) -> Option<[String; 2]> {
    let all = answer["AvailabilityZones"].as_array()?.iter();
    let is_good = |it: &&Value| {
        let id = it["ZoneId"].as_str().unwrap_or_default();
        let is_whole = it["ZoneType"].as_str().is_none_or(|kind| kind == "availability-zone");
        is_whole && it["State"] == "available" && !OUT_OF_REACH.contains(&id)
    };
    let mut names: Vec<_> =
        all.filter(is_good).filter_map(|it| it["ZoneName"].as_str().map(str::to_owned)).collect();
    names.sort();
    names.truncate(2);
    names.try_into().ok()
}

/// ECS asks for capacity in a role of its own, which the first cluster of an account would make too late for itself.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html>
///
/// # Errors
/// When it is not there and cannot be made.
pub(crate) fn make_role_of_ecs(aws: &Aws) -> Result<()> {
    let there = aws.ask(&["iam", "list-roles", "--path-prefix", "/aws-service-role/ecs.amazonaws.com/"])?;
    if there["Roles"].as_array().is_some_and(|roles| !roles.is_empty()) {
        return Ok(());
    }
    aws.ask(&["iam", "create-service-linked-role", "--aws-service-name", "ecs.amazonaws.com"]).map(drop)
}

/// The group of CloudFront in the VPC of a network.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn origin_group(aws: &Aws, network: &Stack) -> Result<Option<String>> {
    let Some(vpc) = network.outputs.get("VpcId") else { return Ok(None) };
    let (vpc, name) = (format!("Name=vpc-id,Values={vpc}"), format!("Name=group-name,Values={ORIGIN_GROUP}"));
    let groups = aws.ask(&["ec2", "describe-security-groups", "--filters", &vpc, &name])?;
    Ok(groups["SecurityGroups"][0]["GroupId"].as_str().map(str::to_owned))
}

/// The tables of a template, by their names in it and in the account.
pub(crate) fn tables(template: &Template, prefix: &str) -> Vec<(String, String)> {
    let table = |(resource, it): (&str, &Value)| {
        let name = it["Properties"]["TableName"]["Fn::Sub"].as_str()?;
        Some((resource.to_owned(), name.replace("${Prefix}", prefix)))
    };
    template.resources().filter_map(table).collect()
}

/// Those of them that are there.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn kept(aws: &Aws, template: &Template, prefix: &str) -> Result<Vec<(String, String)>> {
    let answer = aws.ask(&["dynamodb", "list-tables"])?;
    let there: Vec<&str> =
        answer["TableNames"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let tables = tables(template, prefix).into_iter();
    Ok(tables.filter(|(_, name)| there.contains(&name.as_str())).collect())
}

/// Whether there are messages of before, of which an index that is made now knows nothing.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn has_messages(aws: &Aws, prefix: &str) -> Result<bool> {
    let words = ["dynamodb", "scan", "--table-name", &format!("{prefix}-messages")];
    let words = [&words[..], &["--select", "COUNT", "--limit", "1", "--no-paginate"]].concat();
    let answer = aws.ask_unless("ResourceNotFoundException", &words)?;
    Ok(answer.is_some_and(|it| it["Count"] != 0))
}

/// The template with these resources alone, and without outputs: while something is taken up, nothing else may be made, and
/// nothing told.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html>
pub(crate) fn template_of(template: &Template, tables: &[(String, String)]) -> String {
    let mut json = template.json.clone();
    if let Some(json) = json.as_object_mut() {
        json.remove("Outputs");
    }
    if let Some(resources) = json["Resources"].as_object_mut() {
        resources.retain(|name, _| tables.iter().any(|(resource, _)| resource == name));
    }
    json.to_string()
}

/// These tables as CloudFormation is told what it is to take up.
pub(crate) fn to_take_up(tables: &[(String, String)]) -> Value {
    let table = |(resource, name): &(String, String)| {
        json!({
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceId": resource,
            "ResourceIdentifier": { "TableName": name },
        })
    };
    tables.iter().map(table).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_those_in_which_all_of_it_can_be() {
        let zone = |name: &str, id: &str, kind: &str| json!({ "ZoneName": name, "ZoneId": id, "ZoneType": kind, "State": "available" });
        let answer = json!({ "AvailabilityZones": [
            zone("us-east-1c", "use1-az2", "availability-zone"),
            zone("us-east-1b", "use1-az1", "availability-zone"),
            zone("us-east-1a", "use1-az3", "availability-zone"),
            zone("us-east-1-bos-1a", "use1-bos1-az1", "local-zone"),
        ] });

        assert_eq!(zones(&answer).unwrap(), ["us-east-1b", "us-east-1c"]);
        assert_eq!(zones(&json!({ "AvailabilityZones": [zone("a", "x", "availability-zone")] })), None);
    }

    #[test]
    fn what_is_taken_up_is_kept_by_its_template_and_is_all_there_is_in_it() {
        let template = Template::read("tables").unwrap();
        let tables = tables(&template, "chat");
        assert!(tables.contains(&("Messages".to_owned(), "chat-messages".to_owned())));

        let taken_up = to_take_up(&tables[..1]);
        let reduced: Value = serde_json::from_str(&template_of(&template, &tables[..1])).unwrap();

        assert_eq!(taken_up[0]["ResourceIdentifier"]["TableName"], tables[0].1.as_str());
        let resources = reduced["Resources"].as_object().unwrap();
        assert_eq!(resources.len(), 1);
        assert!(resources.values().all(|it| it["DeletionPolicy"] == "Retain"));
        assert!(reduced.get("Outputs").is_none() && reduced["Parameters"]["Prefix"].is_object());
    }
}
