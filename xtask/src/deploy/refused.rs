//! What `up` does not do to stacks that are there: it is looked at before anything is changed, as it would end half way, or
//! shut out those that still use what was before.

use std::collections::BTreeMap;

use super::{cloudformation::Stack, parameters::Given, stacks::Stacks};

/// Two secrets of which one is used, while the other can be made anew by counting up its number.
struct Pair {
    /// Which stack makes them.
    stack: &'static str,
    /// The number of each, and its letter.
    numbers: [(&'static str, &'static str); 2],
    /// Which parameter, of which stack, says by its letter which one is used.
    choice: (&'static str, &'static str),
    /// By what others are told that they have to read it anew.
    news: &'static [&'static str],
}

const PAIRS: [Pair; 2] = [
    Pair {
        stack: "foundation",
        numbers: [("EdgeNumberA", "A"), ("EdgeNumberB", "B")],
        choice: ("edge", "EdgeSecret"),
        news: &["EdgeNumbers"],
    },
    Pair {
        stack: "engines",
        numbers: [("BusNumberA", "A"), ("BusNumberB", "B")],
        choice: ("engines", "BusPassword"),
        news: &["BusNumbers", "BusUrlArn"],
    },
];

/// What stays as long as its stack is there: AWS would want other resources for it, whose names are taken.
///
/// Source: `KmsKeyId` and `SubnetIds` of
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-serverlesscache.html>
const STAYS: [(&str, &str); 2] = [("engines", "KeyArn"), ("network", "AddressRange")];

/// Whether a parameter is about secrets that are made by numbers: other stacks would begin anew with them.
pub(crate) fn is_of_secrets(name: &str) -> bool {
    PAIRS.iter().any(|it| it.choice.1 == name || it.numbers.iter().any(|(number, _)| *number == name))
}

/// Why what is given cannot be done to what is there.
pub(crate) fn objections(stacks: &Stacks, given: &Given, made: &BTreeMap<String, Stack>) -> Vec<String> {
    let run = Run { stacks, given, made };
    let mut objections: Vec<_> = STAYS.iter().filter_map(|(stack, name)| run.stays(stack, name)).collect();
    objections.extend(PAIRS.iter().flat_map(|pair| run.of_pair(pair)));
    objections
}

/// What is given, and what is there.
struct Run<'a> {
    stacks: &'a Stacks,
    given: &'a Given,
    made: &'a BTreeMap<String, Stack>,
}

impl Run<'_> {
    /// What a stack that stands was told.
    fn told(&self, stack: &str, name: &str) -> Option<&str> {
        let stack = self.made.get(stack).filter(|it| it.stands())?;
        stack.parameters.get(name).map(String::as_str)
    }

    /// What it was told, where another value is given.
    fn changed(&self, stack: &str, name: &str) -> Option<&str> {
        let (before, now) = (self.told(stack, name)?, self.given.get(stack, name)?);
        (before != now).then_some(before)
    }

    fn stays(&self, stack: &str, name: &str) -> Option<String> {
        let before = self.changed(stack, name)?;
        Some(format!(
            "{name} stays {before} as long as there is the stack {stack}, which cannot be given another one. `down`, which \
             keeps the tables, and then `up` with it make it anew."
        ))
    }

    fn of_pair(&self, pair: &Pair) -> Vec<String> {
        let (stack, choice) = pair.choice;
        let is_counted = |(number, _): &&(&str, &str)| self.changed(pair.stack, number).is_some();
        let counted: Vec<_> = pair.numbers.iter().filter(is_counted).collect();
        let is_chosen = self.changed(stack, choice).is_some();
        let mut objections = Vec::new();
        for (number, letter) in &counted {
            if self.told(stack, choice) == Some(*letter) {
                objections.push(format!(
                    "{number} stays while {choice} is {letter}: that one is in use. Count up the other, then let {choice} be \
                     that, each in a run of its own."
                ));
            }
        }
        if let (Some((number, _)), true) = (counted.first(), is_chosen) {
            objections.push(format!(
                "{number} and {choice} are two runs: all have to know the one before it is used."
            ));
        }
        let behind = self.behind(pair);
        if !behind.is_empty() && (is_chosen || !counted.is_empty()) {
            objections.push(format!(
                "{} did not hear of the last change of these secrets yet: do `up` without {choice} and its numbers first.",
                behind.join(", ")
            ));
        }
        objections
    }

    /// Who was not told yet what there is now, as an earlier run ended before.
    fn behind(&self, pair: &Pair) -> Vec<&str> {
        let Some(there) = self.made.get(pair.stack) else { return Vec::new() };
        let is_behind = |stack: &str, it: &Stack, name: &&str| {
            let has = self.stacks.templates.get(stack).is_some_and(|it| it.parameters.contains_key(*name));
            has && it.parameters.get(*name) != there.outputs.get(*name)
        };
        let behind =
            self.made.iter().filter(|(name, it)| pair.news.iter().any(|news| is_behind(name, it, news)));
        behind.map(|(name, _)| name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_in_use_is_not_replaced() {
        check(&["EdgeNumberB=2"], None);
        check(&["EdgeNumberA=2"], Some("EdgeNumberA stays while EdgeSecret is A"));
        check(&["BusNumberA=2"], None);
        check(&["BusNumberB=2"], Some("BusNumberB stays while BusPassword is B"));
    }

    #[test]
    fn a_secret_is_made_anew_in_one_run_and_used_in_another() {
        check(&["EdgeSecret=B"], None);
        check(&["EdgeSecret=B", "EdgeNumberB=2"], Some("EdgeNumberB and EdgeSecret are two runs"));
        check(&["BusPassword=A", "BusNumberA=2"], Some("BusNumberA and BusPassword are two runs"));
    }

    #[test]
    fn a_secret_of_which_not_all_have_heard_is_not_used() {
        let mut made = made();
        made.get_mut("web").unwrap().parameters.insert("EdgeNumbers".to_owned(), "1-0".to_owned());
        let of = |words: &[&str]| objections(&Stacks::read().unwrap(), &parse(words), &made);

        assert!(of(&["EdgeSecret=B"])[0].starts_with("web did not hear"), "{:?}", of(&["EdgeSecret=B"]));
        assert!(of(&["SignUp=invite"]).is_empty());
    }

    #[test]
    fn what_cannot_be_changed_in_its_place_stays() {
        let key = "KeyArn=arn:aws:kms:eu-central-1:123456789012:key/1";
        check(&[key], Some("KeyArn stays none as long as there is the stack engines"));
        check(&["AddressRange=10.62"], Some("AddressRange stays 10.61"));
        check(&["AddressRange=10.61", "KeyArn=none"], None);
    }

    #[test]
    fn of_what_never_came_to_be_nothing_stays() {
        let mut made = made();
        made.get_mut("engines").unwrap().status = "ROLLBACK_COMPLETE".to_owned();
        let key = parse(&["KeyArn=arn:aws:kms:eu-central-1:123456789012:key/1"]);

        assert!(objections(&Stacks::read().unwrap(), &key, &made).is_empty());
    }

    #[track_caller]
    fn check(words: &[&str], expected: Option<&str>) {
        let objections = objections(&Stacks::read().unwrap(), &parse(words), &made());
        let is_so = match (objections.as_slice(), expected) {
            ([], None) => true,
            ([one], Some(expected)) => one.starts_with(expected),
            _ => false,
        };
        assert!(is_so, "{words:?}: {objections:?}");
    }

    fn parse(words: &[&str]) -> Given {
        let words: Vec<_> = words.iter().map(|it| (*it).to_owned()).collect();
        Given::parse(&words, &Stacks::read().unwrap()).unwrap()
    }

    /// The edge sends A, tasks come to the bus by B.
    fn made() -> BTreeMap<String, Stack> {
        let numbers = [("EdgeNumberA", "1"), ("EdgeNumberB", "1")];
        let bus = [("BusNumberA", "1"), ("BusNumberB", "1"), ("BusPassword", "B"), ("KeyArn", "none")];
        let news = [("BusUrlArn", "arn:b"), ("BusNumbers", "serverless-b-1")];
        let all = [news[0], news[1], ("EdgeNumbers", "1-1")];
        [
            ("foundation", stack(&numbers, &[("EdgeNumbers", "1-1")])),
            ("network", stack(&[("AddressRange", "10.61")], &[])),
            ("engines", stack(&bus, &news)),
            ("search", stack(&[("EdgeNumbers", "1-1")], &[])),
            ("edge", stack(&[("EdgeSecret", "A")], &[])),
            ("socket", stack(&all, &[])),
            ("web", stack(&all, &[])),
            ("commands", stack(&news[..1], &[])),
        ]
        .map(|(name, it)| (name.to_owned(), it))
        .into()
    }

    fn stack(parameters: &[(&str, &str)], outputs: &[(&str, &str)]) -> Stack {
        let map = |it: &[(&str, &str)]| it.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let (parameters, outputs) = (map(parameters), map(outputs));
        Stack { status: "CREATE_COMPLETE".to_owned(), parameters, outputs, ..Stack::default() }
    }
}
