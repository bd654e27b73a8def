//! Signed records, and what blocks made final of them.
//!
//! A record's bytes are kept under its CID, whether or not it is final; the logs of DAGs, and where each final record stands in them,
//! are written with the block that lists it, whether or not the record is here. An index leads from parents to children and back, to the
//! tips of a DAG, and from DAG, issuer, kind, scope and what is referred to to records by time; of a final record it is made from the
//! block's entry, so that it is there too where the record is not.
//!
//! Start with [`Records`]. Nothing here judges a record: whoever puts one has.

mod anchors;
mod graph;
mod index;
mod links;
mod logs;
mod query;
mod retention;

pub use anchors::Anchored;
pub use graph::{Bounds, CommonAncestors, Path, Reached, Walk};
pub use index::{Links, Parent};
pub use logs::{LogNodes, LogReadError};
pub use query::{Query, QueryKey};

pub(crate) use anchors::put_anchors;
pub(crate) use index::Indexed;

use crate::{
    layout::RecordKey,
    ordered_store::{Batch, Family, OrderedStore, Reads},
    ChainStore, StorageError,
};
use icn_dag::{Cid, Did, Equivocation, Node};
use index::{put_index, remove_index};
use std::collections::BTreeMap;

/// Why a record is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It waits to be final, after a restart too.
    Waits,
    /// A block that is proposed lists it. Nothing leads to it unless the block is decided.
    Listed,
    /// It is final already.
    Final,
}

/// The records of a chain.
pub struct Records<'a, S: OrderedStore>(pub(crate) &'a ChainStore<S>);

impl<S: OrderedStore> ChainStore<S> {
    /// The signed records, and their anchors.
    pub fn records(&self) -> Records<'_, S> {
        Records(self)
    }
}

impl<S: OrderedStore> Records<'_, S> {
    fn reads(&self) -> &S {
        self.0.store()
    }

    /// Stores a record. A crash may lose it until [`Self::sync`] has returned, or anything else is written durably. Whether it is news.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn put(&self, node: &Node, standing: Standing) -> Result<bool, StorageError> {
        let mut batch = self.0.committing.lock();
        batch.clear();
        let news = !self.has(&node.cid())?;
        if news {
            batch.put(Family::Records, node.cid().as_bytes(), node.bytes());
        }
        let proposed = RecordKey::Proposed(node.cid()).to_bytes();
        let anchored = self.stored_anchor(&node.cid())?;
        match standing {
            _ if anchored.is_some() => batch.delete(Family::RecordIndex, proposed),
            // What is here for another reason stays for that.
            Standing::Listed if news => batch.put(Family::RecordIndex, proposed, []),
            Standing::Listed => {}
            Standing::Waits | Standing::Final => {
                batch.delete(Family::RecordIndex, proposed);
                put_index(self.reads(), &mut batch, node.into(), &BTreeMap::new())?;
            }
        }
        if let Some(Anchored { epoch, .. }) = anchored {
            let cid = node.cid();
            put_index(self.reads(), &mut batch, node.into(), &BTreeMap::new())?;
            batch.put(Family::RecordIndex, RecordKey::Kept { epoch, cid }.to_bytes(), []);
            batch.delete(Family::RecordIndex, RecordKey::Lacking { epoch, cid }.to_bytes());
        } else if standing == Standing::Waits {
            batch.put(Family::RecordIndex, RecordKey::Waiting(node.cid()).to_bytes(), []);
        }
        self.0.store().write(&batch, false)?;
        Ok(news)
    }

    /// Makes durable what was put: no crash loses it.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn sync(&self) -> Result<(), StorageError> {
        self.0.store().sync()
    }

    /// Forgets records that are not final and will not be. What follows them is the caller's to forget too.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn forget<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> Result<(), StorageError> {
        let mut gone = Vec::new();
        for node in nodes {
            if self.stored_anchor(&node.cid())?.is_none() {
                gone.push(node);
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        let mut batch = self.0.committing.lock();
        batch.clear();
        for node in &gone {
            batch.delete(Family::Records, node.cid().as_bytes());
            batch.delete(Family::RecordIndex, RecordKey::Waiting(node.cid()).to_bytes());
            batch.delete(Family::RecordIndex, RecordKey::Proposed(node.cid()).to_bytes());
        }
        remove_index(self.reads(), &mut batch, &gone)?;
        self.0.store().write(&batch, true)
    }

    /// The bytes of a record; `None` when it is not here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>, StorageError> {
        self.reads().get(Family::Records, cid.as_bytes())
    }

    /// Whether a record is here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn has(&self, cid: &Cid) -> Result<bool, StorageError> {
        Ok(self.get(cid)?.is_some())
    }

    /// The records that waited to be final when they were put and are not yet, in no order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn waiting(&self) -> Result<Vec<Cid>, StorageError> {
        self.under(&RecordKey::WAITING_PREFIX)
    }

    /// The records that are here because a block lists them that was proposed and is not decided, in no order.
    ///
    /// # Errors
    /// Those of the store.
    pub fn proposed(&self) -> Result<Vec<Cid>, StorageError> {
        self.under(&RecordKey::PROPOSED_PREFIX)
    }

    fn under(&self, prefix: &[u8]) -> Result<Vec<Cid>, StorageError> {
        let mut found = Vec::new();
        for key in keys_under(self.reads(), prefix) {
            found.extend(RecordKey::cid_at_end(&key?));
        }
        Ok(found)
    }

    /// Keeps the proof that a key signed two records for one place.
    ///
    /// # Errors
    /// After an error of the store the process must end.
    pub fn put_evidence(&self, evidence: &Equivocation) -> Result<(), StorageError> {
        let Some(key) = evidence.key() else { return Ok(()) };
        let [first, _] = evidence.headers();
        let mut batch = Batch::new();
        let place = RecordKey::Evidence { dag: &first.dag, key };
        batch.put(Family::RecordIndex, place.to_bytes(), codec::Encode::encode(evidence));
        let _still = self.0.committing.lock();
        self.0.store().write(&batch, true)
    }

    /// The proof that a key signed two records for one place in a DAG, if there is one here.
    ///
    /// # Errors
    /// Those of the store.
    pub fn evidence(&self, dag: &Did, key: &icn_dag::Key) -> Result<Option<Equivocation>, StorageError> {
        let place = RecordKey::Evidence { dag, key }.to_bytes();
        let Some(bytes) = self.reads().get(Family::RecordIndex, &place)? else { return Ok(None) };
        crate::blocks::decode(Family::RecordIndex, &place, &bytes).map(Some)
    }
}

/// The keys of the index that start with `prefix`, in order.
pub(crate) fn keys_under<'a>(
    reads: &'a (impl Reads + ?Sized),
    prefix: &'a [u8],
) -> impl Iterator<Item = Result<Vec<u8>, StorageError>> + 'a {
    let keys = reads.iterate(Family::RecordIndex, prefix).map(|entry| entry.map(|(key, _)| key));
    keys.take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(prefix)))
}
