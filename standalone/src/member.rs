//! `hubbub member`: what only who runs the place can do for a member, or against one.

use anyhow::{Context as _, Result, bail};

use backend::Backend;
use chat::{
    accounts,
    ports::{Account, Bus as _, Channel, Credentials, Event, Members as _, MembersError, Sessions as _},
    secrets::{CodeHash, PasswordHash},
};
use protocol::{MemberName, Password, Person, RecoveryCode};

use crate::config::Config;

/// Makes an account, and prints the link that sets its password.
#[expect(clippy::print_stdout, reason = "the link is what the command is for")]
pub(crate) async fn add(config: &Config, name: &MemberName) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let now = process::now();
    accounts::found(&backend.rooms, now).await?;
    let code = RecoveryCode::from_random(random()?);
    // Nobody knows this password, and nobody has to: the link sets another.
    let password = Password::parse(RecoveryCode::from_random(random()?).reveal())?;
    let password = PasswordHash::of(&password, random()?);
    let credentials = Credentials { password, recovery: CodeHash::of(&code) };
    let person = Person { id: accounts::member_id(random()?), name: name.clone(), guest: false };
    let Backend { members, memberships, log, .. } = &backend;
    match accounts::admit(members, memberships, log, (&person, Some(&credentials)), now).await {
        Err(MembersError::NameTaken) => bail!("somebody is called `{name}` already"),
        admitted => admitted?,
    }
    println!("{}{}", config.edge.origin, path(name, &code));
    Ok(())
}

/// Shuts a member out.
#[expect(clippy::print_stdout, reason = "who types the command wants to know")]
pub(crate) async fn ban(config: &Config, name: &MemberName) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let member = find(&backend, name).await?.person.id;
    let is_new = backend.sessions.bar(&member, process::now()).await?;
    let event = Event::SessionsEnded { member, kept: None };
    let told = backend.bus.publish(&Channel::Members, &event).await;
    told.context("done, but a running server could not be told: it finds out within half a minute")?;
    match is_new {
        true => println!("{name} is shut out."),
        false => println!("{name} was shut out already."),
    }
    Ok(())
}

/// Lets a member in again.
#[expect(clippy::print_stdout, reason = "who types the command wants to know")]
pub(crate) async fn unban(config: &Config, name: &MemberName) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let member = find(&backend, name).await?.person.id;
    match backend.sessions.unbar(&member).await? {
        true => println!("{name} can sign in again."),
        false => println!("{name} was not shut out."),
    }
    Ok(())
}

/// Gives a member a new recovery code, and prints the link that uses it.
#[expect(clippy::print_stdout, reason = "the link is what the command is for")]
pub(crate) async fn reset(config: &Config, name: &MemberName) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let account = find(&backend, name).await?;
    let Some(old) = account.credentials else {
        bail!("`{name}` is a guest and has no password to reset");
    };
    let code = RecoveryCode::from_random(random()?);
    let new = Credentials { password: old.password.clone(), recovery: CodeHash::of(&code) };
    backend.members.set_credentials(&account.person.id, &old, &new).await?;
    println!("{}{}", config.edge.origin, path(name, &code));
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system has no randomness")?;
    Ok(bytes)
}

async fn find(backend: &Backend, name: &MemberName) -> Result<Account> {
    let found = backend.members.by_name(name).await?;
    found.with_context(|| format!("nobody is called `{name}`"))
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
