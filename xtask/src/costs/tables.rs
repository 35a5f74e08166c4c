//! The tables of deploy/README.md.

use std::fmt::Write as _;

use anyhow::Result;

use super::{
    model::{Bill, Choices, Egress, Engines, Machines, Part, WebOn},
    prices::{Price, Prices, Region},
    units::{Unit, Units},
};

/// How many come on a day, and what a table calls that.
pub(super) const SCALES: [(f64, &str); 4] =
    [(0.0, "idle"), (100.0, "100"), (1_000.0, "1,000"), (10_000.0, "10,000")];

/// Each part, and what it is made of.
pub(super) const PARTS: [(Part, &str, &str); 10] = [
    (Part::Tables, "tables", "DynamoDB"),
    (Part::Bus, "bus", "ElastiCache"),
    (Part::Index, "index", "OpenSearch Serverless"),
    (Part::Functions, "functions", "Lambda, API Gateway"),
    (Part::Sockets, "socket servers", "Fargate"),
    (Part::Pages, "pages", "Fargate or App Runner"),
    (Part::Balancer, "load balancer", "ALB"),
    (Part::WayOut, "way out of the network", "addresses, endpoints or NAT"),
    (Part::Edge, "edge", "CloudFront, WAF"),
    (Part::Watching, "watching", "CloudWatch, secrets, images"),
];

/// The text between the marks.
///
/// # Errors
/// When a price or a unit is missing.
pub(super) fn text(units: &Units, prices: &Prices) -> Result<String> {
    Ok([bills(units, prices)?, choices(units, prices)?, counted_with(units), price_list(prices)].join("\n"))
}

/// What a month costs, part by part.
fn bills(units: &Units, prices: &Prices) -> Result<String> {
    let bills = |region| {
        let choices = Choices { region, ..Choices::default() };
        SCALES.iter().map(|(users, _)| Bill::of(*users, choices, units, prices)).collect::<Result<Vec<_>>>()
    };
    let (virginia, frankfurt) = (bills(Region::Virginia)?, bills(Region::Frankfurt)?);
    let mut text = format!("{}\n\n", heading(prices));
    let scales = SCALES.map(|(_, name)| name).join(" | ");
    row(&mut text, format_args!("USD a month in us-east-1, at so many daily users | {scales}"));
    row(&mut text, format_args!("---{}", " | ---:".repeat(SCALES.len())));
    for (part, name, made_of) in PARTS {
        let cells = virginia.iter().map(|bill| usd(bill.parts.get(&part).copied().unwrap_or_default()));
        row(&mut text, format_args!("{name}: {made_of} | {}", join(cells)));
    }
    let totals =
        |bills: &[Bill], of: fn(&Bill) -> f64| join(bills.iter().map(|it| format!("**{}**", usd(of(it)))));
    row(&mut text, format_args!("**all of it** | {}", totals(&virginia, |it| it.total)));
    row(&mut text, format_args!("**all of it in eu-central-1** | {}", totals(&frankfurt, |it| it.total)));
    let net = join(virginia.iter().map(|it| usd(it.total - it.allowed)));
    row(&mut text, format_args!("us-east-1, less what AWS gives each account every month | {net}"));
    let each = SCALES.iter().zip(&virginia).map(|((users, _), bill)| match *users > 0.0 {
        true => usd(bill.total / users),
        false => "–".to_owned(),
    });
    row(&mut text, format_args!("for each daily user | {}", join(each)));
    Ok(text)
}

fn heading(prices: &Prices) -> String {
    format!(
        "Prices as they were looked up on {}, in copies of AWS's lists that are named and dated below; before tax. Without \
         savings plans, and without the allowances that AWS gives each account, which others in the account may have \
         used up.",
        prices.as_of
    )
}

/// Which choice changes the bill by how much.
fn choices(units: &Units, prices: &Prices) -> Result<String> {
    let default = Choices::default();
    let others = [
        ("`nodes` instead of `serverless` for the bus", Choices { engines: Engines::Nodes, ..default }),
        ("`app-runner` instead of `fargate` for the pages", Choices { web_on: WebOn::AppRunner, ..default }),
        (
            "`endpoints` instead of `public-address` as the way out",
            Choices { egress: Egress::Endpoints, ..default },
        ),
        (
            "`nat` instead of `public-address`, one gateway in the first zone",
            Choices { egress: Egress::Nat, ..default },
        ),
        ("`x86_64` instead of `arm64`", Choices { machines: Machines::X86, ..default }),
        ("one more task of the socket server", Choices { more_sockets: 1.0, ..default }),
        (
            "no point-in-time recovery, which the templates always have",
            Choices { recovery: false, ..default },
        ),
        ("no firewall (WAF), by `--firewall off`", Choices { firewall: false, ..default }),
        (
            "no index, which the templates always make: searches look through the newest messages",
            Choices { index: false, ..default },
        ),
        (
            "if a worker of the index is a whole OCU, not half of one",
            Choices { workers_times: 2.0, ..default },
        ),
        ("eu-central-1 instead of us-east-1", Choices { region: Region::Frankfurt, ..default }),
    ];
    let mut text = String::new();
    row(&mut text, format_args!("USD a month more or less | {}", SCALES.map(|(_, name)| name).join(" | ")));
    row(&mut text, format_args!("---{}", " | ---:".repeat(SCALES.len())));
    for (what, choices) in others {
        let cells = SCALES.iter().map(|(users, _)| {
            let other = Bill::of(*users, choices, units, prices)?.total;
            Ok(difference(other - Bill::of(*users, default, units, prices)?.total))
        });
        row(&mut text, format_args!("{what} | {}", join(cells.collect::<Result<Vec<_>>>()?)));
    }
    Ok(text)
}

/// What a daily user is taken for, and what that takes.
fn counted_with(units: &Units) -> String {
    let mut text = String::new();
    for (title, of) in [
        ("what tests hold", &units.measured),
        ("what is taken for true, of each daily user", &units.assumed),
        ("how it is built", &units.deployed),
    ] {
        row(&mut text, format_args!("{title} | | | from"));
        row(&mut text, format_args!("--- | ---: | --- | ---"));
        for Unit { what, value, counted_in, from, .. } in of {
            row(&mut text, format_args!("{what} | {} | {counted_in} | {from}", number(*value)));
        }
        text.push('\n');
    }
    text
}

/// All prices, with where they were read.
fn price_list(prices: &Prices) -> String {
    let mut text = String::new();
    row(&mut text, format_args!("USD | for a | us-east-1 | eu-central-1 | AWS's own list"));
    row(&mut text, format_args!("--- | --- | ---: | ---: | ---"));
    for price in &prices.list {
        let Price { what, unit, aws, free, .. } = price;
        let [virginia, frankfurt] = Region::ALL.map(|region| told(price, region, prices));
        let free = if *free > 0.0 { format!("; {} free", number(*free)) } else { String::new() };
        let list = aws.replace("REGION", Region::Virginia.name());
        row(&mut text, format_args!("{what}{free} | {unit} | {virginia} | {frankfurt} | [list]({list})"));
    }
    text.push_str(
        "\nRead in these copies, by letter. *?* stands in none, and is taken from what is said here:\n\n",
    );
    for (letter, source) in ('a'..).zip(prices.sources.values()) {
        writeln!(text, "- {letter} [{}]({}), {}", source.what, source.url, source.dated).expect(TAKES_ALL);
    }
    for (price, region) in prices.list.iter().flat_map(|it| Region::ALL.map(|region| (it, region))) {
        if let Some(based_on) = &price.of(region).based_on {
            writeln!(text, "- ? {} in {}: {based_on}", price.what, region.name()).expect(TAKES_ALL);
        }
    }
    text
}

/// A price, and by a letter where it was read.
fn told(price: &Price, region: Region, prices: &Prices) -> String {
    let regional = price.of(region);
    let is_there = |(_, name): &(char, &String)| regional.source.as_ref() == Some(*name);
    let letter = ('a'..).zip(prices.sources.keys()).find(is_there).map_or('?', |(letter, _)| letter);
    format!("{} *{letter}*", number(regional.usd))
}

/// Writing to a string does not fail.
pub(super) const TAKES_ALL: &str = "a string takes all";

fn row(text: &mut String, cells: std::fmt::Arguments<'_>) {
    writeln!(text, "| {cells} |").expect(TAKES_ALL);
}

fn join(cells: impl IntoIterator<Item = String>) -> String {
    cells.into_iter().collect::<Vec<_>>().join(" | ")
}

/// Dollars, to the cent where there are few of them.
pub(super) fn usd(usd: f64) -> String {
    match usd {
        0.0 => "0".to_owned(),
        ..0.005 => "< 0.01".to_owned(),
        ..10.0 => format!("{usd:.2}"),
        _ => grouped(usd),
    }
}

fn difference(usd: f64) -> String {
    match usd.abs() {
        ..0.005 => "0".to_owned(),
        size if usd > 0.0 => format!("+{}", self::usd(size)),
        size => format!("−{}", self::usd(size)),
    }
}

/// A number as it is written in the file, with its thousands apart.
fn number(value: f64) -> String {
    if value >= 1_000.0 { grouped(value) } else { value.to_string() }
}

fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let n = digits.len();
    let apart = |(at, digit): (usize, char)| {
        let comma = at > 0 && (n - at).is_multiple_of(3);
        comma.then_some(',').into_iter().chain([digit])
    };
    digits.chars().enumerate().flat_map(apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_told_as_closely_as_they_matter() {
        assert_eq!(
            [0.0, 0.001, 1.234, 99.6, 1_234_567.0].map(usd),
            ["0", "< 0.01", "1.23", "100", "1,234,567"]
        );
        assert_eq!([0.0, 12.3, -0.5].map(difference), ["0", "+12", "−0.50"]);
        assert_eq!([0.25, 336.7, 7_200.0].map(number), ["0.25", "336.7", "7,200"]);
    }
}
