//! `deploy/Dockerfile`, read as far as it says what an image holds and how it starts.

use std::fs;

use anyhow::{Context as _, Result, ensure};

use crate::paths;

/// What the last stage of an image, and those of ours below it, come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// What is copied out of the build: from below `/out/`, to where.
    pub(super) copies: Vec<(String, String)>,
    pub(super) environment: Vec<(String, String)>,
    /// Whoever the program runs as.
    pub(super) user: String,
    pub(super) folder: String,
    pub(super) entrypoint: Vec<String>,
    /// What asks whether it is alive.
    pub(super) health: Vec<String>,
}

/// The image of a target.
pub(super) fn image(target: &str) -> Result<Image> {
    let text = fs::read_to_string(paths::root().join("deploy/Dockerfile"))?;
    let image = of(&text, target);
    let image = image.with_context(|| format!("deploy/Dockerfile is not understood about {target}"))?;
    ensure!(!image.entrypoint.is_empty(), "deploy/Dockerfile has no {target} that starts anything");
    Ok(image)
}

fn of(text: &str, target: &str) -> Result<Image> {
    let mut image = Image::default();
    for (word, rest) in stage(&instructions(text), target) {
        match word.as_str() {
            "FROM" => image = base(text, &rest)?,
            "WORKDIR" => image.folder = rest,
            "USER" => image.user = rest,
            "ENV" => image.environment.extend(rest.split_whitespace().filter_map(pair)),
            "COPY" => image.copies.extend(copies(&rest)?),
            "ENTRYPOINT" => image.entrypoint = serde_json::from_str(&rest)?,
            "HEALTHCHECK" => {
                let (_, command) = rest.split_once("CMD ").context("a health check has a command")?;
                image.health = serde_json::from_str(command)?;
            }
            _ => {}
        }
    }
    Ok(image)
}

/// What a stage begins with: nothing of ours, where others have made it.
fn base(text: &str, from: &str) -> Result<Image> {
    match from.split_whitespace().next() {
        Some(name) if !name.contains(['/', ':']) && name != "scratch" => of(text, name),
        _ => Ok(Image::default()),
    }
}

/// All instructions, each with what it is told.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let joined = lines.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let instruction = |line: &str| {
        let (word, rest) = line.trim().split_once(' ')?;
        Some((word.to_owned(), rest.trim().to_owned()))
    };
    joined.lines().filter_map(instruction).collect()
}

/// Those of one stage.
fn stage(instructions: &[(String, String)], name: &str) -> Vec<(String, String)> {
    let begins = |(word, rest): &&(String, String)| word == "FROM" && rest.ends_with(&format!(" AS {name}"));
    let from_there = instructions.iter().skip_while(|it| !begins(it));
    let is_first = |at: usize, word: &str| at == 0 || word != "FROM";
    from_there
        .enumerate()
        .take_while(|(at, (word, _))| is_first(*at, word))
        .map(|(_, it)| it.clone())
        .collect()
}

fn pair(text: &str) -> Option<(String, String)> {
    text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}

fn copies(rest: &str) -> Result<Vec<(String, String)>> {
    let mut words: Vec<_> = rest.split_whitespace().filter(|it| *it != "--from=build").collect();
    let to = words.pop().context("what is copied goes somewhere")?;
    let from = words.iter().map(|it| it.strip_prefix("/out/").context("it is not of the build"));
    from.map(|from| Ok((from?.to_owned(), to.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_what_it_is_made_on_as_well() {
        let text = "\
FROM rust:1 AS build
RUN make
FROM gcr.io/base:nonroot@sha256:12 AS base
WORKDIR /hubbub
USER 1:1
# About lines.
ENV FORMAT=json \\
    STORE=there

FROM base AS app
COPY --from=build /out/bin/app /out/bin/hash.txt ./
COPY --from=build /out/site ./site
ENV PORT=3003
HEALTHCHECK --interval=10s CMD [\"/hubbub/app\", \"health\"]
ENTRYPOINT [\"/hubbub/app\"]
FROM base AS other
USER 2:2
";
        let pair = |one: &str, other: &str| (one.to_owned(), other.to_owned());

        let image = of(text, "app").unwrap();

        assert_eq!(
            image,
            Image {
                copies: vec![pair("bin/app", "./"), pair("bin/hash.txt", "./"), pair("site", "./site")],
                environment: vec![pair("FORMAT", "json"), pair("STORE", "there"), pair("PORT", "3003")],
                user: "1:1".to_owned(),
                folder: "/hubbub".to_owned(),
                entrypoint: vec!["/hubbub/app".to_owned()],
                health: vec!["/hubbub/app".to_owned(), "health".to_owned()],
            }
        );
    }
}
