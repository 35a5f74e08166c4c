//! Signed-in identities.

use protocol::{MemberId, Timestamp};

use crate::{ports::Unavailable, session::SessionKey};

/// Sessions, kept by the hash of their token.
pub trait Sessions: Send + Sync {
    /// Keeps a session.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn create(&self, session: &Session) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Finds a session that has not expired at `now`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        key: &SessionKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Session>, Unavailable>> + Send;

    /// Moves a session's end. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn extend(
        &self,
        key: &SessionKey,
        expires: Timestamp,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Ends a session. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn end(&self, key: &SessionKey) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Ends all sessions of a member but `keep`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn end_others(
        &self,
        member: &MemberId,
        keep: Option<&SessionKey>,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// A signed-in identity, outliving connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub key: SessionKey,
    /// Whose it is.
    pub member: MemberId,
    /// Since when.
    pub created: Timestamp,
    /// Until when.
    pub expires: Timestamp,
}
