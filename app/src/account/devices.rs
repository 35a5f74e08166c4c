//! Where one is signed in.

use leptos::prelude::*;

use super::field::{FormProblem, Problem};
use crate::{
    snapshot::{AccountSnapshot, DeviceSnapshot},
    zone,
};

/// The list of one's sessions. Each but this one can be ended, and all of those together.
#[component]
pub(super) fn Devices(
    /// Whose, and as of when.
    account: AccountSnapshot,
) -> impl IntoView {
    let AccountSnapshot { devices, now, zone, .. } = account;
    let has_others = devices.len() > 1;
    let today = zone::civil(&zone, now);
    let rows = devices.into_iter().map(|DeviceSnapshot { key, device, since, is_here }| {
        let since = zone::civil(&zone, since);
        let day = match today.day() - since.day() {
            0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            _ => since.date(),
        };
        let time = since.time();
        let label = format!("End {device}, since {day}, {time}");
        let end = match is_here {
            true => view! { <span class="device__here">"this one"</span> }.into_any(),
            false => view! {
                <form method="post" action="/account/sessions/end">
                    <input type="hidden" name="session" value=key />
                    <button class="button button--quiet button--small" type="submit" aria-label=label>"End"</button>
                </form>
            }
            .into_any(),
        };
        view! {
            <li class="device">
                <p class="device__name">
                    <span>{device}</span>
                    <small class="device__since">"since " <time datetime=since.iso()>{format!("{day}, {time}")}</time></small>
                </p>
                {end}
            </li>
        }
    });
    view! {
        <FormProblem problem=Problem::of_form("sessions") fields=&[] />
        <ul class="devices">{rows.collect_view()}</ul>
        {has_others.then(|| view! {
            <form class="form" method="post" action="/account/sessions/end-others">
                <button class="button button--quiet" type="submit">"End all the others"</button>
            </form>
        })}
    }
}
