//! All public rooms, and a form for a new one.

use leptos::{html, prelude::*};
use leptos_meta::Title;
use leptos_router::hooks::use_navigate;

use client::{Asked, Outcome, Status};
use protocol::{Refusal, RoomInfo, RoomName, Topic};

use super::{
    state::{ChatState, focus_soon},
    title,
};
use crate::{
    page::sign_in_link,
    reactive::{effect, memo, titled},
    snapshot::{self, Listed},
    words,
};

/// All public rooms.
#[component]
pub(crate) fn RoomBrowser() -> impl IntoView {
    let state = expect_context::<ChatState>();
    effect(move || state.hide());
    let listed = RwSignal::new(snapshot::rendered::<Result<Listed, Refusal>>());
    let came = move |answer: Result<Listed, Refusal>| {
        if let Ok(listed) = &answer {
            state.learn(listed.rooms.iter());
        }
        listed.set(Some(answer));
    };
    let ask = move || snapshot::list_rooms(None, came);
    let try_again = move |_| {
        snapshot::list_rooms(None, move |answer| {
            came(answer);
            focus_soon(".browse :is(a, button)".to_owned()); // The first room, or the next button of this kind.
        });
    };
    match listed.get_untracked() {
        Some(answer) => came(answer),
        None => ask(),
    }
    let is_member = memo(move || state.me.read().is_some());
    view! {
        <Title text=titled(move || title(state, "Rooms")) />
        <main class="browse">
            <h1 class="browse__heading">"Rooms"</h1>
            {move || match listed.get() {
                Some(Ok(listed)) => view! { <List first=listed.rooms more=listed.more /> }.into_any(),
                Some(Err(refusal @ Refusal::NotSignedIn)) => view! {
                    <p class="browse__none">{words::refusal(&refusal)}</p>
                    {sign_in_link("button", "/rooms")}
                }
                .into_any(),
                Some(Err(_)) => view! {
                    <p class="browse__none" role="alert">
                        "The list of rooms can't be read just now. Try again in a moment."
                    </p>
                    <button class="button button--quiet" type="button" on:click=try_again>"Try again"</button>
                }
                .into_any(),
                None => ().into_any(),
            }}
            <Show when=move || is_member.get()>
                <CreateRoom />
            </Show>
        </main>
    }
}

#[component]
fn List(
    /// The rooms that came with the page.
    first: Vec<RoomInfo>,
    /// Whether there are others.
    more: bool,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let rooms = RwSignal::new(first);
    let has_more = RwSignal::new(more);
    let is_loading = RwSignal::new(false);
    let has_failed = RwSignal::new(false);
    let load = move || {
        if is_loading.get_untracked() {
            return; // The same rooms would come twice.
        }
        is_loading.set(true);
        has_failed.set(false);
        let last = rooms.with_untracked(|rooms| rooms.last().map(|room| room.id.clone()));
        snapshot::list_rooms(last.as_ref(), move |answer| {
            is_loading.set(false);
            match answer {
                Ok(listed) => {
                    state.learn(listed.rooms.iter());
                    let n_before = rooms.with_untracked(Vec::len);
                    rooms.update(|rooms| rooms.extend(listed.rooms));
                    has_more.set(listed.more);
                    // Who has asked for more goes on with the first of them: the button may be gone.
                    focus_soon(format!(".browse__rooms > :nth-child({}) > a", n_before + 1));
                }
                Err(_) => has_failed.set(true),
            }
        });
    };
    let is_mine = move |room: &RoomInfo| state.rooms.read().iter().any(|mine| mine.info.id == room.id);
    view! {
        <ul class="browse__rooms">
            <For each=move || rooms.get() key=|room| room.id.clone() let:room>
                <li>
                    <a class="browse__room" href=format!("/r/{}", room.id)>
                        <span class="browse__name" dir="auto">{room.name.to_string()}</span>
                        <span class="browse__topic" dir="auto">{room.topic.to_string()}</span>
                        {
                            let room = room.clone();
                            move || is_mine(&room).then(|| view! { <span class="browse__mine">"joined"</span> })
                        }
                    </a>
                </li>
            </For>
        </ul>
        <Show when=move || has_failed.get()>
            <p class="browse__none" role="alert">"More rooms can't be read just now. Try again in a moment."</p>
        </Show>
        <Show when=move || has_more.get()>
            <button
                class="button button--quiet"
                type="button"
                on:click=move |_| load()
            >
                "More rooms"
            </button>
        </Show>
    }
}

/// Makes a room and goes there.
#[component]
fn CreateRoom() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let navigate = use_navigate();
    let [name, topic, private] = [(); 3].map(|()| NodeRef::<html::Input>::new());
    // What a browser submits before the page is alive is lost, and before there is a connection nothing can be asked.
    let is_early = memo(move || state.status.get() == Status::Connecting);
    let problem = RwSignal::new(None::<String>);
    let is_asked = RwSignal::new(false);
    effect(move || {
        let outcome = state.outcome.get();
        if !is_asked.get_untracked() {
            return;
        }
        match outcome {
            Some(Outcome::Joined(room)) => {
                is_asked.set(false);
                navigate(&format!("/r/{room}"), leptos_router::NavigateOptions::default());
            }
            Some(Outcome::Refused { asked: Asked::CreateRoom, refusal }) => {
                is_asked.set(false);
                problem.set(Some(words::refusal(&refusal)));
            }
            _ => {}
        }
    });
    let create = move || {
        // Read now: what was typed before the page came alive counts too.
        let typed =
            |field: NodeRef<html::Input>| field.get_untracked().map(|it| it.value()).unwrap_or_default();
        let parsed = RoomName::parse(&typed(name)).and_then(|name| Ok((name, Topic::parse(&typed(topic))?)));
        match parsed {
            Ok((name, topic)) => {
                problem.set(None);
                state.outcome.set(None);
                is_asked.set(true);
                let private = private.get_untracked().is_some_and(|it| it.checked());
                state.act(|client, _| client.create_room(name, topic, private));
            }
            Err(refusal) => problem.set(Some(words::refusal(&refusal))),
        }
    };
    view! {
        <section class="browse__new" aria-labelledby="new-room">
            <h2 class="browse__sub" id="new-room">"A new room"</h2>
            <form
                class="form"
                on:submit=move |submit| {
                    submit.prevent_default();
                    create();
                }
            >
                <div class="form__field">
                    <label class="form__label" for="room-name">"Name"</label>
                    <input
                        class="form__input"
                        id="room-name"
                        name="room-name"
                        type="text"
                        autocomplete="off"
                        required
                        node_ref=name
                    />
                </div>
                <div class="form__field">
                    <label class="form__label" for="room-topic">"Topic"</label>
                    <input
                        class="form__input"
                        id="room-topic"
                        name="room-topic"
                        type="text"
                        autocomplete="off"
                        placeholder="Where shall we eat on Friday?"
                        node_ref=topic
                    />
                </div>
                <label class="form__check">
                    <input type="checkbox" name="room-private" node_ref=private />
                    "Private: it exists for those who are invited, and for nobody else"
                </label>
                {move || problem.get().map(|words| view! { <p class="form__problem" role="alert">{words}</p> })}
                <button class="button" type="submit" disabled=move || is_early.get()>"Make the room"</button>
            </form>
            <p class="browse__unscripted">"Making a room needs JavaScript, which is switched off here."</p>
        </section>
    }
}
