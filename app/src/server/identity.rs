//! Who a request is from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use http::{HeaderMap, header, request::Parts};

use chat::{
    access::Viewer,
    accounts,
    ports::{Account, Session, Unavailable},
};
use protocol::{Person, Timestamp};

use super::Site;
use crate::zone;

/// The session that a request carries, and whose it is.
///
/// # Errors
/// [`Unavailable`].
pub(super) async fn session(
    site: &Site,
    headers: &HeaderMap,
) -> Result<Option<(Session, Account)>, Unavailable> {
    let Some(token) = process::session_token(headers) else { return Ok(None) };
    accounts::resume_session(&site.backend.sessions, &site.backend.members, &token, now()).await
}

/// A cookie other than the session's.
pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    let texts = cookies.filter_map(|value| value.to_str().ok());
    texts.flat_map(cookie::Cookie::split_parse).find_map(|it| {
        let it = it.ok()?;
        (it.name() == name).then(|| it.value().to_owned())
    })
}

/// What the address says under a name. The router's own reading decodes texts twice, so that `%41` becomes an A.
pub(crate) fn said(parts: &Parts, name: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(parts.uri.query()?).ok()?;
    pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value))
}

/// The colours that the reader chose, if they did: `light` or `dark`.
pub(crate) fn theme(headers: &HeaderMap) -> Option<String> {
    cookie(headers, "theme").filter(|theme| matches!(theme.as_str(), "light" | "dark"))
}

/// The zone that times are shown in: the one that the reader's browser has named, if it exists.
pub(crate) fn zone(headers: &HeaderMap) -> String {
    cookie(headers, zone::COOKIE).filter(|name| zone::is_known(name)).unwrap_or_else(|| zone::UTC.to_owned())
}

/// Who looks, as access is asked for.
pub(super) fn viewer(me: Option<&Person>) -> Viewer {
    me.map_or(Viewer::Visitor, |me| Viewer::Member(me.id.clone()))
}

/// Where a request comes from, as far as we trust what stands before us.
pub(super) fn address(site: &Site, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
    site.edge.client_address(peer, process::forwarded(&parts.headers))
}

/// The clock. The edge of the program: here time comes in.
pub(super) fn now() -> Timestamp {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(
        since_1970.map_or(0, |it| u64::try_from(it.as_millis()).expect("fits until the year 500,000,000")),
    )
}

/// Random bytes for names and secrets.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}
