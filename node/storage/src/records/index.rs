//! What leads to records: from parents to children, the tips of a DAG, and lists by time.

use super::{keys_under, links::link_keys, Records};
use crate::{
    layout::{RecordKey, RecordList},
    ordered_store::{Batch, Family, OrderedStore, Reads},
    StorageError,
};
use icn_dag::{Cid, Did, Node};
use std::collections::BTreeSet;

/// The lists in which a record is.
fn lists(node: &Node) -> [RecordList<'_>; 4] {
    let header = node.header();
    [
        RecordList::Dag(&header.dag),
        RecordList::Issuer(&header.issuer),
        RecordList::Kind(&header.dag, header.kind),
        RecordList::Scope(&header.scope.id),
    ]
}

/// The keys that lead to a record: its lists, from its parents, and from what it links to.
pub(crate) fn index_keys(node: &Node) -> Vec<Vec<u8>> {
    let (header, cid) = (node.header(), node.cid());
    let listed = lists(node).map(|list| RecordKey::Listed { list, time: header.time, cid }.to_bytes());
    let children = header.parents.iter().map(|parent| RecordKey::Child { parent: *parent, child: cid }.to_bytes());
    listed.into_iter().chain(children).chain(link_keys(node)).collect()
}

/// Adds the index entries of a record.
pub(super) fn put_index(reads: &(impl Reads + ?Sized), batch: &mut Batch, node: &Node) -> Result<(), StorageError> {
    let (header, cid) = (node.header(), node.cid());
    index_keys(node).into_iter().for_each(|key| batch.put(Family::RecordIndex, key, []));
    // What was put in another order may follow it already.
    if children(reads, &cid).next().transpose()?.is_none() {
        batch.put(Family::RecordIndex, RecordKey::Tip { dag: &header.dag, cid }.to_bytes(), []);
    }
    for parent in header.parents.iter() {
        batch.delete(Family::RecordIndex, RecordKey::Tip { dag: &header.dag, cid: *parent }.to_bytes());
    }
    Ok(())
}

/// Adds the removal of the index entries of records that go together; parents that stay without another child are tips again.
pub(super) fn remove_index(
    reads: &(impl Reads + ?Sized),
    batch: &mut Batch,
    nodes: &[&Node],
) -> Result<(), StorageError> {
    let gone: BTreeSet<Cid> = nodes.iter().map(|node| node.cid()).collect();
    for node in nodes {
        let (dag, cid) = (&node.header().dag, node.cid());
        index_keys(node).into_iter().for_each(|key| batch.delete(Family::RecordIndex, key));
        batch.delete(Family::RecordIndex, RecordKey::Tip { dag, cid }.to_bytes());
        for parent in node.header().parents.iter().filter(|parent| !gone.contains(*parent)) {
            let goes = |child: &Result<Cid, _>| child.as_ref().is_ok_and(|child| gone.contains(child));
            let followed = children(reads, parent).find(|child| !goes(child)).transpose()?.is_some();
            if !followed && is_indexed(reads, parent)? {
                batch.put(Family::RecordIndex, RecordKey::Tip { dag, cid: *parent }.to_bytes(), []);
            }
        }
    }
    Ok(())
}

/// Whether something leads to a record: it is here, and waits or is final.
pub(super) fn is_indexed(reads: &(impl Reads + ?Sized), cid: &Cid) -> Result<bool, StorageError> {
    let has = |key: RecordKey<'_>| Ok::<_, StorageError>(reads.get(Family::RecordIndex, &key.to_bytes())?.is_some());
    let here = reads.get(Family::Records, cid.as_bytes())?.is_some();
    Ok(here && (has(RecordKey::Anchored(*cid))? || has(RecordKey::Waiting(*cid))?))
}

fn children<'a>(
    reads: &'a (impl Reads + ?Sized),
    parent: &Cid,
) -> impl Iterator<Item = Result<Cid, StorageError>> + 'a {
    let prefix = RecordKey::children_prefix(parent);
    let keys = reads.iterate(Family::RecordIndex, &prefix).map(|entry| entry.map(|(key, _)| key));
    keys.take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(&prefix)))
        .filter_map(|key| key.map(|key| RecordKey::cid_at_end(&key)).transpose())
}

impl<S: OrderedStore> Records<'_, S> {
    /// The records here that name `parent` among their parents, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, StorageError> {
        children(self.reads(), parent).take(limit).collect()
    }

    /// The records of a DAG that nothing here follows, at most `limit`, by CID.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tips(&self, dag: &Did, limit: usize) -> Result<Vec<Cid>, StorageError> {
        let prefix = RecordKey::tips_prefix(dag);
        let mut tips = Vec::new();
        for key in keys_under(self.reads(), &prefix).take(limit) {
            tips.extend(RecordKey::cid_at_end(&key?));
        }
        Ok(tips)
    }
}
