//! `cargo xtask bench`: the figures of the README, measured on a server built for speed.

use std::{fs, path::Path, process::Command};

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::{
    build::{self, Built, Profile},
    engines::Engines,
    paths, process, setup,
    toolchain::Toolchain,
    ui::{self, Steps},
};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    /// Measures these alone.
    #[arg(value_name = "FIGURE")]
    figures: Vec<Figure>,
}

/// Something that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// Processor time per delivery to 1,000 members, light and heavy, beside a bare write loop.
    FanOut,
    /// From send to seen, alone and beside others who make noise.
    Latency,
    /// Messages made durable in a second.
    Appends,
    /// The time in which a room of a million messages opens, beside one of a hundred.
    Opening,
    /// The time that a search among a million messages takes.
    Search,
    /// The same in OpenSearch, beside DynamoDB Local.
    OpenSearch,
    /// Memory per idle connection, at 5,000.
    Idle,
    /// Bytes that a first visit loads.
    Size,
    /// From one node to another, and messages made durable by several: on DynamoDB Local and Redis.
    Nodes,
}

/// Steps that [`measure`] takes, besides those of the figures.
const N_STEPS: usize = build::N_STEPS + 1;

/// Measures and prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    let figures = if options.figures.is_empty() { Figure::value_variants() } else { &options.figures };
    measure(setup::wasm()?, figures, |_| ())
}

/// Builds what is measured and measures it; each line of the outcome is also shown to `see`. Draws into docs/figures.
pub(crate) fn measure(toolchain: Toolchain, figures: &[Figure], mut see: impl FnMut(&str)) -> Result<()> {
    let mut steps = Steps::new(N_STEPS + figures.len());
    let built = build::all(toolchain, Profile::Release, &mut steps)?;
    let program = steps.step("Compile what measures", || build::bench(toolchain))?;
    for figure in figures {
        let name = figure.to_possible_value().expect("no figure is hidden").get_name().to_owned();
        steps.step(&name, || match figure {
            Figure::Size => size(&built, &mut see),
            Figure::Nodes => of_many_machines(toolchain, "socket-server", &name, &mut see),
            Figure::OpenSearch => of_many_machines(toolchain, "hubbub", &name, &mut see),
            _ => watch(Command::new(&program).arg("--server").arg(&built.binary).arg(&name), &mut see),
        })?;
    }
    Ok(())
}

/// Programs of many machines are built with other features, so what measures them is, too.
fn of_many_machines(
    toolchain: Toolchain,
    server: &str,
    name: &str,
    see: &mut impl FnMut(&str),
) -> Result<()> {
    let built = build::of_many_machines(toolchain, Profile::DistributedRelease)?;
    let engines = Engines::start(&setup::engines()?)?;
    let mut command = built.program("bench");
    command.arg("--server").arg(built.program(server).get_program()).arg(name);
    watch(command.envs(engines.settings()), see)
}

/// Measures, and draws where the README finds it.
fn watch(measures: &mut Command, see: &mut impl FnMut(&str)) -> Result<()> {
    let status = process::watch(measures.arg("--plots").arg(paths::root().join("docs/figures")), see)?;
    anyhow::ensure!(status.success(), "it ended with {status}");
    Ok(())
}

/// What a browser that has nothing yet is sent, besides the page: compressed as it is sent.
fn size(built: &Built, see: &mut impl FnMut(&str)) -> Result<()> {
    let package = built.site.join(build::PACKAGE);
    let [wasm, js, css] = ["wasm", "js", "css"].map(|kind| compressed_bytes(&package, kind));
    let (wasm, js, css) = (wasm?, js?, css?);
    let line = format!(
        "result: first visit: {} KB as brotli: WASM {}, JavaScript {}, CSS {}",
        kilobytes(wasm + js + css),
        kilobytes(wasm),
        kilobytes(js),
        kilobytes(css),
    );
    ui::say(&line);
    see(&line);
    Ok(())
}

fn compressed_bytes(package: &Path, kind: &str) -> Result<u64> {
    let mut bytes = 0;
    for file in fs::read_dir(package)? {
        let file = file?;
        if file.file_name().to_string_lossy().ends_with(&format!(".{kind}.br")) {
            bytes += file.metadata()?.len();
        }
    }
    Ok(bytes)
}

/// Thousands of bytes, with one digit after the point.
fn kilobytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sent_compressed_counts_and_by_its_kind() {
        let package = tempfile::tempdir().unwrap();
        for (name, n) in [("a.1.wasm", 9), ("a.1.wasm.br", 5), ("b.2.wasm.br", 7), ("a.1.js.br", 3)] {
            fs::write(package.path().join(name), vec![0; n]).unwrap();
        }

        assert_eq!(compressed_bytes(package.path(), "wasm").unwrap(), 12);
        assert_eq!(kilobytes(12_345), "12.3");
    }
}
