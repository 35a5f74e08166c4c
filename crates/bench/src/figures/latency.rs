//! From a member's send to another member's screen: alone, beside sign-ins, beside a client that floods.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use protocol::{ClientMessage, MessageText, Nonce, RequestId, Sequence, ServerMessage};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
    time::{MissedTickBehavior, interval},
};

use super::{
    Measured, Subject, Times, general,
    plot::{Bar, Plot},
};
use crate::{
    crowd::{self, Member},
    peer::Peer,
};

/// A message every so often.
const EVERY: Duration = Duration::from_millis(10);
/// Members who only look on.
const ONLOOKERS: usize = 20;

/// Times of `n_messages` in each of the three conditions.
///
/// # Errors
/// When the server refuses something.
pub async fn measure(subject: &Subject, n_messages: u64) -> anyhow::Result<Measured> {
    let data = tempfile::tempdir()?;
    let members = {
        let backend = crowd::open(data.path()).await?;
        crowd::gather(&backend, ONLOOKERS + 3, crowd::now()).await?
    };
    let server = subject.start(data.path(), None, &[])?;
    let (speaker, rest) = members.split_first().expect("made above");
    let (flooder, listeners) = rest.split_first().expect("made above");
    let mut onlookers = Vec::new();
    for member in listeners {
        onlookers.push(look_on(server.addr, member).await?);
    }
    let listener = onlookers.pop().expect("made above");
    let onlooking: Vec<_> = onlookers.into_iter().map(|peer| tokio::spawn(listen(peer))).collect();
    let mut pair = Pair { speaker: Peer::connect(server.addr, speaker).await?, listener, n_sent: 0 };

    let mut lines = Vec::new();
    let mut bars = Vec::new();
    for (what, noise) in [
        ("nothing else", None),
        ("100 sign-ins a second", Some(tokio::spawn(sign_in(server.addr)))),
        ("10,000 frames a second from one client", Some(tokio::spawn(flood(server.addr, flooder.clone())))),
    ] {
        let mut times = pair.exchange(n_messages).await?;
        if let Some(noise) = noise {
            stop(noise).await?;
        }
        let [p50, p99] = [500, 990].map(|it| times.at_ms(it));
        lines.push(format!(
            "send to seen, beside {what}: p50 {p50:.2} ms, p99 {p99:.2} ms ({n_messages} messages)"
        ));
        bars.push(Bar { label: format!("beside {what}"), value: p99, is_ours: true });
    }
    for onlooking in onlooking {
        onlooking.abort();
    }
    let title = "Send to seen by another client, 99th percentile, ms".into();
    Ok(Measured { lines, plots: vec![Plot { file: "latency", title, bars }] })
}

async fn look_on(addr: SocketAddr, member: &Member) -> anyhow::Result<Peer> {
    let mut peer = Peer::connect(addr, member).await?;
    peer.say(&ClientMessage::Open { request: RequestId(1), room: general(), have: None }).await?;
    peer.hear_until(|message| matches!(message, ServerMessage::Opened { .. }).then_some(())).await?;
    Ok(peer)
}

async fn listen(mut peer: Peer) {
    while peer.hear().await.is_ok() {}
}

/// One who speaks and one who listens.
struct Pair {
    speaker: Peer,
    listener: Peer,
    n_sent: u64,
}

impl Pair {
    async fn exchange(&mut self, n_messages: u64) -> anyhow::Result<Times> {
        let mut times = Times::default();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..n_messages {
            ticks.tick().await;
            self.n_sent += 1;
            let nonce = Nonce::parse(&format!("probe{}", self.n_sent)).expect("valid");
            let message = ClientMessage::Send {
                room: general(),
                nonce: nonce.clone(),
                since: Sequence(self.n_sent.saturating_sub(1)),
                text: MessageText::parse(&"x".repeat(150)).expect("valid"),
            };
            let began = Instant::now();
            self.speaker.say(&message).await?;
            let seen = self.listener.hear_until(|heard| match heard {
                ServerMessage::Messages { page } => {
                    page.messages.iter().any(|it| it.nonce == nonce).then(Instant::now)
                }
                _ => None,
            });
            times.note(seen.await? - began);
            let acknowledged = |heard| match heard {
                ServerMessage::Sent { nonce: sent, .. } if sent == nonce => Some(()),
                _ => None,
            };
            self.speaker.hear_until(acknowledged).await?;
        }
        Ok(times)
    }
}

/// Tries wrong passwords, a hundred a second, whatever becomes of each.
async fn sign_in(addr: SocketAddr) -> anyhow::Result<()> {
    let mut ticks = interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        tokio::spawn(async move {
            let form = "name=Nobody&password=not+the+one";
            let request = format!(
                "POST /account/sign-in HTTP/1.1\r\nHost: {addr}\r\nOrigin: http://{addr}\r\nConnection: close\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
                form.len()
            );
            let mut stream = TcpStream::connect(addr).await?;
            stream.write_all(request.as_bytes()).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await
        });
    }
}

/// Asks for heads, ten thousand times a second or as often as the server lets it.
async fn flood(addr: SocketAddr, member: Member) -> anyhow::Result<()> {
    let mut peer = Peer::connect(addr, &member).await.context("the flooder was refused")?;
    let mut ticks = interval(Duration::from_millis(10));
    loop {
        ticks.tick().await;
        for _ in 0..100 {
            // A server that does not read on makes us wait here, as it should.
            peer.say(&ClientMessage::Heads).await?;
        }
    }
}

/// Ends a noise; one that ended by itself was none.
async fn stop(noise: JoinHandle<anyhow::Result<()>>) -> anyhow::Result<()> {
    if noise.is_finished() {
        return noise.await?.context("the noise ended by itself");
    }
    noise.abort();
    Ok(())
}
