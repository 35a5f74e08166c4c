//! What a guest does: comes, opens a room, says something, sees it elsewhere, finds it, and takes it back.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use super::{COOKIE, checks::Seen, conversation::Conversation, line::ask};
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

    let word = nonce();
    let at = Instant::now();
    let text = format!("A check: {word}");
    here.say(&json!({ "type": "send", "room": room, "nonce": word, "since": since, "text": text }))?;
    let sent = here.hear("that the message is kept", |it| it["type"] == "sent" && it["nonce"] == *word)?;
    let has_it = |it: &Value| it["type"] == "messages" && it.to_string().contains(&word);
    let heard = there.hear("the message on another connection", has_it);
    let seen_after = ui::seconds(at.elapsed());
    // Until it is found nobody would answer to pings.
    drop((here, there));
    let found = heard.and_then(|_| find(seen, &cookie, &word));
    // Whatever came of it: nobody is to read it.
    let gone = take_back(seen, &cookie, (&room, &sent["sequence"]));
    match (found, gone.with_context(|| format!("{text:?} stays in {room}"))) {
        (Err(why), Err(stays)) => bail!("{why:#}; and {stays:#}"),
        (found, gone) => Ok(format!("seen after {seen_after}, found {}", gone.and(found)?)),
    }
}

/// Deletes a message.
fn take_back(seen: &Seen, cookie: &str, (room, sequence): (&str, &Value)) -> Result<()> {
    let (mut conversation, _) = begin(seen, cookie)?;
    open(&mut conversation, room)?;
    let nonce = nonce();
    let delete =
        json!({ "type": "delete", "request": 2, "room": room, "sequence": sequence, "nonce": nonce });
    conversation.say(&delete)?;
    conversation.hear("that the message is gone", |it| it["type"] == "revised").map(drop)
}

/// What nobody has said before.
fn nonce() -> String {
    format!("doctor{:x}", rand::random::<u64>())
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
        bail!("no guest may come ({}): give a member's cookie in {COOKIE}", answer.status);
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
                true => bail!(
                    "the search is behind: the message is not in the index after {}",
                    ui::minutes(FOUND_WITHIN)
                ),
                false => bail!(
                    "the search is down: its index does not answer, so only the newest are looked through"
                ),
            }
        }
        thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write as _,
        net::{TcpListener, TcpStream},
        sync::mpsc::{Receiver, Sender, channel},
    };

    use tungstenite::{Message, handshake::server, http::HeaderValue};

    use super::{super::line::Site, *};

    #[test]
    fn a_message_that_another_connection_does_not_hear_is_taken_back() {
        let (seen, heard) = site(Some("hubbub_session=1"));

        let why = format!("{:#}", whole(&seen).unwrap_err());

        assert!(why.contains("nobody says the message on another connection"), "{why}");
        let heard: Vec<Value> = heard.try_iter().collect();
        let gone = heard.iter().find(|it| it["type"] == "delete").expect("it stays");
        assert_eq!((&gone["room"], &gone["sequence"]), (&json!("general"), &json!(7)));
    }

    #[test]
    fn where_no_guest_may_come_it_is_said_how_a_member_does() {
        let (seen, _) = site(None);

        let why = whole(&seen).unwrap_err().to_string();

        assert_eq!(why, "no guest may come (403): give a member's cookie in HUBBUB_COOKIE");
    }

    /// A site that lets in no guest, and ends each second connection before anything is heard there; what it is told, it
    /// repeats. Both end with the test.
    fn site(cookie: Option<&str>) -> (Seen, Receiver<Value>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (told, heard) = channel();
        thread::spawn(move || {
            for (stream, is_left) in listener.incoming().zip([false, true, false]) {
                let told = told.clone();
                thread::spawn(move || converse(stream.unwrap(), is_left, &told));
            }
        });
        (Seen { site: Site::parse(&url).unwrap(), is_alone: false, cookie: cookie.map(str::to_owned) }, heard)
    }

    fn converse(mut stream: TcpStream, is_left: bool, told: &Sender<Value>) {
        let mut first = [0; 4];
        stream.peek(&mut first).unwrap();
        if first == *b"POST" {
            return stream.write_all(b"HTTP/1.1 403 So\r\n\r\n").unwrap();
        }
        #[expect(clippy::result_large_err, reason = "tungstenite's own")]
        let speak = |_: &server::Request, mut answer: server::Response| {
            answer.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("hubbub.v1.json"));
            Ok(answer)
        };
        let mut socket = tungstenite::accept_hdr(stream, speak).unwrap();
        let mut say = Some(json!({ "type": "welcome", "rooms": [{ "info": { "id": "general" } }] }));
        loop {
            if let Some(frame) = say.take() {
                socket.send(Message::text(frame.to_string())).unwrap();
            }
            let Ok(Message::Text(text)) = socket.read() else { return };
            let frame: Value = serde_json::from_str(&text).unwrap();
            say = match frame["type"].as_str().unwrap() {
                "open" => Some(json!({ "type": "opened", "state": { "heads": { "messages": 6 } } })),
                "send" => Some(json!({ "type": "sent", "nonce": frame["nonce"], "sequence": 7 })),
                "delete" => Some(json!({ "type": "revised" })),
                _ => None,
            };
            told.send(frame).unwrap();
            if is_left {
                return socket.send(Message::text(say.unwrap_or_default().to_string())).unwrap();
            }
        }
    }
}
