//! An index made anew beside the one that is read, while messages go on.

use std::collections::BTreeSet;

use chat::ports::{Entry, Put, Unavailable};

use super::{
    OpenSearchIndex,
    fault::Fault,
    indexes::{KNOWN_FOR, itself},
    putting,
};

/// An index that is being filled. What becomes of messages goes to it and to the one that is read; whoever makes it puts in
/// what was there before, in any order. One that is left before its end is dropped by the next.
pub struct Rebuild {
    index: OpenSearchIndex,
    name: String,
    /// Those in whose place it was to be read, for whoever tries that again: who is not written any more is not found.
    replaced: BTreeSet<String>,
}

impl OpenSearchIndex {
    /// Begins an index anew. After this all that becomes of messages goes to it, too: who reads the store from now on and
    /// puts in what is there misses nothing.
    ///
    /// # Errors
    /// [`Unavailable`].
    pub async fn begin_rebuild(&self) -> Result<Rebuild, Unavailable> {
        let name = self.make_beside().await.map_err(failed)?;
        // Until the last that writes has heard of it.
        tokio::time::sleep(KNOWN_FOR).await;
        Ok(Rebuild { index: self.clone(), name, replaced: BTreeSet::new() })
    }

    async fn make_beside(&self) -> Result<String, Fault> {
        let all = self.indexes.all().await?;
        let name = self.indexes.free_name(&all);
        for left in all.iter().filter(|it| !it.is_read) {
            self.indexes.drop(&left.name).await?;
        }
        self.indexes.make(&name, &[]).await?;
        self.indexes.forget();
        Ok(name)
    }
}

impl Rebuild {
    /// Puts in what was there before.
    ///
    /// # Errors
    /// [`Unavailable`], as [`MessageIndex::put`](chat::ports::MessageIndex::put).
    pub async fn put(&self, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        putting::put(&self.index.client, &[itself(&self.name)], entries).await.map_err(failed)
    }

    /// Has the new index be read from now on, and drops others. It may be tried again.
    ///
    /// # Errors
    /// [`Unavailable`], when the old one may still be read or there; also when another rebuild has begun, which dropped this one.
    pub async fn finish(&mut self) -> Result<(), Unavailable> {
        self.switch().await.map_err(failed)
    }

    async fn switch(&mut self) -> Result<(), Fault> {
        let indexes = &self.index.indexes;
        let others = indexes.all().await?.into_iter().map(|it| it.name).filter(|name| *name != self.name);
        let others: Vec<String> = others.collect();
        self.replaced.extend(others.iter().cloned());
        indexes.switch(&self.name, &others).await?;
        indexes.forget();
        for name in &self.replaced {
            indexes.drop(name).await?;
        }
        Ok(())
    }
}

fn failed(fault: Fault) -> Unavailable {
    Unavailable::new("index while being made anew", fault)
}
