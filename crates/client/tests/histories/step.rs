//! What can happen, and in which proportion.

use proptest::{prelude::*, sample::Index};

use crate::{
    names::N_ROOMS,
    server::{N_NODES, Trouble},
};

/// How many pages there are.
pub(crate) const N_PAGES: usize = 3;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Time passes.
    Pass { ms: u64 },
    /// Something about a page and its connection.
    Page { page: usize, step: PageStep },
    /// Something about a node.
    Node { node: usize, step: NodeStep },
}

/// What happens to a page.
#[derive(Clone, Debug)]
pub(crate) enum PageStep {
    Compose {
        room: usize,
    },
    Write,
    Up {
        n: usize,
    },
    Down {
        n: usize,
    },
    /// All that is on its way, either way, arrives.
    Exchange,
    Release,
    Cut {
        arrived: usize,
    },
    Route {
        node: usize,
    },
    Resync,
    LoseNews,
    Online {
        is_online: bool,
    },
    TryNow,
    Reload,
    Show {
        room: usize,
    },
    Hide,
    Reading {
        is_reading: bool,
    },
    Jump {
        at: Index,
    },
    JumpToEnd,
    Older,
    Newer,
    Retry,
    Discard,
    Edit {
        at: Index,
    },
    Delete {
        at: Index,
    },
    /// The member leaves a room, or joins it.
    ComeOrGo {
        room: usize,
    },
}

/// What happens at a node.
#[derive(Clone, Debug)]
pub(crate) enum NodeStep {
    Work { n: usize },
    Double { at: usize },
    Hear { at: usize },
    Lose { at: usize },
    ReadOn,
    Tick,
    Trouble { trouble: Trouble },
    OthersWrite { room: usize, n: u64 },
    OthersRevise { room: usize, at: u64, is_deletion: bool },
}

/// Any step. `most` is how many messages others write at once, at most.
pub(crate) fn any_step(most: u64) -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => prop_oneof![3 => 1..50_u64, 2 => 50..3_000_u64, 1 => 3_000..60_000_u64]
            .prop_map(|ms| Step::Pass { ms }),
        18 => (0..N_PAGES, page_step()).prop_map(|(page, step)| Step::Page { page, step }),
        12 => (0..N_NODES, node_step(most)).prop_map(|(node, step)| Step::Node { node, step }),
    ]
}

fn page_step() -> impl Strategy<Value = PageStep> {
    prop_oneof![
        6 => (0..N_ROOMS).prop_map(|room| PageStep::Compose { room }),
        5 => Just(PageStep::Write),
        8 => (1..4_usize).prop_map(|n| PageStep::Up { n }),
        8 => (1..5_usize).prop_map(|n| PageStep::Down { n }),
        5 => Just(PageStep::Exchange),
        3 => Just(PageStep::Release),
        3 => (0..3_usize).prop_map(|arrived| PageStep::Cut { arrived }),
        3 => (0..N_NODES).prop_map(|node| PageStep::Route { node }),
        1 => Just(PageStep::Resync),
        4 => Just(PageStep::LoseNews),
        1 => any::<bool>().prop_map(|is_online| PageStep::Online { is_online }),
        2 => Just(PageStep::TryNow),
        1 => Just(PageStep::Reload),
        2 => (0..N_ROOMS).prop_map(|room| PageStep::Show { room }),
        1 => Just(PageStep::Hide),
        2 => any::<bool>().prop_map(|is_reading| PageStep::Reading { is_reading }),
        1 => any::<Index>().prop_map(|at| PageStep::Jump { at }),
        1 => Just(PageStep::JumpToEnd),
        1 => Just(PageStep::Older),
        1 => Just(PageStep::Newer),
        1 => Just(PageStep::Retry),
        1 => Just(PageStep::Discard),
        2 => any::<Index>().prop_map(|at| PageStep::Edit { at }),
        1 => any::<Index>().prop_map(|at| PageStep::Delete { at }),
        2 => (0..N_ROOMS).prop_map(|room| PageStep::ComeOrGo { room }),
    ]
}

fn node_step(most: u64) -> impl Strategy<Value = NodeStep> {
    prop_oneof![
        12 => (1..5_usize).prop_map(|n| NodeStep::Work { n }),
        1 => (0..8_usize).prop_map(|at| NodeStep::Double { at }),
        4 => (0..4_usize).prop_map(|at| NodeStep::Hear { at }),
        1 => (0..4_usize).prop_map(|at| NodeStep::Lose { at }),
        1 => Just(NodeStep::ReadOn),
        1 => Just(NodeStep::Tick),
        5 => trouble().prop_map(|trouble| NodeStep::Trouble { trouble }),
        3 => (0..N_ROOMS, prop_oneof![3 => 1..4_u64, 1 => 1..=most])
            .prop_map(|(room, n)| NodeStep::OthersWrite { room, n }),
        5 => (0..N_ROOMS, 0..1_000_u64, any::<bool>())
            .prop_map(|(room, at, is_deletion)| NodeStep::OthersRevise { room, at, is_deletion }),
    ]
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        Just(Trouble::TooFast),
        Just(Trouble::Busy),
        Just(Trouble::Unavailable),
        Just(Trouble::WrittenUnanswered),
        Just(Trouble::NotInRoom),
    ]
}
