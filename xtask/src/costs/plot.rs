//! docs/figures/costs.svg: each part's share of the bill. Drawn here, so that it follows the reader's light or dark.

use std::fmt::Write as _;

use anyhow::Result;

use super::{
    model::{Bill, Choices},
    prices::Prices,
    tables::{PARTS, SCALES, TAKES_ALL, usd},
    units::Units,
};

const WIDTH: f64 = 720.0;
const LABEL: f64 = 96.0;
const VALUE: f64 = 84.0;
const ROW: f64 = 40.0;
const TOP: f64 = 56.0;
/// How many parts stand beside each other in the legend.
const COLUMNS: usize = 3;
/// A column, and a row, of the legend.
const CELL: (f64, f64) = (228.0, 24.0);

/// Of each part, in the order of [`PARTS`]: to be told apart on light and dark paper, also by who sees no red or green.
const COLOURS: [&str; PARTS.len()] = [
    "#4477aa", "#66ccee", "#e5983a", "#ccbb44", "#228833", "#88c999", "#aa3377", "#ee6677", "#9b8cd8",
    "#999999",
];

/// The picture.
///
/// # Errors
/// When a price or a unit is missing.
pub(super) fn svg(units: &Units, prices: &Prices) -> Result<String> {
    let bars = TOP + ROW * count(SCALES.len());
    let height = bars + CELL.1 * count(PARTS.len().div_ceil(COLUMNS)) + 20.0;
    let title = "What a month costs in us-east-1, by parts, at so many daily users";
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">
<style>
text {{ font: 14px system-ui, sans-serif; fill: #262a38 }} .title {{ font-weight: 600 }} .value {{ font-variant-numeric: tabular-nums }}
.paper {{ fill: #fdfbf7 }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #e8e6e1 }} .paper {{ fill: #171a26 }} }}
</style>
<rect class="paper" width="{WIDTH}" height="{height}" rx="12"/>
<text class="title" x="20" y="32">{title}</text>
"#
    );
    for (n, (users, name)) in SCALES.into_iter().enumerate() {
        let bill = Bill::of(users, Choices::default(), units, prices)?;
        bar(&mut svg, TOP + ROW * count(n), name, &bill);
    }
    for (n, ((_, name, _), colour)) in PARTS.into_iter().zip(COLOURS).enumerate() {
        let x = 20.0 + CELL.0 * count(n % COLUMNS);
        let y = bars + 8.0 + CELL.1 * count(n / COLUMNS);
        let text = (x + 20.0, y + 12.0);
        writeln!(
            svg,
            r#"<rect x="{x}" y="{y}" width="14" height="14" rx="3" fill="{colour}"/><text x="{}" y="{}">{name}</text>"#,
            text.0, text.1
        )?;
    }
    Ok(svg + "</svg>\n")
}

/// One bar, as long as the others: its parts are shares.
fn bar(svg: &mut String, y: f64, name: &str, bill: &Bill) {
    let whole = WIDTH - LABEL - VALUE;
    let mut line = format!(r#"<text x="20" y="{}">{name}</text>"#, y + 19.0);
    let mut x = LABEL;
    for ((part, name, _), colour) in PARTS.into_iter().zip(COLOURS) {
        let costs = bill.parts.get(&part).copied().unwrap_or_default();
        let width = whole * costs / bill.total;
        // What cannot be seen is left out.
        if width >= 0.5 {
            let told = usd(costs);
            write!(
                line,
                r#"<rect x="{x:.1}" y="{y}" width="{width:.1}" height="28" fill="{colour}"><title>{name}: {told}</title></rect>"#
            )
            .expect(TAKES_ALL);
        }
        x += width;
    }
    let (x, y) = (LABEL + whole + 8.0, y + 19.0);
    writeln!(svg, r#"{line}<text class="value" x="{x}" y="{y}">${}</text>"#, usd(bill.total))
        .expect(TAKES_ALL);
}

/// A small count.
fn count(n: usize) -> f64 {
    f64::from(u16::try_from(n).expect("there are few"))
}
