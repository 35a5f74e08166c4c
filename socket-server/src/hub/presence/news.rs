//! Who came and who went since that was told.

use std::collections::BTreeMap;

use protocol::{MemberId, Person};

/// Who came and who went since that was told. Who went and came back did neither.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::hub) struct News {
    pub(in crate::hub) came: BTreeMap<MemberId, Person>,
    pub(in crate::hub) went: BTreeMap<MemberId, Person>,
    /// Who was here all the time, and has another name now.
    pub(in crate::hub) renamed: BTreeMap<MemberId, Person>,
    /// Somebody knows this already: what is undone is news to them.
    is_shown: bool,
}

impl News {
    /// Somebody was here or not, and now is or is not.
    pub(super) fn note(&mut self, before: Option<&Person>, now: Option<&Person>) {
        match (before, now) {
            (None, Some(now)) => self.come(now),
            (Some(before), None) => self.go(before),
            (Some(before), Some(now)) if before != now => self.rename(now),
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    /// Somebody is shown who is here, this news included.
    pub(super) fn show(&mut self) {
        self.is_shown = !self.is_empty();
    }

    pub(in crate::hub) fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty() && self.renamed.is_empty()
    }

    /// Takes it: all who came, and of those who went at most so many.
    pub(super) fn take(&mut self, n_went: usize) -> Self {
        let mut rest = Self::default();
        if let Some(at) = self.went.keys().nth(n_went).cloned() {
            rest.went = self.went.split_off(&at);
        }
        std::mem::replace(self, rest)
    }

    fn come(&mut self, now: &Person) {
        match self.went.remove(&now.id) {
            Some(before) if before == *now && !self.is_shown => {}
            Some(_) if !self.is_shown => drop(self.renamed.insert(now.id.clone(), now.clone())),
            Some(_) | None => drop(self.came.insert(now.id.clone(), now.clone())),
        }
    }

    fn go(&mut self, before: &Person) {
        self.renamed.remove(&before.id);
        if self.came.remove(&before.id).is_none() || self.is_shown {
            self.went.insert(before.id.clone(), before.clone());
        }
    }

    fn rename(&mut self, now: &Person) {
        match self.came.get_mut(&now.id) {
            Some(came) => *came = now.clone(),
            None => drop(self.renamed.insert(now.id.clone(), now.clone())),
        }
    }
}
