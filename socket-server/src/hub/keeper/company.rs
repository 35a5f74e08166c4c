//! Who is here, and who types: what this node tells of it, what others tell, and what is asked.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::Instant;

use chat::ports::{Event, NodeId, Presence as _, Typist, Unavailable};
use protocol::{MemberId, Person, ServerMessage, limits};

use super::{
    super::nodes::{Reading, Rosters},
    Keeper, pending_or,
};
use crate::patience::{BUS_WITHIN, within};

/// The rosters are read again after this time where they could not be read, or had not yet what was heard of.
const ROSTERS_AGAIN: Duration = Duration::from_secs(1);
/// What a node tells is in its roster within this time, as a rule.
const ROSTERS_LAG: Duration = Duration::from_secs(2);
/// And within this time after presence was away, since a node may still wait for two answers that do not come.
const ROSTERS_LAG_AFTERWARDS: Duration = Duration::from_secs(5);

/// What is asked about people.
#[derive(Default)]
pub(super) struct Company {
    reading: Option<Reading>,
    /// When the rosters are asked for next.
    rosters_at: Option<Instant>,
    /// All that was told and not heard is in what is read from then on.
    complete_from: Duration,
    typists: Option<BoxFuture<'static, Typists>>,
}

/// Who types by what was written down, each for so long yet.
type Typists = Result<Vec<(Typist, Duration)>, Unavailable>;

/// What came of it.
pub(super) enum Answer {
    Rosters(Option<Arc<Rosters>>),
    Typists(Typists),
}

impl Company {
    /// The next answer.
    ///
    /// # Cancel safety
    /// Safe: what was asked stays asked.
    pub(super) async fn next(&mut self) -> Answer {
        let Self { reading, typists, .. } = self;
        let rosters = async {
            match reading.as_mut() {
                Some(reading) => reading.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            rosters = rosters => {
                self.reading = None;
                Answer::Rosters(rosters)
            }
            typists = pending_or(typists) => {
                self.typists = None;
                Answer::Typists(typists)
            }
        }
    }

    /// When the rosters are to be asked for.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        self.rosters_at.filter(|_| self.reading.is_none())
    }
}

impl Keeper {
    /// The room begins, with what was read of other nodes' people: asks for what else there is to know of people.
    pub(super) fn begin_company(&mut self, rosters: Option<&Rosters>) {
        self.company.complete_from = self.hub.now() + ROSTERS_LAG;
        self.take_rosters(rosters);
        self.ask_who_types();
    }

    /// Tells who came and went, if it is time: to who looks at the room, and of this node's people to other nodes. Beyond
    /// the people that are shown there is only the count.
    pub(super) async fn tell_presence(&mut self) {
        let Some((news, own_news)) = self.presence.take_news(self.hub.now()) else { return };
        if !own_news.is_empty() {
            let came = own_news.came.into_values().chain(own_news.renamed.into_values());
            self.publish_presence(came.collect(), own_news.went.into_keys().collect());
        }
        if news.is_empty() {
            return;
        }
        let n_here = self.presence.len();
        let n_named = limits::PEOPLE_SHOWN.saturating_sub(n_here.saturating_sub(news.came.len()));
        // Where not all are shown, a client could not tell another name from somebody new.
        let renamed = news.renamed.into_values().filter(|_| n_here <= limits::PEOPLE_SHOWN);
        let came = news.came.into_values().take(n_named).chain(renamed).collect();
        let went = news.went.into_keys().collect();
        self.show(&ServerMessage::Presence { room: self.room.clone(), came, went, n_here }).await;
    }

    /// Tells other nodes who came to this one and who went from it, in as many parts as it takes.
    fn publish_presence(&mut self, came: Vec<Person>, went: Vec<MemberId>) {
        let came = came.chunks(limits::PEOPLE_SHOWN).map(|came| (came.to_vec(), Vec::new()));
        let went = went.chunks(limits::PEOPLE_SHOWN).map(|went| (Vec::new(), went.to_vec()));
        let parts: Vec<(Vec<Person>, Vec<MemberId>)> = came.chain(went).collect();
        let people = self.presence.own_people().cloned().collect();
        let first = self.hub.board.present(&self.room, parts.len() as u64, people);
        for (number, (came, went)) in (first..).zip(parts) {
            let node = self.hub.node.clone();
            self.publish(Event::Presence { node, number, came, went });
        }
    }

    /// Another node tells who came and went there.
    pub(super) async fn hear_presence(
        &mut self,
        node: &NodeId,
        number: u64,
        (came, went): (Vec<Person>, Vec<MemberId>),
    ) {
        self.hub.nodes.notice(node);
        self.presence.hear(node, number, (came, went), self.hub.now());
        if self.presence.is_doubtful() {
            self.want_rosters(Instant::now());
        }
        self.tell_presence().await;
    }

    /// From now on the room is heard. What was told until now is in the rosters, or will be in a moment.
    pub(super) fn hears_again(&mut self) {
        self.company.complete_from = self.hub.now() + ROSTERS_LAG;
        self.want_rosters(Instant::now());
    }

    /// The rosters are to be read, at that time or sooner.
    fn want_rosters(&mut self, at: Instant) {
        let company = &mut self.company;
        company.rosters_at = Some(company.rosters_at.map_or(at, |it| it.min(at)));
    }

    /// Asks for the rosters if it is time. What is wanted while they are read is asked for afterwards.
    pub(super) fn ask_for_rosters(&mut self) {
        if self.company.next_wake().is_some_and(|at| at <= Instant::now()) {
            self.company.rosters_at = None;
            self.company.reading = Some(self.hub.rosters());
        }
    }

    /// The rosters were read, or could not be.
    pub(super) fn take_rosters(&mut self, rosters: Option<&Rosters>) {
        if let Some(rosters) = rosters {
            for node in rosters.of.keys() {
                self.hub.nodes.notice(node); // It may have been taken for gone since it was asked.
            }
            self.presence.take(rosters, &self.room);
        } else {
            // What others told meanwhile they could not write down either.
            self.company.complete_from = self.hub.now() + ROSTERS_LAG_AFTERWARDS;
        }
        let complete_from = self.company.complete_from;
        if rosters.is_none() || self.presence.is_doubtful() {
            self.want_rosters(Instant::now() + ROSTERS_AGAIN);
        } else if rosters.is_some_and(|it| it.asked_at < complete_from) {
            self.want_rosters(Instant::now() + complete_from.saturating_sub(self.hub.now()));
        }
    }

    pub(super) async fn answered(&mut self, answer: Answer) {
        match answer {
            Answer::Rosters(rosters) => {
                self.take_rosters(rosters.as_deref());
                self.tell_presence().await;
            }
            Answer::Typists(Ok(typists)) => {
                for person in self.typing.answered(typists, &self.tail, self.hub.now()) {
                    self.show_typing(&person).await;
                }
            }
            Answer::Typists(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "Could not ask who types");
            }
        }
    }

    /// Asks who types on other nodes, which were not heard until now.
    fn ask_who_types(&mut self) {
        let (presence, room) = (self.hub.backend.presence.clone(), self.room.clone());
        let typists = async move {
            within(BUS_WITHIN, "presence while asking who types", presence.typing(&room)).await
        };
        self.company.typists = Some(typists.boxed());
    }

    /// Shows that somebody types. False where that was told a moment ago.
    pub(super) async fn typed(&mut self, person: &Person) -> bool {
        let head = self.tail.heads().messages;
        let is_news = self.typing.typed(Typist { person: person.clone(), head }, self.hub.now());
        if is_news {
            self.show_typing(person).await;
        }
        is_news
    }

    /// Tells other nodes, too, and writes it down for those where the room becomes active later.
    pub(super) async fn typed_here(&mut self, person: &Person) {
        let head = self.tail.heads().messages;
        if self.typed(person).await {
            self.publish(Event::Typing { node: self.hub.node.clone(), person: person.clone() });
            self.claims.make(Typist { person: person.clone(), head });
        }
    }

    async fn show_typing(&mut self, person: &Person) {
        self.show(&ServerMessage::Typing { room: self.room.clone(), person: person.clone() }).await;
    }
}
