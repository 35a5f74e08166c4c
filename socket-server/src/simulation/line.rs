//! The network between clients and nodes. It delays, breaks in the middle of a frame, falls silent without an end, takes
//! nothing for a while, and brings to a node what a client sent long ago on a connection that it has given up since.

use std::{sync::Arc, time::Duration};

use bench::{
    random::Random,
    simulation::page::{BROKEN, Heard, Line, Network},
};
use chat::session::SessionToken;
use protocol::{close::CloseCode, wire};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    pipe::Pipe,
    world::{Counts, N_NODES, World},
};
use crate::socket::Read;

/// A handshake that takes longer has failed.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(8);

/// The network as one client has it.
pub(super) struct Door {
    pub(super) world: Arc<World>,
    /// Which client.
    pub(super) n: u64,
    pub(super) token: SessionToken,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Longest delay, in milliseconds.
    latency: u64,
    /// Bytes that are on their way to the client at a time.
    window: usize,
    /// When it breaks.
    cut_at: Option<Instant>,
    /// When nothing comes through any longer.
    silent_at: Option<Instant>,
    /// When the client takes nothing for a while, and until when.
    stalls: Option<(Instant, Instant)>,
    /// How late some of what was sent arrives.
    lingers: Duration,
}

impl Fate {
    fn any(random: &mut Random) -> Self {
        let now = Instant::now();
        let (soon, later) = (now + random.ms(0, 1_500), now + random.ms(0, 60_000));
        let stalls_at = now + random.ms(0, 20_000);
        let stalls = (stalls_at, stalls_at + random.ms(500, 20_000));
        Self {
            latency: random.pick(&[2, 2, 30, 30, 200, 900]),
            window: random.pick(&[1_000, 4_000, 16_000]),
            cut_at: random.pick(&[Some(soon), Some(later), Some(later), None]),
            silent_at: (random.below(8) == 0).then_some(later),
            stalls: (random.below(5) == 0).then_some(stalls),
            lingers: random.ms(0, 12_000),
        }
    }
}

impl Network for Door {
    fn connect(&self, mut random: Random) -> Line {
        let (tells, heard) = mpsc::unbounded_channel();
        let (says, said) = mpsc::unbounded_channel();
        let (world, n, token) = (Arc::clone(&self.world), self.n, self.token.clone());
        Counts::one(&world.counts.connections);
        tokio::spawn(async move {
            sleep(random.ms(0, 300)).await;
            let fate = Fate::any(&mut random);
            let at = random.index(N_NODES);
            world.note("connects", n * 10 + at as u64);
            let node = world.node(at);
            let mut code = BROKEN;
            if !node.life.is_over() {
                let pipe = Pipe::new(&node.life, fate.window);
                let (opens, opened) = oneshot::channel();
                node.accept(&pipe, token, opens);
                drop(node);
                if let Ok(Ok(())) = timeout(HANDSHAKE_WITHIN, opened).await {
                    world.note("is connected", n);
                    code =
                        Way { world: &world, n, pipe: &pipe, fate, tells: &tells }.carry(said, random).await;
                }
                pipe.cut();
            }
            world.note("hears the end", u64::from(code.0));
            let _ = tells.send(Heard::Closed(code)); // Nobody listens where the page has gone on.
        });
        Line { heard, says }
    }
}

/// A connection on its way.
struct Way<'a> {
    world: &'a World,
    n: u64,
    pipe: &'a Pipe,
    fate: Fate,
    tells: &'a mpsc::UnboundedSender<Heard>,
}

impl Way<'_> {
    /// Carries both ways until the connection has ended; the code that the client hears.
    async fn carry(
        self,
        mut said: mpsc::UnboundedReceiver<(Instant, String)>,
        mut random: Random,
    ) -> CloseCode {
        let mut other = random.fork();
        let up = async {
            let mut last = Instant::now();
            while let Some((at, text)) = said.recv().await {
                self.world.note(&text, self.n);
                last = last.max(self.arrives(at, &mut random));
                self.passes(last).await;
                self.pipe.bring(Read::Text(text));
            }
            self.pipe.end_up(); // The client is gone; what it has sent has arrived all the same.
        };
        let cut = async {
            let silence_ends = |at| at + Duration::from_mins(1);
            match self.fate.cut_at.or(self.fate.silent_at.map(silence_ends)) {
                // What breaks in the end breaks now.
                Some(at) if !self.world.is_calm() => self.passes(at).await,
                _ => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            code = self.down(&mut other) => code,
            () = up => BROKEN,
            () = cut => BROKEN,
        }
    }

    /// When something arrives that was sent at a time.
    fn arrives(&self, sent: Instant, random: &mut Random) -> Instant {
        let Fate { latency, silent_at, lingers, .. } = self.fate;
        let late = if random.below(100) < 3 { lingers } else { Duration::ZERO };
        let arrives = sent + random.ms(0, latency) + late;
        match silent_at {
            Some(at) if arrives >= at => arrives + Duration::from_secs(1_000),
            _ => arrives,
        }
    }

    /// Waits for a time, or until nothing goes wrong any longer.
    async fn passes(&self, until: Instant) {
        if until > Instant::now() {
            tokio::select! {
                biased;
                () = self.world.calm() => {}
                () = sleep_until(until) => {}
            }
        }
    }

    async fn down(&self, random: &mut Random) -> CloseCode {
        let mut frames = Frames::default();
        loop {
            if let Some((from, upto)) = self.fate.stalls
                && (from..upto).contains(&Instant::now())
            {
                self.passes(upto).await;
            }
            let Some(bytes) = self.pipe.take().await else { return BROKEN };
            self.passes(self.arrives(Instant::now(), random)).await;
            frames.0.extend(bytes);
            while let Some((opcode, payload)) = frames.next() {
                match opcode {
                    0x1 => {
                        let text = std::str::from_utf8(&payload).expect("the server speaks UTF-8");
                        self.world.note(text, self.n);
                        let message = wire::decode_server(text).expect("the server speaks our language");
                        if self.tells.send(Heard::Message(Box::new(message))).is_err() {
                            std::future::pending::<()>().await; // The client is gone.
                        }
                    }
                    0x8 => return CloseCode(u16::from_be_bytes([payload[0], payload[1]])),
                    0x9 => self.pipe.bring(Read::Pong),
                    _ => {}
                }
            }
        }
    }
}

/// Frames as they come in.
#[derive(Default)]
struct Frames(Vec<u8>);

impl Frames {
    fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let [first, length, rest @ ..] = &self.0[..] else { return None };
        let (header, length) = match length {
            126 => (4, usize::from(u16::from_be_bytes(*rest.first_chunk()?))),
            127 => (10, usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).expect("it fits")),
            short => (2, usize::from(*short)),
        };
        let opcode = first & 0xF;
        (self.0.len() >= header + length).then(|| {
            let payload = self.0[header..header + length].to_vec();
            self.0.drain(..header + length);
            (opcode, payload)
        })
    }
}
