//! `cargo xtask deploy doctor`: looks at a site from outside, as people meet it.

mod checks;
mod conversation;
mod line;
mod talk;

use anyhow::{Context as _, Result, bail};
use clap::Args;

use self::{checks::Seen, line::Site};
use super::aws;
use crate::ui;

/// Has a member's cookie. Words of a command are read by whoever is on the machine, and kept by shells.
const COOKIE: &str = "HUBBUB_COOKIE";

/// Which site.
#[derive(Args)]
#[command(after_help = "\
Where guests may not come, HUBBUB_COOKIE has the cookie of a member, `hubbub_session=…`, which is given so that no shell keeps it:

    read -rs HUBBUB_COOKIE && export HUBBUB_COOKIE")]
pub(crate) struct Options {
    /// Where it is: `https://chat.example`.
    url: String,
    /// It is one program, `hubbub`, with nothing before it.
    #[arg(long)]
    alone: bool,
}

/// Looks at it, and fails if something is not as it should be.
pub(crate) fn run(options: &Options) -> Result<()> {
    let site = Site::parse(&options.url)?;
    let cookie = aws::set(COOKIE).map(|it| it.into_string().ok().context("HUBBUB_COOKIE is no text"));
    let seen = Seen { site, is_alone: options.alone, cookie: cookie.transpose()? };
    let n_bad = look(&seen, ui::say);
    match n_bad {
        0 => Ok(()),
        n => bail!("{n} of this is not as it should be at {}.", options.url),
    }
}

/// Makes each check, tells what came of it, and counts what is bad.
fn look(seen: &Seen, tell: impl Fn(String)) -> usize {
    let checks: [(&str, &dyn Fn() -> Result<String>); 8] = [
        ("/ goes to the pages", &|| seen.pages()),
        ("/ws goes to the nodes", &|| seen.nodes()),
        ("/api/search goes to the search", &|| seen.search()),
        ("/pkg/* goes to the assets", &|| seen.assets()),
        ("pages say what browsers may do", &|| seen.headers()),
        ("nobody comes without TLS", &|| seen.tls()),
        ("the edge keeps its secret", &|| seen.secret()),
        ("a message is sent, seen, found and taken back", &|| talk::whole(seen)),
    ];
    let mut n_bad = 0;
    for (name, check) in checks {
        match check() {
            Ok(how) => tell(format!("well  {name}: {how}")),
            Err(why) => {
                n_bad += 1;
                tell(format!("BAD   {name}: {why:#}"));
            }
        }
    }
    n_bad
}
