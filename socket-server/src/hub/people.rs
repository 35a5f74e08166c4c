//! Names of members, as far as this node has met them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use backend::MemberStore;
use chat::ports::{Members as _, Unavailable};
use process::tell_seldom;
use protocol::{MemberId, Message, Person};

use crate::tasks::of_node;

/// Most people remembered; beyond it all are forgotten, and asked for again.
const KNOWN_MAX: usize = 20_000;
/// What somebody is called is asked for again after this time, should the bus have lost that they are called otherwise.
const CALLED_FOR: Duration = Duration::from_mins(5);
/// Whom the store does not know, or could not tell, it is not asked for again within this time.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// A handle.
#[derive(Clone)]
pub(crate) struct People {
    members: MemberStore,
    known: Arc<Mutex<HashMap<MemberId, Known>>>,
}

struct Known {
    /// None for who is no member any more.
    person: Option<Person>,
    /// When that is asked again.
    until: Instant,
}

impl People {
    pub(super) fn new(members: MemberStore) -> Self {
        Self { members, known: Arc::default() }
    }

    /// Somebody is called this now.
    pub(crate) fn learn(&self, person: &Person) {
        self.remember(&person.id, Some(person), CALLED_FOR);
    }

    /// Another node calls somebody this: it need not know better than we do.
    pub(crate) fn meet(&self, person: &Person) {
        let is_known = self.known().get(&person.id).is_some_and(|known| known.person.is_some());
        if !is_known {
            self.learn(person);
        }
    }

    /// Somebody is no member any more.
    pub(crate) fn forget(&self, member: &MemberId) {
        self.known().remove(member);
    }

    /// Some of it may be so no longer.
    pub(super) fn doubt(&self) {
        let now = Instant::now();
        self.known().values_mut().for_each(|known| known.until = known.until.min(now));
    }

    /// The authors of messages, each once. Those who are no members any more are left out. Who was met long ago is called what
    /// they were then, and asked for meanwhile.
    ///
    /// # Errors
    /// [`Unavailable`] where one was never known here and the store does not answer.
    pub(crate) async fn authors(&self, messages: &[Message]) -> Result<Vec<Person>, Unavailable> {
        let authors: BTreeSet<&MemberId> = messages.iter().map(|message| &message.author).collect();
        let (mut people, mut unknown, mut doubtful) = (Vec::new(), Vec::new(), Vec::new());
        {
            let (mut all, now) = (self.known(), Instant::now());
            for author in authors {
                let Some(known) = all.get_mut(author) else {
                    unknown.push(author.clone());
                    continue;
                };
                people.extend(known.person.clone());
                if now < known.until {
                    continue;
                }
                match known.person {
                    Some(_) => {
                        known.until = now + AGAIN_AFTER;
                        doubtful.push(author.clone());
                    }
                    None => unknown.push(author.clone()),
                }
            }
        }
        if !doubtful.is_empty() {
            let it = self.clone();
            tokio::spawn(of_node(async move {
                if let Err(error) = it.look_up(doubtful).await {
                    tell_seldom("Could not look up what members are called", &error);
                }
            }));
        }
        if !unknown.is_empty() {
            people.extend(self.look_up(unknown).await?);
        }
        Ok(people)
    }

    /// Asks the store who they are.
    async fn look_up(&self, members: Vec<MemberId>) -> Result<Vec<Person>, Unavailable> {
        let found = self.members.people(&members).await?;
        for person in &found {
            self.learn(person);
        }
        for nobody in members.iter().filter(|member| found.iter().all(|person| person.id != **member)) {
            self.remember(nobody, None, AGAIN_AFTER);
        }
        Ok(found)
    }

    fn remember(&self, member: &MemberId, person: Option<&Person>, time: Duration) {
        let mut all = self.known();
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(member.clone(), Known { person: person.cloned(), until: Instant::now() + time });
    }

    fn known(&self) -> MutexGuard<'_, HashMap<MemberId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use backend::Backend;
    use chat::ports::Members as _;
    use protocol::{MemberName, Nonce, Sequence, Timestamp};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_is_no_member_any_more_is_not_looked_up_for_each_who_opens_a_room() {
        let (members, people) = fresh();
        let (ada, messages) = (called("Ada"), [message_of_ada()]);

        assert_eq!(people.authors(&messages).await.unwrap(), []);
        members.create(&ada, None, Timestamp(1)).await.unwrap();
        assert_eq!(people.authors(&messages).await.unwrap(), [], "the store was not asked");
        tokio::time::advance(AGAIN_AFTER).await;

        assert_eq!(people.authors(&messages).await.unwrap(), [ada]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_of_which_the_bus_has_lost_the_news_is_found_out_whoever_repeats_the_old_one() {
        let (members, people) = fresh();
        members.create(&called("Ada"), None, Timestamp(1)).await.unwrap();
        let messages = [message_of_ada()];
        assert_eq!(people.authors(&messages).await.unwrap(), [called("Ada")]);

        members.rename(&called("Ada").id, &called("Countess").name).await.unwrap();
        for _ in 0..2 {
            assert_eq!(
                people.authors(&messages).await.unwrap(),
                [called("Ada")],
                "nobody waits for the store"
            );
            tokio::time::advance(CALLED_FOR / 2).await;
            people.meet(&called("Ada"));
        }

        until(async || people.authors(&messages).await.unwrap() == [called("Countess")]).await;
        people.meet(&called("Ada"));
        assert_eq!(people.authors(&messages).await.unwrap(), [called("Countess")]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_doubted_is_asked_for_at_once() {
        let (members, people) = fresh();
        members.create(&called("Countess"), None, Timestamp(1)).await.unwrap();
        people.learn(&called("Ada"));

        people.doubt();

        let messages = [message_of_ada()];
        until(async || people.authors(&messages).await.unwrap() == [called("Countess")]).await;
    }

    /// Gives the store its turns until it is so.
    async fn until(is_so: impl AsyncFn() -> bool) {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    }

    fn fresh() -> (MemberStore, People) {
        let members = Backend::in_memory().members;
        (members.clone(), People::new(members))
    }

    /// Ada, who is called this.
    fn called(name: &str) -> Person {
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse(name).unwrap(), guest: true }
    }

    fn message_of_ada() -> Message {
        let nonce = Nonce::parse("n1").unwrap();
        let (sequence, revision) = (Sequence(1), Sequence::ZERO);
        Message {
            sequence,
            author: called("Ada").id,
            nonce,
            at: Timestamp(1),
            text: None,
            revision,
            revised: None,
        }
    }
}
