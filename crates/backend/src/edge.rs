//! The outermost address of the product, and whom to believe about who is calling.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use crate::settings::{ConfigError, Setting, Settings};

/// What stands between browsers and this process. Everything that asks where a request comes from asks here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// `HUBBUB_ORIGIN`: where browsers find us. Default `http://127.0.0.1:3000`.
    pub origin: Origin,
    /// The other name of this machine, `http://localhost:3000`, where no origin was set.
    pub alias: Option<Origin>,
    /// `HUBBUB_TRUSTED_HOPS`: how many proxies in front of us add to X-Forwarded-For. Default 0.
    pub trusted_hops: u8,
    /// `HUBBUB_EDGE_SECRETS`: by which we know the edge. Default none.
    pub secrets: Secrets,
}

/// What the edge adds to each request, so that nobody comes past it. Two hold at a time: so one can be replaced while
/// requests come. Not shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secrets(Vec<String>);

const ORIGIN: Setting = Setting {
    name: "HUBBUB_ORIGIN",
    default: "http://127.0.0.1:3000",
    meaning: "Where browsers find Hubbub. Requests that change something must come from a page there; \
              with https, cookies are Secure.",
    expected: "scheme, host and perhaps port, as `https://chat.example.org`",
};

const TRUSTED_HOPS: Setting = Setting {
    name: "HUBBUB_TRUSTED_HOPS",
    default: "0",
    meaning: "How many proxies of your own stand in front of Hubbub, each of which adds to X-Forwarded-For. \
              With 0 that header is not looked at.",
    expected: "a number from 0 to 255",
};

const SECRETS: Setting = Setting {
    name: "HUBBUB_EDGE_SECRETS",
    default: "none",
    meaning: "What the proxy in front adds to each request as X-Hubbub-Edge: others are turned away. \
              The next one stands beside it while it is replaced.",
    expected: "`none`, or one or two secrets of at least 16 bytes, with a comma between",
};

impl Edge {
    /// Reads what stands in front, together with others' settings.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let origin = settings.read(&ORIGIN, Origin::parse);
        let trusted_hops = settings.read_parsed(&TRUSTED_HOPS);
        let secrets = settings.read_secret(&SECRETS, Secrets::parse);
        match settings.is_set(&ORIGIN) {
            true => Self { origin, alias: None, trusted_hops, secrets },
            false => Self { trusted_hops, secrets, ..Self::local(origin.port) },
        }
    }

    /// Reads what stands in front alone.
    ///
    /// # Errors
    /// Names every bad variable at once, with its value and what was expected.
    pub fn parse(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(&get);
        let edge = Self::read(&mut settings);
        settings.finish().map(|()| edge)
    }

    /// Nothing in front: browsers on this machine, under both its names.
    pub fn local(port: u16) -> Self {
        let origin = |host: &str| Origin { https: false, host: host.to_owned(), port };
        Self {
            origin: origin("127.0.0.1"),
            alias: Some(origin("localhost")),
            trusted_hops: 0,
            secrets: Secrets::default(),
        }
    }

    /// The same for a process that listens on `port`: moves an origin that nobody set there.
    #[must_use]
    pub fn listening_on(self, port: u16) -> Self {
        match self.alias {
            Some(_) => Self { origin: Self::local(port).origin, alias: Self::local(port).alias, ..self },
            None => self,
        }
    }

    /// The variables that [`Edge::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[ORIGIN, TRUSTED_HOPS, SECRETS]
    }

    /// Whether a request with this `Origin` header comes from one of our own pages. Without the header it does not.
    pub fn allows(&self, origin_header: Option<&str>) -> bool {
        let Some(origin) = origin_header.and_then(Origin::parse) else { return false };
        origin == self.origin || Some(&origin) == self.alias.as_ref()
    }

    /// Who is calling: of what the trusted proxies have added to `X-Forwarded-For` the outermost, else the other end of the
    /// connection. Whatever stands further left, or in an earlier one of several such headers, anybody can have written.
    pub fn client_address<'a>(
        &self,
        peer: IpAddr,
        x_forwarded_for: impl DoubleEndedIterator<Item = &'a [u8]>,
    ) -> IpAddr {
        let Some(nth) = usize::from(self.trusted_hops).checked_sub(1) else { return peer.to_canonical() };
        let mut backwards = x_forwarded_for.rev().flat_map(|header| header.rsplit(|byte| *byte == b','));
        let forwarded = backwards.nth(nth).and_then(|it| str::from_utf8(it).ok()).and_then(address);
        forwarded.unwrap_or(peer).to_canonical()
    }

    /// Whether browsers reach us by https, so that cookies can be Secure.
    pub fn is_https(&self) -> bool {
        self.origin.https
    }
}

impl Secrets {
    /// The header that they come in.
    pub const HEADER: &str = "x-hubbub-edge";

    fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::default());
        }
        let secrets: Vec<String> = text.split(',').map(|it| it.trim().to_owned()).collect();
        (secrets.len() <= 2 && secrets.iter().all(|it| it.len() >= 16)).then_some(Self(secrets))
    }

    /// Whether there are none, so that everybody comes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is one of them. It takes as long whichever bytes are wrong.
    pub fn has(&self, given: &[u8]) -> bool {
        let is_it = |secret: &String| {
            let differences = secret.bytes().zip(given).fold(0, |sum, (one, other)| sum | (one ^ other));
            secret.len() == given.len() && differences == 0
        };
        self.0.iter().filter(|secret| is_it(secret)).count() > 0
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} of them)", self.0.len())
    }
}

/// Scheme, host and port of a page, in the form in which browsers compare them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Reads an origin, as a browser sends it or a person types it: no path, but perhaps a slash at the end.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        // An IPv6 address has colons of its own, but then it ends with a bracket.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (rest, default_port(https)),
        };
        is_host(host).then(|| Self { https, host: host.to_owned(), port })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match self.port == default_port(self.https) {
            true => Ok(()),
            false => write!(f, ":{}", self.port),
        }
    }
}

fn default_port(https: bool) -> u16 {
    if https { 443 } else { 80 }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)),
    }
}

/// An address as proxies write it: some add the port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse().ok();
    address.or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge_at(origin: &'static str) -> Edge {
        Edge::parse(|name| (name == "HUBBUB_ORIGIN").then(|| origin.to_owned())).unwrap()
    }

    fn edge_behind(trusted_hops: u8) -> Edge {
        Edge { trusted_hops, ..Edge::local(3000) }
    }

    #[track_caller]
    fn check_client(trusted_hops: u8, x_forwarded_for: &[&str], expected: &str) {
        let peer = "10.0.0.1".parse().unwrap();
        let expected: IpAddr = expected.parse().unwrap();
        let headers = x_forwarded_for.iter().map(|it| it.as_bytes());
        assert_eq!(edge_behind(trusted_hops).client_address(peer, headers), expected, "{x_forwarded_for:?}");
    }

    #[test]
    fn only_our_own_pages_may_change_something() {
        let edge = edge_at("https://Chat.example.org/");

        assert!(edge.allows(Some("https://chat.example.org")));
        assert!(edge.is_https());
        for foreign in [
            "http://chat.example.org",
            "https://chat.example.org:444",
            "https://chat.example.org.evil.example",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!edge.allows(Some(foreign)), "{foreign:?}");
        }
        assert!(!edge.allows(None));
    }

    #[test]
    fn a_default_port_may_be_written_or_not() {
        assert!(edge_at("https://chat.example.org:443").allows(Some("https://chat.example.org")));
        assert!(edge_at("http://[::1]:80").allows(Some("http://[::1]")));
    }

    #[test]
    fn a_machine_goes_by_both_its_names_until_it_is_given_one() {
        let unset = Edge::parse(|_| None).unwrap();
        let moved = unset.clone().listening_on(8080);
        let set = edge_at("http://127.0.0.1:3000");

        assert!(unset.allows(Some("http://127.0.0.1:3000")) && unset.allows(Some("http://localhost:3000")));
        assert!(!unset.is_https());
        assert!(moved.allows(Some("http://localhost:8080")) && !moved.allows(Some("http://localhost:3000")));
        assert!(!set.allows(Some("http://localhost:3000")));
        assert_eq!(set.clone().listening_on(8080), set);
    }

    #[test]
    fn an_origin_is_shown_as_browsers_write_it() {
        for (typed, shown) in [
            ("HTTPS://Chat.Example.org/", "https://chat.example.org"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:3000", "http://[::1]:3000"),
        ] {
            assert_eq!(Origin::parse(typed).unwrap().to_string(), shown);
        }
        for bad in
            ["", "chat.example.org", "ftp://x", "https://", "https://x/y", "https://x:y", "https://a b"]
        {
            assert_eq!(Origin::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn bad_settings_are_all_named() {
        let error = Edge::parse(|_| Some("x".to_owned())).unwrap_err();

        let names: Vec<&str> = error.bad.iter().map(|bad| bad.name).collect();
        assert_eq!(names, ["HUBBUB_ORIGIN", "HUBBUB_TRUSTED_HOPS", "HUBBUB_EDGE_SECRETS"]);
    }

    #[test]
    fn a_forged_header_changes_nothing() {
        check_client(0, &["6.6.6.6"], "10.0.0.1");
        check_client(1, &["6.6.6.6, 198.51.100.7"], "198.51.100.7");
        check_client(2, &["6.6.6.6, 198.51.100.7, 10.0.0.9"], "198.51.100.7");
        // Some proxies add a header of their own to the one that a client sent.
        check_client(1, &["6.6.6.6", "198.51.100.7"], "198.51.100.7");
        check_client(2, &["6.6.6.6", "198.51.100.7, 10.0.0.9"], "198.51.100.7");
        check_client(2, &["6.6.6.6", "198.51.100.7", "10.0.0.9"], "198.51.100.7");
        check_client(1, &["6.6.6.6", "\u{e9}, 198.51.100.7"], "198.51.100.7");
    }

    #[test]
    fn what_no_proxy_wrote_falls_back_to_the_peer() {
        check_client(1, &[], "10.0.0.1");
        check_client(1, &["unknown"], "10.0.0.1");
        check_client(2, &["198.51.100.7"], "10.0.0.1");
    }

    #[test]
    fn an_address_is_read_with_or_without_port() {
        check_client(1, &["198.51.100.7:4711"], "198.51.100.7");
        check_client(1, &["[2001:db8::7]:4711"], "2001:db8::7");
        check_client(1, &["::ffff:198.51.100.7"], "198.51.100.7");
    }
}
