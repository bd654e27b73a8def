//! What a payload must be, whatever it says (SPEC-DAG-20). What single kinds hold is for the rules of the state.

use crate::{
    cid::Cid,
    error::Error,
    node::Node,
    reference::Rel,
    words::{Kind, Visibility},
};
use ipld_core::ipld::Ipld;

/// Bytes of a commitment.
const COMMITMENT_BYTES: usize = 32;

pub(crate) fn check(node: &Node) -> Result<(), Error> {
    let Ipld::Map(map) = node.payload().data() else { return Err(Error::BadPayload("payload")) };
    if matches!(node.header().visibility, Visibility::Members | Visibility::Disclosed) {
        let mut entries = map.iter();
        match (entries.next(), entries.next()) {
            (Some(entry), None) => check_sealed(entry)?,
            _ => return Err(Error::BadPayload("payload")),
        }
    }
    match node.header().kind {
        Kind::Vote | Kind::ExecutionReceipt => check_one(node, Rel::PROPOSAL, "refs.proposal"),
        Kind::Message => check_one(node, Rel::THREAD, "refs.thread"),
        _ => Ok(()),
    }
}

/// Checks the one entry of a payload that not everyone may see: ciphertext elsewhere, or a commitment.
fn check_sealed((key, value): (&String, &Ipld)) -> Result<(), Error> {
    match (key.as_str(), value) {
        ("ct", Ipld::Link(cid)) if Cid::try_from(cid).is_ok() => Ok(()),
        ("ct", _) => Err(Error::BadPayload("payload.ct")),
        ("commitment", Ipld::Bytes(bytes)) if bytes.len() == COMMITMENT_BYTES => Ok(()),
        ("commitment", _) => Err(Error::BadPayload("payload.commitment")),
        _ => Err(Error::BadPayload("payload")),
    }
}

/// Checks that there is exactly one reference with a relation.
fn check_one(node: &Node, rel: &str, path: &'static str) -> Result<(), Error> {
    match node.header().refs.iter().filter(|reference| reference.rel.as_str() == rel).count() {
        1 => Ok(()),
        _ => Err(Error::BadPayload(path)),
    }
}
