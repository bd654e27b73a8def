//! Blobs: against a naive model, frozen, and under hostile bytes.
#![allow(missing_docs)]

mod frozen;
mod fuzz;
mod hostile;
mod model;
mod permits;
mod samples;
