//! What sessions are. Behaviours take them.

use std::cmp::Reverse;

use futures::future::{join, join_all};
use protocol::{MemberId, Timestamp};

use super::{NOW, unique, unique_member};
use crate::{
    ports::{DEVICE_MAX, Session, Sessions, SessionsError},
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
            a_members_sessions_come_newest_first,
            an_expired_session_is_not_among_a_members,
            a_session_is_described_in_any_letters,
            a_barred_member_has_no_session_and_begins_none,
            a_barred_member_is_let_in_again,
            a_member_is_barred_once,
            nobody_else_is_barred,
            a_session_that_begins_while_its_member_is_barred_does_not_stay,
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

pub async fn a_members_sessions_come_newest_first(sessions: impl Sessions) {
    let member = unique_member();
    let mut made = Vec::new();
    for n in [2, 5, 1, 4, 3] {
        let session = Session { created: Timestamp(NOW.0 + n), ..session_of(&member) };
        sessions.create(&session).await.unwrap();
        made.push(session);
    }
    fresh_session(&sessions, &unique_member()).await;

    made.sort_by_key(|session| Reverse(session.created));
    assert_eq!(sessions.of_member(&member, NOW, 3).await.unwrap(), made[..3]);
    assert_eq!(sessions.of_member(&member, NOW, 100).await.unwrap(), made);
    assert_eq!(sessions.of_member(&member, NOW, 0).await.unwrap(), []);
    assert_eq!(sessions.of_member(&unique_member(), NOW, 100).await.unwrap(), []);
}

pub async fn an_expired_session_is_not_among_a_members(sessions: impl Sessions) {
    let member = unique_member();
    let long = Session { expires: Timestamp(NOW.0 + 90_000), ..session_of(&member) };
    let brief = Session { created: Timestamp(NOW.0 + 1), ..session_of(&member) };
    let ended = fresh_session(&sessions, &member).await;
    sessions.create(&long).await.unwrap();
    sessions.create(&brief).await.unwrap();
    sessions.end(&ended.key).await.unwrap();

    let last = Timestamp(brief.expires.0 - 1);

    assert_eq!(sessions.of_member(&member, last, 10).await.unwrap(), [brief.clone(), long.clone()]);
    assert_eq!(sessions.of_member(&member, long.expires, 10).await.unwrap(), []);
    // What has expired takes nobody's place.
    assert_eq!(sessions.of_member(&member, brief.expires, 1).await.unwrap(), [long]);
}

pub async fn a_session_is_described_in_any_letters(sessions: impl Sessions) {
    for device in [String::new(), "😀".repeat(DEVICE_MAX), "'; --\0\n".to_owned()] {
        let session = Session { device, ..session_of(&unique_member()) };
        sessions.create(&session).await.unwrap();

        assert_eq!(sessions.find(&session.key, NOW).await.unwrap(), Some(session));
    }
}

pub async fn a_barred_member_has_no_session_and_begins_none(sessions: impl Sessions) {
    let member = unique_member();
    let before = [fresh_session(&sessions, &member).await, fresh_session(&sessions, &member).await];

    sessions.bar(&member, NOW).await.unwrap();
    let late = session_of(&member);
    let refused = sessions.create(&late).await;

    assert!(matches!(refused, Err(SessionsError::Barred)), "{refused:?}");
    for session in before.iter().chain([&late]) {
        assert_eq!(sessions.find(&session.key, NOW).await.unwrap(), None);
    }
    assert_eq!(sessions.of_member(&member, NOW, 10).await.unwrap(), []);
}

pub async fn a_barred_member_is_let_in_again(sessions: impl Sessions) {
    let member = unique_member();
    let before = fresh_session(&sessions, &member).await;
    sessions.bar(&member, NOW).await.unwrap();

    sessions.unbar(&member).await.unwrap();
    let after = fresh_session(&sessions, &member).await;

    assert_eq!(sessions.of_member(&member, NOW, 10).await.unwrap(), [after]);
    assert_eq!(sessions.find(&before.key, NOW).await.unwrap(), None);
}

pub async fn a_member_is_barred_once(sessions: impl Sessions) {
    let member = unique_member();

    assert!(!sessions.unbar(&member).await.unwrap());
    for _ in 0..2 {
        assert!(sessions.bar(&member, NOW).await.unwrap());
        assert!(!sessions.bar(&member, NOW).await.unwrap());
        assert!(sessions.unbar(&member).await.unwrap());
        assert!(!sessions.unbar(&member).await.unwrap());
    }
}

pub async fn nobody_else_is_barred(sessions: impl Sessions) {
    let [barred, other] = [unique_member(), unique_member()];
    let session = fresh_session(&sessions, &other).await;

    sessions.bar(&barred, NOW).await.unwrap();
    let next = sessions.create(&session_of(&other)).await;

    assert!(next.is_ok(), "{next:?}");
    assert_eq!(sessions.find(&session.key, NOW).await.unwrap(), Some(session));
    assert!(!sessions.unbar(&other).await.unwrap());
}

pub async fn a_session_that_begins_while_its_member_is_barred_does_not_stay(sessions: impl Sessions) {
    for _ in 0..20 {
        let member = unique_member();
        let wanted = [0, 1, 2].map(|_| session_of(&member));

        let beginning = join_all(wanted.iter().map(|session| sessions.create(session)));
        let (results, barred) = join(beginning, sessions.bar(&member, NOW)).await;

        assert!(barred.unwrap());
        assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(SessionsError::Barred))));
        assert_eq!(sessions.of_member(&member, NOW, 10).await.unwrap(), []);
    }
}

async fn fresh_session(sessions: &impl Sessions, member: &MemberId) -> Session {
    let session = session_of(member);
    sessions.create(&session).await.unwrap();
    session
}

/// A session that nobody has kept yet.
pub(super) fn session_of(member: &MemberId) -> Session {
    Session {
        key: unique_key(),
        member: member.clone(),
        created: NOW,
        expires: Timestamp(NOW.0 + 60_000),
        device: "Firefox on Linux".to_owned(),
    }
}

fn unique_key() -> SessionKey {
    SessionKey::from_stored(format!("{:016x}{:016x}", unique(), unique()))
}
