//! A process under load: `hubbub serve` or `socket-server` on a free port, and what it costs.

use std::{
    ffi::OsStr,
    io::{self, BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub addr: SocketAddr,
}

impl Server {
    /// Starts `hubbub serve` with its data in `data` and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started or ends before it listens.
    pub fn start(binary: &Path, data: &Path, addr: &str, settings: &[(&str, &str)]) -> io::Result<Self> {
        let mut command = Command::new(binary);
        command.arg("serve").env("HUBBUB_ADDR", addr).env("HUBBUB_DATA", data).envs(settings.iter().copied());
        Self::spawn(command)
    }

    /// Starts a program that is told everything by its settings, as `socket-server` is, and waits until it listens.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_program(program: &Path, settings: &[(&str, &str)]) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.envs(settings.iter().copied());
        Self::spawn(command)
    }

    /// Starts `program` on one core and waits until it prints where it listens.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_on_core<S: AsRef<OsStr>>(
        core: usize,
        program: &Path,
        args: impl IntoIterator<Item = S>,
        settings: &[(&str, &str)],
    ) -> io::Result<Self> {
        let mut command = Command::new("taskset");
        command
            .args(["--cpu-list", &core.to_string()])
            .arg(program)
            .args(args)
            .envs(settings.iter().copied());
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().expect("it was piped");
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                let status = child.wait()?;
                return Err(io::Error::other(format!("the server ended before it listened: {status}")));
            }
            let Some((_, addr)) = line.trim().split_once("listening on http://") else { continue };
            let addr = addr.parse().map_err(|_| io::Error::other(format!("not an address: {addr}")))?;
            // What it prints later is read and dropped, so that it never waits for us. Ends with the process.
            std::thread::spawn(move || io::copy(&mut lines.into_inner().take(u64::MAX), &mut io::sink()));
            return Ok(Self { child, addr });
        }
    }

    /// Ends it at once, as a power cut would: SIGKILL.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to stop, as whoever runs it does: SIGTERM. Waits until it has.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop(mut self) -> io::Result<ExitStatus> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        if !asked.success() {
            return Err(io::Error::other("the server could not be asked to stop"));
        }
        self.child.wait()
    }

    /// The processor time it has used, of all threads.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn cpu(&self) -> io::Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Fields 14 and 15 of the line, the first two of which end with `)`. Source: proc(5).
        let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<u64>().ok()).unwrap_or_default();
        Ok(Duration::from_millis((ticks(11) + ticks(12)) * MS_PER_TICK))
    }

    /// The memory it holds, in bytes.
    ///
    /// # Errors
    /// When `/proc` cannot be read.
    pub fn resident_bytes(&self) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kib.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("no VmRSS"))
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Linux counts processor time for programs in hundredths of a second. Source: time(7), `USER_HZ`.
const MS_PER_TICK: u64 = 10;
