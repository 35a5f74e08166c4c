//! What of a stack's parameters goes together: the `Rules` of its template, and that the least is not more than the most.
//! CloudFormation looks at rules, too, but of each stack when it comes to it, when others are made or changed already.
//!
//! Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::template::Template;

/// Parameters of which one may not be more than the other.
const ORDERED: [(&str, &str); 1] = [("MinTasks", "MaxTasks")];

/// What does not go together in what a template's parameters would be.
///
/// # Errors
/// When a rule is not understood, or a number is none.
pub(crate) fn objections(template: &Template, value: &dyn Fn(&str) -> Option<String>) -> Result<Vec<String>> {
    let mut objections = Vec::new();
    for (name, rule) in template.json["Rules"].as_object().into_iter().flatten() {
        let holds =
            |it: &Value| holds(it, value).with_context(|| format!("the rule {name} is not understood"));
        if let Some(condition) = rule.get("RuleCondition")
            && !holds(condition)?
        {
            continue;
        }
        for assertion in rule["Assertions"].as_array().into_iter().flatten() {
            if !holds(&assertion["Assert"])? {
                objections.push(assertion["AssertDescription"].as_str().unwrap_or(name).to_owned());
            }
        }
    }
    let number = |name: &str| -> Result<f64> {
        let told = value(name).with_context(|| format!("nobody tells {name}"))?;
        told.parse().with_context(|| format!("{name} is no number: {told}"))
    };
    for (least, most) in ORDERED {
        if template.parameters.contains_key(least) && number(least)? > number(most)? {
            objections.push(format!("{least} is more than {most}."));
        }
    }
    Ok(objections)
}

fn holds(told: &Value, value: &dyn Fn(&str) -> Option<String>) -> Result<bool> {
    let (function, arguments) = told
        .as_object()
        .and_then(|it| it.iter().next())
        .with_context(|| format!("{told} is no condition"))?;
    let arguments = arguments.as_array().with_context(|| format!("{function} has no list"))?;
    let all = || arguments.iter().map(|it| holds(it, value)).collect::<Result<Vec<bool>>>();
    Ok(match (function.as_str(), arguments.as_slice()) {
        ("Fn::Equals", [one, other]) => text(one, value)? == text(other, value)?,
        ("Fn::Not", [inner]) => !holds(inner, value)?,
        ("Fn::And", _) => !all()?.contains(&false),
        ("Fn::Or", _) => all()?.contains(&true),
        ("Fn::Contains", [Value::Array(list), one]) => {
            let one = text(one, value)?;
            list.iter().map(|it| text(it, value)).collect::<Result<Vec<_>>>()?.contains(&one)
        }
        _ => bail!("{told} is none that is known here"),
    })
}

fn text(told: &Value, value: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    match told {
        Value::Object(_) => {
            let name = told["Ref"].as_str().with_context(|| format!("{told} names no parameter"))?;
            value(name).with_context(|| format!("nobody tells {name}"))
        }
        Value::String(text) => Ok(text.clone()),
        other => Ok(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::stack_names;

    #[test]
    fn what_is_without_being_told_goes_together() {
        for name in stack_names().unwrap() {
            check(&name, &[], None);
        }
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        check("web", &[("WebOn", "app-runner")], Some("App Runner takes images for x86_64 only."));
        check("web", &[("WebOn", "app-runner"), ("Architecture", "x86_64")], None);
        let app_runner = [("WebOn", "app-runner"), ("Architecture", "x86_64"), ("Memory", "2048")];
        check("web", &app_runner, Some("App Runner takes no task of this Cpu with this Memory."));
        check(
            "edge",
            &[("Domain", "a.example")],
            Some("A name of yours needs its certificate, in us-east-1."),
        );
        for stack in ["socket", "web"] {
            check(stack, &[("Memory", "8192")], Some("Fargate takes no task of this Cpu with this Memory."));
            check(stack, &[("Cpu", "4096"), ("Memory", "8192")], None);
            check(stack, &[("MinTasks", "20")], Some("MinTasks is more than MaxTasks."));
        }
    }

    #[test]
    fn a_rule_of_another_kind_is_not_passed_over() {
        let rule = serde_json::json!({ "Fn::EachMemberIn": [["a"], ["b"]] });

        holds(&rule, &|_| None).unwrap_err();
        let mut template = Template::read("web").unwrap();
        template.json["Rules"]["AppRunner"]["RuleCondition"] = rule;
        let value = |name: &str| template.parameters.get(name)?.default.clone();
        objections(&template, &value).unwrap_err();
    }

    #[track_caller]
    fn check(stack: &str, told: &[(&str, &str)], expected: Option<&str>) {
        let template = Template::read(stack).unwrap();
        let value = |name: &str| {
            let told = told.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
            told.or_else(|| template.parameters.get(name)?.default.clone())
        };
        let objections = objections(&template, &value).unwrap();
        assert_eq!(
            objections.iter().map(String::as_str).collect::<Vec<_>>(),
            Vec::from_iter(expected),
            "{stack}"
        );
    }
}
