//! Logs go to standard error: sentences with fields, never a text, a secret or where somebody is.

use std::{env, io::IsTerminal as _, panic};

use backend::{Setting, Settings};
use tracing_subscriber::{EnvFilter, fmt};

/// How to log.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `HUBBUB_LOG`: what is logged. Default `info`.
    filter: String,
    /// `HUBBUB_LOG_FORMAT`: lines for whom. Default `text`.
    format: Format,
}

/// For whom lines are written.
#[derive(Clone, Copy, Debug)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

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

impl LogConfig {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self { filter: settings.read(&LOG, filter), format: settings.read(&LOG_FORMAT, format) }
    }

    /// The variables that [`LogConfig::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[LOG, LOG_FORMAT]
    }

    /// From now on, what happens is logged.
    pub fn start(&self) {
        let filter = EnvFilter::new(&self.filter);
        let is_seen = std::io::stderr().is_terminal();
        let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_seen);
        match self.format {
            Format::Text => lines.init(),
            Format::Json => lines.json().flatten_event(true).init(),
        }
    }
}

/// Whether lines are for programs.
#[expect(clippy::disallowed_methods, reason = "settings that cannot be read are told of in lines, too")]
pub(crate) fn is_for_programs() -> bool {
    env::var(LOG_FORMAT.name).is_ok_and(|it| matches!(format(&it), Some(Format::Json)))
}

/// Tells why the program ends, whether or not logging has begun.
pub(crate) fn tell_end(name: &str, why: &anyhow::Error) {
    match is_for_programs() {
        true => tell(|| tracing::error!("{name}: {why:#}")),
        false => eprintln!("{name}: {why:#}"),
    }
}

/// From now on panics, too, are lines for programs, where others are.
pub(crate) fn tell_of_panics() {
    if is_for_programs() {
        panic::set_hook(Box::new(|panic| tell(|| tracing::error!(%panic, "Panicked"))));
    }
}

/// Whatever else is not to be logged: without this nobody would know why a program is gone.
fn tell(what: impl FnOnce()) {
    let lines = fmt().with_writer(std::io::stderr).json().flatten_event(true).finish();
    tracing::subscriber::with_default(lines, what);
}

/// Takes a filter that can be read.
fn filter(text: &str) -> Option<String> {
    EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
}

fn format(text: &str) -> Option<Format> {
    match text {
        "text" => Some(Format::Text),
        "json" => Some(Format::Json),
        _ => None,
    }
}
