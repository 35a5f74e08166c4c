//! Logs go to standard error: sentences with fields, never a text, a secret or an address.

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt};

/// How to log.
pub(crate) struct LogConfig {
    /// `HUBBUB_LOG`: what is logged. Default `info`.
    pub(crate) filter: String,
    /// `HUBBUB_LOG_FORMAT`: lines for whom. Default `text`.
    pub(crate) format: Format,
}

impl LogConfig {
    /// Takes a filter that can be read.
    pub(crate) fn filter(text: &str) -> Option<String> {
        EnvFilter::try_new(text).is_ok().then(|| text.to_owned())
    }
}

/// For whom lines are written.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format {
    /// Takes its name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

/// From now on, what happens is logged.
pub(crate) fn start(config: &LogConfig) {
    let filter = EnvFilter::new(&config.filter);
    let is_seen = std::io::stderr().is_terminal();
    let lines = fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(is_seen);
    match config.format {
        Format::Text => lines.init(),
        Format::Json => lines.json().flatten_event(true).init(),
    }
}
