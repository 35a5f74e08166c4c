//! Where OpenSearch is.

use std::{fmt, str::FromStr};

use opensearch::http::Url;

/// `http://host:port` or `https://host`; with `aoss+` before it, a collection of OpenSearch Serverless, for which
/// requests are signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSearchUrl {
    pub(super) url: Url,
    pub(super) is_signed: bool,
}

/// An address that is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected `http://host:port`, `https://host` or `aoss+https://host`")]
pub struct OpenSearchUrlError;

impl FromStr for OpenSearchUrl {
    type Err = OpenSearchUrlError;

    fn from_str(text: &str) -> Result<Self, OpenSearchUrlError> {
        let (is_signed, rest) = match text.strip_prefix(SIGNED) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let url: Url = rest.parse().map_err(|_| OpenSearchUrlError)?;
        let is_whole = matches!(url.scheme(), "http" | "https") && url.has_host();
        // A password here would be shown wherever the address is.
        let is_bare = url.username().is_empty()
            && url.password().is_none()
            && url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none();
        if is_whole && is_bare { Ok(Self { url, is_signed }) } else { Err(OpenSearchUrlError) }
    }
}

impl fmt::Display for OpenSearchUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = if self.is_signed { SIGNED } else { "" };
        write!(f, "{signed}{}", self.url)
    }
}

const SIGNED: &str = "aoss+";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_whether_requests_are_signed() {
        for (text, shown, is_signed) in [
            ("http://127.0.0.1:9200", "http://127.0.0.1:9200/", false),
            ("https://search.example", "https://search.example/", false),
            (
                "aoss+https://x.eu-north-1.aoss.amazonaws.com",
                "aoss+https://x.eu-north-1.aoss.amazonaws.com/",
                true,
            ),
        ] {
            let url: OpenSearchUrl = text.parse().unwrap();
            assert_eq!((url.is_signed, url.to_string().as_str()), (is_signed, shown));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "localhost:9200",
            "ftp://a",
            "es+https://a",
            "aoss+aoss+https://a",
            "http://",
            "http://a/path",
            "http://a/?q",
            "https://ada:secret@a",
        ] {
            assert_eq!(text.parse::<OpenSearchUrl>(), Err(OpenSearchUrlError), "{text}");
        }
    }
}
