//! The sandbox: what it refuses, what runs cost, what they cannot do, and that two engines agree.

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
