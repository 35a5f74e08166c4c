//! The connection as a thing that comes and goes: when to try, when to give up, what to tell the member.

use std::time::Duration;

use protocol::{close::CloseCode, limits};

use crate::random::Random;

/// Longest wait before the first new try; doubles with each.
const BACKOFF_FIRST: Duration = Duration::from_millis(500);
/// Longest wait before any try.
const BACKOFF_MAX: Duration = Duration::from_secs(30);
/// A connection that lived this long was a good one: the next wait is short again.
const PROVEN_AFTER: Duration = Duration::from_secs(5);
/// A node that restarts asks everybody to come back within this time.
const RESTART_SPREAD: Duration = Duration::from_secs(3);
/// A connection that does not welcome us within this time is none.
const WELCOME_WITHIN: Duration = Duration::from_secs(10);

/// How the connection is, as the member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The first connection is being made.
    Connecting,
    /// What is shown is current.
    Live,
    /// The connection was lost; the next try is at `at`, or under way.
    Reconnecting {
        /// When, on the clock that the driver passes.
        at: Duration,
    },
    /// The device says that it has no network.
    Offline,
    /// The server is newer than this page: reload it.
    Outdated,
    /// The session ended: sign in again.
    SessionEnded,
    /// Too many connections of this member or from this address.
    TooMany,
}

/// What is to be done about the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkAct {
    Connect,
    Disconnect,
}

#[derive(Debug)]
pub(crate) struct Link {
    state: State,
    n_failed: u32,
    was_live: bool,
    online: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting { until: Duration },
    Opening { since: Duration },
    Live { since: Duration, heard: Duration },
    Stopped(CloseCode),
}

impl Link {
    /// Begins with a try at once.
    pub(crate) fn new() -> Self {
        Self { state: State::Waiting { until: Duration::ZERO }, n_failed: 0, was_live: false, online: true }
    }

    pub(crate) fn status(&self) -> Status {
        match self.state {
            State::Live { .. } => Status::Live,
            State::Stopped(CloseCode::OUTDATED) => Status::Outdated,
            State::Stopped(CloseCode::TOO_MANY) => Status::TooMany,
            State::Stopped(_) => Status::SessionEnded,
            _ if !self.online => Status::Offline,
            State::Waiting { until } if self.was_live || self.n_failed > 0 => {
                Status::Reconnecting { at: until }
            }
            State::Opening { since } if self.was_live || self.n_failed > 0 => {
                Status::Reconnecting { at: since }
            }
            State::Waiting { .. } | State::Opening { .. } => Status::Connecting,
        }
    }

    pub(crate) fn is_live(&self) -> bool {
        matches!(self.state, State::Live { .. })
    }

    /// The server has welcomed us.
    pub(crate) fn welcomed(&mut self, now: Duration) {
        self.state = State::Live { since: now, heard: now };
        self.was_live = true;
        self.online = true;
    }

    /// Something came.
    pub(crate) fn heard(&mut self, now: Duration) {
        if let State::Live { heard, .. } = &mut self.state {
            *heard = now;
        }
    }

    /// The connection ended, or could not be made.
    pub(crate) fn closed(&mut self, code: CloseCode, now: Duration, random: &mut Random) {
        if let State::Live { since, .. } = self.state
            && now.saturating_sub(since) >= PROVEN_AFTER
        {
            self.n_failed = 0;
        }
        if matches!(self.state, State::Stopped(_)) {
            return; // It was ended for that reason, whatever its end says.
        }
        if !code.come_back() {
            self.state = State::Stopped(code);
            return;
        }
        let wait = match code {
            CloseCode::SESSION_CHANGED => Duration::ZERO,
            CloseCode::RESTART => random.up_to(RESTART_SPREAD),
            _ => random.up_to(backoff(self.n_failed)),
        };
        self.n_failed = self.n_failed.saturating_add(1);
        self.state = State::Waiting { until: now + wait };
    }

    /// A frame that cannot be read is of a newer server.
    pub(crate) fn outdated(&mut self) {
        self.state = State::Stopped(CloseCode::OUTDATED);
    }

    /// The member, or a network that is back, asks not to wait.
    pub(crate) fn try_now(&mut self, now: Duration) {
        match &mut self.state {
            State::Waiting { until } => *until = now,
            State::Stopped(CloseCode::TOO_MANY) => self.state = State::Waiting { until: now },
            _ => {}
        }
    }

    /// The device says whether it has a network. A hint: tries go on without one.
    pub(crate) fn set_online(&mut self, online: bool, now: Duration) {
        self.online = online;
        if online {
            self.try_now(now);
        }
    }

    /// What the time asks for.
    pub(crate) fn wake(&mut self, now: Duration) -> Option<LinkAct> {
        if now < self.next_wake()? {
            return None;
        }
        match self.state {
            State::Waiting { .. } => {
                self.state = State::Opening { since: now };
                Some(LinkAct::Connect)
            }
            State::Opening { .. } | State::Live { .. } => Some(LinkAct::Disconnect),
            State::Stopped(_) => None,
        }
    }

    pub(crate) fn next_wake(&self) -> Option<Duration> {
        match self.state {
            State::Waiting { until } => Some(until),
            State::Opening { since } => Some(since + WELCOME_WITHIN),
            State::Live { heard, .. } => Some(heard + limits::SILENCE_MAX),
            State::Stopped(_) => None,
        }
    }
}

/// The longest wait after `n_failed` tries. The wait itself is anything up to it, so that many clients that lost one
/// server do not come back in step. Source: Brooker, "Exponential Backoff And Jitter" (full jitter).
fn backoff(n_failed: u32) -> Duration {
    BACKOFF_FIRST.saturating_mul(2_u32.saturating_pow(n_failed)).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOST: CloseCode = CloseCode(1006);

    #[test]
    fn the_first_try_is_at_once() {
        let mut link = Link::new();

        assert_eq!(link.wake(Duration::ZERO), Some(LinkAct::Connect));
        assert_eq!(link.status(), Status::Connecting);
    }

    #[test]
    fn waits_grow_and_are_forgotten_after_a_good_connection() {
        let mut random = Random::from_seed(1);
        let mut link = Link::new();
        for _ in 0..20 {
            link.closed(LOST, Duration::ZERO, &mut random);
        }
        assert_eq!(backoff(link.n_failed), BACKOFF_MAX);

        link.welcomed(Duration::ZERO);
        link.closed(LOST, PROVEN_AFTER, &mut random);

        assert!(link.next_wake().unwrap() <= PROVEN_AFTER + BACKOFF_FIRST);
    }

    #[test]
    fn a_short_connection_does_not_make_waits_short() {
        let mut random = Random::from_seed(1);
        let mut link = Link::new();
        for _ in 0..5 {
            link.welcomed(Duration::ZERO);
            link.closed(LOST, Duration::from_secs(1), &mut random);
        }

        assert_eq!(link.n_failed, 5);
    }

    #[test]
    fn silence_ends_a_connection() {
        let mut link = Link::new();
        link.welcomed(Duration::ZERO);
        link.heard(Duration::from_secs(10));

        assert_eq!(link.wake(limits::SILENCE_MAX), None);
        assert_eq!(link.wake(limits::SILENCE_MAX + Duration::from_secs(10)), Some(LinkAct::Disconnect));
    }

    #[test]
    fn an_outdated_page_stays_so_when_its_connection_ends() {
        let mut link = Link::new();
        link.welcomed(Duration::ZERO);
        link.outdated();

        link.closed(LOST, Duration::ZERO, &mut Random::from_seed(1));

        assert_eq!(link.status(), Status::Outdated);
    }

    #[test]
    fn who_is_told_to_stay_away_stays_away() {
        let mut link = Link::new();
        link.closed(CloseCode::SESSION_ENDED, Duration::ZERO, &mut Random::from_seed(1));
        link.try_now(Duration::ZERO);

        assert_eq!(link.status(), Status::SessionEnded);
        assert_eq!(link.wake(Duration::from_hours(1)), None);
    }
}
