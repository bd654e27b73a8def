//! What leads to records: from parents to children and back, the tips of a DAG, and lists by time.

use super::{keys_under, links::link_keys, Anchored, Records};
use crate::{
    blocks::decode,
    layout::{RecordKey, RecordList},
    ordered_store::{Batch, Cursor, Family, OrderedStore, Reads},
    StorageError,
};
use codec::{Decode, Encode};
use icn_dag::{AnchorEntry, Cid, Did, Kind, Moment, Node, Parents, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// A record that another follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Parent {
    /// The record.
    pub cid: Cid,
    /// Its time; `None` when it was not known when the other was put.
    pub time: Option<Moment>,
}

/// What a record follows. It is stored by time, so that the links of records that follow each other are near each other.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Links {
    /// Its parents.
    pub parents: Vec<Parent>,
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
    /// The record itself, which says what it links to.
    node: Option<&'a Node>,
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
            node: Some(node),
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
            node: None,
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

    /// The keys that lead to the record: its lists, from its parents, and from what it links to. Under them is nothing.
    pub(crate) fn keys(&self) -> Vec<Vec<u8>> {
        let Self { cid, time, parents, .. } = *self;
        let listed = self.lists().map(|list| RecordKey::Listed { list, time, cid }.to_bytes());
        let children = parents.iter().map(|parent| RecordKey::Child { parent: *parent, child: cid }.to_bytes());
        listed.chain(children).chain(self.node.into_iter().flat_map(link_keys)).collect()
    }

    /// Its time, under its name.
    pub(crate) fn time(&self) -> (Vec<u8>, Vec<u8>) {
        (RecordKey::Time(self.cid).to_bytes(), self.time.to_be_bytes().to_vec())
    }

    /// The key of what it follows.
    pub(crate) fn links_key(&self) -> Vec<u8> {
        RecordKey::Links { time: self.time, cid: self.cid }.to_bytes()
    }
}

/// Adds the index entries of a record. `together` are the times of those that are put with it.
pub(super) fn put_index(
    reads: &(impl Reads + ?Sized),
    batch: &mut Batch,
    record: Indexed<'_>,
    together: &BTreeMap<Cid, Moment>,
) -> Result<(), StorageError> {
    let (dag, cid) = (record.dag, record.cid);
    record.keys().into_iter().for_each(|key| batch.put(Family::RecordIndex, key, []));
    let (key, time) = record.time();
    batch.put(Family::RecordIndex, key, time);
    let mut parents = Vec::new();
    for parent in record.parents.iter() {
        let time = together.get(parent).copied().map_or_else(|| known_time(reads, parent), |time| Ok(Some(time)))?;
        parents.push(Parent { cid: *parent, time });
    }
    batch.put(Family::RecordIndex, record.links_key(), Links { parents }.encode());
    // What was put in another order may follow it already.
    if children(reads, &cid).next().transpose()?.is_none() {
        batch.put(Family::RecordIndex, RecordKey::Tip { dag, cid }.to_bytes(), []);
    }
    for parent in record.parents.iter() {
        batch.delete(Family::RecordIndex, RecordKey::Tip { dag, cid: *parent }.to_bytes());
    }
    Ok(())
}

/// The time of a record that is known.
fn known_time(reads: &(impl Reads + ?Sized), cid: &Cid) -> Result<Option<Moment>, StorageError> {
    if let Some(time) = stored_time(reads, cid)? {
        return Ok(Some(time));
    }
    // The index is made anew, in another order.
    let key = RecordKey::Anchored(*cid).to_bytes();
    if let Some(bytes) = reads.get(Family::RecordIndex, &key)? {
        return decode::<Anchored>(Family::RecordIndex, &key, &bytes).map(|anchored| Some(anchored.time));
    }
    let waits = reads.get(Family::RecordIndex, &RecordKey::Waiting(*cid).to_bytes())?.is_some();
    let bytes = if waits { reads.get(Family::Records, cid.as_bytes())? } else { None };
    Ok(bytes.and_then(|bytes| Node::decode(&bytes).ok()).map(|node| node.header().time))
}

/// The time of a record that waits or is final.
fn stored_time(reads: &(impl Reads + ?Sized), cid: &Cid) -> Result<Option<Moment>, StorageError> {
    let key = RecordKey::Time(*cid).to_bytes();
    let Some(bytes) = reads.get(Family::RecordIndex, &key)? else { return Ok(None) };
    let undecodable = |_| StorageError::Undecodable { family: Family::RecordIndex, key };
    bytes.try_into().map(Moment::from_be_bytes).map(Some).map_err(undecodable)
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
        batch.delete(Family::RecordIndex, record.time().0);
        batch.delete(Family::RecordIndex, record.links_key());
        batch.delete(Family::RecordIndex, RecordKey::Tip { dag, cid }.to_bytes());
        for parent in node.header().parents.iter().filter(|parent| !gone.contains(*parent)) {
            let goes = |child: &Result<Cid, _>| child.as_ref().is_ok_and(|child| gone.contains(child));
            let followed = children(reads, parent).find(|child| !goes(child)).transpose()?.is_some();
            if !followed && stored_time(reads, parent)?.is_some() {
                batch.put(Family::RecordIndex, RecordKey::Tip { dag, cid: *parent }.to_bytes(), []);
            }
        }
    }
    Ok(())
}

/// The records that name `parent` as parent, by CID.
fn children<'a>(
    reads: &'a (impl Reads + ?Sized),
    parent: &Cid,
) -> impl Iterator<Item = Result<Cid, StorageError>> + 'a {
    let prefix = RecordKey::children_prefix(parent);
    let keys = reads.iterate(Family::RecordIndex, &prefix).map(|entry| entry.map(|(key, _)| key));
    keys.take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(&prefix)))
        .filter_map(|key| key.map(|key| RecordKey::cid_at_end(&key)).transpose())
}

/// The first records that name `parent` as parent, by CID, read with a cursor over the index.
pub(super) fn children_by(cursor: &mut dyn Cursor, parent: &Cid, limit: usize) -> Result<Vec<Parent>, StorageError> {
    let prefix = RecordKey::children_prefix(parent);
    let (mut children, mut entry) = (Vec::new(), cursor.seek(&prefix)?);
    while let Some((key, _)) = entry.filter(|(key, _)| key.starts_with(&prefix) && children.len() < limit) {
        children.extend(RecordKey::cid_at_end(&key).map(|cid| Parent { cid, time: None }));
        entry = cursor.next()?;
    }
    Ok(children)
}

impl<S: OrderedStore> Records<'_, S> {
    /// The time of a record; `None` when it neither waits nor is final, or became final before this was kept and is not here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn time_of(&self, cid: &Cid) -> Result<Option<Moment>, StorageError> {
        stored_time(self.reads(), cid)
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
