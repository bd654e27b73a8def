//! Roots and proofs: against known vectors, against another implementation, against each other, and against whoever changes
//! something in them.

mod cost;
mod judge;
mod log;
mod range;
mod refusals;
mod samples;
mod vectors;
