//! What leads to records: from parents to children and back, the tips of a DAG, and lists by time.

use super::{keys_under, Records};
use crate::{
    blocks::decode,
    layout::{RecordKey, RecordList},
    ordered_store::{Batch, Family, OrderedStore, Reads},
    StorageError,
};
use codec::{Decode, Encode};
use icn_dag::{AnchorEntry, Cid, Did, Kind, Moment, Node, Parents, Reference};
use std::collections::BTreeSet;

/// What a record follows, and when it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Links {
    /// Its time.
    pub time: Moment,
    /// Its parents.
    pub parents: Parents,
}

/// What the index says of a record, of the record itself or of a block's entry of it. An entry does not say what it refers to.
#[derive(Clone, Copy)]
pub(crate) struct Indexed<'a> {
    cid: Cid,
    dag: &'a Did,
    issuer: &'a Did,
    kind: Kind,
    scope: &'a Did,
    time: Moment,
    parents: &'a Parents,
    refs: &'a [Reference],
}

impl<'a> From<&'a Node> for Indexed<'a> {
    fn from(node: &'a Node) -> Self {
        let header = node.header();
        Self {
            cid: node.cid(),
            dag: &header.dag,
            issuer: &header.issuer,
            kind: header.kind,
            scope: &header.scope.id,
            time: header.time,
            parents: &header.parents,
            refs: &header.refs,
        }
    }
}

impl<'a> From<&'a AnchorEntry> for Indexed<'a> {
    fn from(entry: &'a AnchorEntry) -> Self {
        Self {
            cid: entry.cid,
            dag: &entry.dag,
            issuer: &entry.issuer,
            kind: entry.kind,
            scope: &entry.scope.id,
            time: entry.time,
            parents: &entry.parents,
            refs: &[],
        }
    }
}

impl Indexed<'_> {
    /// The lists in which the record is.
    fn lists(&self) -> impl Iterator<Item = RecordList<'_>> {
        let by_who = [
            RecordList::Dag(self.dag),
            RecordList::Issuer(self.issuer),
            RecordList::Kind(self.dag, self.kind),
            RecordList::Scope(self.scope),
        ];
        by_who.into_iter().chain(self.refs.iter().map(|reference| RecordList::Referring(&reference.cid)))
    }

    /// The keys that lead to the record: its lists, and from its parents. Under them is nothing.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        let Self { cid, time, parents, .. } = *self;
        let listed = self.lists().map(|list| RecordKey::Listed { list, time, cid }.to_bytes());
        let children = parents.iter().map(|parent| RecordKey::Child { parent: *parent, child: cid }.to_bytes());
        listed.chain(children).collect()
    }

    /// Where the record leads to.
    pub(crate) fn links(&self) -> (Vec<u8>, Vec<u8>) {
        let links = Links { time: self.time, parents: self.parents.clone() };
        (RecordKey::Links(self.cid).to_bytes(), links.encode())
    }
}

/// Adds the index entries of a record.
pub(super) fn put_index(
    reads: &(impl Reads + ?Sized),
    batch: &mut Batch,
    record: Indexed<'_>,
) -> Result<(), StorageError> {
    let (dag, cid) = (record.dag, record.cid);
    record.keys().into_iter().for_each(|key| batch.put(Family::RecordIndex, key, []));
    let (key, links) = record.links();
    batch.put(Family::RecordIndex, key, links);
    // What was put in another order may follow it already.
    if children(reads, &cid).next().transpose()?.is_none() {
        batch.put(Family::RecordIndex, RecordKey::Tip { dag, cid }.to_bytes(), []);
    }
    for parent in record.parents.iter() {
        batch.delete(Family::RecordIndex, RecordKey::Tip { dag, cid: *parent }.to_bytes());
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
        let record = Indexed::from(*node);
        record.keys().into_iter().for_each(|key| batch.delete(Family::RecordIndex, key));
        batch.delete(Family::RecordIndex, record.links().0);
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

/// Whether something leads to a record: it waits or is final.
fn is_indexed(reads: &(impl Reads + ?Sized), cid: &Cid) -> Result<bool, StorageError> {
    Ok(reads.get(Family::RecordIndex, &RecordKey::Links(*cid).to_bytes())?.is_some())
}

/// The records that name `parent` as parent, by CID.
pub(super) fn children<'a>(
    reads: &'a (impl Reads + ?Sized),
    parent: &Cid,
) -> impl Iterator<Item = Result<Cid, StorageError>> + 'a {
    let prefix = RecordKey::children_prefix(parent);
    let keys = reads.iterate(Family::RecordIndex, &prefix).map(|entry| entry.map(|(key, _)| key));
    keys.take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(&prefix)))
        .filter_map(|key| key.map(|key| RecordKey::cid_at_end(&key)).transpose())
}

impl<S: OrderedStore> Records<'_, S> {
    /// What a record follows; `None` when it neither waits nor is final, or became final before this was kept and is not here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn links(&self, cid: &Cid) -> Result<Option<Links>, StorageError> {
        let key = RecordKey::Links(*cid).to_bytes();
        match self.reads().get(Family::RecordIndex, &key)? {
            Some(bytes) => decode(Family::RecordIndex, &key, &bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The records that name `parent` among their parents, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn children(&self, parent: &Cid, limit: usize) -> Result<Vec<Cid>, StorageError> {
        children(self.reads(), parent).take(limit).collect()
    }

    /// The records of a DAG that nothing follows, at most `limit`, by CID.
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
