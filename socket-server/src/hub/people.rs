//! Names of members, as far as this node has met them.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use backend::MemberStore;
use chat::ports::{Members as _, Unavailable};
use protocol::{MemberId, Message, Person};

/// Most people remembered; beyond it all are forgotten, and asked for again.
const KNOWN_MAX: usize = 20_000;
/// What somebody is called is asked for again after this time, should the bus have lost that they are called otherwise.
const CALLED_FOR: Duration = Duration::from_mins(5);
/// Whom the store does not know, it is not asked for again within this time.
const NOBODY_FOR: Duration = Duration::from_secs(30);

pub(crate) struct People {
    members: MemberStore,
    known: Mutex<HashMap<MemberId, Known>>,
}

enum Known {
    /// Called this, until that is asked again.
    Person(Person, Instant),
    /// No member any more, until this is asked again.
    Nobody(Instant),
}

impl People {
    pub(super) fn new(members: MemberStore) -> Self {
        Self { members, known: Mutex::default() }
    }

    /// Somebody is called this now.
    pub(crate) fn learn(&self, person: &Person) {
        self.remember(&person.id, Known::Person(person.clone(), Instant::now() + CALLED_FOR));
    }

    /// Somebody is no member any more.
    pub(crate) fn forget(&self, member: &MemberId) {
        self.known().remove(member);
    }

    /// The authors of messages, each once. Those who are no members any more are left out.
    ///
    /// # Errors
    /// [`Unavailable`] where one was never known here and the store does not answer.
    pub(crate) async fn authors(&self, messages: &[Message]) -> Result<Vec<Person>, Unavailable> {
        let authors: BTreeSet<&MemberId> = messages.iter().map(|message| &message.author).collect();
        let (mut people, mut called_before, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        {
            let (known, now) = (self.known(), Instant::now());
            for author in authors {
                match known.get(author) {
                    Some(Known::Person(person, until)) if now < *until => people.push(person.clone()),
                    Some(Known::Nobody(until)) if now < *until => {}
                    Some(Known::Person(person, _)) => {
                        called_before.push(person.clone());
                        unknown.push(author.clone());
                    }
                    Some(Known::Nobody(_)) | None => unknown.push(author.clone()),
                }
            }
        }
        if !unknown.is_empty() {
            let found = match self.members.people(&unknown).await {
                Err(_) if called_before.len() == unknown.len() => {
                    people.extend(called_before);
                    return Ok(people);
                }
                found => found?,
            };
            let until = Instant::now() + NOBODY_FOR;
            unknown.retain(|member| found.iter().all(|person| person.id != *member));
            for member in &unknown {
                self.remember(member, Known::Nobody(until));
            }
            for person in &found {
                self.learn(person);
            }
            people.extend(found);
        }
        Ok(people)
    }

    fn remember(&self, member: &MemberId, known: Known) {
        let mut all = self.known();
        if all.len() >= KNOWN_MAX {
            all.clear();
        }
        all.insert(member.clone(), known);
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
        let members = Backend::in_memory().members;
        let people = People::new(members.clone());
        let (id, name) = (MemberId::parse("ada").unwrap(), MemberName::parse("Ada").unwrap());
        let ada = Person { id: id.clone(), name, guest: true };
        let messages = [message_of(&id)];

        assert_eq!(people.authors(&messages).await.unwrap(), []);
        members.create(&ada, None, Timestamp(1)).await.unwrap();
        assert_eq!(people.authors(&messages).await.unwrap(), [], "the store was not asked");
        tokio::time::advance(NOBODY_FOR).await;

        assert_eq!(people.authors(&messages).await.unwrap(), [ada]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_of_which_the_bus_has_lost_the_news_is_found_out() {
        let members = Backend::in_memory().members;
        let people = People::new(members.clone());
        let id = MemberId::parse("ada").unwrap();
        let called = |name| Person { id: id.clone(), name: MemberName::parse(name).unwrap(), guest: true };
        members.create(&called("Ada"), None, Timestamp(1)).await.unwrap();
        let messages = [message_of(&id)];
        assert_eq!(people.authors(&messages).await.unwrap(), [called("Ada")]);

        members.rename(&id, &called("Countess").name).await.unwrap();
        assert_eq!(people.authors(&messages).await.unwrap(), [called("Ada")], "the store was not asked");
        tokio::time::advance(CALLED_FOR).await;

        assert_eq!(people.authors(&messages).await.unwrap(), [called("Countess")]);
    }

    fn message_of(author: &MemberId) -> Message {
        let nonce = Nonce::parse("n1").unwrap();
        let (sequence, revision) = (Sequence(1), Sequence::ZERO);
        Message {
            sequence,
            author: author.clone(),
            nonce,
            at: Timestamp(1),
            text: None,
            revision,
            revised: None,
        }
    }
}
