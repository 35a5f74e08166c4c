//! Clients talk, edit, delete, come and go while their server is killed again and again; what is left is a [`History`] to
//! be judged.

use std::{path::Path, sync::Arc, time::Duration};

use backend::{Backend, Config};

use crate::{
    checker::{Bounds, History},
    crowd,
    play::{Cast, Goal, Play, Progress, Script},
    record::{Event, Record, Run},
    server::Server,
    talker::{Door, Patience},
};

/// A client that is not done with a stage within this time never will be.
const STAGE_MAX: Duration = Duration::from_mins(3);
/// After so many messages out of a thousand something is edited or deleted: of twenty acts two are edits and one is a deletion,
/// those included that come too late.
const REVISIONS: u32 = 198;
/// Members of the private room: one in so many of all.
const INVITED_ONE_IN: usize = 4;
/// Many clients come from one address, and do more than people.
const WIDE_LIMITS: [(&str, &str); 4] = [
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "10000"),
    ("HUBBUB_RATES_PER_ADDRESS", "10000"),
    ("HUBBUB_SENDS", "100000/100000"),
    ("HUBBUB_JOINS", "100000/100000"),
];

/// How hard it is.
#[derive(Clone, Copy, Debug)]
pub struct Ordeal {
    /// Members, each with a client.
    pub n_clients: usize,
    /// Rooms. The last is private, with some of the members in it; all are in the others.
    pub n_rooms: usize,
    /// Messages, of all members together.
    pub n_messages: u64,
    /// How often the server is killed, spread evenly over the messages.
    pub n_kills: u64,
    /// What decides who does what where.
    pub seed: u64,
}

impl Ordeal {
    /// Lets it happen to the server `binary`.
    ///
    /// # Errors
    /// When the server does not start or the store fails. A client that never gets on is part of the history.
    pub async fn run(self, binary: &Path) -> anyhow::Result<History> {
        let Self { n_clients, n_rooms, n_messages, n_kills, seed } = self;
        let script = Script {
            name: "ordeal",
            n_clients,
            n_rooms,
            n_rooms_each: n_rooms - 1,
            all_join: true,
            invited_one_in: INVITED_ONE_IN,
            goal: Goal::Messages(n_messages),
            revisions: REVISIONS,
            resets: 0,
            seed,
        };
        let data = tempfile::tempdir()?;
        let backend = crowd::open(data.path()).await?;
        let members = crowd::gather(&backend, n_clients, crowd::now()).await?;
        let cast = Cast::found(script, &backend, &members).await?;
        let mut server = Server::start(binary, data.path(), "127.0.0.1:0", &WIDE_LIMITS)?;
        let addr = server.addr;

        let record = Arc::new(Record::in_memory());
        let (began, bounds) = (crowd::now(), Bounds::default());
        record.write(None, Event::Run(Run { began, seed, n_clients, n_rooms, bounds }));
        let beside = Backend::connect_beside(&Config::in_folder(data.path())).await?;
        let patience = |_: &_| Patience::from(STAGE_MAX);
        let door = Door::of(addr);
        let mut play = Play::begin(script, (cast, members), (&door, beside), Arc::clone(&record), patience);
        for kill in 1..=n_kills {
            let n = n_messages * kill / (n_kills + 1);
            play.reach(|progress| progress.n_acknowledged() >= n || progress.all_are_done()).await?;
            server.kill();
            server = Server::start(binary, data.path(), &addr.to_string(), &WIDE_LIMITS)?;
        }
        play.reach(Progress::all_are_done).await?;
        play.end(&backend).await?;
        Ok(History::of(record.close()?))
    }
}
