//! The front door: nginx, set up from the table of routes as the edge in an account is.

use std::{
    fmt::Write as _,
    fs,
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result};

use super::{
    functions,
    routes::{Cache, Origin, Passed, Route},
};
use crate::engines::Engine;

/// A socket on which nothing moves for so long is cut, as a load balancer would.
const IDLE_SECONDS: u32 = 60;

/// Where nobody listened it looks again after this time.
pub(super) const LOOKS_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Where the origins are.
pub(super) struct Origins {
    /// The ports of the nodes.
    pub(super) nodes: Vec<u16>,
    /// The port of the pages.
    pub(super) web: u16,
    /// Of a node and of pages that are not there yet.
    pub(super) spare: Option<(u16, u16)>,
    /// The port of what calls functions.
    pub(super) functions: u16,
    /// The folder of what the build made for browsers.
    pub(super) assets: PathBuf,
    /// What tells origins that a request comes from here.
    pub(super) secret: String,
}

/// The running front door.
pub(super) struct FrontDoor {
    engine: Engine,
    port: u16,
}

impl FrontDoor {
    /// Starts it on a port of this machine, with its folder and log below `folder`.
    ///
    /// # Errors
    /// When it cannot be set up or started.
    pub(super) fn start(
        nginx: &Path,
        folder: &Path,
        port: u16,
        (routes, origins): (&[Route], &Origins),
    ) -> Result<Self> {
        let own = folder.join("front-door");
        fs::create_dir_all(&own).with_context(|| format!("cannot make {}", own.display()))?;
        let file = own.join("nginx.conf");
        fs::write(&file, set_up(port, routes, origins))
            .with_context(|| format!("cannot write {}", file.display()))?;
        let mut command = Command::new(nginx);
        // What it says before it has read its file goes the same way.
        command.arg("-p").arg(&own).arg("-c").arg(&file).args(["-e", "stderr"]);
        Ok(Self { engine: Engine::start("The front door", &command, &own)?, port })
    }

    /// Waits until it takes connections.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(super) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(drop)?))
    }

    pub(super) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

/// One process, so that nothing of it is left when that is ended.
fn set_up(port: u16, routes: &[Route], origins: &Origins) -> String {
    // Of a node that has just failed it thinks no worse: where two did, it would send nobody to either for a while.
    let node = |port: &u16| format!("server 127.0.0.1:{port} max_fails=0;");
    let nodes: Vec<String> = origins.nodes.iter().map(node).collect();
    let nodes = nodes.join(" ");
    let Origins { web, functions, .. } = origins;
    let again = LOOKS_AGAIN_AFTER.as_secs();
    let spare = |port: u16| format!(" server 127.0.0.1:{port} max_fails=1 fail_timeout={again}s;");
    let (spare_node, spare_web) =
        origins.spare.map(|(node, web)| (spare(node), spare(web))).unwrap_or_default();
    let places: String = routes.iter().map(|route| place(route, origins)).collect();
    format!(
        "daemon off;
master_process off;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 20000; }}
http {{
    access_log off;
    client_body_temp_path bodies;
    proxy_temp_path answers;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    types {{ application/wasm wasm; text/javascript js; text/css css; image/svg+xml svg; }}
    client_max_body_size 1m;
    upstream socket {{ least_conn; {nodes}{spare_node} }}
    upstream web {{ server 127.0.0.1:{web} max_fails=0;{spare_web} keepalive 16; }}
    upstream functions {{ server 127.0.0.1:{functions}; keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
{places}    }}
}}
"
    )
}

fn place(route: &Route, origins: &Origins) -> String {
    let mut place = String::new();
    let mut line =
        |line: &str| writeln!(place, "            {line}").expect("writing to a String cannot fail");
    line(&format!("limit_except {} {{ deny all; }}", route.methods.join(" ")));
    if route.cache == Cache::Year {
        line("add_header Cache-Control \"public, max-age=31536000, immutable\";");
    }
    let upstream = match route.origin {
        Origin::Socket => "socket".to_owned(),
        Origin::Web => "web".to_owned(),
        Origin::Search => format!("functions{}{}", functions::OF_SEARCH, route.path),
        Origin::Assets => {
            line(&format!("root {};", origins.assets.display()));
            return around(&route.path, &place);
        }
    };
    line(&format!("proxy_pass http://{upstream};"));
    line("proxy_http_version 1.1;");
    line("proxy_buffering off;");
    line(&format!("proxy_read_timeout {IDLE_SECONDS}s;"));
    line(&format!("proxy_send_timeout {IDLE_SECONDS}s;"));
    if let Passed::Named(headers) = &route.headers {
        line("proxy_pass_request_headers off;");
        for header in headers {
            line(&format!("proxy_set_header {header} $http_{};", variable(header)));
        }
    }
    match &route.cookies {
        Passed::Named(cookies) => {
            let cookies: Vec<String> = cookies.iter().map(|name| format!("{name}=$cookie_{name}")).collect();
            line(&format!("proxy_set_header Cookie \"{}\";", cookies.join("; ")));
        }
        Passed::All(_) => line("proxy_set_header Cookie $http_cookie;"),
    }
    if route.origin == Origin::Socket {
        line("proxy_set_header Upgrade $http_upgrade;");
        line("proxy_set_header Connection \"upgrade\";");
        // A node that is stopping says so: another takes the connection.
        line("proxy_next_upstream error timeout http_503;");
    } else {
        line("proxy_set_header Connection \"\";");
    }
    line("proxy_set_header Host $proxy_host;");
    line("proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;");
    line(&format!("proxy_set_header X-Hubbub-Edge \"{}\";", origins.secret));
    around(&route.path, &place)
}

fn around(path: &str, place: &str) -> String {
    let location = match path.strip_suffix('*') {
        Some(below) => below.to_owned(),
        None => format!("= {path}"),
    };
    format!("        location {location} {{\n{place}        }}\n")
}

/// The name of a header in nginx's variables.
fn variable(header: &str) -> String {
    header.to_ascii_lowercase().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::{super::routes::routes, *};

    #[test]
    fn only_what_the_table_names_is_passed_on() {
        let origins = Origins {
            nodes: vec![15_001, 15_002],
            web: 15_003,
            spare: Some((15_005, 15_006)),
            functions: 15_004,
            assets: "/site".into(),
            secret: "of the edge".to_owned(),
        };

        let set_up = set_up(3000, &routes().unwrap(), &origins);

        let (_, chat) = set_up.split_once("location = /ws {").unwrap();
        let (chat, rest) = chat.split_once("location").unwrap();
        assert!(chat.contains("proxy_pass_request_headers off;"), "{chat}");
        assert!(chat.contains("proxy_set_header Sec-WebSocket-Key $http_sec_websocket_key;"), "{chat}");
        assert!(
            chat.contains("proxy_set_header Cookie \"hubbub_session=$cookie_hubbub_session\";"),
            "{chat}"
        );
        let (search, rest) = rest.split_once("location").unwrap();
        assert!(
            search.contains("proxy_pass http://functions/lambda-url/search/api/search;"),
            "as an event of an HTTP API: {search}"
        );
        assert!(chat.contains("X-Hubbub-Edge \"of the edge\""), "{chat}");
        assert!(rest.contains("root /site;") && !rest.contains("proxy_pass_request_headers off;"), "{rest}");
        assert!(
            set_up.contains("server 127.0.0.1:15001 max_fails=0; server 127.0.0.1:15002 max_fails=0; server 127.0.0.1:15005 "),
            "{set_up}"
        );
    }
}
