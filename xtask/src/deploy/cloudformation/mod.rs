//! Stacks as CloudFormation has them: read, brought to what is wanted, waited for, deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{aws::Aws, stacks::Stacks};
use crate::ui;

/// How long until one that changes is looked at again: first soon, then at ease.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];

/// A stack as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stack {
    /// What it is known by, also when it is gone.
    pub(crate) id: String,
    /// CloudFormation's word for how it is: `CREATE_COMPLETE`.
    pub(crate) status: String,
    /// What it was told.
    pub(crate) parameters: BTreeMap<String, String>,
    /// What it tells.
    pub(crate) outputs: BTreeMap<String, String>,
    /// The region of the installation that it belongs to, if it says so.
    pub(crate) home: Option<String>,
}

impl Stack {
    /// Whether it can be changed, where others are made anew.
    pub(crate) fn stands(&self) -> bool {
        !matches!(Way::of(Some(self)), Way::Create | Way::CreateAnew)
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Created,
    Updated,
    /// It has taken up what was there.
    Imported,
    /// It is as it should be already.
    Same,
}

/// What a stack is to be.
pub(crate) struct Wanted<'a> {
    /// Its whole name: `hubbub-edge`.
    pub(crate) name: &'a str,
    pub(crate) template: &'a str,
    pub(crate) parameters: &'a BTreeMap<String, String>,
    /// What its resources are marked with.
    pub(crate) prefix: &'a str,
    /// The region of the installation, which may be another than the stack's own.
    pub(crate) home: &'a str,
}

/// How a stack that is not as it should be is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Create,
    Update,
    /// Takes away what is left of it first.
    CreateAnew,
    /// Something goes on with it.
    Wait,
    /// It has stopped half way on its way back.
    GoOnBack,
}

impl Way {
    /// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html>
    fn of(stack: Option<&Stack>) -> Self {
        let Some(stack) = stack else { return Self::Create };
        match stack.status.as_str() {
            "DELETE_COMPLETE" => Self::Create,
            // No more than a name until a set of changes is carried out.
            "REVIEW_IN_PROGRESS" | "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" | "CREATE_FAILED" | "DELETE_FAILED"
            // Only new stacks take something up, and what they were to take up is kept.
            | "IMPORT_ROLLBACK_COMPLETE" | "IMPORT_ROLLBACK_FAILED" => Self::CreateAnew,
            "UPDATE_ROLLBACK_FAILED" => Self::GoOnBack,
            status if status.ends_with("_IN_PROGRESS") => Self::Wait,
            _ => Self::Update,
        }
    }
}

/// All stacks of an installation, by what comes after its prefix.
///
/// # Errors
/// When AWS does not say, or one of them belongs to an installation elsewhere.
pub(crate) fn all(aws: &Aws, stacks: &Stacks, prefix: &str) -> Result<BTreeMap<String, Stack>> {
    let mut all = BTreeMap::new();
    for region in stacks.regions(&aws.region) {
        let answer = aws.in_region(region).ask(&["cloudformation", "describe-stacks"])?;
        let there = answer["Stacks"].as_array().into_iter().flatten();
        all.extend(there.filter_map(|it| {
            let name = stacks.own(it["StackName"].as_str()?, prefix, (region, &aws.region))?;
            Some((name.to_owned(), stack(it)))
        }));
    }
    for (name, stack) in &all {
        if let Some(home) = stack.home.as_ref().filter(|it| **it != aws.region) {
            bail!(
                "{prefix}-{name} belongs to {prefix} in {home}: give --region {home}, or in {} another --prefix.",
                aws.region
            );
        }
    }
    Ok(all)
}

/// One, by its name or id, if there is one.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn one(aws: &Aws, name: &str) -> Result<Option<Stack>> {
    // The word stands for any question that makes no sense; about a name alone that is that nothing has it.
    let answer =
        aws.ask_unless("ValidationError", &["cloudformation", "describe-stacks", "--stack-name", name])?;
    Ok(answer.as_ref().map(|it| stack(&it["Stacks"][0])))
}

fn stack(told: &Value) -> Stack {
    let map = |list: &str, key: &str, value: &str| -> BTreeMap<String, String> {
        let items = told[list].as_array().into_iter().flatten();
        items.filter_map(|it| Some((it[key].as_str()?.to_owned(), it[value].as_str()?.to_owned()))).collect()
    };
    Stack {
        id: told["StackId"].as_str().unwrap_or_default().to_owned(),
        status: told["StackStatus"].as_str().unwrap_or_default().to_owned(),
        parameters: map("Parameters", "ParameterKey", "ParameterValue"),
        outputs: map("Outputs", "OutputKey", "OutputValue"),
        home: map("Tags", "Key", "Value").remove(MARKS[1]),
    }
}

/// Makes a stack that can be worked with of what there is: waits for what goes on, and takes away what never came to be.
/// Returns it, unless it is to be created.
///
/// # Errors
/// When it cannot.
pub(crate) fn ready(aws: &Aws, name: &str, mut there: Option<Stack>) -> Result<Option<Stack>> {
    loop {
        let way = Way::of(there.as_ref());
        match (way, there) {
            (Way::Update, stack) => return Ok(stack),
            (Way::Create, _) | (_, None) => return Ok(None),
            (Way::Wait, Some(stack)) => there = at_rest(aws, name, stack)?,
            (Way::CreateAnew, Some(stack)) => {
                ui::say(format_args!("    {name} is {}: taking away what is left of it.", stack.status));
                delete(aws, name, &stack.id)?;
                there = None;
            }
            (Way::GoOnBack, Some(stack)) => {
                ui::say(format_args!("    {name} is {}: bringing it back to what it was.", stack.status));
                aws.ask(&["cloudformation", "continue-update-rollback", "--stack-name", name])?;
                there = settled(aws, name, &stack.id)?;
                let is_back = there.as_ref().is_some_and(|it| it.status == "UPDATE_ROLLBACK_COMPLETE");
                ensure!(is_back, "{name} cannot go back to what it was: {}", reasons(aws, &stack.id)?);
            }
        }
    }
}

/// Waits until nothing goes on with a stack, where something does. Returns it, unless it is gone then.
///
/// # Errors
/// When AWS does not say.
pub(crate) fn at_rest(aws: &Aws, name: &str, stack: Stack) -> Result<Option<Stack>> {
    if Way::of(Some(&stack)) != Way::Wait {
        return Ok(Some(stack));
    }
    ui::say(format_args!("    {name} is {}: waiting for its end.", stack.status));
    Ok(settled(aws, name, &stack.id)?.filter(|it| it.status != "DELETE_COMPLETE"))
}

/// Brings a stack to what is wanted. It has to be [`ready`].
///
/// # Errors
/// When it fails, with CloudFormation's reasons; the stack is then as it was.
pub(crate) fn deploy(aws: &Aws, wanted: &Wanted<'_>, there: Option<&Stack>) -> Result<Outcome> {
    let Some(there) = there else {
        carry_out(aws, wanted, "CREATE", json!({}))?;
        return Ok(Outcome::Created);
    };
    let is_told_the_same = there.parameters == *wanted.parameters;
    if is_told_the_same && template_of(aws, wanted.name)? == wanted.template {
        return Ok(Outcome::Same);
    }
    match carry_out(aws, wanted, "UPDATE", json!({}))? {
        true => Ok(Outcome::Updated),
        false => Ok(Outcome::Same),
    }
}

/// Has a new stack take up resources that are there, which are named as CloudFormation wants them.
///
/// # Errors
/// As [`deploy`].
pub(crate) fn import(aws: &Aws, wanted: &Wanted<'_>, resources: &Value) -> Result<Outcome> {
    carry_out(aws, wanted, IMPORT, json!({ "ResourcesToImport": resources }))?;
    Ok(Outcome::Imported)
}

/// Tells a stack in the region of its installation one thing anew, and leaves all else as it is.
///
/// # Errors
/// As [`deploy`].
pub(crate) fn tell(
    aws: &Aws,
    (prefix, stack): (&str, &str),
    there: &Stack,
    (parameter, value): (&str, &str),
) -> Result<()> {
    let name = &format!("{prefix}-{stack}");
    let mut parameters = there.parameters.clone();
    parameters.insert(parameter.to_owned(), value.to_owned());
    let template = template_of(aws, name)?;
    let wanted = Wanted { name, template: &template, parameters: &parameters, prefix, home: &aws.region };
    deploy(aws, &wanted, Some(there)).map(drop)
}

fn template_of(aws: &Aws, name: &str) -> Result<String> {
    let answer = aws.ask(&["cloudformation", "get-template", "--stack-name", name])?;
    Ok(answer["TemplateBody"].as_str().unwrap_or_default().to_owned())
}

/// The marks of what belongs to an installation: its prefix, and its region.
const MARKS: [&str; 2] = ["hubbub", "hubbub-region"];

/// A set of changes that takes something up: it may change nothing else, tags included.
const IMPORT: &str = "IMPORT";

/// What CloudFormation is asked for.
fn request(wanted: &Wanted<'_>, kind: &str, set: &str, more: Value) -> Value {
    let parameters: Vec<_> = wanted.parameters.iter().collect();
    let parameter = |(key, value)| json!({ "ParameterKey": key, "ParameterValue": value });
    let mut request = json!({
        "StackName": wanted.name,
        "ChangeSetName": set,
        "ChangeSetType": kind,
        "TemplateBody": wanted.template,
        "Parameters": parameters.into_iter().map(parameter).collect::<Vec<_>>(),
        "Capabilities": ["CAPABILITY_IAM"],
    });
    if kind != IMPORT {
        // CloudFormation marks everything in it likewise, so that a bill can be told apart.
        let [prefix, home] = MARKS;
        request["Tags"] =
            json!([{ "Key": prefix, "Value": wanted.prefix }, { "Key": home, "Value": wanted.home }]);
    }
    if let (Value::Object(request), Value::Object(more)) = (&mut request, more) {
        request.extend(more);
    }
    request
}

/// Makes a set of changes and carries it out. Tells whether there was anything to change.
fn carry_out(aws: &Aws, wanted: &Wanted<'_>, kind: &str, more: Value) -> Result<bool> {
    let name = wanted.name;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let mut file = tempfile::NamedTempFile::with_suffix(".json")?;
    file.write_all(request(wanted, kind, &format!("xtask-{now}"), more).to_string().as_bytes())?;
    let input = format!("file://{}", file.path().display());
    let made = aws.ask(&["cloudformation", "create-change-set", "--cli-input-json", &input])?;
    let [set, id] = ["Id", "StackId"].map(|key| made[key].as_str().unwrap_or_default());
    let changes = changes(aws, name, set)?;
    if changes["Status"] == "FAILED" {
        let reason = changes["StatusReason"].as_str().unwrap_or_default();
        ensure!(is_nothing(reason), "{name} cannot be changed: {reason}");
        aws.ask(&of_set("delete-change-set", set))?;
        return Ok(false);
    }
    aws.ask(&of_set("execute-change-set", set))?;
    let done = settled(aws, name, id)?.context("the stack is gone")?;
    let is_well = matches!(done.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE");
    ensure!(is_well, "{name} is {}: {}", done.status, reasons(aws, id)?);
    Ok(true)
}

fn of_set<'a>(what: &'a str, set: &'a str) -> [&'a str; 4] {
    ["cloudformation", what, "--change-set-name", set]
}

/// CloudFormation's words for that nothing changes.
///
/// Source: <https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/index.html>, whose own check this is.
fn is_nothing(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// Waits until a set of changes is known.
fn changes(aws: &Aws, stack: &str, set: &str) -> Result<Value> {
    for pause in PAUSES.into_iter().chain(std::iter::repeat(PAUSES[3])).take(120) {
        let changes = aws.ask(&of_set("describe-change-set", set))?;
        if !matches!(changes["Status"].as_str(), Some("CREATE_PENDING" | "CREATE_IN_PROGRESS")) {
            return Ok(changes);
        }
        thread::sleep(pause);
    }
    bail!("CloudFormation does not say what would change in {stack}")
}

/// Waits until nothing goes on with a stack, and says meanwhile which of its resources are done.
fn settled(aws: &Aws, name: &str, id: &str) -> Result<Option<Stack>> {
    let mut seen = BTreeSet::new();
    for pause in PAUSES.into_iter().chain(std::iter::repeat(PAUSES[3])) {
        let Some(stack) = one(aws, id)? else { return Ok(None) };
        if !stack.status.ends_with("_IN_PROGRESS") {
            return Ok(Some(stack));
        }
        for event in events(aws, id)?.iter().rev() {
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            let is_done = text("ResourceStatus").ends_with("_COMPLETE") && text("PhysicalResourceId") != id;
            if seen.insert(text("EventId").to_owned()) && is_done {
                ui::say(format_args!("    {name}: {} {}", text("LogicalResourceId"), text("ResourceStatus")));
            }
        }
        thread::sleep(pause);
    }
    unreachable!("it repeats without an end")
}

/// What has happened last with a stack since somebody wanted something of it, the newest first.
fn events(aws: &Aws, id: &str) -> Result<Vec<Value>> {
    let words = ["cloudformation", "describe-stack-events", "--stack-name", id, "--max-items", "200"];
    let mut answer = aws.ask(&words)?;
    let Value::Array(events) = answer["StackEvents"].take() else { return Ok(Vec::new()) };
    let is_begin =
        |it: &Value| it["PhysicalResourceId"] == id && it["ResourceStatusReason"] == "User Initiated";
    let n = events.iter().position(is_begin).map_or(events.len(), |place| place + 1);
    Ok(events.into_iter().take(n).collect())
}

/// Why it failed, the first cause first. What was only stopped by that says nothing.
fn reasons(aws: &Aws, id: &str) -> Result<String> {
    let events = events(aws, id)?;
    let failed = events
        .iter()
        .rev()
        .filter(|it| it["ResourceStatus"].as_str().is_some_and(|it| it.ends_with("FAILED")));
    let lines = failed.filter_map(|it| {
        let (resource, reason) = (it["LogicalResourceId"].as_str()?, it["ResourceStatusReason"].as_str()?);
        (!reason.contains("cancelled")).then(|| format!("\n    {resource}: {reason}"))
    });
    Ok(lines.collect())
}

/// Deletes a stack, and waits until it is gone.
///
/// # Errors
/// When something of it stays, with the reasons.
pub(crate) fn delete(aws: &Aws, name: &str, id: &str) -> Result<()> {
    aws.ask(&["cloudformation", "delete-stack", "--stack-name", name])?;
    match settled(aws, name, id)? {
        Some(stack) if stack.status != "DELETE_COMPLETE" => {
            bail!("{name} is {}: {}", stack.status, reasons(aws, id)?)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
