//! The WebSocket service: connections, the hub, fan-out.
