//! docs/results.md: what whole runs came to, a section for each part, each with its date, commit and machine.

use std::{fs, io::ErrorKind, process::Command, thread};

use anyhow::{Context as _, Result};

use crate::{paths, process};

/// What the file starts with.
const TITLE: &str = "# Results\n\nEach section is written by `cargo xtask test --full PART`, and only so.\n";

/// A line that a test prints to have it kept: `result: seed 7, 20000 messages, 0 lost`.
const MARK: &str = "result: ";

/// What a line of a test's output has to keep, if anything.
pub(super) fn kept(line: &str) -> Option<String> {
    line.trim().strip_prefix(MARK).map(str::to_owned)
}

/// Writes a part's section, in place of the one before: what it came to in which circumstances.
///
/// # Errors
/// When the file cannot be read or written.
pub(super) fn write(part: &str, circumstances: &str, summary: &str, lines: &[String]) -> Result<()> {
    let file = paths::root().join("docs/results.md");
    let before = match fs::read_to_string(&file) {
        Err(failure) if failure.kind() == ErrorKind::NotFound => TITLE.to_owned(),
        read => read?,
    };
    let items: String = lines.iter().flat_map(|it| ["- ", it, "\n"]).collect();
    let gap = if items.is_empty() { "" } else { "\n" };
    let body = format!("{circumstances}: {summary}.\n{gap}{items}");
    fs::create_dir_all(paths::root().join("docs"))?;
    fs::write(&file, with_section(&before, part, &body)).context("cannot write docs/results.md")
}

/// The text with one section replaced, or added as the last.
fn with_section(text: &str, name: &str, body: &str) -> String {
    let (title, sections) = text.split_once("\n## ").unwrap_or((text, ""));
    let mut sections: Vec<_> =
        sections.split("\n## ").filter(|it| !it.is_empty()).map(str::to_owned).collect();
    let section = format!("{name}\n\n{body}");
    match sections.iter_mut().find(|it| it.lines().next() == Some(name)) {
        Some(old) => *old = section,
        None => sections.push(section),
    }
    let parts = std::iter::once(title).chain(sections.iter().map(String::as_str));
    let parts: Vec<_> = parts.map(str::trim_end).collect();
    parts.join("\n\n## ") + "\n"
}

/// `2026-11-24, commit 1a2b3c4, AMD EPYC 7B13, 2 cores`: to be asked before a run, which may take longer than somebody to
/// make another commit.
///
/// # Errors
/// When the system does not say.
pub(super) fn circumstances() -> Result<String> {
    let date = process::output(Command::new("date").args(["-u", "+%F"]))?;
    let commit = match process::output(git().args(["rev-parse", "--short", "HEAD"])) {
        Ok(hash) => hash.trim().to_owned(),
        // An archive of the sources has no history.
        Err(_) => "unknown".to_owned(),
    };
    // But for results and their plots, which the run before may have written.
    let status = ["status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)docs"];
    let is_dirty = process::output(git().args(status)).is_ok_and(|it| !it.trim().is_empty());
    let changes = if is_dirty { " with changes" } else { "" };
    let n_cores = thread::available_parallelism()?;
    Ok(format!("{}, commit {}{changes}, {}, {n_cores} cores", date.trim(), commit, processor()?))
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(paths::root());
    git
}

/// The processor's name, or where nothing tells it, its architecture.
fn processor() -> Result<String> {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find(|it| it.starts_with("model name")).and_then(|it| it.split_once(": "));
    match model {
        Some((_, name)) => Ok(name.trim().to_owned()),
        None => Ok(process::output(Command::new("uname").arg("-m"))?.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_its_predecessor_and_leaves_the_others() {
        let first = with_section(TITLE, "units", "one.\n\n- a\n");
        let both = with_section(&first, "e2e", "two.\n");

        let again = with_section(&both, "units", "three.\n");

        assert_eq!(again, format!("{TITLE}\n## units\n\nthree.\n\n## e2e\n\ntwo.\n"));
    }

    #[test]
    fn only_marked_lines_are_kept() {
        assert_eq!(kept("result: seed 7, 0 lost\n").as_deref(), Some("seed 7, 0 lost"));
        assert_eq!(kept("test result: ok. 1 passed"), None);
    }

    #[test]
    fn the_circumstances_name_date_commit_and_machine() {
        let told = circumstances().unwrap();

        assert!(told.starts_with("20") && told.contains(", commit ") && told.ends_with(" cores"), "{told}");
    }
}
