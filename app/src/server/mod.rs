//! The server side of the pages: routes, accounts, headers.

mod accounts;
mod assets;
mod config;
mod guests;
mod hashing;
mod headers;
mod identity;
mod limiter;
mod loading;
mod site;
mod status;

use std::sync::Arc;

use axum::{Router, middleware, response::Redirect, routing};
use leptos::{config::LeptosOptions, prelude::provide_context};
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use tower_http::compression::CompressionLayer;

use chat::accounts::FIRST_ROOMS;

use crate::{App, shell};

pub use self::{
    config::Config,
    site::{Assets, Site},
};
pub(crate) use self::{
    headers::content_security_policy,
    identity::theme,
    loading::{load_account, load_history, load_rooms, load_snapshot},
};

/// The routes of pages, accounts and assets.
pub fn router(site: Arc<Site>) -> Router {
    let context = {
        let site = Arc::clone(&site);
        move || provide_context(Arc::clone(&site))
    };
    let options = site.assets.options.clone();
    let first_room = format!("/r/{}", FIRST_ROOMS[0].0);
    let pages = Router::new()
        .route("/", routing::get(move || async move { Redirect::temporary(&first_room) }))
        .route("/api/{*name}", {
            let context = context.clone();
            routing::any(move |request| leptos_axum::handle_server_fns_with_context(context.clone(), request))
        })
        .leptos_routes_with_context(&options, generate_route_list(App), context.clone(), {
            let options = options.clone();
            move || shell(options.clone())
        })
        .fallback(leptos_axum::file_and_error_handler_with_context::<LeptosOptions, _>(context, shell))
        .with_state(options)
        .layer(middleware::from_fn(headers::pages))
        .layer(CompressionLayer::new());
    pages
        .merge(accounts::router(Arc::clone(&site)))
        .merge(assets::router(&site.assets.options))
        .layer(middleware::from_fn_with_state(site, headers::same_origin))
        .layer(middleware::from_fn(headers::everywhere))
}
