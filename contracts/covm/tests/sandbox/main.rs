//! The sandbox: what it refuses, what runs cost, what they cannot do, and that two engines agree.

mod runs;
mod samples;
