//! What App Runner logs: it makes groups for that by itself, which belong to no stack and keep it for ever.

use anyhow::Result;

use super::{aws::Aws, cloudformation::Stack};

/// The groups of a service, below a name that its number is in: what its program says, and what is said of it.
///
/// Source: <https://docs.aws.amazon.com/apprunner/latest/dg/monitor-cwl.html>
const GROUPS: [&str; 2] = ["application", "service"];

/// Lets what the pages log be kept there as long as elsewhere, where they are on App Runner. A group that is not there yet is
/// made, so that what looks into it finds it.
///
/// # Errors
/// When AWS does not do it.
pub(crate) fn keep_logs(aws: &Aws, prefix: &str, web: &Stack) -> Result<()> {
    let number = web.outputs.get("RunnerId").filter(|it| *it != "none");
    let (Some(number), Some(days)) = (number, web.parameters.get("LogDays")) else { return Ok(()) };
    for group in GROUPS {
        let name = group_of(prefix, number, group);
        let make = ["logs", "create-log-group", "--log-group-name", &name];
        aws.ask_unless("ResourceAlreadyExistsException", &make)?;
        let keep = ["logs", "put-retention-policy", "--log-group-name", &name, "--retention-in-days", days];
        aws.ask(&keep)?;
    }
    Ok(())
}

/// The names of all groups that are there, those of earlier services too.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn logs(aws: &Aws, prefix: &str) -> Result<Vec<String>> {
    let words = ["logs", "describe-log-groups", "--log-group-name-prefix", &below(prefix)];
    let groups = aws.ask(&words)?;
    let groups = groups["logGroups"].as_array().into_iter().flatten();
    Ok(groups.filter_map(|it| it["logGroupName"].as_str().map(str::to_owned)).collect())
}

/// Takes all of them away.
///
/// # Errors
/// When AWS does not do it.
pub(crate) fn take_logs_away(aws: &Aws, prefix: &str) -> Result<()> {
    for group in logs(aws, prefix)? {
        let delete = ["logs", "delete-log-group", "--log-group-name", &group];
        aws.ask_unless("ResourceNotFoundException", &delete)?;
    }
    Ok(())
}

/// The name of a group of a service.
fn group_of(prefix: &str, number: &str, group: &str) -> String {
    format!("{}{number}/{group}", below(prefix))
}

/// What the names of them begin with.
fn below(prefix: &str) -> String {
    format!("/aws/apprunner/{prefix}-app/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::template::Template;

    #[test]
    fn failures_of_pages_are_looked_for_where_app_runner_logs_them() {
        let property = |template: &str, name: &str, property: &str| {
            let template = Template::read(template).unwrap();
            let found = template.resources().find(|(it, _)| *it == name).map(|(_, it)| it.clone());
            found.unwrap()["Properties"][property].clone()
        };
        let group = property("operations", "PageFailures", "LogGroupName");
        let service = property("web", "Runner", "ServiceName");

        assert_eq!(group["Fn::If"][0], "OnAppRunner");
        assert_eq!(group["Fn::If"][1]["Fn::Sub"], group_of("${Prefix}", "${RunnerId}", GROUPS[0]));
        assert!(below("${Prefix}").ends_with(&format!("/{}/", service["Fn::Sub"].as_str().unwrap())));
    }
}
