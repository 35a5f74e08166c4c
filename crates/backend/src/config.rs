//! Where this process keeps things.

use std::path::PathBuf;

use crate::settings::{ConfigError, Setting, Settings};

/// Where this process keeps things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `HUBBUB_DATA`: the folder of the database. Default `data`.
    pub data: PathBuf,
}

const DATA: Setting = Setting {
    name: "HUBBUB_DATA",
    default: "data",
    meaning: "The folder that everything is kept in; it is made where it is missing.",
    expected: "a folder",
};

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self { data: settings.read(&DATA, |value| Some(PathBuf::from(value))) }
    }

    /// Reads the configuration alone.
    ///
    /// # Errors
    /// Names every bad variable at once, with its value and what was expected.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(&get);
        let config = Self::read(&mut settings);
        settings.finish().map(|()| config)
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[DATA]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_where_it_is_told_to_be() {
        let get = |name: &str| (name == "HUBBUB_DATA").then(|| "/srv/hubbub".to_owned());

        assert_eq!(Config::parse(get), Ok(Config { data: "/srv/hubbub".into() }));
        assert_eq!(Config::parse(|_| None), Ok(Config { data: "data".into() }));
    }
}
