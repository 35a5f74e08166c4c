//! The chat itself: the rooms, and one of them with its messages.

mod address;
mod announcer;
mod avatar;
mod banner;
mod browse;
pub(crate) mod composer;
mod entry;
mod header;
mod leaving;
mod people;
mod profile;
#[cfg(all(test, feature = "ssr"))]
mod rendered;
pub(crate) mod search;
mod shortcuts;
mod sidebar;
pub(crate) mod state;
mod text;
pub(crate) mod timeline;
mod typing;

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::Outlet, hooks::use_location};

#[cfg(feature = "ssr")]
pub(crate) use self::avatar::Avatar;
pub(crate) use self::{address::Address, browse::RoomBrowser, search::SearchPage};
use self::{
    announcer::Announcer,
    banner::Banner,
    composer::Composer,
    entry::{JoinBar, VisitorBar},
    header::Header,
    people::PeoplePanel,
    sidebar::Sidebar,
    state::{ChatState, Place, Shown},
    timeline::Timeline,
    typing::TypingLine,
};
use crate::{
    page::{NotNow, sign_in_link},
    reactive::{effect, memo, titled},
    snapshot::{self, Snapshot},
};

/// The frame that all rooms share: it stays while one goes from room to room.
#[component]
pub(crate) fn Chat() -> impl IntoView {
    let address = Address::parse(&use_location().pathname.get_untracked());
    match snapshot::rendered() {
        Some(snapshot) => Either::Left(view! { <Frame snapshot address /> }),
        None => Either::Right(view! { <NotNow /> }),
    }
}

#[component]
fn Frame(
    /// What the page was rendered from.
    snapshot: Snapshot,
    /// The room that it shows; none on a page of no room.
    address: Option<Address>,
) -> impl IntoView {
    let state = ChatState::new(snapshot, address.as_ref());
    provide_context(state);
    #[cfg(feature = "hydrate")]
    crate::browser::start(state);
    shortcuts::listen(state);
    let path = use_location().pathname;
    let is_list = memo(move || Address::parse(&path.read()).is_none() && *path.read() != search::PATH);
    view! {
        <div class="chat" class:chat--list=move || is_list.get()>
            <Sidebar path />
            <Banner path />
            <Outlet />
            <Announcer />
        </div>
    }
}

/// One room.
#[component]
pub(crate) fn RoomPane() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let path = use_location().pathname;
    effect(move || {
        if let Some(address) = Address::parse(&path.read()) {
            state.show(&address);
        }
    });
    let why_not = memo(move || {
        let shown = state.shown.read();
        let (words, takes_sign_in) =
            shown.as_ref().and_then(|it| Some((it.why_not()?, it.takes_sign_in())))?;
        Some((words, takes_sign_in.then(|| path.get())))
    });
    view! {
        <Title text=titled(move || title(state, &shown_name(state))) />
        {move || match why_not.get() {
            Some((words, sign_in)) => Either::Left(view! { <NotHere words sign_in /> }),
            None => Either::Right(view! { <Room /> }),
        }}
    }
}

#[component]
fn Room() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let place = memo(move || state.shown.read().as_ref().map(|shown| shown.place));
    view! {
        <main class="room">
            <Header />
            <Timeline />
            <div class="room__foot">
                <TypingLine />
                {move || match place.get() {
                    Some(Place::Inside) => view! { <Composer /> }.into_any(),
                    Some(Place::Outside) => view! { <JoinBar /> }.into_any(),
                    Some(Place::Visitor) => view! { <VisitorBar /> }.into_any(),
                    None => ().into_any(),
                }}
            </div>
        </main>
        <PeoplePanel />
    }
}

#[component]
fn NotHere(
    /// Why.
    words: String,
    /// Where one comes back to, if one has to sign in first.
    sign_in: Option<String>,
) -> impl IntoView {
    view! {
        <main class="room room--none">
            <h1 class="room__name">"Not here"</h1>
            <p role="status">{words}</p>
            <p>
                {match sign_in {
                    Some(next) => sign_in_link("button", &next).into_any(),
                    None => view! { <a class="button" href="/rooms">"See which rooms there are"</a> }.into_any(),
                }}
            </p>
        </main>
    }
}

/// `(3) General · Hubbub`: what is unread, in all rooms, stands first.
fn title(state: ChatState, name: &str) -> String {
    let n_unread: u64 = state.rooms.read().iter().map(client::Room::unread).sum();
    match n_unread {
        0 => format!("{name} · Hubbub"),
        n => format!("({n}) {name} · Hubbub"),
    }
}

fn shown_name(state: ChatState) -> String {
    let shown = state.shown.read();
    let name = shown.as_ref().filter(|shown| shown.why_not().is_none()).map(Shown::name);
    name.unwrap_or_else(|| "Not here".to_owned())
}
