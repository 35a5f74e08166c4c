//! Everything the program is told from outside. Parsed once, in `main`; parts are then passed, never the whole.

use std::{fmt::Write as _, net::SocketAddr};

use backend::{ConfigError, Edge, Setting, Settings};

use crate::logging::{Format, LogConfig};

/// Everything the program is told from outside.
pub(crate) struct Config {
    /// `HUBBUB_ADDR`: where to listen. Default `127.0.0.1:3000`.
    pub(crate) addr: SocketAddr,
    /// How to log.
    pub(crate) log: LogConfig,
    /// Where things are kept.
    pub(crate) backend: backend::Config,
    /// What stands between browsers and this process.
    pub(crate) edge: Edge,
    /// The socket server's part.
    pub(crate) socket: socket_server::Config,
    /// The pages' part.
    pub(crate) app: app::Config,
}

const ADDR: Setting = Setting {
    name: "HUBBUB_ADDR",
    default: "127.0.0.1:3000",
    meaning: "Where to listen. Port 0 takes any that is free.",
    expected: "an address and a port, as `0.0.0.0:3000`",
};
const LOG: Setting = Setting {
    name: "HUBBUB_LOG",
    default: "info",
    meaning: "What to log: a level, or levels by module.",
    expected: "a filter, as `info` or `warn,socket_server=debug`",
};
const LOG_FORMAT: Setting = Setting {
    name: "HUBBUB_LOG_FORMAT",
    default: "text",
    meaning: "How to log: lines for people or for programs.",
    expected: "`text` or `json`",
};

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names every bad variable at once.
    pub(crate) fn from_environment() -> Result<Self, ConfigError> {
        #[expect(clippy::disallowed_methods, reason = "this is where settings are parsed")]
        Self::parse(|name| std::env::var(name).ok()) // What is not Unicode counts as not set.
    }

    fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(&get);
        let config = Self {
            addr: settings.read_parsed(&ADDR),
            log: LogConfig {
                filter: settings.read(&LOG, LogConfig::filter),
                format: settings.read(&LOG_FORMAT, Format::parse),
            },
            backend: backend::Config::read(&mut settings),
            edge: Edge::read(&mut settings),
            socket: socket_server::Config::read(&mut settings),
            app: app::Config::read(&mut settings),
        };
        settings.finish().map(|()| config)
    }
}

/// The variables, as `--help` shows them.
pub(crate) fn help() -> String {
    let mut help = "Settings, all from the environment:\n".to_owned();
    for Setting { name, default, meaning, expected } in all() {
        let written =
            write!(help, "\n  {name} [default: {default}]\n      {meaning}\n      Takes {expected}.\n");
        written.expect("writing to a String cannot fail");
    }
    help
}

fn all() -> impl Iterator<Item = &'static Setting> {
    const OWN: &[Setting] = &[ADDR, LOG, LOG_FORMAT];
    OWN.iter()
        .chain(backend::Config::settings())
        .chain(Edge::settings())
        .chain(socket_server::Config::settings())
        .chain(app::Config::settings())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_needs_to_be_set() {
        let config = Config::parse(|_| None).unwrap();

        assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let bad = ["HUBBUB_ADDR", "HUBBUB_ORIGIN", "HUBBUB_SIGN_INS", "HUBBUB_SENDS", "HUBBUB_LOG_FORMAT"];

        let error = Config::parse(|name| bad.contains(&name).then(|| "?!".to_owned())).err().unwrap();

        for name in bad {
            assert!(error.to_string().contains(&format!("{name} is `?!`, expected ")), "{error}");
        }
    }

    #[test]
    fn help_tells_every_variable_once() {
        let names: Vec<_> = all().map(|setting| setting.name).collect();

        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.starts_with("HUBBUB_") && help().contains(name)));
    }
}
