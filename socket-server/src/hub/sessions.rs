//! Each session is looked up again now and then, in case the bus lost the news of its end.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};

use chat::ports::Sessions;
use process::tell_seldom;
use protocol::close::CloseCode;

use super::{
    Hub, Place,
    ticker::{every_second, timestamp},
};

/// Each is looked up once in this time.
const EVERY_S: u64 = 30;
/// How many are looked up at once.
const AT_ONCE: usize = 32;
/// One that is not answered within this time is left for the next time.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// Looks sessions up, a share of them every second, for ever. Owned by the service.
pub(crate) async fn look_sessions_up(hub: Arc<Hub>) {
    let mut second = every_second();
    for n in 0_u64.. {
        second.tick().await;
        let mut share = hub.connections();
        share.retain(|place| place.id.0 % EVERY_S == n % EVERY_S);
        end_signed_out(&hub.backend.sessions, share).await;
    }
}

/// Closes the connections whose sessions have ended. One that is not answered keeps no other waiting.
pub(super) async fn end_signed_out(sessions: &impl Sessions, places: Vec<Arc<Place>>) {
    let look_up = async |place: Arc<Place>| {
        let found = sessions.find(&place.session, timestamp());
        match tokio::time::timeout(ANSWER_WITHIN, found).await {
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => place.queue.close(CloseCode::SESSION_ENDED),
            Ok(Err(error)) => tell_seldom("Could not look a session up again", &error),
            Err(late) => tell_seldom("Could not look a session up again in time", &late),
        }
    };
    stream::iter(places).for_each_concurrent(AT_ONCE, look_up).await;
}
