//! What can go wrong around the index, how it begins and how it is mended.

use std::{fmt, time::Duration};

use anyhow::Result;

use super::{malformed::Malformed, rebuilds::Rebuilds};
use crate::stack::Indexing;

/// Something that goes wrong, or is done in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The indexer is gone from one moment to the next, in the middle of a batch perhaps.
    KillIndexer,
    /// The indexer stands still for longer than it may take: its batch comes again, and is put in twice, the first time late.
    PauseIndexer,
    /// OpenSearch is gone, and starts again with what it has on its disk.
    KillOpenSearch,
    /// OpenSearch stands still.
    PauseOpenSearch,
    /// The poller is gone with its place in the stream: it begins at the beginning, so everything comes again, late.
    KillPoller,
    /// Items that are none are put into the table.
    Malform,
    /// The index is made anew.
    Rebuild,
    /// Likewise, and whoever does it is gone half way; then it is made anew once more.
    KillRebuild,
}

/// What a fault is about: of two faults about one thing, the second waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Indexer,
    OpenSearch,
    Poller,
    Table,
    Rebuild,
}

/// What things go wrong with.
pub(super) struct World {
    pub(super) indexing: Indexing,
    pub(super) rebuilds: Rebuilds,
    pub(super) malformed: Malformed,
}

/// A time that a fault lasts, at least and at most.
type Lasts = (Duration, Duration);

const AT_ONCE: Lasts = (Duration::ZERO, Duration::ZERO);
const DOWN: Lasts = (Duration::ZERO, Duration::from_secs(2));
/// Longer than the indexer may take for a batch, now and then.
const PAUSES: Lasts = (Duration::from_secs(1), Duration::from_secs(10));
/// Besides the seconds in which OpenSearch starts.
const AWAY: Lasts = (Duration::from_secs(1), Duration::from_secs(4));
/// A rebuild waits for five seconds, until all that write know of it, and then goes through the table.
const HALF_WAY: Lasts = (Duration::from_millis(500), Duration::from_millis(6_500));

impl Fault {
    pub(super) const ALL: [Self; 8] = [
        Self::KillIndexer,
        Self::PauseIndexer,
        Self::KillOpenSearch,
        Self::PauseOpenSearch,
        Self::KillPoller,
        Self::Malform,
        Self::Rebuild,
        Self::KillRebuild,
    ];

    pub(super) fn target(self) -> Target {
        match self {
            Self::KillIndexer | Self::PauseIndexer => Target::Indexer,
            Self::KillOpenSearch | Self::PauseOpenSearch => Target::OpenSearch,
            Self::KillPoller => Target::Poller,
            Self::Malform => Target::Table,
            Self::Rebuild | Self::KillRebuild => Target::Rebuild,
        }
    }

    /// How long it lasts.
    pub(super) fn lasts(self) -> Lasts {
        match self {
            Self::KillIndexer | Self::KillPoller => DOWN,
            Self::PauseIndexer => PAUSES,
            Self::KillOpenSearch | Self::PauseOpenSearch => AWAY,
            Self::Malform | Self::Rebuild => AT_ONCE,
            Self::KillRebuild => HALF_WAY,
        }
    }

    /// Whether what it is about has ended by it, until it is mended.
    pub(super) fn ends(self) -> bool {
        matches!(self, Self::KillIndexer | Self::KillOpenSearch | Self::KillPoller)
    }

    /// Lets it happen.
    ///
    /// # Errors
    /// When it cannot be made to happen.
    pub(super) fn begin(self, world: &mut World) -> Result<()> {
        let World { indexing, rebuilds, malformed } = world;
        match self {
            Self::KillIndexer => indexing.functions.indexer.end(),
            Self::PauseIndexer => indexing.functions.indexer.signal("STOP"),
            Self::KillOpenSearch => indexing.engines.opensearch.engine().end(),
            Self::PauseOpenSearch => indexing.engines.opensearch.engine().signal("STOP"),
            Self::KillPoller => indexing.functions.poller.end(),
            Self::Malform => malformed.put(&indexing.engines),
            Self::Rebuild | Self::KillRebuild => rebuilds.begin(),
        }
    }

    /// Mends it.
    ///
    /// # Errors
    /// When it cannot be mended.
    pub(super) fn mend(self, world: &mut World) -> Result<()> {
        let World { indexing, rebuilds, .. } = world;
        match self {
            Self::KillIndexer => indexing.functions.indexer.start_again(),
            Self::PauseIndexer => indexing.functions.indexer.signal("CONT"),
            Self::KillOpenSearch => indexing.engines.opensearch.engine().start_again(),
            Self::PauseOpenSearch => indexing.engines.opensearch.engine().signal("CONT"),
            Self::KillPoller => indexing.functions.poller.start_again(),
            Self::Malform | Self::Rebuild => Ok(()),
            Self::KillRebuild => rebuilds.kill(),
        }
    }

    /// Whether all is well again after it was mended; if not, that takes a while.
    ///
    /// # Errors
    /// When the system does not say.
    pub(super) fn is_well(self, world: &mut World) -> Result<bool> {
        match self.target() {
            Target::OpenSearch => Ok(world.indexing.engines.opensearch.answers()),
            Target::Rebuild => world.rebuilds.is_done(),
            Target::Indexer | Target::Poller | Target::Table => Ok(true),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KillIndexer => "kill -9 of the indexer",
            Self::PauseIndexer => "SIGSTOP of the indexer",
            Self::KillOpenSearch => "kill -9 of OpenSearch",
            Self::PauseOpenSearch => "SIGSTOP of OpenSearch",
            Self::KillPoller => "everything from the beginning",
            Self::Malform => "malformed items",
            Self::Rebuild => "a rebuild",
            Self::KillRebuild => "a rebuild that is killed",
        })
    }
}
