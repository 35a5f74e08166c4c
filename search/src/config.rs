//! What operators decide about the search.

use backend::{Setting, Settings};
use chat::rate::Rate;

/// What operators decide about the search.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `HUBBUB_SEARCHES`: searches of one member. As one types, each pause is one.
    pub searches: Rate,
}

const SEARCHES: Setting =
    Setting::rate("HUBBUB_SEARCHES", "30/5", "Searches of one member: at once, and per second.");

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self { searches: settings.read_rate_per_second(&SEARCHES) }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[SEARCHES]
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&mut Settings::new(&|_| None))
    }
}

#[cfg(test)]
mod tests {
    use protocol::limits;

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_protocol() {
        let (burst, per_second) = limits::SEARCHES;

        assert_eq!(Config::default().searches, Rate { burst, per_second: f64::from(per_second) });
    }
}
