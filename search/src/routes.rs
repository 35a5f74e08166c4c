//! `GET /api/search`.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
    routing,
};
use http::{HeaderMap, HeaderValue, header};

use chat::accounts;
use protocol::{Action, Hits, MemberId, Refusal};

use super::{
    Service,
    asked::{Asked, Params},
    finding::{find, unavailable},
};

/// The route of the search.
pub fn router(service: Arc<Service>) -> Router {
    Router::new().route("/api/search", routing::get(search)).with_state(service)
}

async fn search(
    State(service): State<Arc<Service>>,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let mut response = match answer(&service, &headers, &Params::of(pairs)).await {
        Ok(hits) => Json(hits).into_response(),
        Err(refusal) => (process::status(&refusal), Json(refusal)).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answer(service: &Service, headers: &HeaderMap, params: &Params) -> Result<Hits, Refusal> {
    let member = signed_in(service, headers).await?;
    let asked = Asked::read(params)?;
    let taken = service.backend.rates.take(&format!("search:{member}"), service.config.searches).await;
    taken.map_err(|wait| Refusal::TooFast {
        action: Action::Search,
        retry_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    })?;
    find(service, &member, &asked).await
}

async fn signed_in(service: &Service, headers: &HeaderMap) -> Result<MemberId, Refusal> {
    let token = process::session_token(headers).ok_or(Refusal::NotSignedIn)?;
    let backend = &service.backend;
    let resumed = accounts::resume_session(&backend.sessions, &backend.members, &token, process::now());
    let (_, account) = resumed.await.map_err(unavailable)?.ok_or(Refusal::NotSignedIn)?;
    Ok(account.person.id)
}
