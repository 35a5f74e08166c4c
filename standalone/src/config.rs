//! Everything the program is told from outside. Parsed once, in `main`; parts are then passed, never the whole.

use std::net::SocketAddr;

use backend::{ConfigError, Edge, Setting, Settings};
use process::LogConfig;

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
    /// The search's part.
    pub(crate) search: search::Config,
}

const ADDR: Setting = Setting {
    name: "HUBBUB_ADDR",
    default: "127.0.0.1:3000",
    meaning: "Where to listen. Port 0 takes any that is free.",
    expected: "an address and a port, as `0.0.0.0:3000`",
};
impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names every bad variable at once.
    pub(crate) fn from_environment() -> Result<Self, ConfigError> {
        process::from_environment(Self::read)
    }

    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            addr: settings.read_parsed(&ADDR),
            log: LogConfig::read(settings),
            backend: backend::Config::read(settings),
            edge: Edge::read(settings),
            socket: socket_server::Config::read(settings),
            app: app::Config::read(settings),
            search: search::Config::read(settings),
        }
    }
}

/// The variables, as `--help` shows them.
pub(crate) fn help() -> String {
    process::help(all())
}

fn all() -> impl Iterator<Item = &'static Setting> {
    const OWN: &[Setting] = &[ADDR];
    OWN.iter()
        .chain(LogConfig::settings())
        .chain(backend::Config::settings())
        .chain(Edge::settings())
        .chain(socket_server::Config::settings())
        .chain(app::Config::settings())
        .chain(search::Config::settings())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_needs_to_be_set() {
        let config = parse(|_| None).unwrap();

        assert_eq!(config.addr.to_string(), "127.0.0.1:3000");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let bad = ["HUBBUB_ADDR", "HUBBUB_ORIGIN", "HUBBUB_SIGN_INS", "HUBBUB_SENDS", "HUBBUB_LOG_FORMAT"];

        let error = parse(|name| bad.contains(&name).then(|| "?!".to_owned())).err().unwrap();

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

    fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
        let mut settings = Settings::new(&get);
        let config = Config::read(&mut settings);
        settings.finish().map(|()| config)
    }
}
