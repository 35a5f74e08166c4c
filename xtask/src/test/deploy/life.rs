//! An installation's life in a mock account, from the first mistake to the last table.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::account::{Account, fails, says};
use crate::{
    deploy::stack_names,
    test::{Tally, checks::in_turn},
};

/// A stack that fails: there is no such type.
const FAILING: &str = r#"{"Resources":{"Boat":{"Type":"AWS::Sea::Boat","Properties":{}}}}"#;

/// Lives it.
pub(super) fn run(account: &Account) -> Tally {
    in_turn(
        "deploy",
        &[
            ("a plan needs no credentials and no tools", &|| plan(account)),
            ("what is missing is named before anything is made", &|| mistakes(account)),
            ("up ends where a build fails", &|| half_up(account)),
            ("up goes on from there, over a stack that failed", &|| up(account)),
            ("up again changes nothing and builds nothing", &|| up_again(account)),
            ("in another region the installation is not taken for one there", &|| elsewhere(account)),
            ("up with a parameter and without a firewall changes what that means, and nothing else", &|| {
                change(account)
            }),
            ("the edge's secrets are made anew, and all know them before they are sent", &|| {
                secrets(account)
            }),
            ("status", &|| status(account)),
            ("down asks, stops commands that run, and then leaves the tables", &|| down(account)),
            ("up takes up tables whose stack is gone", &|| up_with_tables(account)),
            ("down with the tables leaves nothing", &|| down_with_tables(account)),
        ],
    )
}

fn plan(account: &Account) -> Result<()> {
    let said = says(&mut account.alone(&["up", "--plan", "--set", "LogDays=7"]))?;
    ensure!(said.contains("hubbub-edge") && said.contains("socket.LogDays=7"), "the plan is {said}");
    ensure!(said.contains("hubbub-firewall: up to"), "the plan is {said}");
    ensure!(said.matches("resources of deploy/network.yaml").count() == 1, "the plan is {said}");
    ensure!(!said.contains("cannot be"), "the plan is {said}");
    let said = says(&mut account.alone(&["up", "--plan", "--set", "WebOn=app-runner"]))?;
    ensure!(said.contains("cannot be") && said.contains("web: App Runner takes"), "the plan is {said}");
    let said = says(&mut account.alone(&["up", "--plan", "--firewall", "off"]))?;
    ensure!(!said.contains("hubbub-firewall: up to"), "the plan is {said}");
    ensure!(said.contains("hubbub-firewall would go"), "the plan is {said}");
    let said = says(&mut account.alone(&["down", "--plan"]))?;
    ensure!(said.contains("hubbub-edge") && !said.contains("hubbub-tables"), "the plan is {said}");
    Ok(())
}

fn mistakes(account: &Account) -> Result<()> {
    let missing = ["These are missing", "aws, AWS's command line", "docker with buildx"];
    fails(account.alone(&["up"]).env("AWS_REGION", "eu-central-1"), &missing)?;
    fails(account.xtask(&["up"]).env("AWS_ACCESS_KEY_ID", "EXPIRED"), &["credentials have expired"])?;
    let nobody = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let mut command = account.xtask(&["up"]);
    fails(nobody.iter().fold(&mut command, |it, name| it.env_remove(name)), &["There are no credentials"])?;
    fails(account.xtask(&["up"]).env_remove("AWS_REGION"), &["No region is named"])?;
    fails(&mut account.xtask(&["up", "--region", "eu-nowhere-1"]), &["AWS has no region eu-nowhere-1"])?;
    fails(
        &mut account.xtask(&["up", "--set", "Egress=boat"]),
        &["it may be public-address, endpoints, nat"],
    )?;
    fails(&mut account.xtask(&["up", "--prefix", "A b"]), &["--prefix A b"])?;
    let together =
        ["WebOn=app-runner", "Domain=chat.example.org", "socket.Memory=8192", "socket.MinTasks=20"];
    let told = together.into_iter().flat_map(|it| ["--set", it]);
    let words = [
        "web: App Runner takes images for x86_64 only",
        "edge: A name of yours needs its certificate",
        "socket: Fargate takes no task",
        "socket: MinTasks is more than MaxTasks",
    ];
    fails(&mut account.xtask(&["up"].into_iter().chain(told).collect::<Vec<_>>()), &words)?;
    let n = account.count(&["cloudformation", "describe-stacks"], "Stacks")?;
    ensure!(n == 0, "{n} stacks were made all the same");
    Ok(())
}

fn half_up(account: &Account) -> Result<()> {
    let words = ["docker buildx build", "failed", "the same command goes on from here"];
    let up = || fails(&mut account.xtask(&["up", "--set", "LogDays=7"]), &words);
    account.without_docker(up)?;
    account.built()?;
    let n = account.count(&["cloudformation", "describe-stacks"], "Stacks")?;
    ensure!(n == 2, "{n} stacks were made before a build");
    Ok(())
}

fn up(account: &Account) -> Result<()> {
    let name = ["--stack-name", "hubbub-balancer", "--change-set-name", "boat"];
    let make =
        ["cloudformation", "create-change-set", "--change-set-type", "CREATE", "--template-body", FAILING];
    account.ask(&[&make[..], &name].concat())?;
    account.ask(&[&["cloudformation", "execute-change-set"][..], &name].concat())?;
    let said = says(&mut account.xtask(&["up", "--set", "LogDays=7"]))?;
    ensure!(said.contains("hubbub-balancer is ROLLBACK_COMPLETE: taking away"), "{said}");
    ensure!(said.contains("Hubbub is at https://") && said.contains("the first member"), "{said}");
    ensure!(outcomes(&said)["hubbub-tables"] == "as it should be", "{said}");
    ensure!(!said.contains("indexer rebuild"), "there is nothing that the index has not: {said}");
    let built = account.built()?;
    let order = ["--target socket-server", "--target app", "--target commands", "--target assets", "--arm64"];
    let is_so = built.len() == order.len() && built.iter().zip(order).all(|(line, word)| line.contains(word));
    ensure!(is_so, "built was {built:?}");
    let foundation = told(account, "foundation")?;
    let bucket = foundation.get("AssetsBucket").context("there is no bucket of assets")?;
    let wasm = account.ask(&["s3api", "head-object", "--bucket", bucket, "--key", "pkg/hubbub.1.wasm"])?;
    ensure!(wasm["CacheControl"] == "public, max-age=31536000, immutable", "{wasm}");
    ensure!(wasm["ContentType"] == "application/wasm", "{wasm}");
    let n =
        account.count(&["s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "pkg/"], "Contents")?;
    ensure!(n == 3, "{n} assets were uploaded");
    all_are_well(account)
}

fn up_again(account: &Account) -> Result<()> {
    let said = says(&mut account.xtask(&["up"]))?;
    ensure!(outcomes(&said).into_values().all(|it| it == "as it should be"), "{said}");
    let built = account.built()?;
    ensure!(built.is_empty(), "built was {built:?}");
    Ok(())
}

fn elsewhere(account: &Account) -> Result<()> {
    let words = ["hubbub-edge-alarms belongs to hubbub in eu-central-1", "another --prefix"];
    for command in [&["up"][..], &["down", "--yes"], &["status"]] {
        fails(account.xtask(command).env("AWS_REGION", "eu-west-1"), &words)?;
    }
    Ok(())
}

fn change(account: &Account) -> Result<()> {
    let vpc = told(account, "network")?.remove("VpcId").context("there is no VPC")?;
    // CloudFront makes it as soon as it has a way into the VPC.
    let group = ["ec2", "create-security-group", "--group-name", "CloudFront-VPCOrigins-Service-SG"];
    let group = account.ask(&[&group[..], &["--description", "CloudFront's", "--vpc-id", &vpc]].concat())?;
    let bus = parameters(account, "socket")?.remove("BusUrlArn");
    let set = ["--set", "socket.MinTasks=3", "--set", "BusNumberB=2", "--firewall", "off"];
    let said = says(&mut account.xtask(&[&["up"][..], &set].concat()))?;
    let mut changed = outcomes(&said);
    changed.retain(|_, outcome| *outcome != "as it should be");
    let expected = ["hubbub-edge", "hubbub-engines", "hubbub-network", "hubbub-socket"];
    ensure!(changed.into_keys().eq(expected), "{said}");
    ensure!(said.contains("hubbub-firewall goes"), "{said}");
    ensure!(parameters(account, "edge")?["WebAclArn"] == "none", "the edge has its firewall");
    let network = parameters(account, "network")?;
    ensure!(group["GroupId"] == *network["CloudFrontOriginGroup"], "the network was told {network:?}");
    let socket = parameters(account, "socket")?;
    ensure!(socket["MinTasks"] == "3" && socket["LogDays"] == "7", "the nodes were told {socket:?}");
    // It is the other password that was made anew.
    let bus = bus.filter(|it| socket["BusUrlArn"] == *it).context("the nodes were told another bus")?;
    account.ask(&["secretsmanager", "get-secret-value", "--secret-id", &bus])?;
    Ok(())
}

fn secrets(account: &Account) -> Result<()> {
    let refused = |set: &[&str], why| {
        let told = set.iter().flat_map(|it| ["--set", it]);
        fails(&mut account.xtask(&["up"].into_iter().chain(told).collect::<Vec<_>>()), &[why])
    };
    refused(&["EdgeNumberA=2"], "EdgeNumberA stays while EdgeSecret is A")?;
    refused(&["EdgeNumberB=2", "EdgeSecret=B"], "are two runs")?;
    refused(&["AddressRange=10.62"], "AddressRange stays 10.61")?;
    let readers = ["hubbub-edge", "hubbub-foundation", "hubbub-search", "hubbub-socket", "hubbub-web"];
    let before = known(account)?;
    anew(account, "EdgeNumberB=2", &readers)?;
    let now = known(account)?;
    ensure!(now[0] == before[0] && now[1] != before[1], "of {before:?} there is {now:?}");
    anew(account, "EdgeSecret=B", &readers[..1])?;
    anew(account, "EdgeNumberA=2", &readers)?;
    let last = known(account)?;
    ensure!(last[0] != now[0] && last[1] == now[1], "of {now:?} there is {last:?}");
    Ok(())
}

/// Does `up` with one thing told, and looks at what is changed by that.
fn anew(account: &Account, set: &str, expected: &[&str]) -> Result<()> {
    let arn = told(account, "foundation")?.remove("EdgeSecretsArn");
    let said = says(&mut account.xtask(&["up", "--set", set]))?;
    let mut changed = outcomes(&said);
    changed.retain(|_, outcome| *outcome != "as it should be");
    ensure!(changed.into_keys().eq(expected.iter().copied()), "{set}: {said}");
    ensure!(told(account, "foundation")?.remove("EdgeSecretsArn") == arn, "{set}: what is read is elsewhere");
    Ok(())
}

/// Both secrets of the edge, which the search knows as tasks do.
fn known(account: &Account) -> Result<[String; 2]> {
    let arn = told(account, "foundation")?.remove("EdgeSecretsArn").context("there are no secrets")?;
    let both = account.ask(&["secretsmanager", "get-secret-value", "--secret-id", &arn])?;
    let search =
        account.ask(&["lambda", "get-function-configuration", "--function-name", "hubbub-search"])?;
    let both = both["SecretString"].as_str().context("there is no secret")?;
    let known = &search["Environment"]["Variables"]["HUBBUB_EDGE_SECRETS"];
    ensure!(known == both, "the search knows {known}, where {both} hold");
    let (a, b) = both.split_once(',').context("there are not two")?;
    Ok([a.to_owned(), b.to_owned()])
}

fn status(account: &Account) -> Result<()> {
    let said = says(&mut account.xtask(&["status"]))?;
    for name in stack_names()? {
        let line = said.lines().find(|it| it.split(' ').next() == Some(name.as_str()));
        let is_there = line.is_some_and(|it| it.ends_with("_COMPLETE"));
        ensure!(is_there == (name != "firewall"), "{name} is missing in {said}, or should be");
    }
    ensure!(said.contains("Hubbub is at https://") && said.contains("--set AlarmEmail="), "{said}");
    ensure!(!said.contains("deploy up` makes"), "{said}");
    ensure!(said.contains("--firewall off --set LogDays=7 --set socket.MinTasks=3"), "{said}");
    for task in ["hubbub-commands", "hubbub-index"] {
        let line = said.lines().find(|it| it.contains(&format!("--task-definition {task} ")));
        let line = line.with_context(|| format!("nothing is said of {task}: {said}"))?;
        account.understands(line)?;
        account.ask(&["ecs", "describe-task-definition", "--task-definition", task])?;
    }
    let line = "aws logs tail /hubbub/commands --region eu-central-1 --since 10m --follow";
    ensure!(said.lines().any(|it| it.trim() == line), "nothing is said of what commands say: {said}");
    // The first version of AWS's command line, which is asked here, cannot do that.
    let words = ["logs", "describe-log-groups", "--log-group-name-prefix", "/hubbub/commands"];
    ensure!(account.count(&words, "logGroups")? == 1, "nothing is said there");
    Ok(())
}

fn down(account: &Account) -> Result<()> {
    fails(&mut account.xtask(&["down"]), &["hubbub-edge", "The tables stay", "Nothing is deleted."])?;
    let cluster = told(account, "balancer")?.remove("ClusterName").context("there is no cluster")?;
    let start = |family| {
        // The mock starts none of ours, but any of the same family.
        let container = r#"[{"name":"any","image":"any","memory":128}]"#;
        let register = ["ecs", "register-task-definition", "--family", family, "--container-definitions"];
        account.ask(&[&register[..], &[container]].concat())?;
        let run = ["ecs", "run-task", "--cluster", &cluster, "--launch-type", "FARGATE", "--task-definition"];
        let started = account.ask(&[&run[..], &[family]].concat())?;
        started["tasks"][0]["taskArn"].as_str().map(str::to_owned).context("nothing was started")
    };
    let started = [start("hubbub-commands")?, start("hubbub-index")?];
    let said = says(&mut account.xtask(&["down", "--yes"]))?;
    let words = ["ecs", "describe-tasks", "--cluster", &cluster, "--tasks", &started[0], &started[1]];
    let tasks = account.ask(&words)?;
    let tasks = tasks["tasks"].as_array().context("nothing is said of the tasks")?;
    ensure!(tasks.len() == 2 && tasks.iter().all(|it| it["desiredStatus"] == "STOPPED"), "{tasks:?}");
    let again = "--firewall off --set LogDays=7 --set socket.MinTasks=3";
    ensure!(said.contains(again), "{said}");
    let left = account.ask(&["cloudformation", "describe-stacks"])?;
    ensure!(
        left["Stacks"][0]["StackName"] == "hubbub-tables" && left["Stacks"][1].is_null(),
        "{left} are left"
    );
    nothing_but_tables(account)
}

fn up_with_tables(account: &Account) -> Result<()> {
    let stream = told(account, "tables")?.remove("MessagesStreamArn");
    account.ask(&["cloudformation", "delete-stack", "--stack-name", "hubbub-tables"])?;
    let item = r#"{"room":{"S":"general"},"first":{"N":"1"}}"#;
    account.ask(&["dynamodb", "put-item", "--table-name", "hubbub-messages", "--item", item])?;
    let said = says(&mut account.xtask(&["up"]))?;
    ensure!(said.contains("`indexer rebuild`") && said.contains("--task-definition hubbub-index"), "{said}");
    ensure!(outcomes(&said).get("hubbub-tables") == Some(&"taken up"), "{said}");
    ensure!(told(account, "tables")?.remove("MessagesStreamArn") == stream, "the stream is another one");
    all_are_well(account)
}

fn down_with_tables(account: &Account) -> Result<()> {
    says(&mut account.xtask(&["down", "--yes", "--tables"]))?;
    nothing_is_left(account)
}

/// That nothing is left at all.
pub(super) fn nothing_is_left(account: &Account) -> Result<()> {
    let n = account.count(&["cloudformation", "describe-stacks"], "Stacks")?;
    ensure!(n == 0, "{n} stacks are left");
    let n = account.count(&["dynamodb", "list-tables"], "TableNames")?;
    ensure!(n == 0, "{n} tables are left");
    nothing_but_tables(account)
}

/// That nothing is left that costs anything.
fn nothing_but_tables(account: &Account) -> Result<()> {
    for (words, list, n) in [
        // An account begins with one.
        (&["ec2", "describe-vpcs"][..], "Vpcs", 1),
        (&["ecr", "describe-repositories"], "repositories", 0),
        (&["s3api", "list-buckets"], "Buckets", 0),
        (&["secretsmanager", "list-secrets"], "SecretList", 0),
        (&["logs", "describe-log-groups"], "logGroups", 0),
        (&["lambda", "list-functions"], "Functions", 0),
        (&["elbv2", "describe-load-balancers"], "LoadBalancers", 0),
        // ECS's own stays: it is the account's.
        (&["iam", "list-roles"], "Roles", 1),
        (&["sqs", "list-queues"], "QueueUrls", 0),
        // Those of the scaling the mock makes itself, and forgets.
        (&["cloudwatch", "describe-alarms", "--alarm-name-prefix", "Errors"], "MetricAlarms", 0),
    ] {
        let left = account.count(words, list)?;
        ensure!(left == n, "{left} are left of {}", words.join(" "));
    }
    Ok(())
}

pub(super) fn all_are_well(account: &Account) -> Result<()> {
    for name in stack_names()? {
        // Two are elsewhere.
        if !["edge-alarms", "firewall"].contains(&name.as_str()) {
            let status = &described(account, &name)?["StackStatus"];
            ensure!(status.as_str().is_some_and(|it| it.ends_with("_COMPLETE")), "{name} is {status}");
        }
    }
    Ok(())
}

/// What `up` says of each stack, the last time.
pub(super) fn outcomes(said: &str) -> BTreeMap<&str, &str> {
    let mut outcomes = BTreeMap::new();
    let mut now = None;
    for line in said.lines() {
        match (line.strip_prefix('[').and_then(|it| it.split_once("] ")), now) {
            (Some((_, name)), _) => {
                now = name.starts_with("hubbub-").then_some(name).filter(|it| !it.contains(':'));
            }
            (None, Some(name))
                if ["created", "changed", "taken up", "as it should be"].contains(&line.trim()) =>
            {
                let before = outcomes.insert(name, line.trim());
                // Of two times, what was done counts.
                if line.trim() == "as it should be" {
                    outcomes.extend(before.map(|before| (name, before)));
                }
            }
            _ => {}
        }
    }
    outcomes
}

fn described(account: &Account, stack: &str) -> Result<Value> {
    let name = format!("hubbub-{stack}");
    let mut answer = account.ask(&["cloudformation", "describe-stacks", "--stack-name", &name])?;
    Ok(answer["Stacks"][0].take())
}

/// What a stack tells.
pub(super) fn told(account: &Account, stack: &str) -> Result<BTreeMap<String, String>> {
    Ok(map(&described(account, stack)?["Outputs"], "OutputKey", "OutputValue"))
}

/// What it was told.
pub(super) fn parameters(account: &Account, stack: &str) -> Result<BTreeMap<String, String>> {
    Ok(map(&described(account, stack)?["Parameters"], "ParameterKey", "ParameterValue"))
}

fn map(list: &Value, key: &str, value: &str) -> BTreeMap<String, String> {
    let text = |it: &Value| it.as_str().map(str::to_owned);
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|it| Some((text(&it[key])?, text(&it[value])?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_stack_that_is_deployed_twice_what_was_done_counts() {
        let said = "[1/4] hubbub-edge\n    changed\n[1/4] hubbub-edge: 3.1 s\n[2/4] The image of app\n[3/4] hubbub-web\n    \
                    as it should be\n[4/4] hubbub-edge\n    as it should be\nHubbub is at\n";

        let outcomes = outcomes(said);

        let expected = [("hubbub-edge", "changed"), ("hubbub-web", "as it should be")];
        assert_eq!(outcomes, BTreeMap::from(expected));
    }
}
