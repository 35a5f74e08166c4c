//! The page of a room's settings. Its forms are plain HTML, as those of accounts.

mod about;
mod acts;
mod ends;
mod invitations;
mod loaded;
mod members;
mod notice;
mod sentence;

use http::request::Parts;
use leptos::prelude::*;

use protocol::Refusal;

use self::{
    about::About,
    acts::Acts,
    ends::{Delete, Leave},
    invitations::Invitations,
    members::Members,
    notice::Misdirected,
};
use crate::{
    page::{NotNow, Page, sign_in_link},
    words,
};

pub(crate) use self::loaded::{Administration, Listed, RoomSettings};

/// A room's settings, or why they are not shown.
#[component]
pub(crate) fn RoomSettingsPage() -> impl IntoView {
    match use_context::<Result<RoomSettings, Refusal>>() {
        Some(Ok(settings)) => view! { <Settings settings /> }.into_any(),
        Some(Err(Refusal::NotSignedIn)) => view! { <SignedOut /> }.into_any(),
        Some(Err(Refusal::NotInRoom { room })) => view! {
            <Page heading="You're not in this room">
                <p class="page__lead">"A room's settings are for those who are in it. Join it first."</p>
                <p><a class="button" href=format!("/r/{room}") rel="external">"To the room"</a></p>
            </Page>
        }
        .into_any(),
        Some(Err(refusal)) => view! {
            <Page heading="Not here">
                <p class="page__lead">{words::refusal(&refusal)}</p>
                <p><a class="button" href="/rooms" rel="external">"See which rooms there are"</a></p>
            </Page>
        }
        .into_any(),
        None => view! { <NotNow /> }.into_any(),
    }
}

#[component]
fn SignedOut() -> impl IntoView {
    let here = use_context::<Parts>().map(|parts| parts.uri.path().to_owned());
    view! {
        <Page heading="You're not signed in">
            <p class="page__lead">"A room's settings are for those who are in it."</p>
            <p>{sign_in_link("button", &here.unwrap_or_default())}</p>
        </Page>
    }
}

#[component]
fn Settings(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let room = &settings.room;
    let heading = format!("Settings of {}", room.name);
    let back = format!("/r/{}", room.id);
    let is_admin = settings.administration.is_some();
    view! {
        <Page heading>
            <div class="settings">
                <p><a class="button button--quiet" href=back rel="external">"Back to the room"</a></p>
                <Misdirected is_admin />
                <About settings=settings.clone() />
                <Members settings=settings.clone() />
                <Invitations settings=settings.clone() />
                <Acts settings=settings.clone() />
                <Leave settings=settings.clone() />
                {is_admin.then(|| view! { <Delete settings /> })}
            </div>
        </Page>
    }
}
