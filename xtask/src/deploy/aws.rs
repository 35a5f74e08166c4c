//! AWS's own command line, asked for one thing at a time.

use std::{
    env,
    error::Error,
    ffi::OsString,
    fmt::{Display, Formatter, Result as FmtResult},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Names the program that is asked, where it is not `aws` in PATH.
const PROGRAM: &str = "HUBBUB_AWS";

/// The program, and the region that it is asked about.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    pub(super) program: PathBuf,
    pub(crate) region: String,
}

/// What AWS answers when it does not do something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Its word for it: `ValidationError`.
    pub(crate) code: String,
    pub(super) message: String,
}

impl Display for Refused {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        write!(f, "AWS refuses: {} ({})", self.message, self.code)
    }
}

impl Error for Refused {}

/// Where the program is, if it is anywhere.
pub(super) fn program() -> Option<PathBuf> {
    set(PROGRAM).map(PathBuf::from).or_else(|| crate::paths::program("aws"))
}

/// A variable, where it is set to anything.
pub(super) fn set(variable: &str) -> Option<OsString> {
    env::var_os(variable).filter(|it| !it.is_empty())
}

impl Aws {
    /// The same about another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { program: self.program.clone(), region: region.to_owned() }
    }

    /// The command, for those that speak to the terminal themselves.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).args(["--region", &self.region, "--output", "json"]);
        // What it says is read here, and not page by page.
        command.env("AWS_PAGER", "").stdin(Stdio::null());
        command
    }

    /// Asks, and gives what is answered; nothing is `null`.
    ///
    /// # Errors
    /// In words, with [`Refused`] where AWS itself said no.
    pub(crate) fn ask(&self, words: &[&str]) -> Result<Value> {
        let mut command = self.command(words);
        let output = command.output().with_context(|| format!("cannot start {}", self.program.display()))?;
        if !output.status.success() {
            return Err(failure(&String::from_utf8_lossy(&output.stderr)).context(words[..2].join(" ")));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        match text.trim() {
            "" => Ok(Value::Null),
            text => {
                serde_json::from_str(text).with_context(|| format!("{} answers {text}", words[..2].join(" ")))
            }
        }
    }

    /// As [`ask`](Self::ask), where AWS's refusal by this word means that there is nothing.
    ///
    /// # Errors
    /// As there, but for that one.
    pub(crate) fn ask_unless(&self, code: &str, words: &[&str]) -> Result<Option<Value>> {
        match self.ask(words) {
            Err(why) if is_refusal(&why, code) => Ok(None),
            answer => answer.map(Some),
        }
    }
}

/// Whether AWS said no by this word.
pub(crate) fn is_refusal(why: &anyhow::Error, code: &str) -> bool {
    why.downcast_ref::<Refused>().is_some_and(|it| it.code == code)
}

/// What of the command line's own words means which trouble, and what mends it.
const TROUBLES: [(&[&str], &str); 6] = [
    (
        &[
            "ExpiredToken",
            "RequestExpired",
            "Token has expired",
            "session associated with this profile has expired",
        ],
        "The credentials have expired: sign in again (`aws sso login`, or what has given them to you).",
    ),
    (
        &["Unable to locate credentials", "Error loading SSO Token", "Partial credentials"],
        "There are no credentials: `aws configure` or `aws configure sso` asks for them, AWS_PROFILE names others.",
    ),
    (
        &["InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"],
        "AWS does not know these credentials: look at `aws configure list`.",
    ),
    (
        &["The config profile"],
        "There is no such profile: look at AWS_PROFILE and `aws configure list-profiles`.",
    ),
    (
        &["AccessDenied", "UnauthorizedOperation"],
        "These credentials may not do that: take an administrator's.",
    ),
    (
        &["Could not connect to the endpoint", "Connection was closed", "Connect timeout"],
        "AWS does not answer: look at the network, and at the name of the region.",
    ),
];

fn failure(stderr: &str) -> anyhow::Error {
    let told = stderr.trim();
    let trouble = TROUBLES.iter().find(|(words, _)| words.iter().any(|word| told.contains(word)));
    match (refused(told), trouble) {
        (_, Some((_, advice))) => anyhow::Error::msg(format!("{advice}\n{told}")),
        (Some(refused), None) => refused.into(),
        (None, None) => anyhow::Error::msg(told.to_owned()),
    }
}

/// `An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id x does not exist`.
fn refused(told: &str) -> Option<Refused> {
    let (_, rest) = told.split_once("An error occurred (")?;
    let (code, rest) = rest.split_once(')')?;
    let (_, message) = rest.split_once(" operation: ").or_else(|| rest.split_once(": "))?;
    Some(Refused { code: code.to_owned(), message: message.trim().to_owned() })
}

/// The region that is meant: as it is given, else as AWS's own tools find it.
///
/// # Errors
/// When none is.
pub(super) fn region(given: Option<&str>, program: Option<&PathBuf>) -> Result<String> {
    let of_environment = || {
        let mut names = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
        // What is no text names no region.
        names.find_map(|name| set(name)?.into_string().ok())
    };
    let of_profile = || {
        let output =
            Command::new(program?).args(["configure", "get", "region"]).stdin(Stdio::null()).output();
        // A program that cannot be asked names none either, and is the next that is missing.
        let region = String::from_utf8(output.ok()?.stdout).ok()?.trim().to_owned();
        Some(region).filter(|it| !it.is_empty())
    };
    match given.map(str::to_owned).or_else(of_environment).or_else(of_profile) {
        Some(region) => Ok(region),
        None => bail!("No region is named: give one by --region, AWS_REGION or `aws configure`."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn troubles_are_told_with_what_mends_them() {
        let expired = "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security \
                       token included in the request is expired";

        assert!(failure(expired).to_string().starts_with("The credentials have expired: sign in again"));
        assert!(failure("Unable to locate credentials.").to_string().starts_with("There are no credentials"));
        assert!(failure("something new").to_string().starts_with("something new"));
    }

    #[test]
    fn a_refusal_keeps_its_word() {
        let told = "\naws: [ERROR]: An error occurred (ValidationError) when calling the DescribeStacks operation: \
                    Stack with id x does not exist";

        let why = failure(told);

        assert_eq!(why.downcast_ref::<Refused>().unwrap().code, "ValidationError");
        assert_eq!(why.to_string(), "AWS refuses: Stack with id x does not exist (ValidationError)");
    }
}
