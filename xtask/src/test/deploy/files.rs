//! What others say of the templates and of the Dockerfile.

use std::{path::Path, process::Command};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{paths, process, setup::Checkers};

/// How many of its checks may be passed over. Each says why, in the resource's metadata.
const SKIPS_MAX: usize = 15;

/// CloudFormation's schemas, and what people know to go wrong.
pub(super) fn cfn_lint(checkers: &Checkers) -> Result<()> {
    let stacks = crate::deploy::stack_names()?;
    let mut lint = script(&checkers.cfn_lint, "cfn-lint");
    lint.args(stacks.iter().map(|name| format!("deploy/{name}.yaml")));
    process::output(lint.current_dir(paths::root())).map(drop)
}

/// What is open, unencrypted or allowed too much.
pub(super) fn checkov(checkers: &Checkers) -> Result<()> {
    let mut checkov = script(&checkers.checkov, "checkov");
    checkov.args([
        "--directory",
        "deploy",
        "--framework",
        "cloudformation",
        "--skip-download",
        "--output",
        "json",
    ]);
    checkov.arg("--soft-fail").current_dir(paths::root());
    let report: Value =
        serde_json::from_str(&process::output(&mut checkov)?).context("checkov reports no JSON")?;
    judge(&report)
}

fn judge(report: &Value) -> Result<()> {
    let list = |name: &str| report["results"][name].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = |it: &Value| format!("{} {}: {}", it["check_id"], it["resource"], it["check_name"]);
    let failed: Vec<_> = list("failed_checks").iter().map(named).collect();
    let skipped = list("skipped_checks");
    let reason = |it: &Value| it["check_result"]["suppress_comment"].as_str().unwrap_or_default().len();
    let unreasoned: Vec<_> = skipped.iter().filter(|it| reason(it) < 20).map(named).collect();
    ensure!(!list("passed_checks").is_empty(), "checkov found nothing to check");
    ensure!(failed.is_empty(), "checkov: {}", failed.join("\n"));
    ensure!(report["summary"]["parsing_errors"] == 0, "checkov cannot read all templates");
    ensure!(skipped.len() <= SKIPS_MAX, "{} checks are passed over, {SKIPS_MAX} may be", skipped.len());
    ensure!(unreasoned.is_empty(), "these are passed over without a reason: {}", unreasoned.join("\n"));
    Ok(())
}

/// What is bad practice in a Dockerfile.
pub(super) fn hadolint(checkers: &Checkers) -> Result<()> {
    let mut hadolint = Command::new(&checkers.hadolint);
    process::output(hadolint.arg("deploy/Dockerfile").current_dir(paths::root())).map(drop)
}

/// A command that lies beside its Python.
fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(python.with_file_name(name));
    command
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_fails_is_named_and_what_is_passed_over_has_a_reason() {
        let check = json!({ "check_id": "CKV_1", "resource": "Bucket", "check_name": "It is closed" });
        let passed_over = |reason: &str| json!({ "check_id": "CKV_2", "resource": "Log", "check_result": { "suppress_comment": reason } });
        let report = |failed: Value, skipped: Value| {
            let results =
                json!({ "passed_checks": [check], "failed_checks": failed, "skipped_checks": skipped });
            json!({ "summary": { "parsing_errors": 0 }, "results": results })
        };
        let good = passed_over("Its log would hold the addresses of who comes.");

        assert!(judge(&report(json!([]), json!([good]))).is_ok());
        let failed = judge(&report(json!([check]), json!([]))).unwrap_err().to_string();
        assert!(failed.contains("It is closed"), "{failed}");
        assert!(judge(&report(json!([]), json!([passed_over("so")]))).is_err());
        assert!(judge(&report(json!([]), Value::Array(vec![good; SKIPS_MAX + 1]))).is_err());
        assert!(judge(&json!({})).is_err());
    }
}
