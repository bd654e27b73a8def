//! What blocks made final: the logs of DAGs, written with the block that lists their records.

use super::{
    index::{put_index, Indexed},
    Records,
};
use crate::{
    blocks::decode,
    layout::RecordKey,
    ordered_store::{Batch, Family, OrderedStore, Reads},
    StorageError,
};
use codec::{Decode, Encode};
use icn_dag::{AnchorEntry, Cid, Did, Epoch, Moment, Node};
use icn_merkle::{leaf_hash, log, Range};
use icn_primitives::BlockNumber;
use std::collections::BTreeMap;

/// Where a final record stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Anchored {
    /// The block that made it final.
    pub height: BlockNumber,
    /// Its DAG.
    pub dag: Did,
    /// Its place in the log of the DAG, from 0.
    pub place: u64,
    /// Its place in the log of all records, from 0.
    pub place_of_all: u64,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its time.
    pub time: Moment,
}

/// Adds to a block's batch what it makes final: the records that it lists, then those that it emits, which are kept too.
pub(crate) fn put_anchors(
    reads: &(impl Reads + ?Sized),
    batch: &mut Batch,
    height: BlockNumber,
    entries: &[AnchorEntry],
    emitted: &[Node],
) -> Result<(), StorageError> {
    if entries.is_empty() && emitted.is_empty() {
        return Ok(());
    }
    let listed = entries.iter().map(|entry| (entry.cid, &entry.dag, entry.epoch, entry.time));
    let said = emitted.iter().map(|node| {
        let header = node.header();
        (node.cid(), &header.dag, header.epoch, header.time)
    });
    let mut logs = BTreeMap::<&Did, Range>::new();
    let mut all = stored_range(reads, &RecordKey::All)?;
    let together = entries.iter().map(|entry| (entry.cid, entry.time));
    let times = together.chain(emitted.iter().map(|node| (node.cid(), node.header().time))).collect();
    for (cid, dag, epoch, time) in listed.chain(said) {
        if !logs.contains_key(dag) {
            logs.insert(dag, stored_log(reads, dag)?);
        }
        let Some(log) = logs.get_mut(dag) else { continue };
        let full = || StorageError::LogFull { dag: dag.clone() };
        let (place, place_of_all, leaf) = (log.size(), all.size(), leaf_hash(cid.as_bytes()));
        for (position, hash) in log::append(log, &[leaf]).map_err(|_| full())? {
            batch.put(Family::RecordIndex, RecordKey::LogNode { dag, position }.to_bytes(), hash);
        }
        for (position, hash) in log::append(&mut all, &[leaf]).map_err(|_| full())? {
            batch.put(Family::RecordIndex, RecordKey::AllNode(position).to_bytes(), hash);
        }
        let anchored = Anchored { height, dag: dag.clone(), place, place_of_all, epoch, time };
        batch.put(Family::RecordIndex, RecordKey::Anchored(cid).to_bytes(), anchored.encode());
        batch.put(Family::RecordIndex, RecordKey::Place { dag, place }.to_bytes(), cid.as_bytes());
    }
    for entry in entries {
        batch.delete(Family::RecordIndex, RecordKey::Waiting(entry.cid).to_bytes());
        batch.delete(Family::RecordIndex, RecordKey::Proposed(entry.cid).to_bytes());
        let (epoch, cid) = (entry.epoch, entry.cid);
        let held = reads.get(Family::Records, cid.as_bytes())?.and_then(|bytes| Node::decode(&bytes).ok());
        let by_epoch = match &held {
            Some(_) => RecordKey::Kept { epoch, cid },
            None => RecordKey::Lacking { epoch, cid },
        };
        batch.put(Family::RecordIndex, by_epoch.to_bytes(), []);
        // An entry that is its record's says the same, and less.
        put_index(reads, batch, held.as_ref().map_or_else(|| Indexed::from(entry), Indexed::from), &times)?;
    }
    for node in emitted {
        let (epoch, cid) = (node.header().epoch, node.cid());
        batch.put(Family::Records, cid.as_bytes(), node.bytes());
        batch.put(Family::RecordIndex, RecordKey::Kept { epoch, cid }.to_bytes(), []);
        put_index(reads, batch, Indexed::from(node), &times)?;
    }
    batch.put(Family::RecordIndex, RecordKey::All.to_bytes(), all.encode());
    for (dag, log) in logs {
        batch.put(Family::RecordIndex, RecordKey::Log(dag).to_bytes(), log.encode());
    }
    Ok(())
}

/// The log of a DAG as the last block left it.
pub(crate) fn stored_log(reads: &(impl Reads + ?Sized), dag: &Did) -> Result<Range, StorageError> {
    stored_range(reads, &RecordKey::Log(dag))
}

fn stored_range(reads: &(impl Reads + ?Sized), key: &RecordKey<'_>) -> Result<Range, StorageError> {
    let key = key.to_bytes();
    match reads.get(Family::RecordIndex, &key)? {
        Some(bytes) => decode(Family::RecordIndex, &key, &bytes),
        None => Ok(Range::default()),
    }
}

impl<S: OrderedStore> Records<'_, S> {
    /// Where a record stands, once it is final.
    ///
    /// # Errors
    /// Those of the store.
    pub fn anchored(&self, cid: &Cid) -> Result<Option<Anchored>, StorageError> {
        let head = self.0.head().number;
        // A commit is in the store shortly before its block is the head.
        Ok(self.stored_anchor(cid)?.filter(|anchored| anchored.height <= head))
    }

    pub(super) fn stored_anchor(&self, cid: &Cid) -> Result<Option<Anchored>, StorageError> {
        let key = RecordKey::Anchored(*cid).to_bytes();
        match self.reads().get(Family::RecordIndex, &key)? {
            Some(bytes) => decode(Family::RecordIndex, &key, &bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The log of a DAG as it is in the store.
    ///
    /// # Errors
    /// Those of the store.
    pub fn log(&self, dag: &Did) -> Result<Range, StorageError> {
        stored_log(self.reads(), dag)
    }

    /// Final records of a DAG in the order in which blocks listed them, each after its parents: those from a place on, at most `limit`.
    ///
    /// # Errors
    /// Those of the store.
    pub fn order(&self, dag: &Did, from: u64, limit: usize) -> Result<Vec<(u64, Cid)>, StorageError> {
        let prefix = RecordKey::places_prefix(dag);
        let mut order = Vec::new();
        for entry in self.reads().iterate(Family::RecordIndex, &RecordKey::Place { dag, place: from }.to_bytes()) {
            let (key, value) = entry?;
            let Some(place) = key.strip_prefix(&prefix[..]).and_then(|place| place.try_into().ok()) else { break };
            if order.len() >= limit {
                break;
            }
            let undecodable = |_| StorageError::Undecodable { family: Family::RecordIndex, key: key.clone() };
            order.push((u64::from_be_bytes(place), Cid::try_from(&value[..]).map_err(undecodable)?));
        }
        // The last of them may be of a block that is not the head yet.
        while let Some((_, last)) = order.last() {
            if self.anchored(last)?.is_some() {
                break;
            }
            order.pop();
        }
        Ok(order)
    }

    /// The final record at a place of a DAG's log.
    ///
    /// # Errors
    /// Those of the store.
    pub fn at_place(&self, dag: &Did, place: u64) -> Result<Option<Cid>, StorageError> {
        let key = RecordKey::Place { dag, place }.to_bytes();
        let Some(bytes) = self.reads().get(Family::RecordIndex, &key)? else { return Ok(None) };
        let undecodable = || StorageError::Undecodable { family: Family::RecordIndex, key: key.clone() };
        Cid::try_from(&bytes[..]).map(Some).map_err(|_| undecodable())
    }
}
