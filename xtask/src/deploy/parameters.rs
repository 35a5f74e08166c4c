//! What stacks are told: by whoever deploys, by each other, and by what they have been told before.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};

use super::{cloudformation::Stack, stacks::Stacks};

/// What `up` finds out by itself, and tells to whoever has a parameter of that name.
pub(crate) const FOUND: [&str; 10] = [
    "Prefix",
    "ZoneA",
    "ZoneB",
    "CloudFrontPrefixList",
    "CloudFrontOriginGroup",
    "IndexerKey",
    "SearchKey",
    "SocketImage",
    "WebImage",
    "CommandsImage",
];

/// What is the same for all stacks that have it.
pub(crate) const COMMON: [&str; 4] = ["Architecture", "KeyArn", "LogDays", "LogFilter"];

/// What was given on the command line: values by stack and parameter.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Given(BTreeMap<(String, String), String>);

impl Given {
    /// Reads `Name=value`, meant for all stacks that have it, and `stack.Name=value`.
    ///
    /// # Errors
    /// Names everything that cannot be, at once.
    pub(crate) fn parse(words: &[String], stacks: &Stacks) -> Result<Self> {
        let mut given = Self::default();
        let mut objections = Vec::new();
        for word in words {
            if let Err(objection) = given.add(word, stacks) {
                objections.push(format!("--set {word}: {objection}"));
            }
        }
        ensure!(objections.is_empty(), "{}", objections.join("\n"));
        Ok(given)
    }

    fn add(&mut self, word: &str, stacks: &Stacks) -> Result<()> {
        let (place, value) =
            word.split_once('=').context("it is written as Name=value or stack.Name=value")?;
        let (stack, name) = place.split_once('.').map_or((None, place), |(stack, name)| (Some(stack), name));
        ensure!(name != "Prefix", "it is given as --prefix {value}");
        ensure!(!FOUND.contains(&name), "that is found out");
        if let Some(teller) = stacks.teller(name) {
            anyhow::bail!("the stack {teller} tells it");
        }
        let is_meant = |it: &str| stack.is_none_or(|stack| stack == it);
        let is_one_for_all = stack.is_some() && COMMON.contains(&name);
        ensure!(!is_one_for_all, "it is the same for all stacks: write {name}={value}");
        let mut has_any = false;
        for (stack, template) in stacks.templates.iter().filter(|(stack, _)| is_meant(stack)) {
            let Some(parameter) = template.parameters.get(name) else { continue };
            has_any = true;
            if let Some(objection) = parameter.objection(value) {
                anyhow::bail!("it {objection}");
            }
            self.0.insert((stack.clone(), name.to_owned()), value.to_owned());
        }
        let whose = stack.map_or("no stack has a".to_owned(), |stack| {
            format!("the stack {stack} does not exist, or has no")
        });
        ensure!(
            has_any,
            "{whose} parameter of that name: deploy/*.yaml have them all. One of another version is left out"
        );
        Ok(())
    }

    /// The value for a stack's parameter.
    pub(crate) fn get(&self, stack: &str, name: &str) -> Option<&str> {
        self.0.get(&(stack.to_owned(), name.to_owned())).map(String::as_str)
    }

    /// What was given, to be read.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|((stack, name), value)| format!("{stack}.{name}={value}"))
    }
}

/// What a stack is told: what is given, else what is found out or told by other stacks, else what it was told before, else
/// what others of the installation were told, where that is the same for all, else the default.
///
/// # Errors
/// Names what nobody tells.
pub(crate) fn resolve(
    stack: &str,
    stacks: &Stacks,
    given: &Given,
    found: &BTreeMap<String, String>,
    made: &BTreeMap<String, Stack>,
) -> Result<BTreeMap<String, String>> {
    let template = &stacks.templates[stack];
    let value = |name: &String| {
        let value = value((stack, name), stacks, given, found, made);
        let value = value.with_context(|| format!("nobody tells {name} to the stack {stack}"))?;
        Ok((name.clone(), value))
    };
    template.parameters.keys().map(value).collect()
}

/// What one of them is, if it is known by now.
pub(crate) fn value(
    (stack, name): (&str, &str),
    stacks: &Stacks,
    given: &Given,
    found: &BTreeMap<String, String>,
    made: &BTreeMap<String, Stack>,
) -> Option<String> {
    let told_before = |stack: &str, name: &str| made.get(stack)?.parameters.get(name).cloned();
    let told_to_any = || {
        let mut others = made.keys().filter(|_| COMMON.contains(&name));
        others.find_map(|other| told_before(other, name))
    };
    let output = || made.values().find_map(|it| it.outputs.get(name)).cloned();
    let value = given.get(stack, name).map(str::to_owned);
    let value = value.or_else(|| found.get(name).cloned()).or_else(output);
    let value = value.or_else(|| told_before(stack, name)).or_else(told_to_any);
    value.or_else(|| stacks.templates[stack].parameters.get(name)?.default.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_means_every_stack_that_has_it() {
        let given = parse(&["Cpu=512", "socket.MinTasks=3", "LogDays=7"]).unwrap();

        assert_eq!(given.get("socket", "Cpu"), Some("512"));
        assert_eq!(given.get("web", "Cpu"), Some("512"));
        assert_eq!(given.get("socket", "MinTasks"), Some("3"));
        assert_eq!(given.get("web", "MinTasks"), None);
        assert_eq!(given.get("search", "LogDays"), Some("7"));
    }

    #[test]
    fn everything_that_cannot_be_is_named_at_once() {
        let words =
            ["Egress=boat", "Weather=fine", "socket.LogDays=7", "Origin=https://a.b", "Prefix=x", "Cpu"];

        let why = parse(&words).unwrap_err().to_string();

        assert_eq!(why.lines().count(), words.len(), "{why}");
        assert!(why.contains("--set Egress=boat: it may be public-address, endpoints, nat"), "{why}");
        assert!(why.contains("--set Origin=https://a.b: the stack edge tells it"), "{why}");
        assert!(why.contains("--set Weather=fine: no stack has a parameter of that name"), "{why}");
        assert!(why.contains("write LogDays=7"), "{why}");
    }

    #[test]
    fn what_was_told_before_stays_until_it_is_told_anew() {
        let stacks = Stacks::read().unwrap();
        let web = told([("SignUp", "closed"), ("LogDays", "7"), ("WebImage", "old:1")], []);
        let edge = told([], [("Origin", "https://chat.example")]);
        let news = [("BusUrlArn", "arn:bus"), ("BusNumbers", "serverless-a-1"), ("EdgeNumbers", "1-1")];
        let engines = told([("KeyArn", "arn:aws:kms:eu-central-1:1:key/1")], news);
        let others =
            ["TaskSubnets", "PrivateSubnets", "TasksGroup", "ClusterName", "WebTargetsArn", "EdgeSecretsArn"];
        let network = told([], others.map(|name| (name, "x")));
        let made: BTreeMap<_, _> =
            [("web", web), ("edge", edge), ("engines", engines), ("network", network)].map(named).into();
        let found: BTreeMap<_, _> = [("WebImage".to_owned(), "new:2".to_owned())].into();

        let now = resolve("web", &stacks, &parse(&["LogDays=14"]).unwrap(), &found, &made).unwrap();

        assert_eq!(now["SignUp"], "closed");
        assert_eq!(now["LogDays"], "14");
        assert_eq!(now["WebImage"], "new:2");
        assert_eq!(now["Origin"], "https://chat.example");
        assert_eq!(now["KeyArn"], "arn:aws:kms:eu-central-1:1:key/1");
        assert_eq!(now["GuestAccess"], "on");
    }

    #[test]
    fn what_nobody_tells_is_named() {
        let stacks = Stacks::read().unwrap();

        let why = resolve("balancer", &stacks, &Given::default(), &BTreeMap::new(), &BTreeMap::new());

        let why = why.unwrap_err().to_string();
        assert!(why.ends_with("to the stack balancer"), "{why}");
    }

    fn parse(words: &[&str]) -> Result<Given> {
        let words: Vec<_> = words.iter().map(|it| (*it).to_owned()).collect();
        Given::parse(&words, &Stacks::read().unwrap())
    }

    fn named((name, stack): (&str, Stack)) -> (String, Stack) {
        (name.to_owned(), stack)
    }

    fn told<const N: usize, const M: usize>(
        parameters: [(&str, &str); N],
        outputs: [(&str, &str); M],
    ) -> Stack {
        let map = |entries: &[(&str, &str)]| {
            entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Stack { parameters: map(&parameters), outputs: map(&outputs), ..Stack::default() }
    }
}
