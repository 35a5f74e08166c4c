//! The ports over many machines: DynamoDB for what is kept, Redis for what passes.
//!
//! The vendors are named in this crate only.
