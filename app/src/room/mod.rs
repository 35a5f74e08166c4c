//! The chat itself: the rooms, and one of them with its messages.

mod address;
mod timeline;

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

use protocol::{Person, Refusal, RoomState};

use self::{address::Address, timeline::Timeline};
use crate::{
    page::{Mark, NotNow},
    snapshot::{self, RoomSnapshot, Snapshot},
    words, zone,
};

/// The frame that all rooms share: it stays while one goes from room to room.
#[component]
pub(crate) fn Chat() -> impl IntoView {
    let asked = Address::parse(&use_location().pathname.get_untracked());
    let snapshot = Resource::new_blocking(
        || (),
        move |()| {
            let asked = asked.clone();
            async move { snapshot::fetch_snapshot(asked.room, asked.at).await }
        },
    );
    view! {
        <Suspense>
            {move || Suspend::new(async move {
                match snapshot.await {
                    Ok(snapshot) => Either::Left(view! { <Frame snapshot /> }),
                    Err(_) => Either::Right(view! { <NotNow /> }),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Frame(
    /// What the page was rendered from.
    snapshot: Snapshot,
) -> impl IntoView {
    let Snapshot { me, rooms, room, now, zone, .. } = snapshot;
    let zone = zone::live(zone);
    provide_context(StoredValue::new(room.clone()));
    provide_context((zone, now));
    view! {
        <div class="chat">
            <Sidebar me rooms />
            <Outlet />
        </div>
    }
}

#[component]
fn Sidebar(
    /// Who looks.
    me: Option<Person>,
    /// Their rooms.
    rooms: Vec<RoomState>,
) -> impl IntoView {
    let rooms = rooms.into_iter().map(|room| {
        let href = format!("/r/{}", room.info.id);
        view! { <li><a class="sidebar__room" href=href>{room.info.name.to_string()}</a></li> }
    });
    view! {
        <nav class="sidebar" aria-label="Rooms">
            <p class="sidebar__head"><Mark /> "Hubbub"</p>
            <ul class="sidebar__rooms">{rooms.collect_view()}</ul>
            <a class="sidebar__browse" href="/rooms">"All rooms"</a>
            {match me {
                Some(me) => view! { <a class="sidebar__me" href="/account">{me.name.to_string()}</a> }.into_any(),
                None => view! { <a class="sidebar__me" href="/sign-in">"Sign in"</a> }.into_any(),
            }}
        </nav>
    }
}

/// One room.
#[component]
pub(crate) fn RoomPane() -> impl IntoView {
    let room = expect_context::<StoredValue<Result<RoomSnapshot, Refusal>>>();
    match room.get_value() {
        Ok(room) => {
            let topic = room.info.topic.to_string();
            view! {
                <Title text=format!("{} · Hubbub", room.info.name) />
                <main class="room">
                    <header class="room__header">
                        <h1 class="room__name">{room.info.name.to_string()}</h1>
                        <p class="room__topic">{topic}</p>
                    </header>
                    <Timeline room />
                </main>
            }
            .into_any()
        }
        Err(refusal) => view! {
            <Title text="Not here · Hubbub" />
            <main class="room room--none">
                <h1 class="room__name">"Not here"</h1>
                <p>{words::refusal(&refusal)}</p>
            </main>
        }
        .into_any(),
    }
}

/// All public rooms.
#[component]
pub(crate) fn RoomBrowser() -> impl IntoView {
    view! {
        <Title text="Rooms · Hubbub" />
        <main class="room">
            <h1 class="room__name">"Rooms"</h1>
        </main>
    }
}
