//! What blocks list: picked by a proposer, and looked for by who votes.

use super::Records;
use crate::service::error::StopError;
use icn_dag::{AnchorEntry, Cid, Kind, Moment, Node, ParentInfo};
use icn_primitives::StateView;
use icn_storage::{OrderedStore, StorageError};
use std::collections::BTreeMap;

/// Records that a proposer looks at for one block, at most.
const CANDIDATES_MAX: usize = 1024;

/// Bytes of the records that one block lists, at most: all validators have to get them in time.
const LISTED_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Whether everything is here that a block lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It is, and each entry is its record's.
    Complete,
    /// Some records are not here.
    Missing,
    /// An entry is not its record's, or follows what is not final: nobody who holds the records finds otherwise.
    Wrong(String),
}

impl<S: OrderedStore> Records<S> {
    /// What a block of this time after the head lists: records that wait, each after those that it follows.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn select(&self, latest: &dyn StateView, time: Moment) -> Result<icn_executor::EntryList, StopError> {
        let mut candidates = self.candidates(latest)?;
        loop {
            let selected = self.chain.executor.select_anchors(latest, candidates, time)?;
            let (mut listed, mut kept) = (BTreeMap::new(), Vec::new());
            for entry in &selected {
                if self.parents_of(entry, &listed)?.is_some() {
                    listed.insert(entry.cid, info(entry));
                    kept.push(entry.clone());
                }
            }
            // Without an entry, those after it may have to go too.
            if kept.len() == selected.len() {
                return Ok(selected);
            }
            candidates = kept;
        }
    }

    /// Entries of what waits, oldest first.
    fn candidates(&self, latest: &dyn StateView) -> Result<Vec<AnchorEntry>, StopError> {
        let waiting = self.waiting.lock();
        let rules = icn_executor::RecordRules::of(latest);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for node in waiting.in_order().take(CANDIDATES_MAX) {
            bytes += node.bytes().len();
            if bytes > LISTED_BYTES_MAX {
                break;
            }
            let header = node.header();
            let Some(key) = header.author.key() else { continue };
            let before = header.seq.checked_sub(1).and_then(|seq| waiting.at(node, seq));
            let before = match (before, header.seq) {
                (Some(cid), _) => Some(cid),
                (None, 0) => None,
                (None, _) => rules.last(&header.dag, &header.issuer, key).map(|(_, cid)| cid),
            };
            entries.extend(AnchorEntry::of(node, before));
        }
        rules.finish()?;
        Ok(entries)
    }

    /// Whether this node may vote for a block that lists these entries; what it lacks is wanted from then on.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn availability(&self, entries: &[AnchorEntry]) -> Result<Availability, StopError> {
        let store = self.chain.store.records();
        let mut listed = BTreeMap::new();
        let mut missing = Vec::new();
        for entry in entries {
            if let Err(reason) = self.check_parents(entry, &listed)? {
                return Ok(Availability::Wrong(format!("the entry of {} {reason}", entry.cid)));
            }
            match store.get(&entry.cid)?.map(|bytes| Node::decode(&bytes)) {
                None => missing.push(entry.cid),
                Some(Ok(node)) if entry.matches(&node) => {}
                Some(_) => return Ok(Availability::Wrong(format!("the entry of {} is not its record's", entry.cid))),
            }
            listed.insert(entry.cid, info(entry));
        }
        if missing.is_empty() {
            return Ok(Availability::Complete);
        }
        self.wanted.send_if_modified(|wanted| {
            let before = wanted.len();
            wanted.extend(missing);
            wanted.len() > before
        });
        Ok(Availability::Missing)
    }

    /// Whether an entry's parents are final or listed before it, and it may follow them.
    // SPEC-DAG-28
    fn check_parents(
        &self,
        entry: &AnchorEntry,
        listed: &BTreeMap<Cid, ParentInfo>,
    ) -> Result<Result<(), &'static str>, StorageError> {
        let Some(parents) = self.parents_of(entry, listed)? else {
            return Ok(Err("follows what is not final"));
        };
        let own = parents.iter().filter(|parent| parent.dag == entry.dag).count();
        let tied = own == parents.len() || (entry.kind == Kind::Link && own > 0);
        let in_time = parents.iter().all(|parent| parent.time <= entry.time && parent.epoch <= entry.epoch);
        Ok(match (tied, in_time, parents.is_empty() == (entry.kind == Kind::Genesis)) {
            (false, ..) => Err("follows records of another DAG"),
            (_, false, _) => Err("is older than what it follows"),
            (.., false) => Err("is the first and follows something, or follows nothing and is not the first"),
            _ => Ok(()),
        })
    }

    /// An entry's parents, when all are final or listed.
    fn parents_of(
        &self,
        entry: &AnchorEntry,
        listed: &BTreeMap<Cid, ParentInfo>,
    ) -> Result<Option<Vec<ParentInfo>>, StorageError> {
        let store = self.chain.store.records();
        let mut parents = Vec::new();
        for cid in entry.parents.iter() {
            let anchored = || -> Result<_, StorageError> {
                let anchored = store.anchored(cid)?;
                Ok(anchored.map(|one| ParentInfo { dag: one.dag, epoch: one.epoch, time: one.time }))
            };
            match listed.get(cid).cloned().map_or_else(anchored, |parent| Ok(Some(parent)))? {
                Some(parent) => parents.push(parent),
                None => return Ok(None),
            }
        }
        Ok(Some(parents))
    }
}

fn info(entry: &AnchorEntry) -> ParentInfo {
    ParentInfo { dag: entry.dag.clone(), epoch: entry.epoch, time: entry.time }
}
