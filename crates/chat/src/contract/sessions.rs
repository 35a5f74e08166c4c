//! What sessions are. Behaviours take them.

use protocol::{MemberId, Timestamp};

use super::{NOW, unique, unique_member};
use crate::{
    ports::{Session, Sessions},
    session::SessionKey,
};

/// Stamps one test per behaviour; `$fresh` makes the sessions.
#[macro_export]
macro_rules! sessions_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(sessions, $fresh;
            a_session_is_found_until_it_expires,
            an_unknown_key_has_no_session,
            an_extended_session_lives_on,
            extending_makes_no_session,
            an_ended_session_is_gone,
            a_member_ends_all_sessions_but_one,
            a_member_ends_all_sessions,
        );
    };
}

pub async fn a_session_is_found_until_it_expires(sessions: impl Sessions) {
    let session = fresh_session(&sessions, &unique_member()).await;

    let last = Timestamp(session.expires.0 - 1);

    assert_eq!(sessions.find(&session.key, NOW).await.unwrap().as_ref(), Some(&session));
    assert_eq!(sessions.find(&session.key, last).await.unwrap().as_ref(), Some(&session));
    assert_eq!(sessions.find(&session.key, session.expires).await.unwrap(), None);
}

pub async fn an_unknown_key_has_no_session(sessions: impl Sessions) {
    assert_eq!(sessions.find(&unique_key(), NOW).await.unwrap(), None);
}

pub async fn an_extended_session_lives_on(sessions: impl Sessions) {
    let session = fresh_session(&sessions, &unique_member()).await;
    let expires = Timestamp(session.expires.0 + 1000);

    sessions.extend(&session.key, expires).await.unwrap();

    let expected = Session { expires, ..session.clone() };
    assert_eq!(sessions.find(&session.key, session.expires).await.unwrap(), Some(expected));
    assert_eq!(sessions.find(&session.key, expires).await.unwrap(), None);
}

pub async fn extending_makes_no_session(sessions: impl Sessions) {
    let ended = fresh_session(&sessions, &unique_member()).await;
    sessions.end(&ended.key).await.unwrap();

    sessions.extend(&ended.key, Timestamp(ended.expires.0 + 1000)).await.unwrap();

    assert_eq!(sessions.find(&ended.key, NOW).await.unwrap(), None);
}

pub async fn an_ended_session_is_gone(sessions: impl Sessions) {
    let member = unique_member();
    let (ended, other) = (fresh_session(&sessions, &member).await, fresh_session(&sessions, &member).await);

    sessions.end(&ended.key).await.unwrap();
    sessions.end(&ended.key).await.unwrap();

    assert_eq!(sessions.find(&ended.key, NOW).await.unwrap(), None);
    assert_eq!(sessions.find(&other.key, NOW).await.unwrap(), Some(other));
}

pub async fn a_member_ends_all_sessions_but_one(sessions: impl Sessions) {
    let member = unique_member();
    let kept = fresh_session(&sessions, &member).await;
    let others = [fresh_session(&sessions, &member).await, fresh_session(&sessions, &member).await];
    let anothers = fresh_session(&sessions, &unique_member()).await;

    sessions.end_others(&member, Some(&kept.key)).await.unwrap();

    assert_eq!(sessions.find(&kept.key, NOW).await.unwrap(), Some(kept));
    assert_eq!(sessions.find(&anothers.key, NOW).await.unwrap(), Some(anothers));
    for other in others {
        assert_eq!(sessions.find(&other.key, NOW).await.unwrap(), None);
    }
}

pub async fn a_member_ends_all_sessions(sessions: impl Sessions) {
    let member = unique_member();
    let all = [fresh_session(&sessions, &member).await, fresh_session(&sessions, &member).await];
    let anothers = fresh_session(&sessions, &unique_member()).await;

    sessions.end_others(&member, None).await.unwrap();

    assert_eq!(sessions.find(&anothers.key, NOW).await.unwrap(), Some(anothers));
    for session in all {
        assert_eq!(sessions.find(&session.key, NOW).await.unwrap(), None);
    }
}

async fn fresh_session(sessions: &impl Sessions, member: &MemberId) -> Session {
    let session = Session {
        key: unique_key(),
        member: member.clone(),
        created: NOW,
        expires: Timestamp(NOW.0 + 60_000),
    };
    sessions.create(&session).await.unwrap();
    session
}

fn unique_key() -> SessionKey {
    SessionKey::from_stored(format!("{:016x}{:016x}", unique(), unique()))
}
