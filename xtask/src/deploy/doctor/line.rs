//! A connection to a site, and a question by HTTP over it. TLS is openssl's: a crate for it would have everybody who builds
//! this program compile a cryptography that they do not need.

use std::{
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};

/// How long one question, or one conversation, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What we call ourselves.
pub(super) const AGENT: &str = "hubbub-doctor";

/// Where a site is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) is_secure: bool,
    pub(super) host: String,
    port: u16,
}

impl Site {
    /// Reads `https://chat.example` or `http://127.0.0.1:3000`.
    ///
    /// # Errors
    /// When it is no origin.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (scheme, rest) = url.split_once("://").context("it is written as https://chat.example")?;
        let is_secure = match scheme {
            "https" => true,
            "http" => false,
            other => bail!("{other} is neither https nor http"),
        };
        let rest = rest.trim_end_matches('/');
        ensure!(!rest.is_empty() && !rest.contains('/'), "it is to be a site, without a path");
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().context("the port is no number")?),
            None => (rest, if is_secure { 443 } else { 80 }),
        };
        Ok(Self { is_secure, host: host.to_owned(), port })
    }

    /// The same without TLS, on the port that browsers try first.
    pub(super) fn insecure(&self) -> Self {
        Self { is_secure: false, host: self.host.clone(), port: 80 }
    }

    /// As browsers name it: what pages come from.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", if self.is_secure { "https" } else { "http" }, self.authority())
    }

    /// Its name, with a port where that is not the usual one.
    pub(super) fn authority(&self) -> String {
        match (self.is_secure, self.port) {
            (true, 443) | (false, 80) => self.host.clone(),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(super) fn connect(&self) -> Result<Line> {
        let place = format!("{}:{}", self.host, self.port);
        if !self.is_secure {
            let address = place.to_socket_addrs()?.next().with_context(|| format!("{place} is nowhere"))?;
            let stream = TcpStream::connect_timeout(&address, PATIENCE)
                .with_context(|| format!("{place} takes no connection"))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            return Ok(Line::Plain(stream));
        }
        let mut openssl = Command::new("openssl");
        openssl.args(["s_client", "-quiet", "-verify_return_error", "-connect", &place]);
        openssl.args(["-servername", &self.host, "-verify_hostname", &self.host]);
        let mut child = openssl
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("openssl, which speaks TLS here, cannot be started")?;
        let said = child.stdin.take().context("its input was asked for")?;
        let heard = child.stdout.take().context("its output was asked for")?;
        Ok(Line::Secure { said, heard, _watched: Watched::over(child) })
    }
}

/// An open connection.
pub(super) enum Line {
    Plain(TcpStream),
    Secure { said: ChildStdin, heard: ChildStdout, _watched: Watched },
}

/// Ends a program after a while, or when dropped: pipes know no time.
pub(super) struct Watched(Option<Sender<()>>);

impl Watched {
    fn over(mut child: Child) -> Self {
        let (over, wait) = channel();
        thread::spawn(move || {
            // Either way its time is over.
            let _ = wait.recv_timeout(PATIENCE);
            let _ = child.kill();
            let _ = child.wait();
        });
        Self(Some(over))
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Secure { heard, .. } => heard.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Secure { said, .. } => said.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Secure { said, .. } => said.flush(),
        }
    }
}

/// What is answered.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    /// A header, by its small name; of several the first.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    fn parse(text: &[u8]) -> Result<Self> {
        let text = String::from_utf8_lossy(text);
        let (head, body) = text
            .split_once("\r\n\r\n")
            .context("nobody answers in full; over TLS, perhaps its certificate is not good")?;
        let mut lines = head.lines();
        let status =
            lines.next().and_then(|it| it.split(' ').nth(1)?.parse().ok()).context("that is not HTTP")?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Ok(Self { status, headers: lines.filter_map(header).collect(), body: body.to_owned() })
    }
}

/// Asks for something, with more headers, each ended by a line's end.
///
/// # Errors
/// When there is no answer.
pub(super) fn ask(site: &Site, what: &str, headers: &str) -> Result<Answer> {
    let mut line = site.connect()?;
    // By HTTP/1.0 an answer comes in one piece, and ends with the connection.
    let length = if what.starts_with("POST ") { "Content-Length: 0\r\n" } else { "" };
    let request = format!(
        "{what} HTTP/1.0\r\nHost: {}\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n{length}{headers}\r\n",
        site.authority()
    );
    line.write_all(request.as_bytes())?;
    line.flush()?;
    let mut text = Vec::new();
    let end = line.read_to_end(&mut text);
    // One that ends rudely has said what it had to.
    if text.is_empty() {
        end.with_context(|| format!("{} does not answer to {what}", site.origin()))?;
    }
    Answer::parse(&text)
        .with_context(|| format!("{} answers to {what} with {} bytes", site.origin(), text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_are_named_as_browsers_do() {
        let of = |url: &str| Site::parse(url).unwrap().origin();

        assert_eq!(of("https://chat.example/"), "https://chat.example");
        assert_eq!(of("https://chat.example:8443"), "https://chat.example:8443");
        assert_eq!(of("http://127.0.0.1:3000"), "http://127.0.0.1:3000");
        for bad in ["chat.example", "ftp://chat.example", "https://chat.example/r/general", "https://"] {
            assert!(Site::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_answer_is_read_whatever_its_headers_are_spelled_like() {
        let answer = Answer::parse(b"HTTP/1.1 404 Not Found\r\nCACHE-control:  no-cache\r\n\r\nhi").unwrap();

        assert_eq!((answer.status, answer.body.as_str()), (404, "hi"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert!(Answer::parse(b"").is_err());
    }
}
