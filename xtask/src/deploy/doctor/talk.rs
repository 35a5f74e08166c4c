//! What a guest does: comes, opens a room, says something, sees it elsewhere, finds it, and takes it back.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{checks::Seen, conversation::Conversation, line::ask};
use crate::ui;

/// How long until a message is found: an index that sleeps takes up to 30 s to wake, and then to take it in.
///
/// Source: <https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-scale-to-zero.html>
const FOUND_WITHIN: Duration = Duration::from_mins(2);

/// How long a search may fail: what wakes up answers meanwhile, from the tables.
const FAILS_WITHIN: Duration = Duration::from_secs(5);

/// How long until it is looked for again.
const PAUSE: Duration = Duration::from_secs(1);

/// All of it.
pub(super) fn whole(seen: &Seen) -> Result<String> {
    let cookie = match &seen.cookie {
        Some(cookie) => cookie.clone(),
        None => guest(seen)?,
    };
    let (mut here, room) = begin(seen, &cookie)?;
    let (mut there, _) = begin(seen, &cookie)?;
    let since = open(&mut here, &room)?;
    open(&mut there, &room)?;

    let word = format!("doctor{:x}", rand::random::<u64>());
    let at = Instant::now();
    let text = format!("A check: {word}");
    here.say(&json!({ "type": "send", "room": room, "nonce": word, "since": since, "text": text }))?;
    let sent = here.hear("that the message is kept", |it| it["type"] == "sent" && it["nonce"] == *word)?;
    let has_it = |it: &Value| it["type"] == "messages" && it.to_string().contains(&word);
    there.hear("the message on another connection", has_it)?;
    let seen_after = ui::seconds(at.elapsed());
    // Until it is found nobody would answer to pings.
    drop((here, there));
    let found = find(seen, &cookie, &word);
    let (mut here, _) = begin(seen, &cookie)?;
    open(&mut here, &room)?;
    let (sequence, nonce) = (&sent["sequence"], format!("{word}d"));
    here.say(&json!({ "type": "delete", "request": 2, "room": room, "sequence": sequence, "nonce": nonce }))?;
    here.hear("that the message is gone", |it| it["type"] == "revised")?;
    Ok(format!("seen after {seen_after}, found {}", found?))
}

/// Begins a conversation, and names the first room that one is in.
fn begin(seen: &Seen, cookie: &str) -> Result<(Conversation, String)> {
    let mut conversation = Conversation::begin(&seen.site, cookie)?;
    let welcome = conversation.hear("a welcome", |it| it["type"] == "welcome")?;
    let room = welcome["rooms"][0]["info"]["id"].as_str().context("who comes is in no room")?;
    Ok((conversation, room.to_owned()))
}

/// Opens a room, and tells its head.
fn open(conversation: &mut Conversation, room: &str) -> Result<Value> {
    conversation.say(&json!({ "type": "open", "request": 1, "room": room }))?;
    let opened = conversation.hear("that a room is open", |it| it["type"] == "opened")?;
    Ok(opened["state"]["heads"]["messages"].clone())
}

/// Comes as a guest, and returns their cookie.
fn guest(seen: &Seen) -> Result<String> {
    let headers =
        format!("Origin: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n", seen.site.origin());
    let answer = ask(&seen.site, "POST /account/guest", &headers)?;
    let Some(cookie) = answer.header("set-cookie") else {
        bail!("no guest may come ({}): give a member's cookie by --cookie", answer.status);
    };
    for attribute in ["HttpOnly", "SameSite=Lax"] {
        ensure!(cookie.contains(attribute), "the session's cookie is not {attribute}");
    }
    ensure!(!seen.site.is_secure || cookie.contains("Secure"), "the session's cookie is not Secure");
    Ok(cookie.split(';').next().unwrap_or_default().to_owned())
}

/// Looks for a word until its message is found, and says how that was.
fn find(seen: &Seen, cookie: &str, word: &str) -> Result<String> {
    let (begin, mut failing) = (Instant::now(), None);
    let headers = format!("Origin: {}\r\nCookie: {cookie}\r\n", seen.site.origin());
    loop {
        let answer = ask(&seen.site, &format!("GET /api/search?q={word}"), &headers)?;
        failing = (answer.status != 200).then(|| failing.unwrap_or_else(Instant::now));
        let is_down = failing.is_some_and(|since| since.elapsed() > FAILS_WITHIN);
        ensure!(!is_down, "the search is down: it answers with {}", answer.status);
        let hits: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let is_found = hits["hits"][0]["text"].as_str().is_some_and(|it| it.contains(word));
        let is_by_index = hits["source"] == "index";
        if is_found && is_by_index {
            return Ok(format!("after {}", ui::seconds(begin.elapsed())));
        }
        if begin.elapsed() > FOUND_WITHIN {
            match is_by_index {
                true => bail!("the search is behind: the message is not in the index after 120 s"),
                false => bail!(
                    "the search is down: its index does not answer, so only the newest are looked through"
                ),
            }
        }
        thread::sleep(PAUSE);
    }
}
