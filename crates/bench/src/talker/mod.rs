//! A member's client as it runs in a browser, over real sockets: the same state machine, another driver.

mod acts;
mod patience;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};

use client::{Client, Effect, Setup};
use protocol::{ClientMessage, MemberId, ServerMessage, close::CloseCode};
use tokio::time::timeout;

use crate::{
    crowd::Member,
    noted::{Noted, Said},
    peer::Peer,
    record::{Event, Fault},
};

pub use self::{acts::Whose, patience::Patience};

/// A connection that is not made within this time is tried again, and one that takes nothing for so long is given up.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A step takes no longer than this, so that what happens elsewhere is seen.
const LOOKS_UP_EVERY: Duration = Duration::from_millis(50);

/// A client and its connection.
pub struct Talker {
    client: Client,
    member: Member,
    door: Door,
    began: Instant,
    peer: Option<Peer>,
    noted: Noted,
    /// When what was refused was last sent again.
    retried_at: Duration,
    /// Whether the connection is to be reset in the middle of the next frame.
    breaks_off: bool,
}

/// Where clients connect.
#[derive(Clone, Debug)]
pub struct Door {
    /// One address, or several that are taken in turn.
    pub addrs: Vec<SocketAddr>,
    /// Where the page is from.
    pub origin: String,
}

impl Door {
    /// A server without an edge before it.
    pub fn of(addr: SocketAddr) -> Self {
        Self { addrs: vec![addr], origin: format!("http://{addr}") }
    }
}

impl Talker {
    /// A client that connects when it is first [`stepped`](Self::step), and adds each acknowledgement to `progress`.
    pub fn new(addr: SocketAddr, member: Member, seed: u64, progress: Arc<AtomicU64>) -> Self {
        let noted = Noted::new(member.person.id.clone(), progress);
        Self::through(Door::of(addr), member, seed, noted)
    }

    /// A client, likewise, of which everything is written down as `noted` does it.
    pub fn through(door: Door, member: Member, seed: u64, noted: Noted) -> Self {
        let me = Some(member.person.clone());
        let setup = Setup { me, rooms: Vec::new(), build: String::new(), seed };
        Self {
            client: Client::new(setup),
            noted,
            member,
            door,
            began: Instant::now(),
            peer: None,
            retried_at: Duration::ZERO,
            breaks_off: false,
        }
    }

    /// The client, to be read.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who talks.
    pub fn member(&self) -> &MemberId {
        &self.member.person.id
    }

    /// What it said until now. The last call.
    pub fn into_said(self) -> Said {
        self.noted.into_said()
    }

    /// Steps until something is so.
    ///
    /// # Errors
    /// When it is not within `limit`.
    pub async fn until(
        &mut self,
        limit: impl Into<Patience>,
        what: &str,
        is_so: impl Fn(&Self) -> bool,
    ) -> anyhow::Result<()> {
        let (limit, began) = (limit.into(), Instant::now());
        while !is_so(self) {
            limit.check(began, what)?;
            self.step().await;
        }
        Ok(())
    }

    /// Does what the client wants, then lets one thing happen to it: a frame, an end, or the passing of time.
    pub async fn step(&mut self) {
        self.send_again();
        self.carry_out().await;
        let wait = self.client.next_wake().map_or(LOOKS_UP_EVERY, |at| at.saturating_sub(self.now()));
        let due = tokio::time::sleep(wait.min(LOOKS_UP_EVERY));
        let heard = async {
            match &mut self.peer {
                Some(peer) => peer.hear().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = heard => self.hear(heard),
            () = due => {
                let now = self.now();
                self.client.wake(now);
            }
        }
        self.carry_out().await;
    }

    fn hear(&mut self, heard: Result<ServerMessage, CloseCode>) {
        match heard {
            Ok(message) => {
                self.noted.heard(&message, &self.client);
                let now = self.now();
                self.client.received(message.clone(), now);
                self.noted.saw(&message, &self.client);
            }
            Err(code) => self.end(code),
        }
    }

    async fn carry_out(&mut self) {
        loop {
            let effects = self.client.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Connect => self.connect().await,
                    Effect::Disconnect => self.end(CloseCode::GOING_AWAY),
                    Effect::Send(message) => self.say(&message).await,
                    Effect::Save(draft) => {
                        let now = self.now();
                        self.client.saved(&draft.nonce, now);
                    }
                    Effect::Tell(outcome) => self.noted.told(&outcome, &self.client),
                    Effect::Mark(..) | Effect::Forget(_) => {}
                }
            }
        }
    }

    async fn connect(&mut self) {
        let Door { addrs, origin } = &mut self.door;
        addrs.rotate_left(1);
        match timeout(CONNECT_WITHIN, Peer::connect_from(addrs[0], origin, &self.member)).await {
            Ok(Ok(peer)) => self.peer = Some(peer),
            Ok(Err(_)) | Err(_) => self.end(CloseCode::GOING_AWAY),
        }
    }

    async fn say(&mut self, message: &ClientMessage) {
        let Some(peer) = &mut self.peer else { return };
        self.noted.says(message);
        if self.breaks_off {
            return self.break_off(message).await;
        }
        if !matches!(timeout(CONNECT_WITHIN, peer.say(message)).await, Ok(Ok(()))) {
            self.end(CloseCode::GOING_AWAY);
        }
    }

    async fn break_off(&mut self, message: &ClientMessage) {
        self.breaks_off = false;
        if let Some(peer) = self.peer.take()
            && let Ok(Ok(())) = timeout(CONNECT_WITHIN, peer.break_off(message)).await
        {
            let (what, detail) = ("reset in a frame".to_owned(), self.member().to_string());
            self.noted.write(Event::Fault(Fault { at_ms: None, what, detail }));
        }
        self.end(CloseCode::GOING_AWAY);
    }

    fn end(&mut self, code: CloseCode) {
        self.peer = None;
        self.noted.lost_answers();
        let now = self.now();
        self.client.closed(code, now);
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}
