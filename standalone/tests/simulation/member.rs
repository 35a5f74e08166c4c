//! What members do.

use bench::simulation::{
    page::{Network, Page},
    rooms::rooms,
};
use client::Client;
use tokio::time::Instant;

/// Members rest for so long between two things that they do, at most.
const REST_MS: u64 = 1_200;

/// Does what members do, until the end.
pub(crate) async fn live(page: &mut Page<impl Network>, until: Instant) {
    while Instant::now() < until {
        let rest = page.random().ms(0, REST_MS);
        page.rest(Instant::now() + rest).await;
        do_something(page);
    }
}

/// One of the things that members do, as chance has it.
fn do_something(page: &mut Page<impl Network>) {
    let room = page.random().pick(&rooms());
    match page.random().below(54) {
        0..24 => {
            let length = page.random().pick(&[5, 40, 3_000]);
            page.write(&room, length);
        }
        24..28 => page.show(&room),
        28 => page.act(|client, _| client.hide()),
        29..32 => page.act(|client, _| client.need_older(&room)),
        32..34 => page.jump(&room),
        34..36 => {
            page.act(|client, _| client.jump_to_end(&room));
        }
        36 => page.reload(),
        37 => {
            let is_online = page.random().below(2) == 0;
            page.set_online(is_online);
        }
        38..40 => page.act(Client::try_now),
        40..48 => page.edit(),
        48..52 => page.delete(),
        _ => page.come_or_go(&room),
    }
}
