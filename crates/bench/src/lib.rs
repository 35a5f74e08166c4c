//! Load and figures.
