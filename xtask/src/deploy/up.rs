//! `cargo xtask deploy up`: makes what is missing, changes what is not as it should be, and says where Hubbub is.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::{Args, ValueEnum};

use super::{
    Installation,
    artefacts::{self, Build, IMAGES},
    aws::Aws,
    checks::{self, Account, Tools},
    cloudformation::{self, Outcome, Stack, Wanted},
    found,
    parameters::{Given, resolve, value},
    refused, rules, runner,
    stacks::{Place, Stacks},
};
use crate::ui::{self, Steps};

/// The stack after which there is room for what is built.
const ROOM: &str = "foundation";

/// The stack that there may be or not.
const FIREWALL: &str = "firewall";

/// What an index that is new has to be given by a command: the stream keeps a day.
const BEHIND: &str = "The index is new, and there are messages of before: until `indexer rebuild` has given it all of them, \
                      searches find those of the last day alone. That is started so:";

/// What to make.
#[derive(Args)]
#[command(after_help = "\
Parameters are those of the templates, which deploy/README.md lists:

    cargo xtask deploy up --set SignUp=invite --set socket.MinTasks=3 --set AlarmEmail=ada@example.org

What a stack has been told stays, so it has to be said once. After a failure the same command goes on
where it ended.")]
pub(crate) struct Options {
    #[command(flatten)]
    installation: Installation,
    /// Tells all stacks that have it, or one, a parameter.
    #[arg(long, value_name = "[STACK.]NAME=VALUE")]
    set: Vec<String>,
    /// Whether a firewall stands before the edge: on, unless it was off before.
    #[arg(long, value_enum)]
    firewall: Option<Firewall>,
    /// Prints what would be done, and asks nobody: it needs no credentials.
    #[arg(long)]
    plan: bool,
}

/// Whether there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Firewall {
    On,
    Off,
}

/// Makes it.
pub(crate) fn run(options: &Options) -> Result<()> {
    let stacks = Stacks::read()?;
    let given = Given::parse(&options.set, &stacks)?;
    let prefix = options.installation.prefix(&stacks)?;
    if options.plan {
        return plan(&stacks, &given, prefix, options.firewall);
    }
    let start = Instant::now();
    let tools = checks::tools()?;
    let Account { aws, number } = checks::account(options.installation.region.as_deref())?;
    ui::say(format_args!("The account {number}, in {}.", aws.region));
    let mut work = Work {
        stacks: &stacks,
        given,
        firewall: options.firewall,
        prefix,
        tools,
        aws,
        found: BTreeMap::new(),
        made: BTreeMap::new(),
        is_index_behind: false,
    };
    work.look()?;
    let origin = work
        .run()
        .map_err(|why| anyhow!("{why:#}\n\nOnce that is mended, the same command goes on from here."));
    // Also where it ended half way: the next run finds the index there, and cannot tell.
    if work.is_index_behind {
        let line = work.made.get("commands").and_then(|it| it.outputs.get("IndexLine"));
        let line = line.map_or("once all of it is made, as `cargo xtask deploy status` says", String::as_str);
        ui::say(format_args!("{BEHIND}\n    {line}"));
    }
    let origin = origin?;
    ui::say(format_args!("Hubbub is at {origin} after {}.", ui::minutes(start.elapsed())));
    ui::say(format_args!(
        "`cargo xtask deploy status --prefix {prefix} --region {}` says how commands are started, as the one that makes the \
         first member, and what is left to do.",
        work.aws.region
    ));
    Ok(())
}

/// What is to be done, in order.
#[derive(Clone, Copy)]
enum Step<'a> {
    Stack(&'a Place),
    /// The image of this program.
    Image(usize),
    Functions,
    Assets,
}

fn steps(stacks: &Stacks, is_without_firewall: bool) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let is_left_out = |it: &&Place| is_without_firewall && it.stack == FIREWALL;
    for place in stacks.places.iter().filter(|it| !is_left_out(it)) {
        steps.push(Step::Stack(place));
        if place.stack == ROOM {
            steps.extend((0..IMAGES.len()).map(Step::Image));
            steps.extend([Step::Assets, Step::Functions]);
        }
    }
    steps
}

impl Step<'_> {
    fn name(self, prefix: &str) -> String {
        match self {
            Self::Stack(place) => format!("{prefix}-{}", place.stack),
            Self::Image(n) => format!("The image of {}", IMAGES[n].0),
            Self::Functions => "The functions".to_owned(),
            Self::Assets => "What browsers load".to_owned(),
        }
    }
}

struct Work<'a> {
    stacks: &'a Stacks,
    given: Given,
    firewall: Option<Firewall>,
    prefix: &'a str,
    tools: Tools,
    aws: Aws,
    /// What was found out so far.
    found: BTreeMap<String, String>,
    /// The stacks as they are.
    made: BTreeMap<String, Stack>,
    /// Whether there are messages that the index was never given.
    is_index_behind: bool,
}

impl Work<'_> {
    /// Looks at what there is, and whether what is wanted can come of it, while nothing is changed.
    fn look(&mut self) -> Result<()> {
        self.made = cloudformation::all(&self.aws, self.stacks, self.prefix)?;
        self.found.insert("Prefix".to_owned(), self.prefix.to_owned());
        let mut objections = refused::objections(self.stacks, &self.given, &self.made);
        objections.extend(of_rules(self.stacks, &self.given, &self.found, &self.made)?);
        ensure!(
            objections.is_empty(),
            "This cannot be, so nothing was changed:\n- {}",
            objections.join("\n- ")
        );
        Ok(())
    }

    /// Does all of it, and returns the address.
    fn run(&mut self) -> Result<String> {
        let was_off = self.made.contains_key("edge") && !self.made.contains_key(FIREWALL);
        let is_off = self.firewall.map_or(was_off, |it| it == Firewall::Off);
        let steps = steps(self.stacks, is_off);
        if is_off {
            self.found.insert("WebAclArn".to_owned(), "none".to_owned());
        }
        let build = Build::of(&architecture(self.stacks, &self.given, &self.made)?)?;
        found::make_role_of_ecs(&self.aws)?;
        let mut said = Steps::new(steps.len());
        for step in steps {
            said.step(&step.name(self.prefix), || self.step(step, &build))?;
        }
        if let (true, Some(stack)) = (is_off, self.made.get(FIREWALL)) {
            self.take_away_firewall(stack)?;
        }
        let origin = self.made.get("edge").and_then(|it| it.outputs.get("Origin"));
        origin.cloned().context("the edge tells no address")
    }

    /// The edge has let go of it by now.
    fn take_away_firewall(&self, stack: &Stack) -> Result<()> {
        let place =
            self.stacks.places.iter().find(|it| it.stack == FIREWALL).context("there is a firewall")?;
        let name = format!("{}-{FIREWALL}", self.prefix);
        ui::say(format_args!("{name} goes."));
        cloudformation::delete(&place.aws(&self.aws), &name, &stack.id)
    }

    fn step(&mut self, step: Step<'_>, build: &Build) -> Result<()> {
        match step {
            Step::Stack(place) => {
                let outcome = self.stack(place)?;
                ui::say(format_args!("    {}", told(outcome)));
            }
            Step::Image(n) => {
                let (target, repository, parameter) = IMAGES[n];
                let repository = self.of_room(repository)?;
                let image = artefacts::image(&self.aws, &self.tools, build, target, &repository)?;
                self.found.insert(parameter.to_owned(), image);
            }
            Step::Assets => {
                artefacts::assets(&self.aws, &self.tools, build, &self.of_room("AssetsBucket")?)?;
            }
            Step::Functions => {
                artefacts::functions(&self.aws, &self.tools, build, &self.of_room("ArtefactsBucket")?)?;
                for (function, parameter) in [("indexer", "IndexerKey"), ("search", "SearchKey")] {
                    self.found.insert(parameter.to_owned(), build.key(function));
                }
            }
        }
        Ok(())
    }

    /// Brings a stack to what it should be.
    fn stack(&mut self, place: &Place) -> Result<Outcome> {
        let aws = place.aws(&self.aws);
        let name = format!("{}-{}", self.prefix, place.stack);
        let there = cloudformation::ready(&aws, &name, self.made.remove(&place.stack))?;
        self.made.extend(there.clone().map(|it| (place.stack.clone(), it)));
        if place.stack == "network" {
            self.found.extend(found::for_network(&aws, &self.made)?);
        }
        let parameters = resolve(&place.stack, self.stacks, &self.given, &self.found, &self.made)?;
        let template = &self.stacks.templates[&place.stack];
        let wanted = Wanted {
            name: &name,
            template: &template.text,
            parameters: &parameters,
            prefix: self.prefix,
            home: &self.aws.region,
        };
        let outcome = match there {
            None if place.kept => self.take_up(&aws, &wanted, place)?,
            there => cloudformation::deploy(&aws, &wanted, there.as_ref())?,
        };
        if place.stack == "engines" && outcome == Outcome::Created {
            self.is_index_behind = found::has_messages(&aws, self.prefix)?;
        }
        if outcome != Outcome::Same {
            let now = cloudformation::one(&aws, &name)?.with_context(|| format!("{name} is gone"))?;
            self.made.insert(place.stack.clone(), now);
        }
        if let ("web", Some(web)) = (place.stack.as_str(), self.made.get("web")) {
            runner::keep_logs(&aws, self.prefix, web)?;
        }
        Ok(outcome)
    }

    /// Makes a stack of what its predecessor has left; what that had not is made.
    fn take_up(&self, aws: &Aws, wanted: &Wanted<'_>, place: &Place) -> Result<Outcome> {
        let template = &self.stacks.templates[&place.stack];
        let kept = found::kept(aws, template, self.prefix)?;
        if kept.is_empty() {
            return cloudformation::deploy(aws, wanted, None);
        }
        ui::say(format_args!("    Tables of before are there: {} of them are taken up.", kept.len()));
        let template = found::template_of(template, &kept);
        let of_these = Wanted { template: &template, ..*wanted };
        let outcome = cloudformation::import(aws, &of_these, &found::to_take_up(&kept))?;
        let there = cloudformation::one(aws, wanted.name)?;
        cloudformation::deploy(aws, wanted, there.as_ref()).map(|_| outcome)
    }

    /// What the stack in which there is room for it says.
    fn of_room(&self, output: &str) -> Result<String> {
        let value = self.made.get(ROOM).and_then(|it| it.outputs.get(output));
        value.cloned().with_context(|| format!("the stack {ROOM} tells no {output}"))
    }
}

/// What does not go together in what stacks would be told.
fn of_rules(
    stacks: &Stacks,
    given: &Given,
    found: &BTreeMap<String, String>,
    made: &BTreeMap<String, Stack>,
) -> Result<Vec<String>> {
    let mut objections = Vec::new();
    for (stack, template) in &stacks.templates {
        let value = |name: &str| value((stack, name), stacks, given, found, made);
        let of_stack = rules::objections(template, &value)?;
        objections.extend(of_stack.into_iter().map(|it| format!("{stack}: {it}")));
    }
    Ok(objections)
}

/// For which processors is built.
fn architecture(stacks: &Stacks, given: &Given, made: &BTreeMap<String, Stack>) -> Result<String> {
    let given = given.get("socket", "Architecture").map(str::to_owned);
    let before = || made.values().find_map(|it| it.parameters.get("Architecture")).cloned();
    let default = || stacks.templates["socket"].parameters["Architecture"].default.clone();
    given.or_else(before).or_else(default).context("no processors are named")
}

fn told(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "changed",
        Outcome::Imported => "taken up",
        Outcome::Same => "as it should be",
    }
}

/// Says what would be done.
fn plan(stacks: &Stacks, given: &Given, prefix: &str, firewall: Option<Firewall>) -> Result<()> {
    let is_off = firewall == Some(Firewall::Off);
    let build = Build::of(&architecture(stacks, given, &BTreeMap::new())?)?;
    ui::say(format_args!("This would be done, where it is not done already, for {}:\n", build.architecture));
    let mut seen = BTreeSet::new();
    for (n, step) in steps(stacks, is_off).into_iter().enumerate() {
        let what = match step {
            Step::Stack(place) if !seen.insert(&place.stack) => {
                "once more, where what came since has to be told to it".to_owned()
            }
            Step::Stack(place) => {
                let template = &stacks.templates[&place.stack];
                let region = place.region.as_ref().map(|it| format!(" in {it}")).unwrap_or_default();
                let n = template.resources().count();
                format!(
                    "up to {n} resources of deploy/{}.yaml{region}\n      {}",
                    place.stack,
                    template.description()
                )
            }
            Step::Image(_) => format!("built by docker and pushed as {}", build.tag),
            Step::Functions => format!("built by cargo-lambda and uploaded as {}", build.key("*")),
            Step::Assets => "built by docker and uploaded below pkg/".to_owned(),
        };
        ui::say(format_args!("{:>4}. {}: {what}", n + 1, step.name(prefix)));
    }
    if is_off {
        ui::say(format_args!("\n{prefix}-{FIREWALL} would go, where it is there."));
    }
    let lines: Vec<_> = given.lines().collect();
    let lines = if lines.is_empty() { "nothing but the defaults".to_owned() } else { lines.join(", ") };
    ui::say(format_args!("\nThe stacks would be told, beside what they have been told before: {lines}."));
    let objections = of_rules(stacks, given, &BTreeMap::new(), &BTreeMap::new())?;
    if !objections.is_empty() {
        ui::say(format_args!(
            "\nThat cannot be, unless they have been told something else before:\n- {}",
            objections.join("\n- ")
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_there_before_anybody_is_told_of_it() {
        let stacks = Stacks::read().unwrap();
        let names: Vec<_> = steps(&stacks, false).into_iter().map(|it| it.name("chat")).collect();
        let place = |name: &str| names.iter().position(|it| it == name).unwrap();

        assert!(place("chat-foundation") < place("The image of app"));
        assert!(place("The functions") < place("chat-search"));
        assert!(place("The image of socket-server") < place("chat-socket"));
        assert!(place("What browsers load") < place("chat-web"));
        assert!(place("The image of commands") < place("chat-commands"));
    }

    #[test]
    fn a_firewall_that_is_not_wanted_is_not_made() {
        let stacks = Stacks::read().unwrap();
        let with = |is_off| steps(&stacks, is_off).into_iter().map(|it| it.name("chat")).collect::<Vec<_>>();

        let (all, without) = (with(false), with(true));

        assert!(all.contains(&"chat-firewall".to_owned()));
        assert!(without.iter().eq(all.iter().filter(|it| *it != "chat-firewall")));
    }
}
