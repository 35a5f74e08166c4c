//! Bars as SVG. Drawn here and not by a library, so that they follow the reader's light or dark.

use std::fmt::Write as _;

const WIDTH: u32 = 720;
const LABEL: u32 = 190;
const VALUE: u32 = 120;
const ROW: u32 = 34;
const TOP: u32 = 52;
/// What all pictures look like.
pub(crate) const STYLE: &str = "\
text { font: 14px system-ui, sans-serif; fill: #262a38 } .title { font-weight: 600 } .value { font-variant-numeric: tabular-nums }
.paper { fill: #fdfbf7 } .bar { fill: #c9c5bd } .ours { fill: #e5983a }
@media (prefers-color-scheme: dark) { text { fill: #e8e6e1 } .paper { fill: #171a26 } .bar { fill: #4c5064 } }";

/// A horizontal bar for each of some values.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What the file is called, without its ending.
    pub file: &'static str,
    /// What is shown, and in which unit.
    pub title: String,
    /// What is compared.
    pub bars: Vec<Bar>,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose value.
    pub label: String,
    /// How much.
    pub value: f64,
    /// Whether it is what the picture is about, not what it is compared with.
    pub is_ours: bool,
}

impl Plot {
    /// The picture.
    pub fn svg(&self) -> String {
        let height = TOP + ROW * u32::try_from(self.bars.len()).expect("few") + 12;
        let most = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">
<style>
{STYLE}
</style>
<rect class="paper" width="{WIDTH}" height="{height}" rx="12"/>
<text class="title" x="20" y="32">{title}</text>
"#,
            title = escaped(&self.title),
        );
        for (n, bar) in self.bars.iter().enumerate() {
            let y = TOP + ROW * u32::try_from(n).expect("few");
            let width = (f64::from(WIDTH - LABEL - VALUE) * bar.value / most).max(1.0);
            let class = if bar.is_ours { "ours" } else { "bar" };
            writeln!(
                svg,
                r#"<text x="20" y="{text_y}">{label}</text><rect class="{class}" x="{LABEL}" y="{y}" width="{width:.1}" height="22" rx="3"/><text class="value" x="{value_x:.1}" y="{text_y}">{value}</text>"#,
                text_y = y + 16,
                label = escaped(&bar.label),
                value_x = f64::from(LABEL) + width + 8.0,
                value = number(bar.value),
            )
            .expect("a string takes all");
        }
        svg + "</svg>\n"
    }
}

/// Three digits that say something.
fn number(value: f64) -> String {
    match value {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_fills_the_width_and_the_others_are_in_proportion() {
        let bar = |label: &str, value| Bar { label: label.into(), value, is_ours: value > 3.0 };
        let plot = Plot { file: "x", title: "µs & more".into(), bars: vec![bar("a", 2.0), bar("b", 4.0)] };

        let svg = plot.svg();

        assert!(svg.contains(r#"class="bar" x="190" y="52" width="205.0""#), "{svg}");
        assert!(svg.contains(r#"class="ours" x="190" y="86" width="410.0""#), "{svg}");
        assert!(svg.contains(">µs &amp; more</text>"), "{svg}");
    }
}
