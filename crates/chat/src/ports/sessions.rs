//! Signed-in identities.

use protocol::{MemberId, Timestamp};

use crate::{ports::Unavailable, session::SessionKey};

/// Sessions, kept by the hash of their token.
pub trait Sessions: Send + Sync {
    /// Keeps a session.
    ///
    /// # Errors
    /// [`SessionsError::Barred`], [`SessionsError::Unavailable`].
    fn create(&self, session: &Session) -> impl Future<Output = Result<(), SessionsError>> + Send;

    /// Finds a session that has not expired at `now`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        key: &SessionKey,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<Session>, Unavailable>> + Send;

    /// A member's sessions that have not expired at `now`, the newest first, at most `n`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn of_member(
        &self,
        member: &MemberId,
        now: Timestamp,
        n: usize,
    ) -> impl Future<Output = Result<Vec<Session>, Unavailable>> + Send;

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

    /// Bars a member: all their sessions end, and none begins until they are let in again. Whether that is new.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn bar(&self, member: &MemberId, at: Timestamp)
    -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// Lets a member in again. Whether they were barred.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn unbar(&self, member: &MemberId) -> impl Future<Output = Result<bool, Unavailable>> + Send;
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
    /// From where it began, for its owner to know it again: `Firefox on Linux`; at most [`DEVICE_MAX`] scalars.
    pub device: String,
}

/// Longest description of where a session began.
pub const DEVICE_MAX: usize = 64;

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// The member is barred.
    #[error("the member is barred")]
    Barred,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
