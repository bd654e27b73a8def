//! Records that a block says itself.

use crate::{cid::Cid, reference::Reference, words::Kind};
use ipld_core::ipld::Ipld;

/// Adds records to the DAG of the federation, without a signature: they are valid because the block emitted them (SPEC-DAG-11).
///
/// Few things are worth one: each is a record that every node makes, keeps and can prove for ever.
pub trait Emit {
    /// Emits a record; its name. `None` when there is no such DAG yet, the block has emitted enough, or the record is too large; nothing
    /// is written then, and whatever is told goes on without it.
    fn emit(kind: Kind, refs: Vec<Reference>, payload: Ipld) -> Option<Cid>;
}

/// Emits nothing, in tests.
impl Emit for () {
    fn emit(_: Kind, _: Vec<Reference>, _: Ipld) -> Option<Cid> {
        None
    }
}
