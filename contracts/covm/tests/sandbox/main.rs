//! The sandbox: what it refuses, what runs cost, what they cannot do, and that engines agree.

#![allow(clippy::print_stdout, reason = "tests say what they counted and measured")]
#![allow(clippy::unwrap_in_result, reason = "a test may fail anywhere")]

mod bombs;
mod compile_bombs;
mod frames;
mod judge;
mod metering;
mod random;
mod rules;
mod runs;
mod samples;
mod suite;
mod v8;
