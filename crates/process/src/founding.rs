//! What every chat begins with is there before a program serves, as soon as its store answers.

use std::time::Duration;

use anyhow::{Context as _, Result};
use chat::{accounts, ports::Rooms};
use tokio::time::{Instant, sleep};

use crate::{Stop, now, tell_seldom};

/// A store that does not answer is waited for so long. Then whoever runs the program sees it end.
const PATIENCE: Duration = Duration::from_mins(1);
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Makes the first rooms where they are not there yet. Whether they are there now, or it was asked to stop before.
///
/// # Errors
/// When the store has not done it for a minute.
pub async fn found(rooms: &impl Rooms, stop: &mut Stop) -> Result<bool> {
    stop.unless_before(until_founded(rooms)).await.transpose().map(|it| it.is_some())
}

async fn until_founded(rooms: &impl Rooms) -> Result<()> {
    let began = Instant::now();
    loop {
        let Err(error) = accounts::found(rooms, now()).await else { return Ok(()) };
        if began.elapsed() > PATIENCE {
            return Err(error).context("the store is not there");
        }
        tell_seldom("The store is not there yet", &error);
        sleep(AGAIN_AFTER).await;
    }
}
