//! What a block says of a node (SPEC-DAG-21).

use crate::{
    cid::Cid, did::Did, error::Error, header::Parents, key::Key, node::Node, scope::Scope, sequence, words::Kind,
    Epoch, Moment,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A signed node as a block lists it. The runtime compares it with the state; that it is the node's, those check that have
/// the node. What a block emits itself is not listed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct AnchorEntry {
    /// The node.
    pub cid: Cid,
    /// Its DAG.
    pub dag: Did,
    /// Who made it.
    pub issuer: Did,
    /// Who signed it.
    pub key: Key,
    /// Its number among the nodes of this DAG, issuer and key.
    pub seq: u64,
    /// What it is.
    pub kind: Kind,
    /// For whom it speaks.
    pub scope: Scope,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its time.
    pub time: Moment,
    /// The node before it of this DAG, issuer and key; none when it is the first. It is not a field of the node.
    pub prev: Option<Cid>,
    /// The nodes that it follows.
    pub parents: Parents,
}

impl AnchorEntry {
    /// The entry of a node; `None` for a node that a block emitted.
    pub fn of(node: &Node, prev: Option<Cid>) -> Option<Self> {
        let header = node.header();
        Some(Self {
            cid: node.cid(),
            dag: header.dag.clone(),
            issuer: header.issuer.clone(),
            key: *header.author.key()?,
            seq: header.seq,
            kind: header.kind,
            scope: header.scope.clone(),
            epoch: header.epoch,
            time: header.time,
            prev,
            parents: header.parents.clone(),
        })
    }

    /// Whether it is the entry of a node. `prev` is for [`AnchorEntry::follows`] to judge.
    pub fn matches(&self, node: &Node) -> bool {
        Self::of(node, self.prev).as_ref() == Some(self)
    }

    /// Checks that it follows what the state has of this DAG, issuer and key.
    ///
    /// # Errors
    /// [`Error::BadSequence`], [`Error::Equivocation`], [`Error::Duplicate`] and [`Error::BadPrevious`].
    pub fn follows(&self, last: Option<(u64, Cid)>) -> Result<(), Error> {
        sequence::check(last, self.seq, self.cid)?;
        let (want, got) = (last.map(|(_, cid)| cid), self.prev);
        if want != got {
            return Err(Error::BadPrevious { want, got });
        }
        Ok(())
    }
}
