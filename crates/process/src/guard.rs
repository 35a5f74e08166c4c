//! Who comes past the edge is turned away.

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode};

use backend::{Edge, Secrets};

/// What is asked from inside: by whoever runs the program. Where there is no edge everybody is inside, so a proxy keeps the
/// last two to itself: see the top README.
const INSIDE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Lets through what has a secret of the edge, where it has any; from inside only what tells no more than figures.
pub fn behind(edge: &Edge, router: Router) -> Router {
    match edge.secrets.is_empty() {
        true => router,
        false => router.layer(middleware::from_fn_with_state(edge.secrets.clone(), turn_away)),
    }
}

async fn turn_away(State(secrets): State<Secrets>, request: Request, next: Next) -> Response {
    let secret = request.headers().get(Secrets::HEADER).map(HeaderValue::as_bytes);
    let is_inside = INSIDE.contains(&request.uri().path());
    match is_inside || secret.is_some_and(|secret| secrets.has(secret)) {
        true => next.run(request).await,
        false => (StatusCode::FORBIDDEN, "Come by way of the front door.\n").into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, routing::get};
    use tower::ServiceExt as _;

    use super::*;

    const OLD: &str = "the-old-secret-of-the-edge";
    const NEW: &str = "the-new-secret-of-the-edge";

    #[tokio::test]
    async fn who_comes_past_the_edge_is_turned_away_and_both_secrets_open() {
        assert_eq!(asked(&[OLD, NEW], "/", None).await, StatusCode::FORBIDDEN);
        assert_eq!(asked(&[OLD, NEW], "/", Some("another-secret-of-someone")).await, StatusCode::FORBIDDEN);
        assert_eq!(asked(&[OLD, NEW], "/", Some(OLD)).await, StatusCode::OK);
        assert_eq!(asked(&[OLD, NEW], "/", Some(NEW)).await, StatusCode::OK);
        assert_eq!(asked(&[OLD, NEW], "/healthz", None).await, StatusCode::OK);
    }

    #[tokio::test]
    async fn without_a_secret_everybody_comes() {
        assert_eq!(asked(&[], "/", None).await, StatusCode::OK);
    }

    async fn asked(secrets: &[&str], path: &str, secret: Option<&str>) -> StatusCode {
        let set = secrets.join(",");
        let edge = Edge::parse(|name| (name == "HUBBUB_EDGE_SECRETS").then(|| set.clone())).unwrap();
        let router = Router::new().route("/", get(|| async {})).route("/healthz", get(|| async {}));
        let mut request = Request::get(path);
        if let Some(secret) = secret {
            request = request.header(Secrets::HEADER, secret);
        }
        behind(&edge, router).oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    }
}
