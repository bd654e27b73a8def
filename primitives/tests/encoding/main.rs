//! Formats that are stored, sent or hashed: they do not change unannounced, they read back as they were written, and
//! hostile bytes get an error.

mod digest;
mod extrinsic;
mod frozen;
mod fuzz;
mod samples;
mod tendermint;
