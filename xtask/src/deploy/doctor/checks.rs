//! What can be told of a site by asking for things.

use anyhow::{Context as _, Result, bail, ensure};

use super::line::{Answer, Site, ask};

/// How often a page may send on.
const REDIRECTS_MAX: usize = 5;

/// The site that is looked at.
pub(super) struct Seen {
    pub(super) site: Site,
    /// Whether it is one program, without an edge.
    pub(super) is_alone: bool,
    pub(super) cookie: Option<String>,
}

impl Seen {
    fn get(&self, path: &str) -> Result<Answer> {
        ask(&self.site, &format!("GET {path}"), &format!("Origin: {}\r\n", self.site.origin()))
    }

    /// The first page, wherever it is.
    fn page(&self) -> Result<Answer> {
        let mut path = "/".to_owned();
        for _ in 0..REDIRECTS_MAX {
            let answer = self.get(&path)?;
            let Some(next) = answer.header("location").filter(|_| (300..400).contains(&answer.status)) else {
                ensure!(answer.status == 200, "{path} is answered with {}", answer.status);
                return Ok(answer);
            };
            next.strip_prefix(&self.site.origin()).unwrap_or(next).clone_into(&mut path);
            ensure!(
                path.starts_with('/'),
                "a page sends to {path}: is HUBBUB_ORIGIN {}?",
                self.site.origin()
            );
        }
        bail!("pages send on and on")
    }

    pub(super) fn pages(&self) -> Result<String> {
        let page = self.page()?;
        let is_page = page.header("content-type").is_some_and(|it| it.starts_with("text/html"));
        ensure!(
            is_page && page.body.contains("/pkg/"),
            "what comes is no page of Hubbub: / is routed wrongly"
        );
        Ok(format!("a page of {} bytes", page.body.len()))
    }

    pub(super) fn nodes(&self) -> Result<String> {
        let answer = self.get("/ws")?;
        let is_forbidden = answer.status == 403 && answer.body.contains("our own pages");
        ensure!(
            !is_forbidden,
            "the nodes take {} for another site: look at HUBBUB_ORIGIN",
            self.site.origin()
        );
        let is_node = answer.status == 426 || answer.body.contains("This is a WebSocket");
        ensure!(is_node, "{} answers, which is no node: /ws is routed wrongly", who(&answer));
        self.takes_nothing("/ws")?;
        Ok("a node says that it is a WebSocket".to_owned())
    }

    pub(super) fn search(&self) -> Result<String> {
        let answer = self.get("/api/search?q=doctor")?;
        let is_search = answer.body.contains("not_signed_in");
        let is_down = answer.status >= 500;
        ensure!(!is_down, "the search is down: {} answers", who(&answer));
        ensure!(
            is_search,
            "{} answers, which is not the search: /api/search is routed wrongly",
            who(&answer)
        );
        let cache = answer.header("cache-control").unwrap_or("nothing");
        ensure!(cache.contains("no-store"), "what is found may be kept: Cache-Control says {cache}");
        self.takes_nothing("/api/search")?;
        Ok("it asks who is there".to_owned())
    }

    pub(super) fn assets(&self) -> Result<String> {
        let page = self.page()?.body;
        let mut names: Vec<&str> = page.split(['"', '\'']).filter(|it| it.starts_with("/pkg/")).collect();
        names.sort_unstable();
        names.dedup();
        ensure!(!names.is_empty(), "a page names no assets");
        for name in &names {
            let asset = self.get(name)?;
            ensure!(asset.status == 200, "{name}, which a page names, is answered with {}", asset.status);
            let cache = asset.header("cache-control").unwrap_or("nothing");
            let is_for_ever = cache.contains("max-age=31536000") && cache.contains("immutable");
            ensure!(is_for_ever, "{name} is not kept for a year: Cache-Control says {cache}");
        }
        let missing = self.get("/pkg/doctor.0.js")?;
        ensure!(missing.status == 404, "an asset that is missing is answered with {}", missing.status);
        // The pages serve assets, too, and say of one that is missing that nobody is to keep that; of a page, they show another.
        let is_of_pages =
            missing.header("cache-control") == Some("no-cache") || missing.body.contains("\"/pkg/");
        ensure!(self.is_alone || !is_of_pages, "the pages answer for the assets: /pkg/* is routed wrongly");
        self.takes_nothing("/pkg/doctor.0.js")?;
        Ok(format!("{} of them, kept for a year", names.len()))
    }

    /// That nobody can send anything there.
    fn takes_nothing(&self, path: &str) -> Result<()> {
        let answer =
            ask(&self.site, &format!("POST {path}"), &format!("Origin: {}\r\n", self.site.origin()))?;
        let is_refused = matches!(answer.status, 403..=405);
        ensure!(is_refused, "{path} takes a POST, with {}: it is routed wrongly", answer.status);
        Ok(())
    }

    pub(super) fn headers(&self) -> Result<String> {
        let page = self.page()?;
        let header = |name: &str| page.header(name).with_context(|| format!("pages come without {name}"));
        let policy = header("content-security-policy")?;
        let scripts = policy.split(';').find(|it| it.trim().starts_with("script-src")).unwrap_or_default();
        ensure!(scripts.contains("'nonce-"), "the page's own Content-Security-Policy was replaced: {policy}");
        ensure!(!scripts.contains("unsafe-inline"), "anybody's scripts may run: {policy}");
        ensure!(header("x-content-type-options")? == "nosniff", "browsers may guess what files are");
        if self.site.is_secure {
            let lives = header("strict-transport-security")?;
            let seconds = lives.split(['=', ';']).nth(1).and_then(|it| it.trim().parse::<u64>().ok());
            ensure!(seconds.is_some_and(|it| it >= 31_536_000), "strict-transport-security is {lives}");
        }
        Ok("their policy has its nonce".to_owned())
    }

    pub(super) fn tls(&self) -> Result<String> {
        if !self.site.is_secure {
            return Ok("there is none here".to_owned());
        }
        let answer = ask(&self.site.insecure(), "GET /", "")?;
        let next = answer.header("location").unwrap_or("nowhere");
        let is_sent_on = (300..400).contains(&answer.status) && next.starts_with("https://");
        ensure!(
            is_sent_on,
            "http://{}/ is answered with {}, and sent to {next}",
            self.site.host,
            answer.status
        );
        Ok("who does is sent to https".to_owned())
    }

    pub(super) fn secret(&self) -> Result<String> {
        for path in ["/ws", "/api/search?q=doctor", "/pkg/doctor.0.js", "/doctor"] {
            let answer = self.get(path)?;
            ensure!(answer.header("x-hubbub-edge").is_none(), "{path} tells it to everybody");
            let is_past = answer.body.contains("Come by way of the front door");
            ensure!(!is_past, "{path}: the edge's secret is not the one that is asked for");
        }
        Ok("no answer has it".to_owned())
    }
}

/// What can be said of who answered.
fn who(answer: &Answer) -> String {
    let kind = answer.header("content-type").unwrap_or("nothing named");
    format!("something with {} and {kind}", answer.status)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    const PAGE: &str =
        "text/html\r\nContent-Security-Policy: script-src 'nonce-1'\r\nX-Content-Type-Options: nosniff";

    #[test]
    fn a_site_that_is_as_it_should_be_is_well() {
        let seen = site(as_it_should_be);

        seen.pages().unwrap();
        seen.nodes().unwrap();
        seen.search().unwrap();
        seen.assets().unwrap();
        seen.headers().unwrap();
        seen.secret().unwrap();
    }

    #[test]
    fn a_path_that_is_routed_wrongly_is_named() {
        let pages_for = |path: &'static str| {
            site(move |what| match what.contains(path) {
                true => answer(404, "text/html\r\nCache-Control: no-cache", "nothing here"),
                false => as_it_should_be(what),
            })
        };

        check(pages_for("/ws").nodes(), "/ws is routed wrongly");
        check(pages_for("/api/search").search(), "/api/search is routed wrongly");
        check(pages_for("/pkg/doctor").assets(), "/pkg/* is routed wrongly");
        check(site(|_| answer(200, "text/plain", "It works!")).pages(), "/ is routed wrongly");
    }

    #[test]
    fn what_takes_what_it_should_not_is_named() {
        let seen = site(|what| match what.starts_with("POST") {
            true => answer(200, "text/html", ""),
            false => as_it_should_be(what),
        });

        check(seen.nodes(), "/ws takes a POST");
        check(seen.search(), "/api/search takes a POST");
    }

    #[test]
    fn a_header_that_is_missing_or_tells_too_much_is_named() {
        let with = |page: &'static str| {
            site(move |what| match what.starts_with("GET /r/") {
                true => answer(200, page, "<script src=\"/pkg/a.1.js\">"),
                false => as_it_should_be(what),
            })
        };

        check(with("text/html").headers(), "pages come without content-security-policy");
        let replaced = "text/html\r\nContent-Security-Policy: script-src 'unsafe-inline'";
        check(with(replaced).headers(), "Content-Security-Policy was replaced");
        let short = site(|what| match what.contains("/pkg/a") {
            true => answer(200, "text/javascript\r\nCache-Control: max-age=60", ""),
            false => as_it_should_be(what),
        });
        check(short.assets(), "/pkg/a.1.js is not kept for a year: Cache-Control says max-age=60");
        let told = site(|what| match what.contains("/doctor ") {
            true => answer(404, "text/html\r\nX-Hubbub-Edge: secret", ""),
            false => as_it_should_be(what),
        });
        check(told.secret(), "/doctor tells it to everybody");
    }

    #[test]
    fn a_search_that_is_down_is_named() {
        let seen = site(|what| match what.contains("/api/search") {
            true => answer(503, "application/json", r#"{"message":"Service Unavailable"}"#),
            false => as_it_should_be(what),
        });

        check(seen.search(), "the search is down");
    }

    fn as_it_should_be(what: &str) -> String {
        match what.split(' ').collect::<Vec<_>>()[..2] {
            ["POST", _] => answer(403, "text/html", ""),
            [_, "/"] => answer(307, "text/html\r\nLocation: /r/general", ""),
            [_, "/r/general"] => answer(200, PAGE, "<script src=\"/pkg/a.1.js\">"),
            [_, "/ws"] => answer(426, "text/plain", "This is a WebSocket.\n"),
            [_, "/pkg/a.1.js"] => {
                answer(200, "text/javascript\r\nCache-Control: public, max-age=31536000, immutable", "")
            }
            [_, path] if path.starts_with("/api/search") => {
                answer(401, "application/json\r\nCache-Control: no-store", r#"{"code":"not_signed_in"}"#)
            }
            _ => answer(404, "application/xml", "<Error/>"),
        }
    }

    fn answer(status: u16, kind: &str, body: &str) -> String {
        format!("HTTP/1.1 {status} So\r\nContent-Type: {kind}\r\n\r\n{body}")
    }

    /// A site that answers so to the first line of a request. It ends with the test.
    fn site(answers: impl Fn(&str) -> String + Send + 'static) -> Seen {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let what = lines.next().unwrap_or_default();
                lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
                stream.write_all(answers(&what).as_bytes()).unwrap();
            }
        });
        Seen { site: Site::parse(&url).unwrap(), is_alone: false, cookie: None }
    }

    #[track_caller]
    fn check(told: Result<String>, words: &str) {
        let why = format!("{:#}", told.unwrap_err());
        assert!(why.contains(words), "{why}");
    }
}
