//! `hubbub member`: what only who runs the place can do for a member.

use anyhow::{Context as _, Result, bail};

use backend::Backend;
use chat::{
    ports::{Credentials, Members as _},
    secrets::CodeHash,
};
use protocol::{MemberName, RecoveryCode};

use crate::config::Config;

/// Gives a member a new recovery code, and prints the link that uses it.
#[expect(clippy::print_stdout, reason = "the link is what the command is for")]
pub(crate) async fn reset(config: &Config, name: &MemberName) -> Result<()> {
    let backend = Backend::connect(&config.backend).await?;
    let Some(account) = backend.members.by_name(name).await? else { bail!("nobody is called `{name}`") };
    let Some(old) = account.credentials else {
        bail!("`{name}` is a guest and has no password to reset");
    };
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).context("the system has no randomness")?;
    let code = RecoveryCode::from_random(bytes);
    let new = Credentials { password: old.password, recovery: CodeHash::of(&code) };
    backend.members.set_credentials(&account.person.id, &old.recovery, &new).await?;
    println!("{}{}", config.edge.origin, path(name, &code));
    Ok(())
}

/// The page that sets a new password, with all but the password filled in.
fn path(name: &MemberName, code: &RecoveryCode) -> String {
    let query = [("name", name.as_str()), ("code", &code.grouped())];
    let query = serde_urlencoded::to_string(query).expect("pairs of texts are a query");
    format!("/reset?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_holds_any_name() {
        let name = MemberName::parse("Zoë & Ann").unwrap();

        let path = path(&name, &RecoveryCode::from_random([0; 20]));

        assert_eq!(path, "/reset?name=Zo%C3%AB+%26+Ann&code=0000-0000-0000-0000-0000");
    }
}
