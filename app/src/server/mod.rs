//! The server side of the pages: routes, accounts, headers.

mod accounts;
mod assets;
mod config;
mod device;
mod guests;
mod hashing;
mod headers;
mod identity;
mod landing;
mod limiter;
mod loading;
mod news;
mod pages;
mod present;
mod refusals;
mod room_settings;
mod site;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{Redirect, Response},
    routing,
};
use http::Method;
use tower_http::compression::CompressionLayer;

use chat::accounts::FIRST_ROOMS;

pub(crate) use self::{
    accounts::local_path,
    headers::content_security_policy,
    identity::{said, theme, zone},
};
pub use self::{
    config::{Config, SignUp},
    site::{Assets, Site},
};

/// The routes of pages, accounts and assets.
pub fn router(site: Arc<Site>) -> Router {
    // Leptos wants to know how to spawn, and has been told already where there is a second router.
    let _ = any_spawner::Executor::init_tokio();
    let first_room = format!("/r/{}", FIRST_ROOMS[0].0);
    let options = &site.assets.options;
    let pages = Router::new()
        .route("/", routing::get(move || async move { Redirect::temporary(&first_room) }))
        .route("/api/history", routing::get(pages::history))
        .route("/api/people", routing::get(pages::profile))
        .route("/api/rooms", routing::get(pages::rooms))
        .route("/join/{token}", routing::get(pages::render).post(accounts::join))
        .route("/account/delete", routing::get(pages::render).post(accounts::delete))
        .fallback_service(routing::get(pages::render).with_state(Arc::clone(&site)))
        .with_state(Arc::clone(&site))
        .layer(middleware::from_fn(headers::pages))
        .layer(CompressionLayer::new());
    let assets = assets::router(options);
    pages
        .merge(accounts::router(Arc::clone(&site)))
        .merge(room_settings::router(Arc::clone(&site)))
        .merge(assets)
        .layer(middleware::from_fn(to_its_end))
        .layer(middleware::from_fn_with_state(Arc::clone(&site), headers::same_origin))
        .layer(middleware::from_fn_with_state(site, headers::everywhere))
}

/// What a form asks for is done to its end, whether or not who sent it still waits: what is begun has to be told.
async fn to_its_end(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => std::panic::resume_unwind(error.into_panic()), // Nobody aborts it.
    }
}
