//! A second life, with everything chosen otherwise than it is without being told.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::{
    account::{Account, fails, says},
    life::{all_are_well, nothing_is_left, outcomes, parameters, told},
};
use crate::test::{Tally, checks::in_turn};

const DOMAIN: &str = "chat.example.org";

/// What is told beside what the account has made before: a key, and a zone for the name.
const CHOSEN: [&str; 12] = [
    "WebOn=app-runner",
    "Architecture=x86_64",
    "CacheKind=nodes",
    "Egress=nat",
    "Capacity=FARGATE_SPOT",
    "RecoveryDays=7",
    "LogDays=7",
    "SearchConcurrency=5",
    "Domain=chat.example.org",
    "CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/1",
    "AlarmEmail=ada@example.org",
    "PriceClass=PriceClass_All",
];

/// As it is without being told.
const BACK: [&str; 7] = [
    "WebOn=fargate",
    "CacheKind=serverless",
    "Egress=public-address",
    "Domain=none",
    "CertificateArn=none",
    "HostedZoneId=none",
    "AlarmEmail=none",
];

/// Lives it.
pub(super) fn run(account: &Account) -> Tally {
    in_turn(
        "deploy, chosen otherwise",
        &[
            ("up makes what was chosen", &|| up(account)),
            ("up makes what is chosen now, and takes away what was chosen before", &|| back(account)),
            ("down with the tables leaves nothing", &|| down(account)),
        ],
    )
}

fn up(account: &Account) -> Result<()> {
    let key = account.ask(&["kms", "create-key"])?;
    let key = key["KeyMetadata"]["Arn"].as_str().context("there is no key")?;
    let (its_arn, zone) = (format!("KeyArn={key}"), format!("HostedZoneId={}", zone(account)?));
    let said = with(account, CHOSEN.into_iter().chain([its_arn.as_str(), &zone]))?;
    ensure!(said.contains("Hubbub is at https://chat.example.org"), "{said}");
    let built = account.built()?;
    let is_x86 = |line: &String| line.contains("linux/amd64") || line.contains("--x86-64");
    let for_machines = built.iter().filter(|it| !it.contains("--target assets"));
    ensure!(for_machines.clone().count() > 0 && built.iter().all(is_x86), "built was {built:?}");
    all_are_well(account)?;
    let pages = told(account, "web")?.remove("WebDomain").context("the pages are nowhere")?;
    ensure!(
        pages != "none" && parameters(account, "edge")?["WebDomain"] == pages,
        "the edge looks elsewhere"
    );
    ensure!(there(account)? == [1, 1, 1, 4], "what was chosen is not there: {:?}", there(account)?);
    for stack in ["tables", "foundation", "engines", "search", "socket", "web", "operations"] {
        ensure!(parameters(account, stack)?["KeyArn"] == key, "{stack} does not know the key");
    }
    let groups = kept_for(account, "/aws/apprunner/hubbub-app/")?;
    ensure!(groups == [Some(7), Some(7)], "what App Runner logs is kept for {groups:?} days");
    let topic = account.count(&["sns", "list-subscriptions"], "Subscriptions")?;
    ensure!(topic == 1, "{topic} are told of alarms");
    Ok(())
}

fn back(account: &Account) -> Result<()> {
    fails(&mut account.xtask(&["up", "--set", "KeyArn=none"]), &["KeyArn stays arn:aws:kms:"])?;
    let before = bus(account)?;
    let said = with(account, BACK)?;
    let now = bus(account)?;
    ensure!(before.0 == now.0 && before.1 != now.1, "the bus was {before:?}, and is {now:?}");
    let outcomes = outcomes(&said);
    for name in ["hubbub-network", "hubbub-engines", "hubbub-edge", "hubbub-web", "hubbub-operations"] {
        ensure!(outcomes.get(name) == Some(&"changed"), "{name} is as it was: {said}");
    }
    ensure!(said.contains("Hubbub is at https://") && !said.contains("Hubbub is at https://chat"), "{said}");
    ensure!(parameters(account, "edge")?["WebDomain"] == "none", "the edge looks for App Runner");
    ensure!(parameters(account, "web")?["Architecture"] == "x86_64", "what was not told stays");
    ensure!(there(account)? == [0, 0, 2, 2], "what was chosen before is there: {:?}", there(account)?);
    Ok(())
}

fn down(account: &Account) -> Result<()> {
    says(&mut account.xtask(&["down", "--yes", "--tables"]))?;
    ensure!(there(account)? == [0, 0, 0, 2], "this is left: {:?}", there(account)?);
    nothing_is_left(account)
}

/// The secret that says where the bus is, which tasks have, and what it says.
fn bus(account: &Account) -> Result<(String, String)> {
    let (engines, socket) = (told(account, "engines")?, parameters(account, "socket")?);
    for news in ["BusUrlArn", "BusNumbers"] {
        ensure!(engines[news] == socket[news], "the nodes know another {news}");
    }
    let words = ["secretsmanager", "get-secret-value", "--secret-id", &engines["BusUrlArn"]];
    let secret = account.ask(&words)?["SecretString"].as_str().context("there is no secret")?.to_owned();
    Ok((engines["BusUrlArn"].clone(), secret))
}

/// Does `up`, and tells all of it.
fn with<'a>(account: &Account, values: impl IntoIterator<Item = &'a str>) -> Result<String> {
    let told = values.into_iter().flat_map(|it| ["--set", it]);
    says(&mut account.xtask(&["up"].into_iter().chain(told).collect::<Vec<_>>()))
}

/// For how many days the groups of logs are kept whose names begin so.
fn kept_for(account: &Account, below: &str) -> Result<Vec<Option<u64>>> {
    let groups = account.ask(&["logs", "describe-log-groups", "--log-group-name-prefix", below])?;
    let groups = groups["logGroups"].as_array().into_iter().flatten();
    Ok(groups.map(|it| it["retentionInDays"].as_u64()).collect())
}

/// A zone for the name, as somebody has it before.
fn zone(account: &Account) -> Result<String> {
    let words = ["route53", "create-hosted-zone", "--name", DOMAIN, "--caller-reference", "1"];
    let made = account.ask(&words)?;
    let id = made["HostedZone"]["Id"].as_str().context("there is no zone")?;
    Ok(id.trim_start_matches("/hostedzone/").to_owned())
}

/// How many NAT gateways there are, groups of nodes of Valkey, services of ECS, and records in the zone, which begins with two.
fn there(account: &Account) -> Result<[usize; 4]> {
    let kept = |words: &[&str], list: &str, state: &str| {
        let all = account.ask(words)?;
        let is_kept = |it: &&Value| !it[state].as_str().is_some_and(|it| it.starts_with("delet"));
        Ok::<_, anyhow::Error>(all[list].as_array().into_iter().flatten().filter(is_kept).count())
    };
    let gateways = kept(&["ec2", "describe-nat-gateways"], "NatGateways", "State")?;
    // The mock does not come to the end of deleting one.
    let groups = kept(&["elasticache", "describe-replication-groups"], "ReplicationGroups", "Status")?;
    let names = ["hubbub-socket-server", "hubbub-app"];
    let words = ["ecs", "describe-services", "--cluster", "hubbub", "--services"];
    let services = account.ask(&[&words[..], &names].concat())?;
    let services = services["services"].as_array().into_iter().flatten();
    let services = services.filter(|it| it["status"] == "ACTIVE").count();
    let zones = account.ask(&["route53", "list-hosted-zones"])?;
    let zone = zones["HostedZones"][0]["Id"].as_str().context("the zone is gone")?;
    let words = ["route53", "list-resource-record-sets", "--hosted-zone-id", zone];
    let records = account.count(&words, "ResourceRecordSets")?;
    Ok([gateways, groups, services, records])
}
