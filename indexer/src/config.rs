//! What operators decide about the indexer.

use backend::{Setting, Settings};
use backend_aws::QueueUrl;

/// What operators decide about the indexer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `HUBBUB_DEAD_LETTERS`: the queue of what the index can never take.
    pub dead_letters: Option<QueueUrl>,
    /// `HUBBUB_PASSED_OVER`: the queue of notices of what the function was never given.
    pub passed_over: Option<QueueUrl>,
}

const DEAD_LETTERS: Setting = Setting {
    name: "HUBBUB_DEAD_LETTERS",
    default: "none",
    meaning: "The queue of SQS into which goes, by its key, what the index can never take. \
              The indexer does nothing without one.",
    expected: "`none` or a queue's URL, as `https://sqs.eu-north-1.amazonaws.com/123456789012/letters`",
};

const PASSED_OVER: Setting = Setting {
    name: "HUBBUB_PASSED_OVER",
    default: "none",
    meaning: "The queue of SQS into which Lambda puts notices of batches that it gave up. \
              A new index has what they were about, so `rebuild` throws away those of before.",
    expected: "`none` or a queue's URL, as `https://sqs.eu-north-1.amazonaws.com/123456789012/notices`",
};

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let queue = |value: &str| match value {
            "none" => Some(None),
            url => url.parse().ok().map(Some),
        };
        let dead_letters = settings.read(&DEAD_LETTERS, queue);
        Self { dead_letters, passed_over: settings.read(&PASSED_OVER, queue) }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[DEAD_LETTERS, PASSED_OVER]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_its_url() {
        let url = "https://sqs.eu-north-1.amazonaws.com/123456789012/letters";

        let both = |queue: Option<QueueUrl>| Some(Config { dead_letters: queue.clone(), passed_over: queue });
        assert_eq!(read(""), both(None));
        assert_eq!(read(url), both(Some(url.parse().unwrap())));
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
