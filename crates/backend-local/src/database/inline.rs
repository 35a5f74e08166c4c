//! A database without threads: who asks does the work. For simulations, in which nothing may happen beside their clock.

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;

use chat::ports::Unavailable;
use futures::future::BoxFuture;

use super::{
    EngineError,
    job::{self, Failed, Job},
};
use crate::between::Between;

/// How a piece of work is done.
pub(super) type Doing = fn(&Connection, &mut [Box<dyn Job>]) -> Result<(), EngineError>;

/// A handle, cheap to clone.
#[derive(Clone)]
pub(super) struct Inline {
    connection: Arc<Mutex<Connection>>,
    between: Option<Arc<dyn Between>>,
}

impl Inline {
    pub(super) fn new(connection: Connection) -> Self {
        Self { connection: Arc::new(Mutex::new(connection)), between: None }
    }

    /// The same database, with this on the way to it.
    pub(super) fn behind(&self, between: Arc<dyn Between>) -> Self {
        Self { connection: Arc::clone(&self.connection), between: Some(between) }
    }

    /// Does work and answers. What is on its way goes on without its caller, as a request in a network does.
    pub(super) fn submit<T, E, F>(
        &self,
        doing: Doing,
        what: &'static str,
        work: F,
    ) -> BoxFuture<'static, Result<T, E>>
    where
        T: Send + 'static,
        E: From<Unavailable> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failed<E>> + Send + 'static,
    {
        let Self { connection, between } = self.clone();
        let (mut job, answer) = job::package(work);
        Box::pin(async move {
            let run = async move {
                if let Some(between) = &between
                    && !between.call(what).await
                {
                    return;
                }
                let fate = {
                    let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                    doing(&connection, std::slice::from_mut(&mut job))
                };
                if let Some(between) = &between
                    && !between.answer(what).await
                {
                    return;
                }
                job.answer(fate);
            };
            tokio::spawn(run);
            answer.outcome(what).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::pending;
    use tokio::time::{Instant, sleep, timeout};

    use super::*;
    use crate::{between::Passage, database::Database};

    const SECOND: Duration = Duration::from_secs(1);

    /// What is on its way takes a second, and one of its ways ends nowhere.
    struct Way {
        loses: Mutex<Option<&'static str>>,
    }

    impl Way {
        fn losing(what: &'static str) -> Arc<dyn Between> {
            Arc::new(Self { loses: Mutex::new(Some(what)) })
        }

        fn goes(&self, what: &'static str) -> Passage {
            let gets_there = self.loses.lock().unwrap().take_if(|it| *it == what).is_none();
            Box::pin(async move {
                sleep(SECOND).await;
                gets_there
            })
        }
    }

    impl Between for Way {
        fn call(&self, _: &'static str) -> Passage {
            self.goes("call")
        }

        fn answer(&self, _: &'static str) -> Passage {
            self.goes("answer")
        }

        fn arrivals(&self) -> Vec<Duration> {
            Vec::new()
        }

        fn cut_off(&self) -> BoxFuture<'static, ()> {
            Box::pin(pending())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_gets_lost_on_its_way_there_is_not_done_and_on_its_way_back_it_is() {
        for (loses, n) in [("call", 0), ("answer", 1)] {
            let database = fresh_database().await;
            let (behind, began) = (database.behind(Way::losing(loses)), Instant::now());

            let res = insert(&behind).await;

            assert!(res.is_err(), "{res:?}");
            assert_eq!(began.elapsed(), (n + 1) * SECOND);
            assert_eq!(n_done(&database).await.unwrap(), n);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_on_its_way_arrives_though_its_caller_is_gone() {
        let database = fresh_database().await;
        let behind = database.behind(Way::losing("nothing"));

        assert!(timeout(SECOND / 2, insert(&behind)).await.is_err());
        assert_eq!(n_done(&database).await.unwrap(), 0);
        sleep(SECOND).await;

        assert_eq!(n_done(&database).await.unwrap(), 1);
    }

    async fn fresh_database() -> Database {
        let database = Database::inline();
        let made = database.write("test", |connection| Ok(connection.execute_batch("CREATE TABLE n (n)")?));
        made.await.map_or_else(|error: Unavailable| panic!("{error}"), |()| database)
    }

    async fn insert(database: &Database) -> Result<(), Unavailable> {
        database.write("test", |connection| Ok(connection.execute_batch("INSERT INTO n VALUES (1)")?)).await
    }

    async fn n_done(database: &Database) -> Result<u32, Unavailable> {
        database
            .read("test", |connection| {
                Ok(connection.query_row("SELECT count(*) FROM n", [], |row| row.get(0))?)
            })
            .await
    }
}
