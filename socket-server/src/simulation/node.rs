//! A node: the real service, with pipes instead of sockets, and trouble between it and all else.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use backend::{Backend, Edge, Settings, simulation::Between};
use chat::{accounts, ports::NodeId, session::SessionToken};
use tokio::{sync::oneshot, time::timeout};

use super::{
    life::{Life, of_node},
    pipe::{Pipe, Up},
    trouble::Trouble,
};
use crate::{
    config::Config, hub::timestamp, patience::in_time, send_queue::SendQueue, service::Service, socket,
};

/// Settings that make room for the connections of clients that come and go, and little for slow ones: no more than what a
/// client asks for at once, since of less it loses some each time, and asks for all of it again.
const SETTINGS: [(&str, &str); 4] = [
    ("HUBBUB_SEND_QUEUE_BYTES", "65536"),
    ("HUBBUB_CONNECTIONS_PER_MEMBER", "1000"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "10000"),
    ("HUBBUB_RATES_PER_ADDRESS", "1000"),
];
/// Everybody comes from here.
const NETWORK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// A node that was started, and may be dead by now.
pub(super) struct Node {
    pub(super) life: Arc<Life>,
    pub(super) trouble: Arc<Trouble>,
    service: Arc<Service>,
    pipes: Mutex<Vec<Weak<Pipe>>>,
}

impl Node {
    pub(super) fn start(id: u64, backend: Backend, trouble: Arc<Trouble>) -> Arc<Self> {
        let get = |name: &str| {
            let setting = SETTINGS.iter().find(|(it, _)| *it == name);
            setting.map(|(_, value)| (*value).to_owned())
        };
        let mut settings = Settings::new(&get);
        let (config, edge) = (Config::read(&mut settings), Edge::local(3_000));
        settings.finish().unwrap();
        let life = trouble.life();
        let (id, build) = (NodeId::from_random(id), "build".to_owned());
        let service = life.lead(|| Service::start(id, backend, edge, config, build));
        Arc::new(Self { life, trouble, service, pipes: Mutex::default() })
    }

    /// Takes a connection; `opened` is told when the handshake is done, and dropped when it is refused.
    pub(super) fn accept(&self, pipe: &Arc<Pipe>, token: SessionToken, opened: oneshot::Sender<()>) {
        {
            let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
            pipes.retain(|it| it.strong_count() > 0);
            pipes.push(Arc::downgrade(pipe));
        }
        let serving = serve(Arc::clone(&self.service), Arc::clone(pipe), token, opened);
        self.life.lead(|| tokio::spawn(of_node(serving)));
    }

    /// The store and the bus as the node sees them.
    pub(super) fn backend(&self) -> Backend {
        self.service.backend.clone()
    }

    /// Has something done by the node; none where it does not live to see the end of it.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let worked = self.life.lead(|| tokio::spawn(of_node(work)));
        tokio::select! {
            biased;
            worked = worked => worked.ok(),
            () = self.life.over() => None,
        }
    }

    /// Ends it as a power failure does, or as `kill -9` does: then what it has written still arrives.
    pub(super) fn kill(&self, is_all_lost: bool) {
        self.life.end();
        for pipe in self.pipes.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade)
        {
            match is_all_lost {
                true => pipe.cut(),
                false => pipe.end_down(),
            }
        }
    }

    /// Stops it as operators do.
    pub(super) async fn stop(&self) {
        let service = Arc::clone(&self.service);
        self.work(async move { service.drain().await }).await;
        self.kill(false);
    }
}

/// The node's end of a connection, as [`socket::serve`] and the route before it have it.
async fn serve(service: Arc<Service>, pipe: Arc<Pipe>, token: SessionToken, opened: oneshot::Sender<()>) {
    let backend = &service.backend;
    let resumed = accounts::resume_session(&backend.sessions, &backend.members, &token, timestamp());
    if let (false, Ok(Some((session, account)))) = (service.is_draining(), in_time("sessions", resumed).await)
    {
        let _ = opened.send(()); // The client may have given up.
        let limit = service.config.send_queue_bytes.get();
        let queue = SendQueue::new(Arc::clone(&pipe), limit, service.metrics.overflows.clone());
        let most = service.config.per_member.get();
        let code = match service.hub.enter(account.person, session.key, Arc::clone(&queue), most) {
            Ok(entered) => tokio::select! {
                biased;
                code = socket::talk(&service, &entered, NETWORK, Up(Arc::clone(&pipe))) => code,
                () = queue.ended() => None,
            },
            Err(code) => Some(code),
        };
        if let Some(code) = code.or(queue.close_code()) {
            queue.close(code);
            let _ = timeout(socket::CLOSE_WITHIN, queue.written()).await; // Every outcome is an end.
        }
        queue.abandon();
    }
    pipe.end_down();
}

/// As what a node sees its database and bus.
pub(super) fn between(trouble: &Arc<Trouble>) -> Arc<dyn Between> {
    Arc::<Trouble>::clone(trouble)
}
