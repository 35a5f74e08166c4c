//! What a command beside a server tells it, through the file that both have open.

use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use rusqlite::OptionalExtension;
use tokio::time::sleep;

use chat::ports::{Event, Heard, Unavailable};

use crate::{database::Database, rows::limit};

/// How often a server looks for news.
const LOOKS_EVERY: Duration = Duration::from_millis(250);
/// News older than this is forgotten as other comes.
const KEPT_S: i64 = 5 * 60;
/// News taken at once.
const AT_ONCE: usize = 100;

/// Leaves news for the server, if one runs.
pub(crate) async fn leave(database: &Database, event: &Event) -> Result<(), Unavailable> {
    let event = serde_json::to_string(event).map_err(|error| Unavailable::new("bus while telling", error))?;
    let left = database.write("bus while leaving a notice", move |connection| {
        let old = "DELETE FROM notices WHERE at < unixepoch() - ?1";
        connection.prepare_cached(old)?.execute([KEPT_S])?;
        let mut statement =
            connection.prepare_cached("INSERT INTO notices (at, event) VALUES (unixepoch(), ?1)")?;
        statement.execute([event])?;
        Ok(())
    });
    left.await
}

/// News that is left from now on, without end.
pub(crate) async fn hear(
    database: Database,
) -> Result<impl Stream<Item = Heard> + Send + 'static, Unavailable> {
    let last = database.read("bus while looking for notices", |connection| {
        let sql = "SELECT coalesce(max(no), 0) FROM notices";
        Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).optional()?.unwrap_or(0))
    });
    let last: i64 = last.await?;
    let looks = stream::unfold((database, last), |(database, mut last)| async move {
        sleep(LOOKS_EVERY).await;
        let heard = match read(&database, last).await {
            Ok(news) => {
                last = news.last().map_or(last, |(no, _)| *no);
                news.into_iter().map(|(_, heard)| heard).collect()
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "Could not look for notices");
                Vec::new() // They stay, and are looked for again.
            }
        };
        Some((stream::iter(heard), (database, last)))
    });
    Ok(looks.flatten())
}

async fn read(database: &Database, after: i64) -> Result<Vec<(i64, Heard)>, Unavailable> {
    let news = database.read("bus while reading notices", move |connection| {
        let mut statement =
            connection.prepare_cached("SELECT no, event FROM notices WHERE no > ?1 ORDER BY no LIMIT ?2")?;
        let news: rusqlite::Result<Vec<(i64, String)>> =
            statement.query_map((after, limit(AT_ONCE)), |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
        Ok(news?)
    });
    let news: Vec<(i64, String)> = news.await?;
    // What cannot be read is from another version: the store knows all that it could say.
    let heard = |text: String| serde_json::from_str(&text).map_or(Heard::Lost, Heard::Event);
    Ok(news.into_iter().map(|(no, text)| (no, heard(text))).collect())
}
