//! Encodings of what is stored and sent: they do not change unannounced, they read back as they were written, and hostile
//! bytes and texts get an error.

mod decoding;
mod frozen;
mod fuzz;
mod samples;
