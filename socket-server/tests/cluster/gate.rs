//! A way to something else, which can be shut, and stopped up.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// Where connections lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To one of these after the other, passing over those where nobody listens.
    To(Vec<SocketAddr>),
    /// Nowhere: they end at once.
    Shut,
    /// Nowhere: they stay, and nothing comes through.
    StoppedUp,
}

/// A listener that passes everything on. It ends with its value.
pub(crate) struct Gate {
    pub(crate) addr: SocketAddr,
    way: watch::Sender<Way>,
    _tasks: JoinSet<()>,
}

impl Gate {
    pub(crate) async fn to(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (way, current) = watch::channel(way);
        let mut tasks = JoinSet::new();
        tasks.spawn(let_in(listener, current));
        Self { addr, way, _tasks: tasks }
    }

    /// Leads elsewhere from now on, also what is under way.
    pub(crate) fn lead(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn let_in(listener: TcpListener, way: watch::Receiver<Way>) {
    let mut passing = JoinSet::new();
    for n in 0.. {
        let Ok((stream, _)) = listener.accept().await else { return };
        passing.spawn(pass(stream, way.clone(), n));
        while passing.try_join_next().is_some() {}
    }
}

/// Passes a connection on until it ends, or the way changes.
async fn pass(mut stream: TcpStream, mut way: watch::Receiver<Way>, n: usize) {
    let begun = way.borrow_and_update().clone();
    match begun {
        Way::To(addrs) => {
            let Some(mut there) = connect(&addrs, n).await else { return };
            // Ended by either end, or by whoever shuts the gate.
            let ended = tokio::select! {
                _ = copy_bidirectional(&mut stream, &mut there) => true,
                _ = way.changed() => false,
            };
            if !ended && *way.borrow() == Way::StoppedUp {
                let _ = way.changed().await; // Or the gate is gone.
            }
        }
        Way::StoppedUp => drop(way.changed().await),
        Way::Shut => {}
    }
}

async fn connect(addrs: &[SocketAddr], n: usize) -> Option<TcpStream> {
    for at in 0..addrs.len() {
        if let Ok(there) = TcpStream::connect(addrs[(n + at) % addrs.len()]).await {
            there.set_nodelay(true).ok()?; // Else it is gone again.
            return Some(there);
        }
    }
    None
}
