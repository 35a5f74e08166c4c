//! A mock account, and this program as somebody runs it there: with a docker and a cargo-lambda that build nothing.

use std::{
    fs,
    net::{Ipv4Addr, TcpStream},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{
    engines::{Engine, Ports},
    paths, process,
    setup::Checkers,
};

/// Where everything is.
const REGION: &str = "eu-central-1";

/// Writes down what it is told, fails if it is to, makes assets of two files, and pushes an image without layers.
const DOCKER: &str = r#"#!/bin/sh
echo "docker $*" >> "$0.log"
case "$1 $2" in
"version "* | "buildx version") exit 0 ;;
"login "*) read -r _; exit 0 ;;
esac
[ -e "$0.fails" ] && exit 1
while [ $# -gt 0 ]; do
    case "$1" in
    --tag) image="$2" ;;
    type=local,dest=*)
        folder="${1#type=local,dest=}/pkg"
        mkdir -p "$folder"
        for name in hubbub.1.wasm hubbub.1.wasm.br hubbub.1.js hubbub.1.css; do echo "$name" > "$folder/$name"; done
        exit 0
        ;;
    esac
    shift
done
repository="${image#*/}"
kind=application/vnd.docker.distribution.manifest.v2+json
exec "$HUBBUB_AWS" ecr put-image --region eu-central-1 --repository-name "${repository%:*}" \
    --image-tag "${repository##*:}" --image-manifest "{\"schemaVersion\":2,\"mediaType\":\"$kind\"}" \
    --image-manifest-media-type "$kind"
"#;

/// Writes down what it is told, and makes two files where functions would be.
const CARGO_LAMBDA: &str = r#"#!/bin/sh
echo "cargo-lambda $*" >> "$0.log"
while [ "$1" != --lambda-dir ]; do shift; done
for name in indexer search; do mkdir -p "$2/$name"; echo "$name" > "$2/$name/bootstrap.zip"; done
"#;

/// A running account. Dropping ends it.
pub(super) struct Account {
    /// Goes first: it asks the other.
    _aws: Engine,
    _mock: Engine,
    folder: PathBuf,
    this_program: PathBuf,
    address: String,
}

impl Account {
    /// Starts one with nothing in it.
    ///
    /// # Errors
    /// When it does not answer.
    pub(super) fn start(
        checkers: &Checkers,
        folder: &Path,
        ports: &mut Ports,
        this_program: &Path,
    ) -> Result<Self> {
        let port = ports.take()?;
        let mut python = Command::new(&checkers.moto.python);
        python.arg(paths::root().join("deploy/mock/account.py")).arg(port.to_string());
        python.env("PYTHONDONTWRITEBYTECODE", "1");
        let mut mock = Engine::start("the mock account", &python, &folder.join("mock"))?;
        let (script, line) = (paths::root().join("deploy/mock/aws.py"), folder.join("aws.socket"));
        let mut served = Command::new(&checkers.aws);
        served.arg(&script).arg("serve").arg(&line);
        let mut aws = Engine::start("aws", &served, &folder.join("aws"))?;
        let asks = format!(
            "#!/bin/sh\nexec {} -IS {} {} \"$@\"\n",
            checkers.aws.display(),
            script.display(),
            line.display()
        );
        for (name, text) in [("aws", asks.as_str()), ("docker", DOCKER), ("cargo-lambda", CARGO_LAMBDA)] {
            let file = folder.join("bin").join(name);
            fs::create_dir_all(folder.join("bin"))?;
            fs::write(&file, text)?;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        }
        mock.wait_until(|| Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map(drop)?))?;
        aws.wait_until(|| Ok(UnixStream::connect(&line).map(drop)?))?;
        let address = format!("http://127.0.0.1:{port}");
        Ok(Self {
            _aws: aws,
            _mock: mock,
            folder: folder.to_owned(),
            this_program: this_program.to_owned(),
            address,
        })
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// Lets docker fail while `work` is done.
    ///
    /// # Errors
    /// As `work`.
    pub(super) fn without_docker(&self, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let file = self.folder.join("bin/docker.fails");
        fs::write(&file, "")?;
        let done = work();
        fs::remove_file(&file)?;
        done
    }

    /// This program on a machine that has nothing, where nobody has signed in.
    pub(super) fn alone(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.this_program);
        command.arg("deploy").args(words).env_clear().env("HOME", &self.folder).env("PATH", "/nowhere");
        command.env("CARGO_TARGET_DIR", self.folder.join("target")).stdin(Stdio::null());
        command
    }

    /// This program where all that it needs is there.
    pub(super) fn xtask(&self, words: &[&str]) -> Command {
        let mut command = self.alone(words);
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(self.signed_in());
        command.env("HUBBUB_AWS", self.program("aws")).env("HUBBUB_DOCKER", self.program("docker"));
        command.env("HUBBUB_CARGO_LAMBDA", self.program("cargo-lambda"));
        command
    }

    fn signed_in(&self) -> [(&'static str, &str); 5] {
        [
            ("AWS_ENDPOINT_URL", &self.address),
            ("AWS_ACCESS_KEY_ID", "mock"),
            ("AWS_SECRET_ACCESS_KEY", "mock"),
            ("AWS_REGION", REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
    }

    /// Asks the account.
    ///
    /// # Errors
    /// When it refuses.
    pub(super) fn ask(&self, words: &[&str]) -> Result<Value> {
        let mut aws = Command::new(self.program("aws"));
        aws.args(words).args(["--region", REGION, "--output", "json"]).envs(self.signed_in());
        // Of some services it knows older names, and then no endpoint of an environment.
        aws.args(["--endpoint-url", &self.address]);
        let answer = process::output(&mut aws)?;
        match answer.trim() {
            "" => Ok(Value::Null),
            answer => serde_json::from_str(answer).with_context(|| format!("the account answers {answer}")),
        }
    }

    /// That AWS's command line takes a line that somebody copies. Nothing is asked: the mock can start no task.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn understands(&self, line: &str) -> Result<()> {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.folder.join("bin").display());
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{line} --generate-cli-skeleton output"));
        process::output(shell.env("PATH", path).envs(self.signed_in())).map(drop)
    }

    /// How many there are of what is asked for.
    ///
    /// # Errors
    /// When the account refuses.
    pub(super) fn count(&self, words: &[&str], list: &str) -> Result<usize> {
        Ok(self.ask(words)?[list].as_array().map_or(0, Vec::len))
    }

    /// What docker and cargo-lambda were asked to build since this was asked last.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(super) fn built(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for name in ["docker", "cargo-lambda"] {
            let log = self.program(name).with_extension("log");
            lines.extend(fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned));
            if log.exists() {
                fs::remove_file(log)?;
            }
        }
        lines.retain(|line| line.contains(" build "));
        Ok(lines)
    }
}

/// What a command says, which ends well.
///
/// # Errors
/// With what it says, when it does not.
pub(super) fn says(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    ensure!(output.status.success(), "{command:?} failed:\n{}", all_of(&output));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// That a command fails, and says why in these words.
///
/// # Errors
/// When it does not.
pub(super) fn fails(command: &mut Command, words: &[&str]) -> Result<()> {
    let output = command.output()?;
    let said = all_of(&output);
    ensure!(!output.status.success(), "{command:?} should have failed:\n{said}");
    let missing: Vec<_> = words.iter().filter(|word| !said.contains(**word)).collect();
    ensure!(missing.is_empty(), "{command:?} does not say {missing:?}, but:\n{said}");
    Ok(())
}

fn all_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
