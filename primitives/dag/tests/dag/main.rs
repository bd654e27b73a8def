//! The format and the rules of DAG nodes: they read back as they were written, do not change unannounced, and hostile bytes
//! get an error.

mod anchor;
mod bounds;
mod canonical;
mod cbor;
mod equivocation;
mod errors;
mod form;
mod frozen;
mod fuzz;
mod ids;
mod order;
mod random;
mod samples;
mod scale;
mod schema;
mod signature;
mod validate;
mod vectors;
mod words;
mod world;
