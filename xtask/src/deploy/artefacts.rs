//! What is built and brought into the account: images, functions, and what browsers load. Each is made once for the same
//! sources: it is known by their hash.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use super::{aws::Aws, checks::Tools};
use crate::{
    build::{files_in, hex},
    functions::{self, FUNCTIONS},
    paths, process,
};

/// What a browser may keep for a year: its name changes with its content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// The programs that run as images: the name of the target and repository, and of the parameter that names the image.
pub(crate) const IMAGES: [(&str, &str, &str); 3] = [
    ("socket-server", "SocketRepositoryUri", "SocketImage"),
    ("app", "WebRepositoryUri", "WebImage"),
    ("commands", "CommandsRepositoryUri", "CommandsImage"),
];

/// What is built of the sources as they are, for one kind of processors.
pub(crate) struct Build {
    /// As the parameter has it: `arm64`.
    pub(crate) architecture: String,
    /// Names what is built.
    pub(crate) tag: String,
}

impl Build {
    /// Reads the sources.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn of(architecture: &str) -> Result<Self> {
        let root = paths::root();
        let hash = hash(&root, &sources(&fs::read_to_string(root.join(".dockerignore"))?))?;
        Ok(Self { architecture: architecture.to_owned(), tag: format!("{architecture}-{hash}") })
    }

    /// The name of a function's code in its bucket.
    pub(crate) fn key(&self, function: &str) -> String {
        format!("{function}/{}.zip", self.tag)
    }

    /// Says that the assets of this build are all there.
    fn mark(&self) -> String {
        format!("built/{}", self.tag)
    }

    fn platform(&self) -> &'static str {
        match self.architecture.as_str() {
            "x86_64" => "linux/amd64",
            _ => "linux/arm64",
        }
    }
}

/// What the images are built from: what `.dockerignore` lets through, and what says how.
fn sources(ignored: &str) -> Vec<String> {
    let let_through = ignored.lines().filter_map(|line| line.strip_prefix('!')).map(str::to_owned);
    let_through.chain(["deploy/Dockerfile".to_owned()]).collect()
}

/// A hash of names and contents, the same wherever the folder lies.
fn hash(root: &Path, sources: &[String]) -> Result<String> {
    let mut hasher = Sha256::new();
    for source in sources {
        for file in files_in(&root.join(source))? {
            let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            hasher.update(file.strip_prefix(root)?.as_os_str().as_encoded_bytes());
            hasher.update(content.len().to_le_bytes());
            hasher.update(content);
        }
    }
    Ok(hex(&hasher.finalize()[..8]))
}

/// Builds an image and pushes it, unless it is there. Returns its whole name.
///
/// # Errors
/// When it cannot be built or pushed.
pub(crate) fn image(
    aws: &Aws,
    tools: &Tools,
    build: &Build,
    target: &str,
    repository: &str,
) -> Result<String> {
    let image = format!("{repository}:{}", build.tag);
    let (registry, name) = repository.split_once('/').context("a repository has a registry")?;
    let tag = format!("imageTag={}", build.tag);
    let words = ["ecr", "describe-images", "--repository-name", name, "--image-ids", &tag];
    if aws.ask_unless("ImageNotFoundException", &words)?.is_none() {
        sign_in(aws, tools, registry)?;
        process::run(&mut build_image(&tools.docker, build, target, &image))?;
    }
    Ok(image)
}

fn sign_in(aws: &Aws, tools: &Tools, registry: &str) -> Result<()> {
    let password = process::output(aws.command(&["ecr", "get-login-password"]).args(["--output", "text"]))?;
    let mut login = Command::new(&tools.docker);
    login.args(["login", "--username", "AWS", "--password-stdin", registry]);
    process::answer_within(&mut login, password.trim(), std::time::Duration::from_mins(1)).map(drop)
}

/// Without a statement of how it was built, which would count as two more images among those that are kept.
pub(crate) fn build_image(docker: &Path, build: &Build, target: &str, image: &str) -> Command {
    let mut command = buildx(docker, build, target);
    command.args(["--provenance", "false", "--tag", image, "--push", "."]);
    command
}

/// What browsers load, as the same build made it that is in the images.
pub(crate) fn build_assets(docker: &Path, build: &Build, folder: &Path) -> Command {
    let mut command = buildx(docker, build, "assets");
    command.arg("--output").arg(format!("type=local,dest={}", folder.display())).arg(".");
    command
}

fn buildx(docker: &Path, build: &Build, target: &str) -> Command {
    let mut command = Command::new(docker);
    command.current_dir(paths::root()).stdin(Stdio::null());
    command.args(["buildx", "build", "--file", "deploy/Dockerfile", "--target", target]);
    command.args(["--platform", build.platform()]);
    command
}

/// The functions, for the processors that are meant.
pub(crate) fn build_functions(cargo_lambda: &Path, build: &Build, folder: &Path) -> Command {
    let mut command = functions::build(cargo_lambda, folder);
    command.arg(if build.architecture == "x86_64" { "--x86-64" } else { "--arm64" }).stdin(Stdio::null());
    command
}

/// Builds the functions and puts them into their bucket, unless they are there.
///
/// # Errors
/// When they cannot be built or uploaded.
pub(crate) fn functions(aws: &Aws, tools: &Tools, build: &Build, bucket: &str) -> Result<()> {
    let mut missing = Vec::new();
    for name in FUNCTIONS {
        if !is_there(aws, bucket, &build.key(name))? {
            missing.push(name);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let folder = paths::target().join("lambda").join(&build.architecture);
    process::run(&mut build_functions(&tools.cargo_lambda, build, &folder))?;
    for name in missing {
        put(aws, &functions::zip(&folder, name), bucket, &build.key(name))?;
    }
    Ok(())
}

/// Builds what browsers load and puts it beside that of older builds, unless it is there.
///
/// # Errors
/// When it cannot be built or uploaded.
pub(crate) fn assets(aws: &Aws, tools: &Tools, build: &Build, bucket: &str) -> Result<()> {
    if is_there(aws, bucket, &build.mark())? {
        return Ok(());
    }
    let folder = paths::target().join("assets");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    process::run(&mut build_assets(&tools.docker, build, &folder))?;
    let package = folder.join("pkg");
    ensure!(package.is_dir(), "the build made no {}", package.display());
    let mut copy = aws.command(&["s3", "cp", "--recursive", "--only-show-errors"]);
    // The edge compresses by itself.
    copy.args(["--exclude", "*.br", "--cache-control", FOR_EVER])
        .arg(&package)
        .arg(format!("s3://{bucket}/pkg/"));
    process::output(&mut copy)?;
    // Last: it says that all of it is there.
    let mark = tempfile::NamedTempFile::new()?;
    put(aws, mark.path(), bucket, &build.mark())
}

fn is_there(aws: &Aws, bucket: &str, key: &str) -> Result<bool> {
    Ok(aws.ask_unless("404", &["s3api", "head-object", "--bucket", bucket, "--key", key])?.is_some())
}

fn put(aws: &Aws, file: &Path, bucket: &str, key: &str) -> Result<()> {
    ensure!(file.is_file(), "the build made no {}", file.display());
    let mut copy = aws.command(&["s3", "cp", "--only-show-errors"]);
    process::output(copy.arg(file).arg(format!("s3://{bucket}/{key}"))).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_is_named_by_its_sources_wherever_they_lie() {
        let (one, other) = (world("fn main() {}"), world("fn main() {}"));
        let changed = world("fn main() { }");
        let sources = ["src".to_owned()];
        let of = |world: &tempfile::TempDir| hash(world.path(), &sources).unwrap();

        assert_eq!(of(&one), of(&other));
        assert_ne!(of(&one), of(&changed));
    }

    #[test]
    fn an_image_is_made_of_what_docker_is_given() {
        let text = fs::read_to_string(paths::root().join(".dockerignore")).unwrap();

        let sources = sources(&text);

        assert!(
            sources.contains(&"Cargo.lock".to_owned()) && sources.contains(&"deploy/Dockerfile".to_owned())
        );
        assert!(sources.iter().all(|it| paths::root().join(it).exists()), "{sources:?}");
    }

    #[test]
    fn everything_is_built_for_the_processors_that_are_meant() {
        let build = Build { architecture: "x86_64".to_owned(), tag: "x86_64-12".to_owned() };

        let image = line(&build_image(Path::new("docker"), &build, "app", "a.b/hubbub/app:x86_64-12"));
        let functions = line(&build_functions(Path::new("cargo-lambda"), &build, Path::new("target/lambda")));

        assert!(image.contains("--target app --platform linux/amd64"), "{image}");
        assert!(image.ends_with("--tag a.b/hubbub/app:x86_64-12 --push ."), "{image}");
        assert!(functions.ends_with("--x86-64"), "{functions}");
        assert_eq!(build.key("search"), "search/x86_64-12.zip");
    }

    fn world(text: &str) -> tempfile::TempDir {
        let world = tempfile::tempdir().unwrap();
        fs::create_dir(world.path().join("src")).unwrap();
        fs::write(world.path().join("src/main.rs"), text).unwrap();
        world
    }

    fn line(command: &Command) -> String {
        command.get_args().map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}
