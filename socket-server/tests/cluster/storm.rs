//! Thousands come back at once.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bench::{crowd::Member, raw::RawConnection};
use protocol::{ClientMessage, Heads, RequestId, Sequence};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    cluster::{Cluster, general, sized},
    figures::alone,
    http::Metrics,
    tab::Tab,
};

/// Messages that each has missed.
const MISSED: u64 = 10;
/// A build for debugging takes ten times as long to ask the store, and a quick run may share the machine with builds.
const RESUMED_WITHIN: Duration = Duration::from_secs(if cfg!(debug_assertions) { 100 } else { 10 });
/// Clients of each member.
const TABS: usize = 10;
/// Reads of a room's log, however many come back to it.
const READS_MAX: f64 = 4.0;
const RESIDENT_MAX: u64 = 128 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn thousands_who_come_back_at_once_are_soon_resumed_and_the_store_is_asked_once() {
    let _alone = alone().await;
    let n = sized(500, 5_000);
    open_files(n);
    let cluster = Cluster::fresh().await;
    let mut members = cluster.crowd(n / TABS + 1).await;
    let speaker = members.pop().expect("made above");
    let before = cluster.node(&[]);
    let mut speaker = Tab::open(before.addr, &speaker).await;
    let mut head = Sequence::ZERO;
    for _ in 0..20 + MISSED {
        let nonce = speaker.send(head).await;
        head = speaker.acknowledged(&nonce).await.0;
    }
    before.kill();
    let node = cluster.node(&[]); // It knows nothing yet.

    let began = Instant::now();
    let have = Some(Heads { messages: head.minus(MISSED), changes: Sequence::ZERO });
    let open = Arc::new(ClientMessage::Open { request: RequestId(1), room: general(), have });
    let (n_refused, mut coming) = (Arc::new(AtomicU64::new(0)), JoinSet::new());
    for member in members.iter().flat_map(|member| [member; TABS]) {
        coming.spawn(resume(node.addr, member.clone(), Arc::clone(&open), Arc::clone(&n_refused)));
    }
    let mut connections = Vec::with_capacity(n);
    while let Some(resumed) = timeout(RESUMED_WITHIN, coming.join_next()).await.expect("all are resumed") {
        connections.push(resumed.unwrap());
    }

    let took = began.elapsed();
    let (metrics, resident) = (Metrics::of(node.addr).await, node.resident_bytes().unwrap());
    println!(
        "result: {n} clients came back in {:.1} s, {} of them at the second try, with {} reads of the room's log and \
         {:.2} others for each client; {} MB resident",
        took.as_secs_f64(),
        n_refused.load(Ordering::Relaxed),
        metrics.log_reads(),
        (metrics.reads() - metrics.log_reads()) / f64::from(u32::try_from(n).unwrap()),
        resident >> 20,
    );
    assert!(took < RESUMED_WITHIN, "{took:?}");
    assert!(metrics.log_reads() <= READS_MAX, "{} reads of the log", metrics.log_reads());
    assert!(resident < RESIDENT_MAX, "{resident} bytes");
}

/// Connects, opens the room, and hears what was missed. Where the store did not keep up one tries again, as browsers do.
async fn resume(
    addr: SocketAddr,
    member: Member,
    open: Arc<ClientMessage>,
    n_refused: Arc<AtomicU64>,
) -> RawConnection {
    loop {
        match try_to_resume(addr, &member, &open).await {
            Ok(connection) => return connection,
            Err(refused) => {
                let is_closed = refused.kind() == io::ErrorKind::UnexpectedEof;
                assert!(is_closed || refused.to_string().contains("503"), "{refused}");
            }
        }
        n_refused.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(500)).await;
    }
}

async fn try_to_resume(addr: SocketAddr, member: &Member, open: &ClientMessage) -> io::Result<RawConnection> {
    let mut connection = RawConnection::open(addr, &member.token).await?;
    connection.send(open).await?;
    let (mut missed, mut buffer) = (0, vec![0; 16 * 1024]);
    while missed < MISSED {
        connection.readable().await?;
        missed += connection.count(&mut buffer)?;
    }
    Ok(connection)
}

/// Lets this process, and those that it starts, have so many connections.
pub(crate) fn open_files(n_connections: usize) {
    let (process, files) = (std::process::id().to_string(), n_connections + 1_000);
    let limit = format!("--nofile={files}:");
    let raised = std::process::Command::new("prlimit").args(["--pid", &process, &limit]).status();
    assert!(raised.unwrap().success(), "this machine does not let a process have {files} files");
}
