//! A month's bill: what so many daily users do, in the units that AWS counts.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{
    prices::{Prices, Region},
    units::Units,
};

/// Hours of a month, as AWS counts it.
const HOURS: f64 = 730.0;
/// Its days.
const DAYS: f64 = HOURS / 24.0;
/// Bytes of a GB.
const GB: f64 = 1e9;
const SECONDS_AN_HOUR: f64 = 3_600.0;

/// A part of the system that is paid for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Tables,
    Bus,
    Index,
    Functions,
    Sockets,
    Pages,
    Balancer,
    WayOut,
    Edge,
    Watching,
}

/// The machines that tasks run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machines {
    Arm64,
    X86,
}

/// How tasks reach what is outside their network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Egress {
    PublicAddress,
    Endpoints,
    Nat,
}

/// How the bus is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engines {
    Serverless,
    Nodes,
}

/// What the pages run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WebOn {
    Fargate,
    AppRunner,
}

/// What is chosen when it is built.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choices {
    pub(super) region: Region,
    pub(super) machines: Machines,
    pub(super) egress: Egress,
    pub(super) engines: Engines,
    pub(super) web_on: WebOn,
    /// Socket servers beyond those that are needed.
    pub(super) more_sockets: f64,
    /// How much larger each worker of the index is than it is taken for.
    pub(super) workers_times: f64,
    pub(super) recovery: bool,
    pub(super) firewall: bool,
    pub(super) index: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            region: Region::Virginia,
            machines: Machines::Arm64,
            egress: Egress::PublicAddress,
            engines: Engines::Serverless,
            web_on: WebOn::Fargate,
            more_sockets: 0.0,
            workers_times: 1.0,
            recovery: true,
            firewall: true,
            index: true,
        }
    }
}

/// So much of something that has a price.
struct Line {
    part: Part,
    price: &'static str,
    quantity: f64,
}

/// What a month costs, in dollars.
pub(super) struct Bill {
    /// Each part that costs anything.
    pub(super) parts: BTreeMap<Part, f64>,
    /// All of it.
    pub(super) total: f64,
    /// So much of it an account does not pay that uses AWS's allowances for nothing else.
    pub(super) allowed: f64,
}

impl Bill {
    /// The bill of a month.
    ///
    /// # Errors
    /// When a price or a unit is missing.
    pub(super) fn of(users: f64, choices: Choices, units: &Units, prices: &Prices) -> Result<Self> {
        let lines = Month::of(users, choices, units)?.lines(units)?;
        let mut bill = Self { parts: BTreeMap::new(), total: 0.0, allowed: 0.0 };
        let mut quantities = BTreeMap::<_, f64>::new();
        for Line { part, price, quantity } in lines {
            let usd = quantity * prices.of_one(price, choices.region)?;
            *bill.parts.entry(part).or_default() += usd;
            *quantities.entry(price).or_default() += quantity;
            bill.total += usd;
        }
        for (price, quantity) in quantities {
            bill.allowed += quantity.min(prices.free(price)?) * prices.of_one(price, choices.region)?;
        }
        Ok(bill)
    }
}

/// What happens in a month.
struct Month {
    choices: Choices,
    users: f64,
    messages: f64,
    changes: f64,
    cursors: f64,
    comings: f64,
    pages: f64,
    searches: f64,
    connection_hours: f64,
    /// Tasks of the socket server.
    nodes: f64,
    /// Tasks of the pages, where they are on Fargate.
    web_tasks: f64,
    /// Calls of the indexer.
    batches: f64,
    /// To browsers, of pages, assets and frames.
    out_gb: f64,
    logs_gb: f64,
}

impl Month {
    fn of(users: f64, choices: Choices, units: &Units) -> Result<Self> {
        let of = |name| units.of(name);
        let monthly = |name| of(name).map(|it| it * users * DAYS);
        let (messages, pages, comings) = (monthly("messages")?, monthly("pages")?, monthly("comings")?);
        let (changes, searches) = (monthly("changes")?, monthly("searches")?);
        let connection_hours = monthly("connection_hours")?;
        let peak = connection_hours / HOURS * of("peak")?;
        let needed = (peak / of("connections_per_task")?).ceil().max(of("socket_tasks")?);
        // What is written while a batch is gathered goes into it.
        let by_day = users * of("messages")? * of("day_share")? / of("day_hours")? / SECONDS_AN_HOUR;
        let batches = (messages + changes) / (1.0 + by_day * of("batch_seconds")?);
        let kb = pages * of("page_kb")?
            + monthly("new_builds")? * of("first_visit_kb")?
            + connection_hours * of("silent_kb_an_hour")?;
        let calls = if choices.index { batches + searches } else { searches };
        Ok(Self {
            choices,
            users,
            messages,
            changes,
            cursors: monthly("cursors")?,
            comings,
            pages,
            searches,
            connection_hours,
            nodes: needed + choices.more_sockets,
            web_tasks: of("web_tasks")?,
            batches,
            out_gb: (kb * 1e3 + monthly("seen")? * of("frame_bytes")?) / GB,
            logs_gb: (comings + calls) * of("log_bytes")? / GB,
        })
    }

    fn lines(&self, units: &Units) -> Result<Vec<Line>> {
        let mut lines = self.tables(units)?;
        lines.extend(self.bus(units)?);
        lines.extend(self.search(units)?);
        lines.extend(self.tasks(units)?);
        lines.extend(self.balancer(units)?);
        lines.extend(self.way_out(units)?);
        lines.extend(self.edge(units)?);
        lines.extend(self.watching(units)?);
        Ok(lines)
    }

    fn tables(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        let written = self.messages * of("message_write_units")?
            + self.cursors * of("cursor_write_units")?
            + self.changes * of("change_write_units")?;
        let room_hours = self.users * of("rooms_per_user")? * of("room_hours")? * DAYS;
        let read = self.messages * of("right_read_units")?
            + self.comings * of("coming_read_units")?
            + self.connection_hours * of("connection_hour_read_units")?
            + room_hours * self.nodes * of("room_hour_read_units")?
            + self.pages * of("page_read_units")?
            + self.searches * of("search_read_units")?;
        let stored = self.messages * of("kept_months")? * of("stored_bytes")? / GB;
        let recovery = if self.choices.recovery { stored } else { 0.0 };
        Ok(lines(
            Part::Tables,
            &[
                ("write_unit", written),
                ("read_unit", read),
                ("table_gb_month", stored),
                ("recovery_gb_month", recovery),
            ],
        ))
    }

    fn bus(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        if self.choices.engines == Engines::Nodes {
            return Ok(lines(Part::Bus, &[("cache_node_hour", of("cache_nodes")? * HOURS)]));
        }
        // What is told goes to each node once more; all of it is below a KB, which is one unit.
        let told = (self.messages + self.cursors) * of("publishes")? * (1.0 + self.nodes);
        let asked = self.nodes * of("node_hour_commands")? * HOURS + self.comings * of("coming_commands")?;
        let stored = of("cache_gb")? * HOURS;
        Ok(lines(Part::Bus, &[("cache_gb_hour", stored), ("cache_unit", told + asked)]))
    }

    fn search(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        // Without an index the newest messages are looked through.
        let batches = if self.choices.index { self.batches } else { 0.0 };
        let gb_seconds = batches * of("indexer_seconds")? * of("indexer_gb")?
            + self.searches * of("search_seconds")? * of("search_gb")?;
        let functions = [
            ("function_request", batches + self.searches),
            ("function_gb_second", gb_seconds),
            ("api_request", self.searches),
        ];
        let worker = of("worker_ocus")? * self.choices.workers_times;
        let awake = Self::awake(batches, "awake_minutes", units)? * of("index_workers")?
            + Self::awake(self.searches, "awake_minutes", units)? * of("search_workers")?;
        let stored = self.messages * of("kept_months")? * of("indexed_bytes")? / GB;
        let index = [("ocu_hour", awake * worker), ("index_gb_month", stored)];
        let index = if self.choices.index { lines(Part::Index, &index) } else { Vec::new() };
        Ok(lines(Part::Functions, &functions).into_iter().chain(index).collect())
    }

    /// In how many hours of the month something is awake that stays so for a while after each of so many requests,
    /// which come at random, most of them by day.
    fn awake(requests: f64, stays: &str, units: &Units) -> Result<f64> {
        let (day, share) = (units.of("day_hours")?, units.of("day_share")?);
        let stays = units.of(stays)? / 60.0;
        let hours = |hours: f64, share: f64| {
            let an_hour = requests / DAYS * share / hours;
            hours * (1.0 - (-an_hour * stays).exp())
        };
        Ok((hours(day, share) + hours(24.0 - day, 1.0 - share)) * DAYS)
    }

    fn tasks(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        let (vcpus, gb) = (of("task_vcpus")?, of("task_gb")?);
        let (vcpu_hour, gb_hour) = match self.choices.machines {
            Machines::Arm64 => ("fargate_arm_vcpu_hour", "fargate_arm_gb_hour"),
            Machines::X86 => ("fargate_x86_vcpu_hour", "fargate_x86_gb_hour"),
        };
        let on_fargate = |part, tasks: f64| {
            lines(part, &[(vcpu_hour, tasks * vcpus * HOURS), (gb_hour, tasks * gb * HOURS)])
        };
        let pages = match self.choices.web_on {
            WebOn::Fargate => on_fargate(Part::Pages, self.web_tasks),
            WebOn::AppRunner => {
                // One instance, whose memory is kept; its processor is paid for in minutes in which it is asked.
                let active = Self::awake(self.pages, "active_minutes", units)?;
                let line = [("app_runner_gb_hour", gb * HOURS), ("app_runner_vcpu_hour", active * vcpus)];
                lines(Part::Pages, &line)
            }
        };
        Ok(on_fargate(Part::Sockets, self.nodes).into_iter().chain(pages).collect())
    }

    fn balancer(&self, units: &Units) -> Result<Vec<Line>> {
        // Of what a unit can, the load balancer is paid for by what it does most of.
        let connections = self.connection_hours / HOURS / units.of("lcu_connections")?;
        let bytes = self.out_gb / HOURS / units.of("lcu_gb_hour")?;
        let capacity = connections.max(bytes) * HOURS;
        Ok(lines(Part::Balancer, &[("alb_hour", HOURS), ("lcu_hour", capacity)]))
    }

    fn way_out(&self, units: &Units) -> Result<Vec<Line>> {
        let zones = units.of("zones")?;
        let on_fargate = match self.choices.web_on {
            WebOn::Fargate => self.web_tasks,
            WebOn::AppRunner => 0.0,
        };
        Ok(match self.choices.egress {
            Egress::PublicAddress => {
                lines(Part::WayOut, &[("public_ipv4_hour", (self.nodes + on_fargate) * HOURS)])
            }
            Egress::Endpoints => {
                let endpoints = units.of("endpoint_services")? * zones * HOURS;
                lines(Part::WayOut, &[("endpoint_hour", endpoints), ("endpoint_gb", self.logs_gb)])
            }
            Egress::Nat => {
                // Each with its address.
                let gateways = units.of("nat_gateways")? * HOURS;
                let line = [("nat_hour", gateways), ("nat_gb", self.logs_gb), ("public_ipv4_hour", gateways)];
                lines(Part::WayOut, &line)
            }
        })
    }

    fn edge(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        // The code, the script that wakes it, and the style.
        let assets = 3.0 * of("new_builds")? * self.users * DAYS;
        let requests = self.pages + self.comings + self.searches + assets;
        // A KB of each request, and what members write.
        let origin = (requests * 1e3 + self.messages * of("frame_bytes")?) / GB;
        let edge = [("edge_gb", self.out_gb), ("edge_request", requests), ("edge_origin_gb", origin)];
        let wall = [
            ("firewall_month", 1.0),
            ("firewall_rule_month", of("firewall_rules")?),
            ("firewall_request", requests),
        ];
        let wall = if self.choices.firewall { lines(Part::Edge, &wall) } else { Vec::new() };
        Ok(lines(Part::Edge, &edge).into_iter().chain(wall).collect())
    }

    fn watching(&self, units: &Units) -> Result<Vec<Line>> {
        let of = |name| units.of(name);
        Ok(lines(
            Part::Watching,
            &[
                ("log_gb", self.logs_gb),
                ("log_gb_month", self.logs_gb),
                ("metric_month", of("metrics")?),
                ("alarm_month", of("alarms")?),
                ("dashboard_month", 1.0),
                ("secret_month", of("secrets")?),
                ("registry_gb_month", of("registry_gb")?),
            ],
        ))
    }
}

fn lines(part: Part, of: &[(&'static str, f64)]) -> Vec<Line> {
    of.iter().map(|&(price, quantity)| Line { part, price, quantity }).collect()
}
