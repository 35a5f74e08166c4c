//! What operators decide about the indexer.

use backend::{Setting, Settings};
use backend_aws::QueueUrl;

/// What operators decide about the indexer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `HUBBUB_DEAD_LETTERS`: the queue of what the index can never take.
    pub dead_letters: Option<QueueUrl>,
}

const DEAD_LETTERS: Setting = Setting {
    name: "HUBBUB_DEAD_LETTERS",
    default: "none",
    meaning: "The queue of SQS into which goes, by its key, what the index can never take. \
              The indexer does nothing without one.",
    expected: "`none` or a queue's URL, as `https://sqs.eu-north-1.amazonaws.com/123456789012/letters`",
};

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let dead_letters = settings.read(&DEAD_LETTERS, |value| match value {
            "none" => Some(None),
            url => url.parse().ok().map(Some),
        });
        Self { dead_letters }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[DEAD_LETTERS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_its_url() {
        let url = "https://sqs.eu-north-1.amazonaws.com/123456789012/letters";

        assert_eq!(read(""), Some(Config { dead_letters: None }));
        assert_eq!(read(url), Some(Config { dead_letters: Some(url.parse().unwrap()) }));
        assert_eq!(read("letters"), None);
    }

    #[test]
    fn the_readme_names_every_setting() {
        let readme = include_str!("../../README.md");

        for setting in Config::settings() {
            assert!(readme.contains(&format!("`{}`", setting.name)), "{}", setting.name);
        }
    }

    fn read(value: &'static str) -> Option<Config> {
        let get = |_: &str| Some(value.to_owned());
        let mut settings = Settings::new(&get);
        let config = Config::read(&mut settings);
        settings.finish().ok().map(|()| config)
    }
}
