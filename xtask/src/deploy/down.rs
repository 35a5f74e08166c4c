//! `cargo xtask deploy down`: takes away all but the tables, and those too if that is said twice.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, Write as _, stdin},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::{
    Installation, again,
    aws::{self, Aws},
    checks,
    cloudformation::{self, Stack},
    found, runner,
    stacks::{Place, Stacks},
};
use crate::ui::{self, Steps};

/// How many objects are deleted at a time, which is what S3 takes.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const AT_A_TIME: &str = "1000";

/// What of `commands` may run, by what comes after the prefix: its tasks are no service's, so no stack ends them.
const STARTED: [&str; 2] = ["commands", "index"];

/// How many tasks may be waited for at once.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>
const WAITED_FOR: usize = 100;

/// CloudFront has let go of its group after this time, and is asked again after this.
const LET_GO_WITHIN: Duration = Duration::from_mins(15);
const LET_GO_AGAIN: Duration = Duration::from_secs(15);

/// What to take away.
#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    installation: Installation,
    /// The tables as well: all accounts, rooms and messages.
    #[arg(long)]
    tables: bool,
    /// Asks nothing.
    #[arg(long)]
    yes: bool,
    /// Prints what would be done, and asks nobody: it needs no credentials.
    #[arg(long)]
    plan: bool,
}

/// Takes it away.
pub(crate) fn run(options: &Options) -> Result<()> {
    let stacks = Stacks::read()?;
    let prefix = options.installation.prefix(&stacks)?;
    if options.plan {
        plan(&stacks, prefix, options.tables);
        return Ok(());
    }
    let account = checks::account(options.installation.region.as_deref())?;
    let (aws, number) = (account.aws, account.number);
    let made = cloudformation::all(&aws, &stacks, prefix)?;
    let tables = found::kept(&aws, &stacks.templates["tables"], prefix)?;
    let tables: Vec<_> = tables.into_iter().map(|(_, name)| name).collect();
    let going: Vec<_> = stacks.backwards().into_iter().filter(|it| options.tables || !it.kept).collect();
    let going: Vec<_> = going.into_iter().filter(|it| made.contains_key(&it.stack)).collect();
    let tables = if options.tables { tables } else { Vec::new() };
    let logs = runner::logs(&aws, prefix)?;
    if going.is_empty() && tables.is_empty() && logs.is_empty() {
        ui::say(format_args!(
            "There is nothing of {prefix} to delete in the account {number}, in {}.",
            aws.region
        ));
        return Ok(());
    }
    ui::say(format_args!("In the account {number}, in {}, this is deleted:", aws.region));
    for place in &going {
        ui::say(format_args!("- {prefix}-{}: {}", place.stack, stacks.templates[&place.stack].description()));
    }
    for group in &logs {
        ui::say(format_args!("- the logs in {group}"));
    }
    for table in &tables {
        ui::say(format_args!("- the table {table}, with all that is in it"));
    }
    if !options.tables {
        ui::say("The tables stay, with all accounts, rooms and messages: `up` takes them up again.");
    }
    let up_again = again::command(&stacks, &made, (prefix, &aws.region));
    ui::say(format_args!(
        "What the stacks were told goes with them. This brings it back as it was:\n    {up_again}"
    ));
    if !options.yes {
        ask(&format!("Type {prefix} to delete it"), prefix)?;
        if !tables.is_empty() {
            ask("Type `all messages` to delete the tables, too", "all messages")?;
        }
    }
    take_away(&aws, Going { stacks: going, tables }, made, prefix)?;
    ui::say(format_args!("{prefix} is gone{}.", if options.tables { "" } else { ", but for its tables" }));
    Ok(())
}

/// What goes.
struct Going<'a> {
    stacks: Vec<&'a Place>,
    tables: Vec<String>,
}

fn take_away(aws: &Aws, mut going: Going<'_>, mut made: BTreeMap<String, Stack>, prefix: &str) -> Result<()> {
    for place in &going.stacks {
        // It may have more to tell by then, or be gone.
        let stack = made.remove(&place.stack).context("what goes was there")?;
        let now = cloudformation::at_rest(&place.aws(aws), &format!("{prefix}-{}", place.stack), stack)?;
        made.extend(now.map(|it| (place.stack.clone(), it)));
    }
    going.stacks.retain(|it| made.contains_key(&it.stack));
    let cluster = made.get("balancer").and_then(|it| it.outputs.get("ClusterName"));
    let n_rest = [!going.tables.is_empty(), made.contains_key("network"), cluster.is_some()];
    let n_rest = 1 + n_rest.into_iter().filter(|it| *it).count();
    let mut steps = Steps::new(going.stacks.len() + n_rest);
    if let Some(cluster) = cluster {
        steps.step("Stop commands that run", || stop(aws, cluster, prefix))?;
    }
    if let Some(network) = made.get("network") {
        steps.step("Let go of CloudFront's group", || let_go(aws, network, prefix))?;
    }
    for place in &going.stacks {
        let name = format!("{prefix}-{}", place.stack);
        let own = place.aws(aws);
        steps.step(&format!("Delete {name}"), || {
            if place.stack == "foundation" {
                empty(&own, &name)?;
            }
            if place.stack == "network" {
                take_away_group(&own, &made[&place.stack])?;
            }
            cloudformation::delete(&own, &name, &made[&place.stack].id)
        })?;
    }
    // Also where the stack of their pages went the last time, and something failed after it.
    steps.step("Delete what App Runner logged", || runner::take_logs_away(aws, prefix))?;
    if !going.tables.is_empty() {
        steps.step("Delete the tables", || {
            going.tables.iter().try_for_each(|table| delete_table(aws, table))
        })?;
    }
    Ok(())
}

/// Stops what somebody has started and has not come to its end: neither the cluster nor the subnets go while it runs.
fn stop(aws: &Aws, cluster: &str, prefix: &str) -> Result<()> {
    let mut tasks = Vec::new();
    for what in STARTED {
        let family = format!("{prefix}-{what}");
        let list = ["ecs", "list-tasks", "--cluster", cluster, "--family", &family];
        // Of a cluster that is gone already nothing runs.
        let answer = aws.ask_unless("ClusterNotFoundException", &list)?.unwrap_or_default();
        tasks.extend(answer["taskArns"].as_array().into_iter().flatten().cloned());
    }
    let tasks: Vec<_> = tasks.iter().filter_map(Value::as_str).collect();
    for task in &tasks {
        ui::say(format_args!("    {task}"));
        let reason = ["--reason", "What it is a part of is taken away"];
        aws.ask(&[&["ecs", "stop-task", "--cluster", cluster, "--task", task], &reason[..]].concat())?;
    }
    for tasks in tasks.chunks(WAITED_FOR) {
        let wait = ["ecs", "wait", "tasks-stopped", "--cluster", cluster, "--tasks"];
        aws.ask(&[&wait[..], tasks].concat())?;
    }
    Ok(())
}

/// CloudFront's group cannot go while a rule of ours names it, nor the VPC before it.
fn let_go(aws: &Aws, network: &Stack, prefix: &str) -> Result<()> {
    let parameter = "CloudFrontOriginGroup";
    let named = network.parameters.get(parameter).is_some_and(|it| it != "none");
    // One that never came to be, or is half deleted, cannot be told anything.
    let can_be_told = network.status.ends_with("_COMPLETE") && !network.status.starts_with("ROLLBACK");
    match named && can_be_told {
        true => cloudformation::tell(aws, (prefix, "network"), network, (parameter, "none")),
        false => Ok(()),
    }
}

/// CloudFront takes its group away by itself, but it need not have come to that yet, and no VPC goes before it.
fn take_away_group(aws: &Aws, network: &Stack) -> Result<()> {
    let Some(group) = found::origin_group(aws, network)? else { return Ok(()) };
    let until = Instant::now() + LET_GO_WITHIN;
    let delete = ["ec2", "delete-security-group", "--group-id", &group];
    while !is_gone(aws.ask(&delete))? {
        ensure!(Instant::now() < until, "{group} is still CloudFront's, and the VPC cannot go before it");
        ui::say(format_args!("    {group} is still CloudFront's: waiting."));
        thread::sleep(LET_GO_AGAIN);
    }
    Ok(())
}

/// Whether the group is gone, by what is answered to that it be deleted.
fn is_gone(answer: Result<Value>) -> Result<bool> {
    match answer {
        Err(why) if aws::is_refusal(&why, "DependencyViolation") => Ok(false),
        // CloudFront came to it meanwhile.
        Err(why) if aws::is_refusal(&why, "InvalidGroup.NotFound") => Ok(true),
        answer => answer.map(|_| true),
    }
}

/// Empties all buckets of a stack, of old versions as well: others cannot be deleted.
fn empty(aws: &Aws, stack: &str) -> Result<()> {
    let resources = aws.ask(&["cloudformation", "describe-stack-resources", "--stack-name", stack])?;
    let resources = resources["StackResources"].as_array().into_iter().flatten();
    let buckets = resources
        .filter(|it| it["ResourceType"] == "AWS::S3::Bucket" && it["ResourceStatus"] != "DELETE_COMPLETE");
    for bucket in buckets.filter_map(|it| it["PhysicalResourceId"].as_str()).filter(|it| !it.is_empty()) {
        while let Some(objects) = objects(aws, bucket)? {
            let mut file = tempfile::NamedTempFile::with_suffix(".json")?;
            file.write_all(json!({ "Objects": objects, "Quiet": true }).to_string().as_bytes())?;
            let input = format!("file://{}", file.path().display());
            let answer = aws.ask(&["s3api", "delete-objects", "--bucket", bucket, "--delete", &input])?;
            ensure!(answer["Errors"].is_null(), "{bucket} cannot be emptied: {}", answer["Errors"]);
        }
    }
    Ok(())
}

/// Some of the versions in a bucket, if there are any.
fn objects(aws: &Aws, bucket: &str) -> Result<Option<Vec<Value>>> {
    let words = ["s3api", "list-object-versions", "--bucket", bucket, "--max-items", AT_A_TIME];
    let Some(answer) = aws.ask_unless("NoSuchBucket", &words)? else { return Ok(None) };
    let lists = ["Versions", "DeleteMarkers"].into_iter().filter_map(|list| answer[list].as_array());
    let object = |it: &Value| json!({ "Key": it["Key"], "VersionId": it["VersionId"] });
    let objects: Vec<_> = lists.flatten().map(object).collect();
    Ok(Some(objects).filter(|it| !it.is_empty()))
}

/// Deletes a table, which is protected from that.
fn delete_table(aws: &Aws, table: &str) -> Result<()> {
    let gone = "ResourceNotFoundException";
    let protect = ["dynamodb", "update-table", "--table-name", table, "--no-deletion-protection-enabled"];
    if aws.ask_unless(gone, &protect)?.is_none() {
        return Ok(());
    }
    aws.ask(&["dynamodb", "wait", "table-exists", "--table-name", table])?;
    aws.ask_unless(gone, &["dynamodb", "delete-table", "--table-name", table])?;
    aws.ask(&["dynamodb", "wait", "table-not-exists", "--table-name", table]).map(drop)
}

/// Asks for a word, and ends where another one comes.
fn ask(question: &str, word: &str) -> Result<()> {
    ui::say(format_args!("{question}:"));
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).context("nobody answers")?;
    if answer.trim() == word {
        return Ok(());
    }
    bail!("Nothing is deleted.")
}

/// Says what would be done.
fn plan(stacks: &Stacks, prefix: &str, with_tables: bool) {
    ui::say("This would be deleted, where it is there:\n");
    for place in stacks.backwards().into_iter().filter(|it| with_tables || !it.kept) {
        ui::say(format_args!("- {prefix}-{}: {}", place.stack, stacks.templates[&place.stack].description()));
    }
    ui::say(match with_tables {
        true => "\nNothing would stay but the backups that DynamoDB makes of deleted tables for 35 days.",
        false => {
            "\nThe tables would stay, with all accounts, rooms and messages; `--tables` deletes them, too."
        }
    });
}

#[cfg(test)]
mod tests {
    use std::{fs, process::Command};

    use super::*;
    use crate::process;

    /// An account in which a stack is changed when it is first asked about, and can be deleted from then on. It has a group of
    /// logs of App Runner's.
    const ACCOUNT: &str = r#"
        echo "$*" >> "$0.log"
        case "$1 $2" in
        "cloudformation describe-stacks")
            [ -e "$0.rests" ] && status=UPDATE_COMPLETE || status=UPDATE_IN_PROGRESS
            [ -e "$0.gone" ] && status=DELETE_COMPLETE
            touch "$0.rests"
            echo '{"Stacks":[{"StackId":"arn:web","StackStatus":"'$status'"}]}' ;;
        "cloudformation delete-stack")
            if [ ! -e "$0.rests" ]; then
                echo 'An error occurred (ValidationError) when calling the DeleteStack operation: it is changed' >&2
                exit 254
            fi
            touch "$0.gone" ;;
        "logs describe-log-groups") echo '{"logGroups":[{"logGroupName":"/aws/apprunner/chat-app/1/service"}]}' ;;
        esac
    "#;

    #[test]
    fn a_stack_that_is_changed_is_waited_for_before_anything_goes() {
        let told = taken_away(&[("operations", "CREATE_COMPLETE"), ("web", "UPDATE_IN_PROGRESS")]);

        let deleted: Vec<_> =
            told.iter().filter(|it| it.starts_with("cloudformation delete-stack")).collect();
        assert!(told[0].contains("describe-stacks --stack-name arn:web"), "{told:?}");
        assert_eq!(deleted.len(), 2, "{told:?}");
    }

    #[test]
    fn what_app_runner_logged_goes_also_where_its_stack_went_before() {
        let told = taken_away(&[("socket", "UPDATE_IN_PROGRESS")]);

        let group = "logs delete-log-group --log-group-name /aws/apprunner/chat-app/1/service";
        assert!(told.last().unwrap().starts_with(group), "{told:?}");
    }

    /// What the account is told while stacks are taken away.
    fn taken_away(stacks: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("aws");
        // Not by this process: what another thread starts just then would have the file open, and nobody could start it.
        let mut write = Command::new("sh");
        write.args(["-c", r#"(echo '#!/bin/sh'; cat) > "$0" && chmod +x "$0""#]).arg(&program);
        process::answer_within(&mut write, ACCOUNT, Duration::from_secs(30)).unwrap();
        let aws = Aws { program: program.clone(), region: "eu-west-1".to_owned() };
        let made = stacks.iter().map(|(name, status)| {
            let (id, status) = (format!("arn:{name}"), (*status).to_owned());
            ((*name).to_owned(), Stack { id, status, ..Stack::default() })
        });
        let (all, made) = (Stacks::read().unwrap(), made.collect::<BTreeMap<_, _>>());
        let going = all.backwards().into_iter().filter(|it| made.contains_key(&it.stack)).collect();

        take_away(&aws, Going { stacks: going, tables: Vec::new() }, made, "chat").unwrap();

        let told = fs::read_to_string(program.with_extension("log")).unwrap();
        told.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_group_that_cloudfront_took_away_meanwhile_is_gone() {
        let refused = |code: &str| Err(aws::Refused { code: code.to_owned(), message: String::new() }.into());

        assert!(is_gone(Ok(Value::Null)).unwrap());
        assert!(!is_gone(refused("DependencyViolation")).unwrap());
        assert!(is_gone(refused("InvalidGroup.NotFound")).unwrap());
        is_gone(refused("UnauthorizedOperation")).unwrap_err();
    }
}
