//! What an installation was told, as the command that makes it again: stacks that are gone tell nobody.

use std::collections::{BTreeMap, BTreeSet};

use super::{cloudformation::Stack, parameters::FOUND, refused::is_of_secrets, stacks::Stacks};

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
        if told.iter().all(|(_, value)| *value == told[0].1) {
            words.extend(others.take(1).map(|(_, value)| format!("--set {name}={value}")));
        } else {
            words.extend(others.map(|(stack, value)| format!("--set {stack}.{name}={value}")));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_told_again_and_what_comes_by_itself_is_not() {
        let stack = |told: &[(&str, &str)]| {
            let parameters = told.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            Stack { parameters, ..Stack::default() }
        };
        let made = [
            ("edge", stack(&[("Prefix", "chat"), ("EdgeSecret", "B"), ("PriceClass", "PriceClass_All")])),
            (
                "socket",
                stack(&[("LogDays", "7"), ("Cpu", "512"), ("Origin", "https://a.b"), ("MinTasks", "2")]),
            ),
            ("web", stack(&[("LogDays", "7"), ("Cpu", "256"), ("SignUp", "invite"), ("WebImage", "a:1")])),
        ];
        let made = made.map(|(name, it)| (name.to_owned(), it)).into();

        let command = command(&Stacks::read().unwrap(), &made, ("chat", "eu-west-1"));

        let expected = "cargo xtask deploy up --prefix chat --region eu-west-1 --firewall off --set socket.Cpu=512 --set \
                        LogDays=7 --set PriceClass=PriceClass_All --set SignUp=invite";
        assert_eq!(command, expected);
    }
}
