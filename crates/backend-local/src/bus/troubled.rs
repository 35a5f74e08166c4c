//! The bus of a simulation: what is told on it may come late, twice or never.

use std::{collections::BTreeMap, sync::Arc};

use futures::{
    StreamExt as _,
    future::{BoxFuture, pending},
    stream,
};
use tokio::time::{Instant, sleep_until};

use chat::ports::{Heard, Subscription, Unavailable};

use crate::between::{Between, Passage};

/// Waits until something has got where it is to go.
pub(super) async fn arrived(what: &'static str, passage: Passage) -> Result<(), Unavailable> {
    match passage.await {
        true => Ok(()),
        false => Err(Unavailable::new(what, "it got lost on its way")),
    }
}

/// What a node hears of what `heard` brings.
pub(super) fn heard(heard: Subscription, between: Arc<dyn Between>) -> Subscription {
    let cut_off = between.cut_off();
    let way = Way { heard, between, cut_off, coming: BTreeMap::new(), n_coming: 0, last: Instant::now() };
    stream::unfold(way, Way::hear).boxed()
}

struct Way {
    heard: Subscription,
    between: Arc<dyn Between>,
    cut_off: BoxFuture<'static, ()>,
    /// What is on its way, by the time when it arrives.
    coming: BTreeMap<(Instant, u64), Heard>,
    n_coming: u64,
    /// When the last of what keeps its order arrives.
    last: Instant,
}

impl Way {
    async fn hear(mut self) -> Option<(Heard, Self)> {
        loop {
            let next = self.coming.first_key_value().map(|((at, _), _)| *at);
            let comes = async {
                match next {
                    Some(at) => sleep_until(at).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                () = &mut self.cut_off => return None,
                () = comes => {
                    let (_, heard) = self.coming.pop_first().expect("it was there just now");
                    return Some((heard, self));
                }
                heard = self.heard.next() => self.comes(heard?),
            }
        }
    }

    fn comes(&mut self, heard: Heard) {
        let now = Instant::now();
        for (n, after) in self.between.arrivals().into_iter().enumerate() {
            let mut at = now + after;
            if n == 0 {
                at = at.max(self.last);
                self.last = at;
            }
            self.n_coming += 1;
            self.coming.insert((at, self.n_coming), heard.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chat::ports::Event;
    use futures::future::ready;
    use protocol::RoomId;

    use super::*;

    /// Everything comes after two seconds, and once more after one.
    struct Twice;

    impl Between for Twice {
        fn call(&self, _: &'static str) -> Passage {
            Box::pin(ready(true))
        }

        fn answer(&self, _: &'static str) -> Passage {
            Box::pin(ready(true))
        }

        fn arrivals(&self) -> Vec<Duration> {
            vec![Duration::from_secs(2), Duration::from_secs(1)]
        }

        fn cut_off(&self) -> BoxFuture<'static, ()> {
            Box::pin(sleep_until(Instant::now() + Duration::from_secs(5)))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_told_comes_when_it_comes_until_the_node_is_cut_off() {
        let told = Heard::Event(Event::RoomDeleted { room: RoomId::parse("lobby").unwrap() });
        let began = Instant::now();
        let line = stream::iter([told]).chain(stream::pending()).boxed();

        let heard = heard(line, Arc::new(Twice));
        let heard: Vec<u64> = heard.map(|_| began.elapsed().as_secs()).collect().await;

        assert_eq!(heard, [1, 2]);
        assert_eq!(began.elapsed().as_secs(), 5);
    }
}
