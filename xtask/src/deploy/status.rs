//! `cargo xtask deploy status`: how each stack is, where Hubbub is, and what is left to do.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;

use super::{
    Installation, again, checks,
    cloudformation::{self, Stack},
    found,
    stacks::Stacks,
};
use crate::ui;

/// How commands are started and heard, by the outputs that say it.
const LINES: [(&str, &str); 3] = [
    ("CommandsLine", "A command of who runs it, whose words are the last list:"),
    ("IndexLine", "The index made anew, or with `redrive` as the last word given what was set aside:"),
    ("LogsLine", "What they say, a minute after they were started; Ctrl-C ends it:"),
];

/// Of what to tell.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    installation: Installation,
}

/// Tells it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let stacks = Stacks::read()?;
    let prefix = options.installation.prefix(&stacks)?;
    let account = checks::account(options.installation.region.as_deref())?;
    let made = cloudformation::all(&account.aws, &stacks, prefix)?;
    ui::say(format_args!("{prefix} in the account {}, in {}:\n", account.number, account.aws.region));
    let mut order = stacks.backwards();
    order.reverse();
    for place in &order {
        let status = made.get(&place.stack).map_or("is not there", |it| &it.status);
        ui::say(format_args!("{:<12} {status}", place.stack));
    }
    if let Some(origin) = told(&made, "Origin") {
        ui::say(format_args!("\nHubbub is at {origin}"));
    }
    for (output, what) in LINES {
        if let Some(line) = told(&made, output) {
            ui::say(format_args!("\n{what}\n    {line}"));
        }
    }
    if !made.is_empty() {
        let up_again = again::command(&stacks, &made, (prefix, &account.aws.region));
        ui::say(format_args!("\nAll that it was told:\n    {up_again}"));
    }
    let names: Vec<_> = order.iter().map(|it| it.stack.as_str()).collect();
    let mut left = left(&names, &made);
    if !made.contains_key("tables")
        && !found::kept(&account.aws, &stacks.templates["tables"], prefix)?.is_empty()
    {
        left.push("Tables of before are there: `up` takes them up.".to_owned());
    }
    match left.as_slice() {
        [] => ui::say("\nNothing is left to do."),
        left => ui::say(format_args!("\nLeft to do:\n- {}", left.join("\n- "))),
    }
    Ok(())
}

fn told<'a>(made: &'a BTreeMap<String, Stack>, output: &str) -> Option<&'a str> {
    made.values().find_map(|it| it.outputs.get(output)).map(String::as_str)
}

/// What somebody has still to do.
fn left(names: &[&str], made: &BTreeMap<String, Stack>) -> Vec<String> {
    let mut left = Vec::new();
    let parameter = |stack: &str, name: &str| made.get(stack)?.parameters.get(name).map(String::as_str);
    // The edge can do without it, if that was said.
    let is_off = parameter("edge", "WebAclArn") == Some("none");
    let is_needless = |it: &str| made.contains_key(it) || (is_off && it == "firewall");
    let missing = names.iter().copied().filter(|it| !is_needless(it));
    let missing: Vec<_> = missing.collect();
    if !missing.is_empty() {
        left.push(format!("`cargo xtask deploy up` makes {}.", missing.join(", ")));
    }
    for (name, stack) in
        made.iter().filter(|(_, it)| !it.status.ends_with("_COMPLETE") || it.status.contains("ROLLBACK"))
    {
        left.push(format!("{name} is {}: `cargo xtask deploy up` goes on with it.", stack.status));
    }
    let is_set = |stack, name| parameter(stack, name).is_some_and(|it| it != "none");
    if let (true, false, Some(domain)) =
        (is_set("edge", "Domain"), is_set("edge", "HostedZoneId"), told(made, "DistributionDomain"))
    {
        let name = parameter("edge", "Domain").unwrap_or_default();
        left.push(format!(
            "Where you have the name {name}, let it lead to {domain}, as a CNAME or an alias."
        ));
    }
    if made.contains_key("operations") && !is_set("operations", "AlarmEmail") {
        left.push("Nobody hears of alarms: `up --set AlarmEmail=…` writes to somebody.".to_owned());
    }
    if made.contains_key("edge") && parameter("network", "CloudFrontOriginGroup") == Some("none") {
        left.push(
            "The load balancer lets in all of CloudFront: the next `up` leaves your distribution alone."
                .to_owned(),
        );
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_has_failed_or_is_for_people_to_do_is_named() {
        let stack = |status: &str, parameters: &[(&str, &str)], outputs: &[(&str, &str)]| {
            let map =
                |it: &[(&str, &str)]| it.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            let (parameters, outputs) = (map(parameters), map(outputs));
            Stack { status: status.to_owned(), parameters, outputs, ..Stack::default() }
        };
        let edge = stack(
            "UPDATE_ROLLBACK_COMPLETE",
            &[("Domain", "chat.example"), ("HostedZoneId", "none")],
            &[("DistributionDomain", "d1.cloudfront.net")],
        );
        let network = stack("CREATE_COMPLETE", &[("CloudFrontOriginGroup", "sg-1")], &[]);
        let made = [("edge".to_owned(), edge), ("network".to_owned(), network)].into();

        let left = left(&["network", "edge", "web"], &made);

        assert_eq!(left.len(), 3, "{left:?}");
        assert!(left[0].contains("makes web"), "{left:?}");
        assert!(left[1].contains("edge is UPDATE_ROLLBACK_COMPLETE"), "{left:?}");
        assert!(left[2].contains("chat.example, let it lead to d1.cloudfront.net"), "{left:?}");
    }
}
