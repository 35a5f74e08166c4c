//! Figures of a server: `cargo xtask bench` builds and starts this with the server beside it.

use std::path::PathBuf;

use bench::{
    bare, crowd,
    fan_out::{self, Audience, BareSender, Figures, Senders},
    raw::RawConnection,
    server::Server,
};
use clap::{Parser, Subcommand};
use protocol::{RoomId, Timestamp};

/// The core that the server under load has to itself; the load comes from the others.
const SERVER_CORE: usize = 0;
/// Limits of a community, not of a load generator.
const UNLIMITED: [(&str, &str); 3] = [
    ("HUBBUB_ADDR", "127.0.0.1:0"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "100000"),
    ("HUBBUB_SENDS", "1000000/1000000"),
];

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Subcommand)]
enum Figure {
    /// Processor time per delivery in one room, light and heavy, beside the bare loop.
    FanOut {
        /// The server's binary.
        #[arg(long)]
        server: PathBuf,
        /// Members who show the room.
        #[arg(long, default_value_t = 1000)]
        members: usize,
        /// Messages sent one by one.
        #[arg(long, default_value_t = 200)]
        light: u64,
        /// Messages sent as fast as they are taken.
        #[arg(long, default_value_t = 20_000)]
        heavy: u64,
    },
    /// The yardstick itself, as a process of its own.
    BareLoop {
        /// How many members it waits for.
        #[arg(long)]
        members: usize,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().figure {
        Figure::FanOut { server, members, light, heavy } => {
            let bare = measure_bare(members, light, heavy).await?;
            let ours = measure_ours(&server, members, light, heavy).await?;
            report(bare, ours);
            Ok(())
        }
        Figure::BareLoop { members } => Ok(bare::serve(members)?),
    }
}

async fn measure_bare(n_members: usize, light: u64, heavy: u64) -> anyhow::Result<[Figures; 2]> {
    let program = std::env::current_exe()?;
    let n = n_members.to_string();
    let server = Server::start_on_core(SERVER_CORE, &program, ["bare-loop", "--members", &n], &[])?;
    let members = crowd::strangers(n_members + 1);
    let mut audience = Audience::gather(server.addr, &members[1..], None).await?;
    let mut sender = BareSender(RawConnection::open(server.addr, &members[0].token).await?);
    Ok([
        fan_out::light(&server, &mut audience, &mut sender, light).await?,
        fan_out::heavy(&server, &mut audience, &mut sender, heavy).await?,
    ])
}

async fn measure_ours(
    binary: &std::path::Path,
    n_members: usize,
    light: u64,
    heavy: u64,
) -> anyhow::Result<[Figures; 2]> {
    let data = tempfile::tempdir()?;
    let n_senders = 50;
    let members = {
        let backend = crowd::open(data.path()).await?;
        crowd::gather(&backend, n_members + n_senders, Timestamp(now_ms())).await?
    };
    let folder = data.path().to_string_lossy().into_owned();
    let settings = [&UNLIMITED[..], &[("HUBBUB_DATA", &folder)]].concat();
    let server = Server::start_on_core(SERVER_CORE, binary, ["serve"], &settings)?;
    let room = RoomId::parse("general").expect("a valid address");
    let (speaking, listening) = members.split_at(n_senders);
    let mut audience = Audience::gather(server.addr, listening, Some(&room)).await?;
    let mut senders = Senders::gather(server.addr, speaking, room).await?;
    Ok([
        fan_out::light(&server, &mut audience, &mut senders, light).await?,
        fan_out::heavy(&server, &mut audience, &mut senders, heavy).await?,
    ])
}

#[expect(clippy::print_stdout, reason = "figures are this program's product")]
fn report(bare: [Figures; 2], ours: [Figures; 2]) {
    println!("| | bare loop | Hubbub | ratio |");
    println!("| --- | --- | --- | --- |");
    let row = |name: &str, [bare, ours]: [f64; 2]| {
        println!("| {name} | {bare:.2} | {ours:.2} | {:.2} |", ours / bare);
    };
    row("light: µs of CPU per delivery", [bare[0], ours[0]].map(Figures::cpu_us_per_delivery));
    row("heavy: million deliveries/s", [bare[1], ours[1]].map(|it| it.per_second() / 1e6));
}

fn now_ms() -> u64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_1970.map_or(0, |it| u64::try_from(it.as_millis()).expect("fits until the year 500,000,000"))
}
