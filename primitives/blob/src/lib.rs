//! Blobs: bytes that are named by a CID and cut into chunks, so that each part can be checked as it arrives.
//!
//! A blob of at most [`limits::CHUNK_BYTES`] is one raw *chunk*. A longer one is a tree: its leaves are chunks, its *inner nodes* list
//! CID and length of what is below them, and all leaves are equally deep. There is one tree for given bytes. A chunk or an inner node
//! is called a *block*; the CID of the topmost one, the *root*, is the name of the blob.
//!
//! Start with [`shape`], then [`inner`]; [`builder`] cuts bytes, [`reader`] puts them together, [`download`] says which blocks to ask
//! for, and [`permit`] is what an owner signs to put a blob on a node. The format is specified in `docs/spec/blobs.md`; code that
//! implements a rule carries its number.
//!
//! This crate does no I/O, reads no clock, and does not panic on any bytes.

#![warn(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::float_arithmetic)]

pub mod block;
pub mod builder;
pub mod download;
pub mod error;
pub mod inner;
pub mod limits;
pub mod permit;
pub mod reader;
pub mod shape;

pub use self::{
    block::Block,
    builder::Builder,
    download::Download,
    error::{BlobError, Fault},
    inner::{Inner, Part},
    permit::{Permit, PermitError},
    reader::{Blocks, ReadError, Reader},
};

/// The name of a blob, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// CID of the topmost block.
    pub cid: icn_dag::Cid,
    /// Bytes of the blob.
    pub size: u64,
}
