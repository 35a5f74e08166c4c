//! Other programs: started, waited for, read.

use std::{
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::ui;

/// Runs a program whose output goes to the terminal; a failure is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a program in silence; its output is told only with its failure.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({})\n{stdout}{stderr}", shown(command), output.status);
    }
    Ok(stdout.into_owned())
}

/// Runs a program for so long at most, and says whether it ended well in that time.
pub(crate) fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else { return false };
    ended_within(&mut child, limit).is_some_and(|it| it.success())
}

/// Tells a program something and gives what it says to that, which is not much, until it ends: within so long. What else it
/// says is told with its failure.
pub(crate) fn answer_within(command: &mut Command, input: &str, limit: Duration) -> Result<String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {}", shown(command)))?;
    // A program that does not read is one that failed, which its end tells better.
    let _ = child.stdin.take().expect("the input was asked for").write_all(input.as_bytes());
    match ended_within(&mut child, limit) {
        Some(status) if status.success() => {
            Ok(io::read_to_string(child.stdout.take().expect("and the output"))?)
        }
        Some(status) => {
            let stderr = io::read_to_string(child.stderr.take().expect("and its errors"))?;
            bail!("{} failed ({status})\n{stderr}", shown(command))
        }
        None => bail!("{} did not end within {}", shown(command), ui::seconds(limit)),
    }
}

/// Waits for a program for so long at most; then it is killed.
fn ended_within(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => break,
        }
    }
    // It may have ended in between, which is as good.
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// Runs a program, passing its lines on to the terminal and to `see`, as they come.
pub(crate) fn watch(command: &mut Command, mut see: impl FnMut(&str)) -> Result<ExitStatus> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    let stdout = child.stdout.take().expect("the output was asked for");
    let mut lines = BufReader::new(stdout);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        ui::say(text.trim_end_matches(['\n', '\r']));
        see(&text);
        line.clear();
    }
    Ok(child.wait()?)
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_command_and_output() {
        let failure = output(&mut shell("echo why; exit 3")).unwrap_err().to_string();

        assert!(failure.contains("sh -c echo why; exit 3"), "{failure}");
        assert!(failure.contains("\nwhy\n"), "{failure}");
    }

    #[test]
    fn what_takes_too_long_is_ended() {
        assert!(!succeeds_within(&mut shell("exec sleep 60"), Duration::from_millis(100)));
        assert!(succeeds_within(&mut shell("exit 0"), Duration::from_secs(30)));
    }

    #[test]
    fn a_program_answers_to_what_it_is_told() {
        let limit = Duration::from_secs(30);

        assert_eq!(answer_within(&mut shell("read it; echo not $it"), "so\n", limit).unwrap(), "not so\n");
        let why = answer_within(&mut shell("echo no such name >&2; exit 1"), "so\n", limit).unwrap_err();
        assert!(why.to_string().ends_with("failed (exit status: 1)\nno such name\n"), "{why}");
        assert!(answer_within(&mut shell("exec sleep 60"), "so\n", Duration::from_millis(100)).is_err());
    }

    #[test]
    fn lines_are_seen_as_they_come_and_so_is_the_end() {
        let mut seen = Vec::new();

        let mut command = shell("echo one; printf two; exit 1");
        let status = watch(&mut command, |line| seen.push(line.trim().to_owned())).unwrap();

        assert_eq!(seen, ["one", "two"]);
        assert!(!status.success());
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }
}
