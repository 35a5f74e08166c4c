//! Scripts, style and pictures: made once by the build, named by their content.

use std::path::Path;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use tower_http::services::{ServeDir, ServeFile};

/// What lies beside the package, under a name of its own.
const BESIDE: [&str; 1] = ["mark.svg"];

/// Serves the build's package and what lies beside it, compressed where the browser takes it.
pub(super) fn router(options: &LeptosOptions) -> Router {
    let site = Path::new(&*options.site_root);
    let package = format!("/{}", options.site_pkg_dir);
    let rule = match options.hash_files {
        true => "public, max-age=31536000, immutable", // A name with a hash in it never means anything else.
        false => "no-cache",
    };
    let files = ServeDir::new(site.join(&*options.site_pkg_dir)).precompressed_br();
    let package =
        Router::new().nest_service(&package, files).layer(middleware::from_fn_with_state(rule, keep));
    let beside = BESIDE.into_iter().fold(Router::new(), |router, name| {
        router.route_service(&format!("/{name}"), ServeFile::new(site.join(name)).precompressed_br())
    });
    package.merge(beside.layer(middleware::from_fn_with_state("public, max-age=86400", keep)))
}

/// Says how long a browser may keep what is there.
async fn keep(State(rule): State<&'static str>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let rule = if response.status() == StatusCode::OK { rule } else { "no-cache" };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    response
}
