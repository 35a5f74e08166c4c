//! Names of members, as far as this node has met them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use backend::MemberStore;
use chat::ports::{Members as _, Unavailable};
use protocol::{MemberId, Message, Person};

/// Most people remembered; beyond it all are forgotten, and asked for again.
const KNOWN_MAX: usize = 20_000;

pub(crate) struct People {
    members: MemberStore,
    known: Mutex<HashMap<MemberId, Person>>,
}

impl People {
    pub(super) fn new(members: MemberStore) -> Self {
        Self { members, known: Mutex::default() }
    }

    /// Somebody is called this now.
    pub(crate) fn learn(&self, person: &Person) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(person.id.clone(), person.clone());
    }

    /// Somebody is no member any more.
    pub(crate) fn forget(&self, member: &MemberId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(member);
    }

    /// The authors of messages, each once.
    ///
    /// # Errors
    /// [`Unavailable`] where one is unknown here and the store does not answer.
    pub(crate) async fn authors(&self, messages: &[Message]) -> Result<Vec<Person>, Unavailable> {
        let (mut people, mut unknown) = (Vec::new(), Vec::new());
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let mut seen: Vec<&MemberId> = Vec::new();
            for message in messages {
                if seen.contains(&&message.author) {
                    continue;
                }
                seen.push(&message.author);
                match known.get(&message.author) {
                    Some(person) => people.push(person.clone()),
                    None => unknown.push(message.author.clone()),
                }
            }
        }
        if !unknown.is_empty() {
            for person in self.members.people(&unknown).await? {
                self.learn(&person);
                people.push(person);
            }
        }
        Ok(people)
    }
}
