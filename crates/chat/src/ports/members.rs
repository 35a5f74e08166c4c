//! Who is known to us.

use protocol::{MemberId, MemberName, Person, Timestamp};

use crate::{
    ports::Unavailable,
    secrets::{CodeHash, PasswordHash},
};

/// Members: accounts and guests. A name belongs to one of them, by its [`MemberName::key`].
pub trait Members: Send + Sync {
    /// Makes a member; `credentials` only for an account.
    ///
    /// # Errors
    /// [`MembersError::NameTaken`] (of fifty at once, one gets the name), [`MembersError::Unavailable`].
    fn create(
        &self,
        person: &Person,
        credentials: Option<&Credentials>,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), MembersError>> + Send;

    /// Finds an account or guest by name.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn by_name(&self, name: &MemberName)
    -> impl Future<Output = Result<Option<Account>, Unavailable>> + Send;

    /// Finds an account or guest by id.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn by_id(&self, id: &MemberId) -> impl Future<Output = Result<Option<Account>, Unavailable>> + Send;

    /// Tells who these are, in any order, each once; those who do not exist are left out.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn people(&self, ids: &[MemberId]) -> impl Future<Output = Result<Vec<Person>, Unavailable>> + Send;

    /// Makes a guest an account under a name, which may be the one they have.
    ///
    /// # Errors
    /// [`MembersError::NameTaken`], [`MembersError::NotAGuest`], [`MembersError::NoSuchMember`],
    /// [`MembersError::Unavailable`].
    fn upgrade(
        &self,
        id: &MemberId,
        name: &MemberName,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<(), MembersError>> + Send;

    /// Gives a member another name, which may be theirs in other letters.
    ///
    /// # Errors
    /// [`MembersError::NameTaken`], [`MembersError::NoSuchMember`], [`MembersError::Unavailable`].
    fn rename(
        &self,
        id: &MemberId,
        name: &MemberName,
    ) -> impl Future<Output = Result<(), MembersError>> + Send;

    /// Replaces an account's credentials if they are still `instead_of`, so that a code is used once, and nothing that was proved
    /// by an old password comes after a new one. Where they are set already, that is fine: an answer may have got lost.
    ///
    /// # Errors
    /// [`MembersError::Changed`] when they are others, [`MembersError::NoSuchMember`], [`MembersError::Unavailable`].
    fn set_credentials(
        &self,
        id: &MemberId,
        instead_of: &Credentials,
        credentials: &Credentials,
    ) -> impl Future<Output = Result<(), MembersError>> + Send;
}

/// A member as the store knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// As others see them.
    pub person: Person,
    /// Since when.
    pub created: Timestamp,
    /// None for a guest.
    pub credentials: Option<Credentials>,
}

/// What an account proves itself by. Both are hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Of the password.
    pub password: PasswordHash,
    /// Of the recovery code.
    pub recovery: CodeHash,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum MembersError {
    /// Another member has that name.
    #[error("the name is taken")]
    NameTaken,
    /// Has an account already.
    #[error("not a guest")]
    NotAGuest,
    /// No such member.
    #[error("no such member")]
    NoSuchMember,
    /// The credentials are not the ones that were to be replaced.
    #[error("the credentials were changed meanwhile")]
    Changed,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
