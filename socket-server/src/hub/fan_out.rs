//! One event to every connection that shows a room.
//!
//! The loop takes all that waits, joins it into one buffer and writes that through to each viewer's socket. So writes
//! per message fall by themselves under load, without a timer.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, oneshot};

use protocol::{Ending, RequestId, RoomId};

use super::{ConnectionId, Place, Queue, keeper::OUT_MAX, place::Outside};
use crate::{
    metrics::Metrics,
    refusals::not_in_room,
    send_queue::{Pushed, View},
};

/// After so many viewers others get their turn.
const YIELD_EVERY: usize = 100;

/// What a room's keeper hands over, in order.
pub(super) enum Out {
    /// Whole frames for every viewer, with so many messages in them.
    Frames { frames: Bytes, n_messages: u64 },
    /// A viewer comes who asked for that, with the frame that its view begins with. What is handed over later follows it.
    Add { viewer: Arc<Place>, request: RequestId, opened: Bytes },
    /// A viewer goes.
    Remove(Arc<Place>),
    /// A viewer goes who is in the room no longer, and then hears why: nothing of the room follows that.
    Expel { viewer: Arc<Place>, why: Ending },
    /// Dropped once all that was handed over before is written.
    Passed(oneshot::Sender<()>),
}

/// A connection that shows the room.
struct Viewer {
    id: ConnectionId,
    /// Held here too: a way by its place is one more miss of the cache for every delivery.
    queue: Arc<Queue>,
    view: View,
}

impl Viewer {
    fn new(place: &Place, view: View) -> Self {
        Self { id: place.id, queue: Arc::clone(&place.queue), view }
    }
}

/// Writes what a room's keeper hands over, until it is gone.
pub(super) async fn run(room: RoomId, mut handed_over: mpsc::Receiver<Out>, metrics: Arc<Metrics>) {
    let mut viewers: Vec<Viewer> = Vec::new();
    let mut batch = Vec::new();
    while handed_over.recv_many(&mut batch, OUT_MAX).await > 0 {
        let mut gathered = Gathered::default();
        for out in batch.drain(..) {
            match out {
                Out::Frames { frames, n_messages } => gathered.add(frames, n_messages),
                Out::Add { viewer, request, opened } => {
                    gathered.write(&mut viewers, &metrics).await;
                    viewers.retain(|it| it.id != viewer.id);
                    match viewer.open(&room, &opened) {
                        Ok(view) => viewers.extend(view.map(|view| Viewer::new(&viewer, view))),
                        Err(Outside) => viewer.tell(&not_in_room(&room, request)),
                    }
                }
                Out::Remove(viewer) => {
                    gathered.write(&mut viewers, &metrics).await;
                    viewers.retain(|it| it.id != viewer.id);
                    viewer.hides(&room);
                }
                Out::Expel { viewer, why } => {
                    gathered.write(&mut viewers, &metrics).await;
                    viewers.retain(|it| it.id != viewer.id);
                    viewer.tell_left(&room, why);
                }
                Out::Passed(passed) => {
                    gathered.write(&mut viewers, &metrics).await;
                    drop(passed);
                }
            }
        }
        gathered.write(&mut viewers, &metrics).await;
    }
}

/// Frames that leave in one write.
#[derive(Default)]
struct Gathered {
    first: Bytes,
    more: BytesMut,
    n_messages: u64,
}

impl Gathered {
    fn add(&mut self, frames: Bytes, n_messages: u64) {
        self.n_messages += n_messages;
        if self.first.is_empty() {
            self.first = frames;
            return;
        }
        if self.more.is_empty() {
            self.more.extend_from_slice(&self.first);
        }
        self.more.extend_from_slice(&frames);
    }

    async fn write(&mut self, viewers: &mut Vec<Viewer>, metrics: &Metrics) {
        let Self { first, more, n_messages } = std::mem::take(self);
        let frames = if more.is_empty() { first } else { more.freeze() };
        if frames.is_empty() {
            return;
        }
        let (mut at, mut n_written) = (0, 0);
        while at < viewers.len() {
            let Viewer { queue, view, .. } = &viewers[at];
            match queue.follow(view, &frames) {
                Pushed::Taken => at += 1,
                Pushed::Lagging | Pushed::Over | Pushed::Closed => {
                    viewers.swap_remove(at);
                }
            }
            n_written += 1;
            if n_written % YIELD_EVERY == 0 {
                tokio::task::yield_now().await;
            }
        }
        metrics.deliveries.inc_by(n_messages * viewers.len() as u64);
    }
}
