//! By which messages are found, in OpenSearch: a node, or a collection of OpenSearch Serverless, which can do less. Of
//! type `SEARCH`, for only there a document may have an id of ours.

mod address;
mod fault;

mod documents;
mod indexes;
mod putting;
mod rebuild;

mod asked;
mod finding;

use std::{fmt, sync::Arc};

use aws_config::SdkConfig;
use opensearch::{
    OpenSearch,
    auth::Credentials,
    http::transport::{BuildError, SingleNodeConnectionPool, TransportBuilder},
};

use self::indexes::Indexes;
pub use self::{
    address::{OpenSearchUrl, OpenSearchUrlError},
    rebuild::Rebuild,
};
use crate::{account, tls};
use chat::ports::{Entry, FindError, Found, MessageIndex, Put, Search, Unavailable};

/// What credentials of OpenSearch Serverless are asked for.
const SERVICE: &str = "aoss";

/// The index of messages: a handle, cheap to clone.
#[derive(Clone)]
pub struct OpenSearchIndex {
    client: Arc<OpenSearch>,
    indexes: Indexes,
}

/// Where the index is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSearchConfig {
    /// Its address.
    pub url: OpenSearchUrl,
    /// What the names of indexes begin with.
    pub prefix: String,
}

/// Why OpenSearch cannot be asked anything.
#[derive(Debug, thiserror::Error)]
pub enum OpenSearchError {
    /// Requests are to be signed, and nothing says for which region.
    #[error("there is no AWS region to sign requests to OpenSearch for")]
    NoAccount(#[source] opensearch::Error),
    /// The system's root certificates cannot be read.
    #[error("no requests to OpenSearch can be made")]
    NoClient(#[from] BuildError),
}

impl OpenSearchIndex {
    /// Finds credentials and the region as AWS's own tools do, where requests are signed, without asking OpenSearch anything.
    ///
    /// # Errors
    /// [`OpenSearchError`].
    pub async fn connect(config: &OpenSearchConfig) -> Result<Self, OpenSearchError> {
        let account = match config.url.is_signed {
            true => account::found().load().await,
            false => SdkConfig::builder().build(),
        };
        Self::connect_as(config, &account)
    }

    /// The same with credentials and a region that are known.
    ///
    /// # Errors
    /// [`OpenSearchError`].
    pub fn connect_as(config: &OpenSearchConfig, account: &SdkConfig) -> Result<Self, OpenSearchError> {
        tls::choose();
        let node = SingleNodeConnectionPool::new(config.url.url.clone());
        let mut transport = TransportBuilder::new(node).disable_proxy();
        if config.url.is_signed {
            let credentials = Credentials::try_from(account).map_err(OpenSearchError::NoAccount)?;
            transport = transport.auth(credentials).service_name(SERVICE);
        }
        let client = Arc::new(OpenSearch::new(transport.build()?));
        Ok(Self { indexes: Indexes::new(Arc::clone(&client), &config.prefix), client })
    }

    /// Looks at once which indexes are written when it is written the next time. For whoever may have been stopped for a while
    /// without its clocks telling, as a function is between two invocations.
    pub fn look_again(&self) {
        self.indexes.forget();
    }
}

impl MessageIndex for OpenSearchIndex {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let put = async {
            let written = self.indexes.written().await?;
            putting::put(&self.client, &written, entries).await
        };
        let put = put.await.map_err(|fault| Unavailable::new("index while taking entries", fault))?;
        if put.contains(&Put::Later) {
            // An index may be gone.
            self.indexes.forget();
        }
        Ok(put)
    }

    async fn find(&self, search: &Search) -> Result<Found, FindError> {
        finding::find(&self.client, &self.indexes.read(), search).await
    }
}

impl fmt::Debug for OpenSearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSearchIndex({})", self.indexes.read())
    }
}
