//! By what messages are found, while what they are is kept in memory.

use backend::Backend;
#[cfg(feature = "aws")]
use {
    backend::Index,
    backend_aws::{OpenSearchConfig, OpenSearchIndex},
    opensearch::{
        OpenSearch,
        http::transport::Transport,
        indices::{IndicesDeleteParts, IndicesRefreshParts},
    },
};

/// An index that no other test has.
pub(crate) enum Engine {
    Sqlite,
    #[cfg(feature = "aws")]
    OpenSearch(Box<Node>),
}

/// A node of OpenSearch, and an index in it.
#[cfg(feature = "aws")]
pub(crate) struct Node {
    index: OpenSearchIndex,
    /// The node, past the product.
    client: OpenSearch,
    /// The names of all that is of the index.
    names: String,
}

impl Engine {
    #[cfg(feature = "aws")]
    pub(crate) async fn opensearch() -> Self {
        let prefix = format!("test-{}", engines::fresh());
        let (url, names) = (engines::told("HUBBUB_TEST_OPENSEARCH"), format!("{prefix}-messages*"));
        let config = OpenSearchConfig { url: url.parse().unwrap(), prefix };
        // First: it chooses the cryptography that the other takes, too.
        let index = OpenSearchIndex::connect(&config).await.unwrap();
        let client = OpenSearch::new(Transport::single_node(&url).unwrap());
        Self::OpenSearch(Box::new(Node { index, client, names }))
    }

    /// A store in memory, beside it.
    pub(crate) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite => Backend::in_memory(),
            #[cfg(feature = "aws")]
            Self::OpenSearch(node) => {
                Backend { index: Index::OpenSearch(node.index.clone()), ..Backend::in_memory() }
            }
        }
    }

    /// Has it show what was put in, which some do by and by.
    pub(crate) async fn show(&self) {
        #[cfg(feature = "aws")]
        if let Self::OpenSearch(node) = self {
            let (indices, names) = (node.client.indices(), [node.names.as_str()]);
            let shown = indices.refresh(IndicesRefreshParts::Index(&names)).send().await.unwrap();
            shown.error_for_status_code().unwrap();
        }
    }

    /// Takes it away.
    pub(crate) async fn end(self) {
        #[cfg(feature = "aws")]
        if let Self::OpenSearch(node) = self {
            let (indices, names) = (node.client.indices(), [node.names.as_str()]);
            let dropped = indices.delete(IndicesDeleteParts::Index(&names)).send().await.unwrap();
            dropped.error_for_status_code().unwrap();
        }
    }
}
