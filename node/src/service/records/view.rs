//! What a record is judged by: the head's state, what is final, and what waits.

use super::waiting::Waiting;
use icn_dag::{AnchorEntry, Cid, Did, Epoch, Error, Key, KeyStatus, Kind, Node, ParentInfo, Scope, View};
use icn_executor::RecordRules;
use icn_storage::{OrderedStore, Records, StorageError};
use std::cell::RefCell;

/// The view of one record. What it answers once the store could not be read says nothing: see [`Self::finish`].
pub(super) struct HeadView<'a, 's, S: OrderedStore> {
    rules: &'a RecordRules<'s>,
    store: Records<'a, S>,
    waiting: &'a Waiting,
    /// The DAG of the record: who may sign is asked for it.
    dag: &'a Did,
    failure: RefCell<Option<StorageError>>,
}

impl<'a, 's, S: OrderedStore> HeadView<'a, 's, S> {
    pub(super) fn new(rules: &'a RecordRules<'s>, store: Records<'a, S>, waiting: &'a Waiting, node: &'a Node) -> Self {
        Self { rules, store, waiting, dag: &node.header().dag, failure: RefCell::default() }
    }

    /// Whether everything could be read.
    pub(super) fn finish(self) -> Result<(), StorageError> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }

    fn note<T: Default>(&self, read: Result<T, StorageError>) -> T {
        read.unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    /// Whether a record that was taken before may still become final: what a later block can have changed.
    pub(super) fn still_holds(&self, node: &Node) -> Result<(), Error> {
        let header = node.header();
        if let Some(missing) = header.parents.iter().find(|parent| self.parent(parent).is_none()) {
            return Err(Error::UnknownParent(*missing));
        }
        let Some(key) = header.author.key() else { return Err(Error::BadSignature) };
        let last = self.last(&header.dag, &header.issuer, Some(key));
        if let Some(entry) = AnchorEntry::of(node, last.map(|(_, cid)| cid)) {
            entry.follows(last)?;
        }
        match self.key(&header.issuer, key, header.epoch) {
            KeyStatus::Valid if self.may_write(&header.dag, &header.issuer, &header.scope, header.kind) => Ok(()),
            KeyStatus::Valid => Err(Error::Unauthorised { scope: header.scope.clone(), kind: header.kind }),
            KeyStatus::Revoked => Err(Error::KeyRevoked(*key)),
            KeyStatus::UnknownKey => Err(Error::UnknownKey(*key)),
            KeyStatus::UnknownIssuer => Err(Error::UnknownIssuer(header.issuer.clone())),
        }
    }
}

impl<S: OrderedStore> View for HeadView<'_, '_, S> {
    fn contains(&self, cid: &Cid) -> bool {
        self.waiting.get(cid).is_some() || self.note(self.store.anchored(cid)).is_some()
    }

    fn parent(&self, cid: &Cid) -> Option<ParentInfo> {
        if let Some(node) = self.waiting.get(cid) {
            let header = node.header();
            return Some(ParentInfo { dag: header.dag.clone(), epoch: header.epoch, time: header.time });
        }
        let anchored = self.note(self.store.anchored(cid))?;
        Some(ParentInfo { dag: anchored.dag, epoch: anchored.epoch, time: anchored.time })
    }

    fn last(&self, dag: &Did, issuer: &Did, key: Option<&Key>) -> Option<(u64, Cid)> {
        let key = key?;
        self.waiting.last(dag, issuer, key).or_else(|| self.rules.last(dag, issuer, key))
    }

    fn key(&self, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus {
        self.rules.key(self.dag, issuer, key, epoch)
    }

    fn emitted(&self, height: u32, cid: &Cid) -> bool {
        self.note(self.store.anchored(cid)).is_some_and(|anchored| anchored.height == height)
    }

    fn may_write(&self, dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool {
        self.rules.may_write(dag, issuer, scope, kind)
    }
}
