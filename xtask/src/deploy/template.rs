//! A template of CloudFormation as it is read: its parameters, what it tells others, and all of it as JSON.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result, bail, ensure};
use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::parameter::Parameter;
use crate::paths;

/// What CloudFormation takes as a text of a request, in bytes.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>
const TEXT_MAX: usize = 51_200;

/// A template.
pub(crate) struct Template {
    /// As it stands in the file.
    pub(crate) text: String,
    /// The same, with `!Ref` and the like in their long form.
    pub(crate) json: Value,
    /// What it is told, by name.
    pub(crate) parameters: BTreeMap<String, Parameter>,
    /// The names of what it tells others.
    pub(crate) outputs: Vec<String>,
}

impl Template {
    /// Reads `deploy/NAME.yaml`.
    ///
    /// # Errors
    /// When there is none, or it is not one that CloudFormation would take.
    pub(crate) fn read(name: &str) -> Result<Self> {
        let file = paths::root().join("deploy").join(name).with_extension("yaml");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(text).with_context(|| format!("{} is no template", file.display()))
    }

    fn parse(text: String) -> Result<Self> {
        ensure!(text.len() <= TEXT_MAX, "it is larger than {TEXT_MAX} bytes");
        let json = as_json(&text)?;
        let parameters = json["Parameters"].as_object().into_iter().flatten();
        let parameters =
            parameters.map(|(name, told)| Ok((name.clone(), Parameter::of(told)?))).collect::<Result<_>>()?;
        let outputs =
            json["Outputs"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        Ok(Self { text, json, parameters, outputs })
    }

    /// What it says of itself.
    pub(crate) fn description(&self) -> &str {
        self.json["Description"].as_str().unwrap_or_default()
    }

    /// Its resources, by name.
    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.json["Resources"].as_object().into_iter().flatten().map(|(name, it)| (name.as_str(), it))
    }
}

/// Reads YAML as CloudFormation does.
pub(crate) fn as_json(text: &str) -> Result<Value> {
    let documents = Yaml::load_from_str(text)?;
    let [document] = documents.as_slice() else { bail!("there is more or less than one document in it") };
    value(document)
}

fn value(node: &Yaml<'_>) -> Result<Value> {
    Ok(match node {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(it) => json!(it),
            Scalar::Integer(it) => json!(it),
            Scalar::FloatingPoint(it) => json!(it.into_inner()),
            Scalar::String(it) => json!(it),
        },
        Yaml::Sequence(items) => items.iter().map(value).collect::<Result<_>>()?,
        Yaml::Mapping(entries) => {
            let entry = |(key, it): (&Yaml<'_>, &Yaml<'_>)| {
                let key = value(key)?;
                let key = key.as_str().with_context(|| format!("{key} is no name"))?;
                Ok((key.to_owned(), value(it)?))
            };
            Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>>>()?)
        }
        Yaml::Tagged(tag, inner) => function(&tag.suffix, value(inner)?)?,
        other => bail!("{other:?} is nothing that CloudFormation reads"),
    })
}

/// A function's short form in its long one.
///
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
fn function(name: &str, argument: Value) -> Result<Value> {
    Ok(match (name, argument) {
        ("Ref" | "Condition", argument) => json!({ name: argument }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) =
                path.split_once('.').with_context(|| format!("!GetAtt {path} has no attribute"))?;
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        (name, argument) => json!({ format!("Fn::{name}"): argument }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_read_in_their_long_ones() {
        let read = as_json(
            "A: !Ref Vpc\nB: !GetAtt Cache.Endpoint.Port\nC: !If [On, !Sub '${A}-b', !Ref AWS::NoValue]\nD: 'on'\n\
             E: true\nF: !Not [Condition: On]\nG: !GetAZs ''\nH: '10.61'\nI: -1\n",
        )
        .unwrap();

        let expected = json!({
            "A": { "Ref": "Vpc" },
            "B": { "Fn::GetAtt": ["Cache", "Endpoint.Port"] },
            "C": { "Fn::If": ["On", { "Fn::Sub": "${A}-b" }, { "Ref": "AWS::NoValue" }] },
            "D": "on",
            "E": true,
            "F": { "Fn::Not": [{ "Condition": "On" }] },
            "G": { "Fn::GetAZs": "" },
            "H": "10.61",
            "I": -1,
        });
        assert_eq!(read, expected);
    }

    #[test]
    fn a_template_tells_what_it_wants_and_what_it_says() {
        let edge = Template::read("edge").unwrap();

        assert!(edge.parameters["LoadBalancerArn"].default.is_none());
        assert_eq!(edge.parameters["Domain"].default.as_deref(), Some("none"));
        assert!(edge.outputs.contains(&"Origin".to_owned()));
        assert!(edge.resources().any(|(name, it)| name == "Distribution" && it["Type"].is_string()));
        assert!(Template::read("attic").is_err());
    }
}
