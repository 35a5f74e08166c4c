//! What an installation was told, as the command that makes it again: stacks that are gone tell nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    cloudformation::Stack,
    parameters::{COMMON, FOUND},
    refused::is_of_secrets,
    stacks::Stacks,
};

/// The command that brings an installation back as it was. Secrets are made anew, so nothing is said of theirs.
pub(crate) fn command(
    stacks: &Stacks,
    made: &BTreeMap<String, Stack>,
    (prefix, region): (&str, &str),
) -> String {
    let mut words = vec![format!("cargo xtask deploy up --prefix {prefix} --region {region}")];
    if made.contains_key("edge") && !made.contains_key("firewall") {
        words.push("--firewall off".to_owned());
    }
    let names: BTreeSet<_> = made.values().flat_map(|it| it.parameters.keys()).collect();
    let is_given =
        |it: &&&String| !FOUND.contains(&it.as_str()) && !is_of_secrets(it) && stacks.teller(it).is_none();
    for name in names.iter().filter(is_given) {
        let told = made.iter().filter_map(|(stack, it)| Some((stack, it.parameters.get(*name)?)));
        let told: Vec<_> = told.collect();
        let is_default = |(stack, value): &(&String, &String)| {
            let parameter = stacks.templates.get(*stack).and_then(|it| it.parameters.get(*name));
            parameter.is_none_or(|it| it.default.as_ref() == Some(*value))
        };
        let others = told.iter().filter(|it| !is_default(it));
        let is_common = COMMON.contains(&name.as_str());
        // Without a stack's name it is meant for those, too, that were not made.
        let mut whose = stacks.templates.iter().filter(|(_, it)| it.parameters.contains_key(*name));
        let is_for_all = is_common || whose.all(|(it, _)| told.iter().any(|(stack, _)| *stack == it));
        if is_for_all && told.iter().all(|(_, value)| *value == told[0].1) {
            words.extend(others.take(1).map(|(_, value)| format!("--set {name}={value}")));
        } else if is_common {
            // An `up` that told another one ended half way: those that it comes to first have it.
            let mut places = stacks.places.iter();
            let newest = places.find_map(|it| made.get(&it.stack)?.parameters.get(*name));
            words.extend(newest.map(|value| format!("--set {name}={value}")));
        } else {
            words.extend(others.map(|(stack, value)| format!("--set {stack}.{name}={value}")));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::parameters::Given;

    #[test]
    fn what_was_told_is_told_again_and_what_comes_by_itself_is_not() {
        let made = [
            ("edge", stack(&[("Prefix", "chat"), ("EdgeSecret", "B"), ("PriceClass", "PriceClass_All")])),
            (
                "socket",
                stack(&[("LogDays", "7"), ("Cpu", "512"), ("Origin", "https://a.b"), ("MinTasks", "2")]),
            ),
            ("web", stack(&[("LogDays", "7"), ("Cpu", "256"), ("SignUp", "invite"), ("WebImage", "a:1")])),
        ];

        let expected = "cargo xtask deploy up --prefix chat --region eu-west-1 --firewall off --set socket.Cpu=512 --set \
                        LogDays=7 --set PriceClass=PriceClass_All --set SignUp=invite";
        assert_eq!(of(made), expected);
    }

    #[test]
    fn what_is_the_same_for_all_is_told_once_also_where_some_have_not_heard_of_it() {
        let made = [
            ("search", stack(&[("LogDays", "14"), ("LogFilter", "info")])),
            ("socket", stack(&[("LogDays", "7"), ("LogFilter", "debug")])),
            ("web", stack(&[("LogDays", "7"), ("LogFilter", "debug")])),
        ];

        let again = of(made);

        assert!(again.ends_with(" eu-west-1 --set LogDays=14 --set LogFilter=info"), "{again}");
        let stacks = Stacks::read().unwrap();
        let words: Vec<_> = again.split(" --set ").skip(1).map(str::to_owned).collect();
        Given::parse(&words, &stacks).expect("`up` takes what it is told again");
    }

    #[test]
    fn what_only_some_were_told_is_not_told_to_all() {
        let made = [("socket", stack(&[("MinTasks", "4"), ("MaxTasks", "20"), ("HeadsSeconds", "30")]))];

        let again = of(made);

        // `web`, which was not made yet, has the other two as well.
        assert!(
            again.ends_with(" --set HeadsSeconds=30 --set socket.MaxTasks=20 --set socket.MinTasks=4"),
            "{again}"
        );
    }

    fn of<const N: usize>(made: [(&str, Stack); N]) -> String {
        let made = made.map(|(name, it)| (name.to_owned(), it)).into();
        command(&Stacks::read().unwrap(), &made, ("chat", "eu-west-1"))
    }

    fn stack(told: &[(&str, &str)]) -> Stack {
        let parameters = told.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Stack { parameters, ..Stack::default() }
    }
}
