//! The WebSocket service: connections, the hub, fan-out.

mod config;
mod connection;
mod effect;
mod frame;
mod hub;
mod limiter;
mod metrics;
mod patience;
mod perform;
mod refusals;
mod routes;
mod send_queue;
mod service;
mod socket;
mod tasks;

#[cfg(test)]
mod simulation;

pub use config::Config;
pub use routes::router;
pub use service::Service;
