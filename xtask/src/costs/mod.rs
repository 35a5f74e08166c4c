//! `cargo xtask costs`: what it costs on AWS, computed from prices and units into deploy/README.md and a picture.

mod model;
mod plot;
mod prices;
mod tables;
mod units;

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use self::{prices::Prices, units::Units};
use crate::{paths, ui};

/// What to do with it.
#[derive(Args)]
pub(crate) struct Options {
    /// Writes nothing, and fails where something would be written.
    #[arg(long)]
    check: bool,
}

/// Between these, the README is written by this task.
const BEGIN: &str = "<!-- Written by `cargo xtask costs`, from deploy/prices.json and deploy/units.json. -->";
const END: &str = "<!-- Written by hand again. -->";

/// Computes it anew, and writes or compares it.
pub(crate) fn run(options: &Options) -> Result<()> {
    for (file, text) in computed()? {
        let is_same = fs::read_to_string(&file).is_ok_and(|it| it == text);
        if options.check {
            ensure!(is_same, "{} is not what is computed now: run `cargo xtask costs`", file.display());
        } else if !is_same {
            fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
            ui::say(format_args!("Written: {}", file.display()));
        }
    }
    Ok(())
}

/// The files, and what they should hold.
fn computed() -> Result<[(PathBuf, String); 2]> {
    let read = |name: &str| {
        let file = paths::root().join(name);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {name}"))?;
        Ok::<_, anyhow::Error>((file, text))
    };
    let prices = Prices::parse(&read("deploy/prices.json")?.1)?;
    let units = Units::parse(&read("deploy/units.json")?.1)?;
    let tables = tables::text(&units, &prices)?;
    let picture = plot::svg(&units, &prices)?;
    // What is in a file and counts for nothing misleads who changes it.
    ensure!(prices.left().is_empty(), "no part of the bill has the prices {:?}", prices.left());
    ensure!(units.left().is_empty(), "nothing is counted with {:?}", units.left());

    let (readme, before) = read("deploy/README.md")?;
    Ok([(readme, between(&before, &tables)?), (paths::root().join("docs/figures/costs.svg"), picture)])
}

/// The text with what is between the marks replaced.
fn between(text: &str, new: &str) -> Result<String> {
    let (before, rest) = text.split_once(BEGIN).context("deploy/README.md does not say where it begins")?;
    let (_, after) = rest.split_once(END).context("deploy/README.md does not say where it ends")?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", new.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Bill, Choices, Egress, Engines};

    #[test]
    fn readme_and_picture_are_what_is_computed() {
        run(&Options { check: true }).unwrap();
    }

    #[test]
    fn what_stands_around_the_tables_is_left_alone() {
        let text = format!("# Deploy\n{BEGIN}\nold\n{END}\n## Limits\n");

        let new = between(&text, "new\n\n").unwrap();

        assert_eq!(new, format!("# Deploy\n{BEGIN}\n\nnew\n\n{END}\n## Limits\n"));
        assert_eq!(between(&new, "new").unwrap(), new);
        assert!(between("# Deploy\n", "new").is_err());
    }

    #[test]
    fn a_bill_is_the_sum_of_its_parts_and_grows_with_its_users() {
        let (units, prices) = files();
        let bill = |users| Bill::of(users, Choices::default(), &units, &prices).unwrap();

        let (idle, some, many) = (bill(0.0), bill(100.0), bill(1_000.0));

        assert!((some.parts.values().sum::<f64>() - some.total).abs() < 1e-9);
        assert!(idle.total < some.total && some.total < many.total);
        assert!(many.allowed > 0.0 && many.allowed < many.total);
    }

    #[test]
    fn nobody_who_searches_costs_nothing() {
        let (units, prices) = files();

        let idle = Bill::of(0.0, Choices::default(), &units, &prices).unwrap();

        assert!([model::Part::Index, model::Part::Functions].iter().all(|part| idle.parts[part] < 1e-9));
    }

    #[test]
    fn what_is_counted_by_the_hour_is_what_a_hand_computes() {
        let (units, prices) = files();
        let cost = |choices, part| Bill::of(0.0, choices, &units, &prices).unwrap().parts[&part];
        let nodes = Choices { engines: Engines::Nodes, ..Choices::default() };
        let nat = Choices { egress: Egress::Nat, ..Choices::default() };

        // Two nodes, each at 0.0128 USD an hour.
        assert!((cost(nodes, model::Part::Bus) - 2.0 * 0.0128 * 730.0).abs() < 1e-9);
        // One gateway and its address.
        assert!((cost(nat, model::Part::WayOut) - (0.045 + 0.005) * 730.0).abs() < 1e-9);
        // Two tasks of a quarter of a vCPU and half a GB.
        let task = (0.25 * 0.03238 + 0.5 * 0.00356) * 730.0;
        assert!((cost(nat, model::Part::Sockets) - 2.0 * task).abs() < 1e-9);
    }

    fn files() -> (Units, Prices) {
        let read = |name: &str| fs::read_to_string(paths::root().join(name)).unwrap();
        let units = Units::parse(&read("deploy/units.json")).unwrap();
        (units, Prices::parse(&read("deploy/prices.json")).unwrap())
    }
}
