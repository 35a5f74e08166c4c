//! The functions of Lambda, built as they are uploaded.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::paths;

/// All of them: each is a crate, a program and what is uploaded.
pub(crate) const FUNCTIONS: [&str; 2] = ["indexer", "search"];

/// A command of cargo-lambda, which finds the compiler that was installed beside it.
pub(crate) fn cargo_lambda_of(program: &Path, task: &str) -> Command {
    let mut command = Command::new(program);
    let beside = program.parent().map(Path::to_path_buf).into_iter();
    let known = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::join_paths(beside.chain(std::env::split_paths(&known))).unwrap_or(known);
    command.args(["lambda", task]).env("PATH", all).current_dir(paths::root());
    command
}

/// Builds them into `folder`: below the name of each there is a `bootstrap.zip`.
pub(crate) fn build(cargo_lambda: &Path, folder: &Path) -> Command {
    let mut build = cargo_lambda_of(cargo_lambda, "build");
    build.args(["--profile", "function", "--locked", "--output-format", "zip", "--lambda-dir"]).arg(folder);
    build.args(FUNCTIONS.iter().flat_map(|name| ["--package", name]));
    build.args(["--no-default-features", "--features", "indexer/aws,search/aws"]);
    build
}

/// What of a function is uploaded.
pub(crate) fn zip(folder: &Path, name: &str) -> PathBuf {
    folder.join(name).join("bootstrap.zip")
}
