//! How many connections each network has.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, HeaderValue};

/// Connections, counted by network.
#[derive(Default)]
pub struct Addresses(Mutex<HashMap<IpAddr, usize>>);

/// One connection, until it is dropped.
pub struct Counted {
    addresses: Arc<Addresses>,
    network: IpAddr,
}

impl Addresses {
    /// Counts one more; none where there are `most`.
    pub fn count(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Counted> {
        let network = network(address.to_canonical());
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let n = counts.entry(network).or_default();
        if *n >= most {
            return None;
        }
        *n += 1;
        Some(Counted { addresses: Arc::clone(self), network })
    }
}

/// What proxies say of where a request came from, header by header.
pub fn forwarded(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = &[u8]> {
    headers.get_all("x-forwarded-for").into_iter().map(HeaderValue::as_bytes)
}

/// The network that an address counts for: one household has one IPv4 address, but 2^64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(address) => (u128::from(address) & (u128::MAX << 64)).to_be_bytes().into(),
        IpAddr::V4(_) => address,
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.addresses.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = counts.get_mut(&self.network) {
            *n -= 1;
            if *n == 0 {
                counts.remove(&self.network);
            }
        }
    }
}
