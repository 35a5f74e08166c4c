//! The stacks of an installation: their order, their templates, and which tells what to whom.

use std::{collections::BTreeMap, fs};

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::{aws::Aws, template::Template};
use crate::paths;

/// A line of `deploy/stacks.json`: a stack may have more than one, as it is told more.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// Its name, which is that of its template.
    pub(crate) stack: String,
    /// Whether it stays when all others go.
    #[serde(default)]
    pub(crate) kept: bool,
    /// Where it is made, whatever the region of the others.
    pub(crate) region: Option<String>,
}

impl Place {
    /// AWS where it is made, as asked elsewhere about all others.
    pub(crate) fn aws(&self, aws: &Aws) -> Aws {
        aws.in_region(self.region.as_deref().unwrap_or(&aws.region))
    }
}

/// All of them.
pub(crate) struct Stacks {
    /// In the order in which they are made.
    pub(crate) places: Vec<Place>,
    /// Their templates, by name.
    pub(crate) templates: BTreeMap<String, Template>,
}

impl Stacks {
    /// Reads them.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn read() -> Result<Self> {
        let file = paths::root().join("deploy/stacks.json");
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let places: Vec<Place> = serde_json::from_str(&text)
            .with_context(|| format!("{} is no list of stacks", file.display()))?;
        let named = |place: &Place| Ok((place.stack.clone(), Template::read(&place.stack)?));
        let templates = places.iter().map(named).collect::<Result<_>>()?;
        Ok(Self { places, templates })
    }

    /// Each once, in the order in which they can be deleted.
    pub(crate) fn backwards(&self) -> Vec<&Place> {
        let mut places: Vec<&Place> = Vec::new();
        for place in &self.places {
            if !places.iter().any(|it| it.stack == place.stack) {
                places.push(place);
            }
        }
        places.reverse();
        places
    }

    /// The regions of all of them, where the others are in `region`.
    pub(crate) fn regions<'a>(&'a self, region: &'a str) -> Vec<&'a str> {
        let mut regions = vec![region];
        regions.extend(self.places.iter().filter_map(|it| it.region.as_deref()).filter(|it| *it != region));
        regions.dedup();
        regions
    }

    /// Which of them a stack is that is found in `region`, where the others are in `home`: another installation's prefix may
    /// begin as this one does.
    pub(crate) fn own<'a>(
        &self,
        name: &'a str,
        prefix: &str,
        (region, home): (&str, &str),
    ) -> Option<&'a str> {
        let name = name.strip_prefix(prefix)?.strip_prefix('-')?;
        let is_it = |it: &Place| it.stack == name && it.region.as_deref().unwrap_or(home) == region;
        self.places.iter().any(is_it).then_some(name)
    }

    /// Which stack tells this to others.
    pub(crate) fn teller(&self, name: &str) -> Option<&str> {
        let tells = |template: &&Template| template.outputs.iter().any(|it| it == name);
        self.templates.iter().find(|(_, template)| tells(template)).map(|(stack, _)| stack.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::deploy::parameters::FOUND;

    #[test]
    fn stacks_of_another_installation_are_its_own() {
        let stacks = Stacks::read().unwrap();
        let own = |name: &'static str, region: &str| stacks.own(name, "chat", (region, "eu-central-1"));

        assert_eq!(own("chat-network", "eu-central-1"), Some("network"));
        assert_eq!(own("chat-beta-network", "eu-central-1"), None);
        assert_eq!(own("chat-network", "us-east-1"), None, "that is in another region");
        assert_eq!(own("chat-firewall", "us-east-1"), Some("firewall"));
    }

    #[test]
    fn whatever_a_stack_has_to_be_told_is_known_by_then() {
        let stacks = Stacks::read().unwrap();
        let mut told: BTreeSet<&str> = FOUND.into_iter().collect();

        for place in &stacks.places {
            let template = &stacks.templates[&place.stack];
            for (name, parameter) in &template.parameters {
                let is_known = parameter.default.is_some() || told.contains(name.as_str());
                assert!(is_known, "nobody tells {name} to {}", place.stack);
            }
            told.extend(template.outputs.iter().map(String::as_str));
        }
    }

    #[test]
    fn each_thing_is_told_by_one_stack_alone() {
        let stacks = Stacks::read().unwrap();
        let all: Vec<_> = stacks.templates.values().flat_map(|it| &it.outputs).collect();

        let different: BTreeSet<_> = all.iter().collect();

        assert_eq!(different.len(), all.len());
        assert_eq!(stacks.teller("Origin"), Some("edge"));
        assert_eq!(stacks.teller("Weather"), None);
    }

    #[test]
    fn what_was_made_last_goes_first() {
        let stacks = Stacks::read().unwrap();
        let backwards: Vec<_> = stacks.backwards().iter().map(|it| it.stack.as_str()).collect();

        assert_eq!(backwards.first(), Some(&"operations"));
        assert_eq!(backwards.last(), Some(&"tables"));
        assert_eq!(backwards.len(), stacks.templates.len());
        assert_eq!(stacks.regions("eu-central-1"), ["eu-central-1", "us-east-1"]);
        assert_eq!(stacks.regions("us-east-1"), ["us-east-1"]);
    }

    #[test]
    fn every_template_is_a_stack() {
        let files = fs::read_dir(paths::root().join("deploy")).unwrap().map(|it| it.unwrap().path());
        let templates = files.filter(|it| it.extension().is_some_and(|it| it == "yaml"));
        let names: BTreeSet<_> = templates.map(|it| it.file_stem().unwrap().display().to_string()).collect();

        assert_eq!(names, Stacks::read().unwrap().templates.into_keys().collect::<BTreeSet<_>>());
    }
}
