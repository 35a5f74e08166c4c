//! What members do.

use std::time::Duration;

use bench::simulation::{
    page::{Network, Page},
    rooms::rooms,
};
use client::Client;
use tokio::time::Instant;

/// Members rest for so long between two things that they do, at most.
const REST_MS: u64 = 800;
/// What each client sends, and what it edits and deletes, before things calm down.
const N_SENDS: u32 = 300;
const N_REVISIONS: u32 = 30;
/// Things calm down after this time in any case.
const TROUBLE_MAX: Duration = Duration::from_mins(15);
/// Members write nothing more while so much has not gone out, so that what they write goes out before the calm.
const UNSENT_MAX: usize = 12;

/// Does what members do, until this one has done its share.
pub(super) async fn live(page: &mut Page<impl Network>) {
    let until = Instant::now() + TROUBLE_MAX;
    while Instant::now() < until && (page.n_composed() < N_SENDS || page.n_revised() < N_REVISIONS) {
        let rest = page.random().ms(0, REST_MS);
        page.rest(Instant::now() + rest).await;
        do_something(page);
    }
}

/// One of the things that members do, as chance has it.
fn do_something(page: &mut Page<impl Network>) {
    let room = page.random().pick(&rooms());
    match page.random().below(400) {
        0..300 if page.n_composed() < N_SENDS && page.n_on_their_way() < UNSENT_MAX => {
            let length = page.random().pick(&[5, 5, 5, 40, 40, 200, 200, 3_000]);
            page.write(&room, length);
        }
        0..330 if page.n_revised() < N_REVISIONS => match page.random().below(3) {
            0 => page.delete(),
            _ => page.edit(),
        },
        330..350 => page.show(&room),
        350..353 => page.act(|client, _| client.hide()),
        353..365 => page.act(|client, _| client.need_older(&room)),
        365..372 => page.jump(&room),
        372..380 => {
            page.act(|client, _| client.jump_to_end(&room));
        }
        380..383 => page.reload(),
        383..387 => {
            let is_online = page.random().below(2) == 0;
            page.set_online(is_online);
        }
        387..393 => page.act(Client::try_now),
        393..397 => page.come_or_go(&room),
        397..399 => page.retry(),
        _ => {}
    }
}
