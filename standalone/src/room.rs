//! `hubbub room`: what who runs the place can do about a room.

use anyhow::{Context as _, Result};

use backend::Backend;
use chat::{
    access::AccessError,
    ports::{Actor, Bus as _, Deed, Members as _, Role},
    rooms::{self, News},
};
use protocol::{MemberName, Refusal, RoomId};

use crate::config::Config;

/// Deletes a room.
#[expect(clippy::print_stdout, reason = "who types the command wants to know")]
pub(crate) async fn delete(config: &Config, room: &RoomId) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let news = rooms::delete(&backend.erasures, room, &deed()).await?;
    tell(&backend, news).await?;
    println!(
        "{room} is deleted. A running server takes its messages out of the store; else the next one does."
    );
    Ok(())
}

/// Makes a member an admin.
#[expect(clippy::print_stdout, reason = "who types the command wants to know")]
pub(crate) async fn make_admin(config: &Config, room: &RoomId, name: &MemberName) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let found = backend.members.by_name(name).await?;
    let member = found.with_context(|| format!("nobody is called `{name}`"))?.person.id;
    let set = rooms::set_role(&backend.memberships, room, &member, Role::Admin, &deed()).await;
    let news = match set {
        Err(AccessError::Refused(Refusal::NoSuchMember)) => anyhow::bail!("`{name}` is not in room `{room}`"),
        set => set?,
    };
    tell(&backend, news).await?;
    println!("{name} is an admin of {room}.");
    Ok(())
}

fn deed() -> Deed {
    Deed { by: Actor::Operator, at: process::now() }
}

async fn tell(backend: &Backend, news: Vec<News>) -> Result<()> {
    for (channel, event) in news {
        let told = backend.bus.publish(&channel, &event).await;
        told.context("done, but a running server could not be told: it finds out within half a minute")?;
    }
    Ok(())
}
