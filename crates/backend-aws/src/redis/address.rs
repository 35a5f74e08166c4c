//! Where Redis is, and as whom one comes there.

use std::{fmt, str::FromStr};

use fred::types::config::{Config, ServerConfig};

/// `redis://host:port`, or `rediss://user:password@host:port` for TLS. What it shows of itself has neither user nor
/// password.
#[derive(Clone)]
pub struct RedisUrl {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) is_tls: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
}

/// An address that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `redis://host:port`, or `rediss://user:password@host:port` for TLS")]
pub struct RedisUrlError;

impl FromStr for RedisUrl {
    type Err = RedisUrlError;

    fn from_str(url: &str) -> Result<Self, RedisUrlError> {
        let (is_tls, rest) = match url.split_once("://") {
            Some(("redis", rest)) => (false, rest),
            Some(("rediss", rest)) => (true, rest),
            _ => return Err(RedisUrlError),
        };
        // Parsed as one without TLS, since roots are another thing's concern.
        let config = Config::from_url_centralized(&format!("redis://{rest}")).map_err(|_| RedisUrlError)?;
        match config {
            Config {
                server: ServerConfig::Centralized { server },
                username,
                password,
                database: None,
                ..
            } if !server.host.is_empty() => Ok(Self {
                host: server.host.to_string(),
                port: server.port,
                is_tls,
                user: username,
                password,
            }),
            _ => Err(RedisUrlError),
        }
    }
}

impl fmt::Display for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_tls { "rediss" } else { "redis" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        let url: RedisUrl = "redis://127.0.0.1:7000".parse().unwrap();

        assert_eq!((url.host.as_str(), url.port, url.is_tls), ("127.0.0.1", 7000, false));
        assert_eq!((url.user, url.password), (None, None));
    }

    #[test]
    fn a_user_and_a_password_may_have_any_letters() {
        let url: RedisUrl = "rediss://hub%40bub:p%2Fw%3A@cache.example:6379".parse().unwrap();

        assert!(url.is_tls);
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("hub@bub"), Some("p/w:")));
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: RedisUrl = "rediss://hubbub:secret@localhost:6379".parse().unwrap();

        assert_eq!(url.to_string(), "rediss://localhost:6379");
        assert_eq!(format!("{url:?}"), "RedisUrl(rediss://localhost:6379)");
        let refused = "http://hubbub:secret@localhost:6379".parse::<RedisUrl>().unwrap_err();
        assert!(!refused.to_string().contains("secret"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in
            ["", "localhost:6379", "redis://", "redis-cluster://a:1", "redis://a:port", "redis://a:1/3"]
        {
            assert_eq!(url.parse::<RedisUrl>().unwrap_err(), RedisUrlError, "{url}");
        }
    }
}
