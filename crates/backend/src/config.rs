//! Where this process keeps things, and how it hears of other nodes.

use std::{fmt, path::PathBuf};

#[cfg(feature = "aws")]
use backend_aws::{DynamoConfig, OpenSearchConfig, OpenSearchUrl, RedisUrl};

use crate::settings::{ConfigError, Setting, Settings};

/// Where this process keeps things, and how it hears of other nodes.
#[derive(Clone, Debug)]
pub struct Config {
    /// `HUBBUB_STORE`, and what belongs to it.
    pub store: StoreConfig,
    /// `HUBBUB_BUS`.
    pub bus: BusConfig,
    /// `HUBBUB_INDEX`.
    pub index: IndexConfig,
}

/// Where things are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreConfig {
    /// In SQLite, in this folder.
    Sqlite(PathBuf),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoConfig),
}

/// How nodes hear of each other.
#[derive(Clone, Debug)]
pub enum BusConfig {
    /// There is this process only.
    Local,
    /// By Redis.
    #[cfg(feature = "aws")]
    Redis {
        /// Where it is.
        url: RedisUrl,
        /// What keys and channels begin with.
        prefix: String,
    },
}

/// By what messages are found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexConfig {
    /// By nothing but looking at the newest.
    None,
    /// By SQLite, in a file of its own beside the store.
    Sqlite,
    /// By OpenSearch.
    #[cfg(feature = "aws")]
    OpenSearch(OpenSearchConfig),
}

const DATA: Setting = Setting {
    name: "HUBBUB_DATA",
    default: "data",
    meaning: "The folder that everything is kept in; it is made where it is missing.",
    expected: "a folder",
};
#[cfg(not(feature = "aws"))]
const STORE: Setting = Setting {
    name: "HUBBUB_STORE",
    default: "sqlite",
    meaning: "Where everything is kept. DynamoDB is in builds with the feature `aws`.",
    expected: "`sqlite`, which is in HUBBUB_DATA, or `sqlite:FOLDER`",
};
#[cfg(feature = "aws")]
const STORE: Setting = Setting {
    name: "HUBBUB_STORE",
    default: "sqlite",
    meaning: "Where everything is kept. Credentials and region of DynamoDB are found as AWS's own tools find them.",
    expected: "`sqlite`, which is in HUBBUB_DATA, `sqlite:FOLDER` or `dynamodb`",
};
#[cfg(not(feature = "aws"))]
const BUS: Setting = Setting {
    name: "HUBBUB_BUS",
    default: "local",
    meaning: "How nodes hear of each other. Redis is in builds with the feature `aws`.",
    expected: "`local`, for one node",
};
#[cfg(feature = "aws")]
const BUS: Setting = Setting {
    name: "HUBBUB_BUS",
    default: "local",
    meaning: "How nodes hear of each other: `local` where there is one only.",
    expected: "`local`, `redis://HOST:PORT` or `rediss://USER:PASSWORD@HOST:PORT`",
};
#[cfg(not(feature = "aws"))]
const INDEX: Setting = Setting {
    name: "HUBBUB_INDEX",
    default: "sqlite",
    meaning: "By what messages are found; without it, only the newest are looked at.",
    expected: "`sqlite` or `none`",
};
#[cfg(feature = "aws")]
const INDEX: Setting = Setting {
    name: "HUBBUB_INDEX",
    default: "sqlite",
    meaning: "By what messages are found; without it, only the newest are looked at. `sqlite` goes with SQLite and is none \
        for DynamoDB, with which OpenSearch goes; `aoss+` is for OpenSearch Serverless, with AWS's credentials and region.",
    expected: "`sqlite`, `none` or, with DynamoDB, an address as `http://HOST:PORT`, `https://HOST` or `aoss+https://HOST`",
};
#[cfg(feature = "aws")]
const PREFIX: Setting = Setting {
    name: "HUBBUB_PREFIX",
    default: "hubbub",
    meaning: "What the names of tables, keys, channels and indexes begin with, so that others have their own beside them.",
    expected: "1 to 32 of a-z, 0-9 and -",
};
#[cfg(feature = "aws")]
const ENDPOINT: Setting = Setting {
    name: "HUBBUB_DYNAMODB_ENDPOINT",
    default: "aws",
    meaning: "Where DynamoDB is, for DynamoDB Local: any credentials will do there.",
    expected: "`aws`, or an address as `http://127.0.0.1:8000`",
};

impl Config {
    /// In SQLite in a folder, and one node.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        Self { store: StoreConfig::Sqlite(data.into()), bus: BusConfig::Local, index: IndexConfig::Sqlite }
    }

    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let data = settings.read(&DATA, |value| Some(PathBuf::from(value)));
        #[cfg(feature = "aws")]
        let far = Far::read(settings);
        let store = settings.read(&STORE, |value| match value.split_once(':') {
            None if value == "sqlite" => Some(StoreConfig::Sqlite(data.clone())),
            Some(("sqlite", folder)) if !folder.is_empty() => Some(StoreConfig::Sqlite(folder.into())),
            #[cfg(feature = "aws")]
            None if value == "dynamodb" => Some(StoreConfig::Dynamo(far.tables())),
            _ => None,
        });
        // It may have a password in it.
        let bus = settings.read_secret(&BUS, |value| match value {
            "local" => Some(BusConfig::Local),
            #[cfg(feature = "aws")]
            url => url.parse().ok().map(|url| BusConfig::Redis { url, prefix: far.keys() }),
            #[cfg(not(feature = "aws"))]
            _ => None,
        });
        let index = settings.read(&INDEX, |value| match (value, &store) {
            ("none", _) => Some(IndexConfig::None),
            ("sqlite", StoreConfig::Sqlite(_)) => Some(IndexConfig::Sqlite),
            #[cfg(feature = "aws")]
            ("sqlite", StoreConfig::Dynamo(_)) => Some(IndexConfig::None),
            // What becomes of messages in SQLite is not told to OpenSearch.
            #[cfg(feature = "aws")]
            (url, StoreConfig::Dynamo(_)) => Some(IndexConfig::OpenSearch(far.index(url.parse().ok()?))),
            _ => None,
        });
        Self { store, bus, index }
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
        #[cfg(feature = "aws")]
        return &[DATA, STORE, BUS, INDEX, PREFIX, ENDPOINT];
        #[cfg(not(feature = "aws"))]
        return &[DATA, STORE, BUS, INDEX];
    }
}

/// What is told of what is far away.
#[cfg(feature = "aws")]
struct Far {
    prefix: String,
    endpoint: Option<String>,
}

#[cfg(feature = "aws")]
impl Far {
    fn read(settings: &mut Settings<'_>) -> Self {
        let is_prefix = |value: &str| {
            let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            (1..=32).contains(&value.len()) && value.bytes().all(is_allowed)
        };
        let is_address = |value: &str| value.starts_with("http://") || value.starts_with("https://");
        Self {
            prefix: settings.read(&PREFIX, |value| is_prefix(value).then(|| value.to_owned())),
            endpoint: settings.read(&ENDPOINT, |value| match value {
                "aws" => Some(None),
                address => is_address(address).then(|| Some(address.to_owned())),
            }),
        }
    }

    fn tables(&self) -> DynamoConfig {
        DynamoConfig { prefix: format!("{}-", self.prefix), endpoint: self.endpoint.clone() }
    }

    fn keys(&self) -> String {
        format!("{}:", self.prefix)
    }

    fn index(&self, url: OpenSearchUrl) -> OpenSearchConfig {
        OpenSearchConfig { url, prefix: self.prefix.clone() }
    }
}

impl fmt::Display for StoreConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(folder) => folder.display().fmt(f),
            #[cfg(feature = "aws")]
            Self::Dynamo(config) => match &config.endpoint {
                Some(endpoint) => write!(f, "the tables {}… at {endpoint}", config.prefix),
                None => write!(f, "DynamoDB's tables {}…", config.prefix),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_folder_is_where_it_is_told_to_be() {
        let folder = |set: &[(&str, &str)]| read(set).map(|config| config.store);

        assert_eq!(folder(&[]), Ok(StoreConfig::Sqlite("data".into())));
        assert_eq!(folder(&[("HUBBUB_DATA", "/srv/a")]), Ok(StoreConfig::Sqlite("/srv/a".into())));
        let both = [("HUBBUB_DATA", "/srv/a"), ("HUBBUB_STORE", "sqlite:/srv/b")];
        assert_eq!(folder(&both), Ok(StoreConfig::Sqlite("/srv/b".into())));
    }

    #[test]
    fn what_is_no_store_and_what_is_no_bus_is_said_without_its_password() {
        let error = read(&[("HUBBUB_STORE", "postgres"), ("HUBBUB_BUS", "amqp://me:hunter2@there")]);

        let error = error.unwrap_err().to_string();
        assert!(error.contains("HUBBUB_STORE is `postgres`, expected `sqlite`"), "{error}");
        assert!(error.contains("HUBBUB_BUS is a secret of 23 bytes"), "{error}");
    }

    #[test]
    fn messages_are_found_by_sqlite_or_not_at_all() {
        let index = |set: &[(&str, &str)]| read(set).map(|config| config.index);

        assert_eq!(index(&[]), Ok(IndexConfig::Sqlite));
        assert_eq!(index(&[("HUBBUB_INDEX", "none")]), Ok(IndexConfig::None));
        assert!(index(&[("HUBBUB_INDEX", "lucene")]).is_err());
    }

    #[cfg(feature = "aws")]
    #[test]
    fn tables_keys_channels_and_indexes_have_the_prefix() {
        let config = read(&[
            ("HUBBUB_STORE", "dynamodb"),
            ("HUBBUB_BUS", "rediss://hubbub:secret@cache.example:6379"),
            ("HUBBUB_INDEX", "aoss+https://search.example"),
            ("HUBBUB_PREFIX", "team-a"),
            ("HUBBUB_DYNAMODB_ENDPOINT", "http://127.0.0.1:8000"),
        ]);

        let Config { store, bus, index } = config.unwrap();
        let endpoint = Some("http://127.0.0.1:8000".to_owned());
        assert_eq!(store, StoreConfig::Dynamo(DynamoConfig { prefix: "team-a-".to_owned(), endpoint }));
        assert!(matches!(&bus, BusConfig::Redis { prefix, .. } if prefix == "team-a:"), "{bus:?}");
        assert!(!format!("{bus:?}").contains("secret"));
        let url = "aoss+https://search.example".parse().unwrap();
        assert_eq!(index, IndexConfig::OpenSearch(OpenSearchConfig { url, prefix: "team-a".to_owned() }));
    }

    #[cfg(feature = "aws")]
    #[test]
    fn an_index_goes_with_its_store() {
        let index = |set: &[(&str, &str)]| read(set).map(|config| config.index);
        let dynamodb = ("HUBBUB_STORE", "dynamodb");
        let opensearch = ("HUBBUB_INDEX", "http://127.0.0.1:9200");

        assert_eq!(index(&[dynamodb]), Ok(IndexConfig::None));
        assert!(matches!(index(&[dynamodb, opensearch]), Ok(IndexConfig::OpenSearch(_))));
        assert!(index(&[opensearch]).is_err());
        assert!(index(&[dynamodb, ("HUBBUB_INDEX", "ftp://here")]).is_err());
    }

    fn read(set: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::parse(|name| set.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned()))
    }
}
