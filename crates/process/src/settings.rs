//! A program's settings: read from the environment, and told by `--help`.

use std::fmt::Write as _;

use backend::{ConfigError, Setting, Settings};

/// Reads a program's settings from the environment.
///
/// # Errors
/// Names every bad variable at once.
pub fn from_environment<T>(read: impl FnOnce(&mut Settings<'_>) -> T) -> Result<T, ConfigError> {
    #[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
    let get = |name: &str| std::env::var(name).ok(); // What is not Unicode counts as not set.
    let mut settings = Settings::new(&get);
    let config = read(&mut settings);
    settings.finish().map(|()| config)
}

/// The variables, as `--help` shows them.
pub fn help<'a>(settings: impl IntoIterator<Item = &'a Setting>) -> String {
    let mut help = "Settings, all from the environment:\n".to_owned();
    for Setting { name, default, meaning, expected } in settings {
        let written =
            write!(help, "\n  {name} [default: {default}]\n      {meaning}\n      Takes {expected}.\n");
        written.expect("writing to a String cannot fail");
    }
    help
}
