//! The service's addresses.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::{ConnectInfo, Request, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use chat::{
    accounts,
    ports::{Account, Session, Unavailable},
};
use process::{Addresses, network, tell_seldom};
use protocol::{Action, close::CloseCode, wire};

use crate::{hub::timestamp, limiter::Whose, patience::in_time, service::Service, socket};

/// The version of the protocol below ours that is spoken here.
const VERSION: &str = "13";
/// What a handshake would have had to ask for.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#section-15.5.22> and
/// <https://www.rfc-editor.org/rfc/rfc6455#section-4.4>
const TO_UPGRADE: [(HeaderName, &str); 3] = [
    (header::CONNECTION, "Upgrade"),
    (header::UPGRADE, "websocket"),
    (header::SEC_WEBSOCKET_VERSION, VERSION),
];

#[derive(Clone)]
struct Shared {
    service: Arc<Service>,
    addresses: Arc<Addresses>,
}

/// `/ws` for the chat; `/metrics` for operators.
pub fn router(service: Arc<Service>) -> Router {
    let shared = Shared { service, addresses: Arc::default() };
    Router::new().route("/ws", get(connect)).route("/metrics", get(metrics)).with_state(shared)
}

async fn connect(State(shared): State<Shared>, mut request: Request) -> Response {
    let Shared { service, addresses } = shared;
    let refuse = |status: StatusCode, why: &'static str| {
        service.metrics.refused_handshakes.inc();
        (status, why).into_response()
    };
    let headers = request.headers();
    if !service.edge.allows(text_of(headers, header::ORIGIN)) {
        return refuse(StatusCode::FORBIDDEN, "This socket is for our own pages.\n");
    }
    if service.is_draining() {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "This node is stopping.\n");
    }
    let version = text_of(headers, header::SEC_WEBSOCKET_VERSION);
    if !fastwebsockets::upgrade::is_upgrade_request(&request) || version != Some(VERSION) {
        let refused = refuse(StatusCode::UPGRADE_REQUIRED, "This is a WebSocket.\n");
        return (TO_UPGRADE, refused).into_response();
    }
    let Some(offered) = offered(headers) else {
        return refuse(StatusCode::BAD_REQUEST, "Offer the subprotocol hubbub.v1.json.\n");
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let Some(peer) = peer else { return refuse(StatusCode::INTERNAL_SERVER_ERROR, "No peer address.\n") };
    let address = service.edge.client_address(peer, process::forwarded(headers));
    let network = network(address);
    if service.limiter.take(Action::Connect, &Whose::Network(network), service.hub.now()).is_err() {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "Too many new connections from this address.\n");
    }
    let Some(counted) = addresses.count(address, service.config.per_address.get()) else {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "Too many connections from this address.\n");
    };
    let (session, account) = match signed_in(&service, headers).await {
        Ok(Some(found)) => found,
        Ok(None) => return refuse(StatusCode::UNAUTHORIZED, "Sign in first.\n"),
        Err(error) => {
            tell_seldom("The store did not answer a handshake", &error);
            return refuse(StatusCode::SERVICE_UNAVAILABLE, "The store is unavailable.\n");
        }
    };
    let Ok((mut response, upgrade)) = fastwebsockets::upgrade::upgrade(&mut request) else {
        return refuse(StatusCode::BAD_REQUEST, "This is no WebSocket handshake.\n");
    };
    let protocol = HeaderValue::from_str(&offered).expect("it came in a header");
    response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
    let (is_ours, person, session) = (offered == wire::SUBPROTOCOL, account.person, session.key);
    // Owned by its socket: it ends with it, and a drain closes it.
    tokio::spawn(async move {
        match is_ours {
            true => socket::serve(service, upgrade, person, session, network).await,
            false => socket::turn_away(upgrade, CloseCode::OUTDATED).await,
        }
        drop(counted);
    });
    response.map(axum::body::Body::new)
}

/// The subprotocol to speak: ours, or one of another version of ours, whose client is then told so.
fn offered(headers: &HeaderMap) -> Option<String> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).into_iter();
    let offers = offers.filter_map(|value| value.to_str().ok());
    let offers: Vec<&str> = offers.flat_map(|value| value.split(',')).map(str::trim).collect();
    let ours = offers.iter().find(|offer| **offer == wire::SUBPROTOCOL);
    let other = offers.iter().find(|offer| offer.starts_with(wire::SUBPROTOCOL_FAMILY));
    ours.or(other).map(|offer| (*offer).to_owned())
}

async fn signed_in(
    service: &Service,
    headers: &HeaderMap,
) -> Result<Option<(Session, Account)>, Unavailable> {
    let Some(token) = process::session_token(headers) else { return Ok(None) };
    let backend = &service.backend;
    let resumed = accounts::resume_session(&backend.sessions, &backend.members, &token, timestamp());
    in_time("sessions", service.look_up(resumed)).await
}

async fn metrics(State(shared): State<Shared>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")];
    (kind, shared.service.metrics.text()).into_response()
}

fn text_of(headers: &HeaderMap, name: impl header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
