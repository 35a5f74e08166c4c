//! Acknowledgements over time as SVG, with a mark for each fault.

use std::fmt::Write as _;

use super::tally::Tally;
use crate::figures::plot::{STYLE, escaped};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 252.0;
const RIGHT: f64 = 700.0;
/// Points of the line; what lies between is put together.
const POINTS_MAX: usize = 600;

/// The picture.
#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
pub(super) fn svg(tally: &Tally) -> String {
    let n_seconds = tally.acknowledged.len().max(1);
    let each = n_seconds.div_ceil(POINTS_MAX);
    let rates = tally.acknowledged.chunks(each);
    let rates: Vec<f64> = rates.map(|it| it.iter().sum::<u64>() as f64 / it.len() as f64).collect();
    let most = rates.iter().copied().fold(1.0, f64::max);
    let x = |seconds: f64| LEFT + (RIGHT - LEFT) * (seconds / n_seconds as f64).min(1.0);
    let y = |rate: f64| BOTTOM - (BOTTOM - TOP) * rate / most;
    let title = "Acknowledged messages per second, with a mark for each fault";
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">
<style>
{STYLE}
.rate {{ fill: none; stroke: #e5983a; stroke-width: 1.5 }} .fault {{ stroke: #8a8fa3; stroke-width: 1 }} .axis {{ stroke: #c9c5bd }}
</style>
<rect class="paper" width="{WIDTH}" height="{HEIGHT}" rx="12"/>
<text class="title" x="20" y="32">{title}</text>
<path class="axis" d="M{LEFT} {BOTTOM}H{RIGHT}"/>
<text x="{RIGHT}" y="{}" text-anchor="end">{n_seconds} s</text>
<text x="{}" y="{}" text-anchor="end">{most:.0}</text>
<text x="{}" y="{BOTTOM}" text-anchor="end">0</text>
"#,
        BOTTOM + 32.0,
        LEFT - 8.0,
        TOP + 5.0,
        LEFT - 8.0,
    );
    for (at_ms, what) in &tally.faults {
        let x = x(*at_ms as f64 / 1e3);
        write!(svg, r#"<path class="fault" d="M{x:.1} {BOTTOM}v10"><title>{}</title></path>"#, escaped(what))
            .expect("a string takes all");
    }
    let points = rates.iter().enumerate();
    let points =
        points.map(|(at, rate)| format!("{:.1},{:.1}", x((at * each) as f64 + each as f64 / 2.0), y(*rate)));
    let points: Vec<String> = points.collect();
    writeln!(svg, "\n<polyline class=\"rate\" points=\"{}\"/>\n</svg>", points.join(" "))
        .expect("a string takes all");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_through_each_second_and_a_fault_stands_where_it_was() {
        let mut tally = Tally::default();
        tally.acknowledged.extend([10, 0]);
        tally.faults.push((1_000, "kill -9".to_owned()));

        let svg = svg(&tally);

        assert!(svg.contains(r#"points="217.0,56.0 539.0,252.0""#), "{svg}");
        assert!(svg.contains(r#"d="M378.0 252v10"><title>kill -9</title>"#), "{svg}");
    }
}
