//! What the state says of signed records: who may write, and which the next block can make final.

use crate::{
    session::{Session, Stopped},
    Executor, ExecutorError,
};
use codec::DecodeAll as _;
use icn_dag::{AnchorEntry, Cid, Did, Epoch, Key, KeyStatus, Kind, Moment, Node, Scope};
use icn_primitives::{Changes, StateView};
use icn_runtime::Runtime;
use pallet_dag::EntryList;
use std::cell::RefCell;

type Dag = pallet_dag::Pallet<Runtime>;

/// Asks a state about records. What it answers once the state could not be read says nothing: see [`Self::finish`].
pub struct RecordRules<'a> {
    session: RefCell<Session<'a, ()>>,
    failure: RefCell<Option<Stopped>>,
}

impl<'a> RecordRules<'a> {
    /// Over a state.
    pub fn of(view: &'a dyn StateView) -> Self {
        Self { session: RefCell::new(Session::reading(view)), failure: RefCell::default() }
    }

    fn ask<R>(&self, default: R, question: impl FnOnce() -> R) -> R {
        match self.session.borrow_mut().enter(question) {
            Ok(answer) => answer,
            Err(stopped) => {
                self.failure.borrow_mut().get_or_insert(stopped);
                default
            }
        }
    }

    /// Whether a DAG is there.
    pub fn has_dag(&self, dag: &Did) -> bool {
        self.ask(false, || pallet_dag::Dags::<Runtime>::contains_key(dag))
    }

    /// Number and CID of the last final record of a DAG, issuer and key.
    pub fn last(&self, dag: &Did, issuer: &Did, key: &Key) -> Option<(u64, Cid)> {
        self.ask(None, || pallet_dag::Last::<Runtime>::get((dag, issuer, key)))
    }

    /// Whether a key signs for an issuer in a DAG.
    pub fn key(&self, dag: &Did, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus {
        self.ask(KeyStatus::UnknownIssuer, || Dag::key_status(dag, issuer, key, epoch))
    }

    /// Whether an issuer may make records of a kind for a scope in a DAG.
    pub fn may_write(&self, dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool {
        self.ask(false, || Dag::may_write(dag, issuer, scope, kind))
    }

    /// The current epoch.
    pub fn epoch(&self) -> Epoch {
        self.ask(0, <<Runtime as pallet_dag::Config>::Epoch as frame_support::traits::Get<Epoch>>::get)
    }

    /// Whether the state could be read all along.
    ///
    /// # Errors
    /// When it could not.
    pub fn finish(self) -> Result<(), ExecutorError> {
        self.failure.into_inner().map_or(Ok(()), |stopped| Err(ExecutorError::of(stopped, "asking about records")))
    }
}

/// The records that a block emits: it leaves them in the state. `None` when they do not decode, which no block of this runtime leaves.
pub fn emitted(changes: &Changes) -> Option<Vec<Node>> {
    let key = pallet_dag::Emitted::<Runtime>::hashed_key();
    let Some(Some(bytes)) = changes.get(&key[..]) else { return Some(Vec::new()) };
    let records = Vec::<Vec<u8>>::decode_all(&mut &bytes[..]).ok()?;
    records.iter().map(|bytes| Node::decode(bytes).ok()).collect()
}

impl Executor {
    /// Those of some records that a block of this time, the next one after a state, can make final together, in their order.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn select_anchors(
        &self,
        view: &dyn StateView,
        candidates: Vec<AnchorEntry>,
        time: Moment,
    ) -> Result<EntryList, ExecutorError> {
        if candidates.is_empty() {
            return Ok(EntryList::default());
        }
        Session::reading(view)
            .enter(|| Dag::select_entries(candidates, time))
            .map_err(|stopped| ExecutorError::of(stopped, "selecting records"))
    }
}
