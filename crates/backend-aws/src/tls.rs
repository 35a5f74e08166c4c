//! The one TLS of this crate: rustls with ring's cryptography.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

/// What makes requests to AWS.
pub(crate) fn https() -> SharedHttpClient {
    Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}

/// Tells rustls, for who asks it.
pub(crate) fn choose() {
    // Where somebody chose before, that holds.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
