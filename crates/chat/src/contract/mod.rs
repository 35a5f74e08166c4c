//! The ports' specification: one suite per port, which every adapter passes against its real engine.
