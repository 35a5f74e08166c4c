//! A queue before a socket that takes what it is told to.

use super::*;

/// A socket whose kernel buffer takes so many bytes.
#[derive(Default)]
struct Pipe {
    state: Mutex<(usize, Vec<u8>)>,
    drained: Notify,
}

impl Pipe {
    fn taking(n: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new((n, Vec::new())), drained: Notify::new() })
    }

    fn take_more(&self, n: usize) {
        self.state.lock().unwrap().0 += n;
        self.drained.notify_one();
    }

    fn written(&self) -> Vec<u8> {
        self.state.lock().unwrap().1.clone()
    }
}

impl Wire for Arc<Pipe> {
    fn try_write(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap();
        let bytes: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
        let n = bytes.len().min(state.0);
        if n == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.0 -= n;
        state.1.extend(&bytes[..n]);
        Ok(n)
    }

    async fn writable(&self) -> io::Result<()> {
        while self.state.lock().unwrap().0 == 0 {
            self.drained.notified().await;
        }
        Ok(())
    }
}

#[tokio::test]
async fn nothing_follows_a_view_that_is_over() {
    let queue = queue(&Pipe::taking(1_000), 100);
    let (over, other) = (queue.open(&frame::ping()).unwrap(), queue.open(&frame::ping()).unwrap());

    over.end();

    assert_eq!(queue.follow(&over, &frame::ping()), Pushed::Over);
    assert_eq!(queue.follow(&other, &frame::ping()), Pushed::Taken);
}

#[tokio::test]
async fn where_nothing_waits_a_push_writes_through() {
    let pipe = Pipe::taking(1000);
    let queue = queue(&pipe, 100);

    assert_eq!(queue.push(&frame::ping()), Pushed::Taken);

    assert_eq!(pipe.written(), frame::ping());
}

#[tokio::test]
async fn what_the_socket_refuses_is_written_later_in_order() {
    let pipe = Pipe::taking(3);
    let queue = queue(&pipe, 100);

    for _ in 0..5 {
        assert_eq!(queue.push(&frame::ping()), Pushed::Taken);
    }
    pipe.take_more(1000);
    queue.written().await;

    assert_eq!(pipe.written(), frame::ping().repeat(5));
}

#[tokio::test]
async fn who_does_not_keep_up_gets_the_frame_begun_and_is_asked_to_resync() {
    let pipe = Pipe::taking(4);
    let queue = queue(&pipe, 64);
    let long = frame::pong(&[b'x'; 40]);

    let view = queue.open(&long).unwrap();
    assert_eq!(queue.follow(&view, &long), Pushed::Lagging);
    assert_eq!(queue.follow(&view, &long), Pushed::Lagging);
    pipe.take_more(1000);
    queue.written().await;
    assert_eq!(queue.follow(&view, &long), Pushed::Lagging);

    assert_eq!(pipe.written(), [&long[..], &resync()].concat());
}

#[tokio::test]
async fn what_is_pushed_after_the_loss_follows_the_resync() {
    let pipe = Pipe::taking(4);
    let queue = queue(&pipe, 64);
    let long = frame::pong(&[b'x'; 40]);
    let view = queue.open(&long).unwrap();
    assert_eq!(queue.follow(&view, &long), Pushed::Lagging);

    assert_eq!(queue.push(&frame::ping()), Pushed::Taken);
    let view = queue.open(&frame::ping()).unwrap();
    assert_eq!(queue.follow(&view, &frame::ping()), Pushed::Taken);
    pipe.take_more(1000);
    queue.written().await;

    assert_eq!(pipe.written(), [&long[..], &resync(), &frame::ping().repeat(3)].concat());
}

#[tokio::test]
async fn a_view_opened_anew_heals_no_other() {
    let pipe = Pipe::taking(0);
    let queue = queue(&pipe, 64);
    let long = frame::pong(&[b'x'; 60]);
    let (one, other) = (queue.open(&frame::ping()).unwrap(), queue.open(&frame::ping()).unwrap());
    assert_eq!(queue.follow(&one, &long), Pushed::Lagging);

    let one = queue.open(&frame::ping()).unwrap();

    assert_eq!(queue.follow(&one, &frame::ping()), Pushed::Taken);
    assert_eq!(queue.follow(&other, &frame::ping()), Pushed::Lagging);
}

#[tokio::test]
async fn an_answer_may_be_longer_than_the_limit_where_nothing_else_waits() {
    let pipe = Pipe::taking(4);
    let queue = queue(&pipe, 64);
    let page = frame::pong(&[b'x'; 120]);

    assert_eq!(queue.push(&page), Pushed::Taken);
    assert_eq!(queue.push(&page), Pushed::Lagging);
}

#[tokio::test(start_paused = true)]
async fn who_reads_nothing_at_all_is_dropped() {
    let pipe = Pipe::taking(0);
    let queue = queue(&pipe, 64);

    queue.push(&frame::ping());
    queue.ended().await;

    assert_eq!(queue.close_code(), Some(CloseCode::TOO_SLOW));
    assert_eq!(queue.push(&frame::ping()), Pushed::Closed);
}

#[tokio::test]
async fn after_the_close_frame_nothing_is_sent() {
    let pipe = Pipe::taking(1000);
    let queue = queue(&pipe, 64);

    queue.close(CloseCode::RESTART);
    assert_eq!(queue.push(&frame::ping()), Pushed::Closed);
    queue.ended().await;

    assert_eq!(pipe.written(), frame::close(CloseCode::RESTART));
}

#[tokio::test]
async fn the_close_frame_goes_out_however_much_waits() {
    let pipe = Pipe::taking(0);
    let queue = queue(&pipe, 4);
    queue.push(&frame::ping());
    queue.push(&frame::ping());

    queue.close(CloseCode::SESSION_ENDED);
    pipe.take_more(1000);
    queue.written().await;

    let both = frame::ping().repeat(2);
    assert_eq!(pipe.written(), [&both[..], &frame::close(CloseCode::SESSION_ENDED)].concat());
}

fn resync() -> Bytes {
    frame::text(&ServerMessage::Resync)
}

fn queue(pipe: &Arc<Pipe>, limit_bytes: usize) -> Arc<SendQueue<Arc<Pipe>>> {
    SendQueue::new(Arc::clone(pipe), limit_bytes, Counter::default())
}
