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

/// What the network is told.
///
/// # Errors
/// When the region has no list of CloudFront's addresses.
pub(crate) fn for_network(aws: &Aws, made: &BTreeMap<String, Stack>) -> Result<[(String, String); 2]> {
    let filter = format!("Name=prefix-list-name,Values={PREFIX_LIST}");
    let lists = aws.ask(&["ec2", "describe-managed-prefix-lists", "--filters", &filter])?;
    let list = lists["PrefixLists"][0]["PrefixListId"].as_str();
    let list = list.with_context(|| format!("{} has no prefix list {PREFIX_LIST}", aws.region))?;
    // It is there as long as the edge is.
    let network = made.get("network").filter(|_| made.contains_key("edge"));
    let group = network.map(|it| origin_group(aws, it)).transpose()?.flatten();
    let group = group.unwrap_or_else(|| "none".to_owned());
    Ok([("CloudFrontPrefixList".to_owned(), list.to_owned()), ("CloudFrontOriginGroup".to_owned(), group)])
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
