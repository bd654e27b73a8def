//! What records link to: from a CID in a payload or a reference to the records that name it, so that a blob that a record needs is known
//! to be needed.

use super::{keys_under, Records};
use crate::{layout::RecordKey, ordered_store::OrderedStore, StorageError};
use icn_dag::{Cid, Ipld, Node};
use std::collections::BTreeSet;

/// What a record links to: the CIDs of this chain in its payload and its references.
fn links(node: &Node) -> BTreeSet<Cid> {
    let mut links: BTreeSet<Cid> = node.header().refs.iter().map(|reference| reference.cid).collect();
    let mut rest = vec![node.payload().data()];
    while let Some(data) = rest.pop() {
        match data {
            Ipld::Link(cid) => links.extend(Cid::try_from(cid).ok()),
            Ipld::List(list) => rest.extend(list),
            Ipld::Map(map) => rest.extend(map.values()),
            _ => {}
        }
    }
    links
}

/// The keys that lead to a record from what it links to.
pub(super) fn link_keys(node: &Node) -> impl Iterator<Item = Vec<u8>> {
    let record = node.cid();
    links(node).into_iter().map(move |to| RecordKey::Linked { to, record }.to_bytes())
}

impl<S: OrderedStore> Records<'_, S> {
    /// The records that link to something and wait or are final, at most `limit`, by CID.
    ///
    /// # Errors
    /// Those of the store.
    pub fn linking_to(&self, to: &Cid, limit: usize) -> Result<Vec<Cid>, StorageError> {
        let prefix = RecordKey::linked_prefix(to);
        let mut found = Vec::new();
        for key in keys_under(self.reads(), &prefix).take(limit) {
            found.extend(RecordKey::cid_at_end(&key?));
        }
        Ok(found)
    }
}
