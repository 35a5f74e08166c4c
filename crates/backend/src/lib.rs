//! The adapters this process was configured with.
