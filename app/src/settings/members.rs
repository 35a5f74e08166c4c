//! Who is in the room, and as what.

use leptos::prelude::*;

use protocol::{Field, Refusal, RoomId};

use super::{Listed, RoomSettings, notice::Notice};
use crate::{
    account::{FormField, Kind, Problem},
    room::Avatar,
};

/// As many are shown at once; the others are folded away.
const SHOWN: usize = 20;

/// The members, and for admins what they can do about them.
#[component]
pub(super) fn Members(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let is_admin = settings.administration.is_some();
    let n_unlisted = settings.n_members.saturating_sub(settings.members.len());
    let room = settings.room.id.clone();
    let mut rows = settings.members.clone();
    let folded = rows.split_off(rows.len().min(SHOWN));
    let n_folded = folded.len();
    let list = move |members: Vec<Listed>| {
        let rows = members.into_iter().map(|member| view! { <Member settings=settings.clone() member /> });
        view! { <ul class="settings__rows">{rows.collect_view()}</ul> }
    };
    let count = in_words(rows.len() + n_folded + n_unlisted);
    view! {
        <section class="settings__section" id="members" aria-labelledby="members-heading">
            <h2 class="page__section" id="members-heading">"Members"</h2>
            <p class="settings__lead">{count}</p>
            {is_admin.then(|| view! {
                <Told is_long=n_unlisted != 0 />
                <Add room=room.clone() />
            })}
            {list(rows)}
            {(n_folded != 0).then(|| view! {
                <details class="settings__more">
                    <summary>{format!("{n_folded} more")}</summary>
                    {list(folded)}
                </details>
            })}
            {(n_unlisted != 0).then(|| view! {
                <p class="settings__lead">{format!("And {n_unlisted} who are not listed.")}</p>
                {is_admin.then(|| view! { <RemoveByName room /> })}
            })}
        </section>
    }
}

#[component]
fn Member(
    /// The room.
    settings: RoomSettings,
    /// One who is in it.
    member: Listed,
) -> impl IntoView {
    let Listed { person, is_admin, joined } = member;
    let is_me = person.id == settings.me;
    let since = format!("since {}", settings.civil(joined).day_month_year());
    let marks = [is_admin.then_some("admin"), person.guest.then_some("guest"), is_me.then_some("you")];
    let about: Vec<&str> = marks.into_iter().flatten().chain([since.as_str()]).collect();
    let about = about.join(" · ");
    let (id, name) = (person.id.to_string(), person.name.to_string());
    let described = format!("member-{id}");
    let (role, role_words) = if is_admin { ("member", "Make member") } else { ("admin", "Make admin") };
    let path = format!("/room/{}", settings.room.id);
    let tools = match settings.administration {
        None => ().into_any(),
        Some(_) if is_me => view! { <StepDown path me=id.clone() /> }.into_any(),
        Some(_) => view! {
            <form class="settings__tools" method="post" action=format!("{path}/role")>
                <input type="hidden" name="member" value=id.clone() />
                <button class="button button--quiet button--small" name="role" value=role aria-describedby=described.clone()>
                    {role_words}
                </button>
                <button
                    class="button button--quiet button--small"
                    formaction=format!("{path}/remove")
                    aria-describedby=described.clone()
                >
                    "Remove"
                </button>
            </form>
        }
        .into_any(),
    };
    view! {
        <li class="settings__row">
            <Avatar id=id name=name.clone() />
            <div class="settings__who">
                <p class="settings__name" id=described.clone() dir="auto">{name}</p>
                <p class="settings__about">{about}</p>
            </div>
            {tools}
        </li>
    }
}

/// An admin becomes a member again, and is asked once more before: they cannot take it back.
#[component]
fn StepDown(
    /// The room's.
    path: String,
    /// Who one is.
    me: String,
) -> impl IntoView {
    view! {
        <details class="settings__asked settings__asked--tool">
            <summary class="button button--quiet button--small">"Step down"</summary>
            <form class="form" method="post" action=format!("{path}/role")>
                <p>"You'd look after this room no longer, and only another admin could make you one again."</p>
                <input type="hidden" name="member" value=me />
                <button class="button button--grave button--small" name="role" value="member">"Step down"</button>
            </form>
        </details>
    }
}

/// What came of a form about members, but for what its field says.
#[component]
fn Told(
    /// Whether there is a field for names to remove, which says what is wrong with them.
    is_long: bool,
) -> impl IntoView {
    let is_refused = |form| Problem::of_form(form).refusal.is_some();
    let is_of_a_button = is_refused("role") || (is_refused("remove") && !is_long);
    match Problem::of_form("add").refusal {
        Some(Refusal::TooMany { field: Field::Rooms, limit }) => {
            let words = format!("They're in {limit} rooms, which is the most. They have to leave one first.");
            view! { <p class="form__problem" role="alert">{words}</p> }.into_any()
        }
        // No field is there to say what is wrong with it.
        _ if is_of_a_button => view! { <Notice forms=&["remove", "role"] /> }.into_any(),
        _ => view! { <Notice forms=&["add", "remove", "role"] fields=&[Field::Name] /> }.into_any(),
    }
}

#[component]
fn Add(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let problem = Problem::of_form("add");
    view! {
        <form class="form settings__inline" method="post" action=format!("/room/{room}/add")>
            <FormField
                label="Add somebody by name"
                name="name"
                id="add-name"
                kind=Kind::Text(Field::Name)
                value=problem.name.clone()
                problem
            />
            <button class="button button--quiet" type="submit">"Add"</button>
        </form>
    }
}

#[component]
fn RemoveByName(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let problem = Problem::of_form("remove");
    view! {
        <form class="form settings__inline" method="post" action=format!("/room/{room}/remove")>
            <FormField
                label="Remove somebody by name"
                name="name"
                id="remove-name"
                kind=Kind::Text(Field::Name)
                value=problem.name.clone()
                problem
            />
            <button class="button button--quiet" type="submit">"Remove"</button>
        </form>
    }
}

fn in_words(n_members: usize) -> String {
    match n_members {
        1 => "One member.".to_owned(),
        n => format!("{n} members."),
    }
}
