//! Scripts, style and pictures: made once by the build, named by their content.

use std::path::Path;

use axum::{Router, extract::Request, middleware, middleware::Next, response::Response};
use http::{HeaderValue, StatusCode, header};
use leptos::config::LeptosOptions;
use tower_http::services::ServeDir;

/// Serves the folder of the build's package, compressed where the browser takes it.
pub(super) fn router(options: &LeptosOptions) -> Router {
    let folder = Path::new(&*options.site_root).join(&*options.site_pkg_dir);
    let files = ServeDir::new(folder).precompressed_br();
    let hashed = options.hash_files;
    Router::new()
        .nest_service(&format!("/{}", options.site_pkg_dir), files)
        .layer(middleware::from_fn(move |request: Request, next: Next| keep(hashed, request, next)))
}

/// A name with a hash in it never means anything else.
async fn keep(hashed: bool, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let rule = match response.status() {
        StatusCode::OK if hashed => "public, max-age=31536000, immutable",
        _ => "no-cache",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(rule));
    response
}
