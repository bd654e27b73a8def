//! The pool over a runtime of the simplest kind: nonces, and transactions that say everything about themselves.

mod block;
mod bounds;
mod invariants;
mod model;
mod races;
mod submission;

use crate::{Limits, Pool, Validate};
use codec::{Decode, Encode};
use icn_primitives::{AccountId, Extrinsic, Hash, Nonce, StateError, SubmitError, TransactionStatus, ValidTransaction};
use parking_lot::Mutex;
use sp_runtime::transaction_validity::InvalidTransaction;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use tokio::sync::mpsc::UnboundedReceiver;

/// A transaction that says what the runtime would say of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Tx {
    pub(super) sender: u8,
    pub(super) nonce: Nonce,
    pub(super) priority: u64,
    pub(super) longevity: u64,
    pub(super) padding: Vec<u8>,
}

impl Tx {
    pub(super) fn new(sender: u8, nonce: Nonce, priority: u64) -> Self {
        Self { sender, nonce, priority, longevity: u64::MAX, padding: Vec::new() }
    }

    pub(super) fn living(self, longevity: u64) -> Self {
        Self { longevity, ..self }
    }

    pub(super) fn padded(self, padding: usize) -> Self {
        Self { padding: vec![0; padding], ..self }
    }

    pub(super) fn extrinsic(&self) -> Extrinsic {
        Extrinsic::from_encoded(self.encode().encode())
    }

    pub(super) fn hash(&self) -> Hash {
        self.extrinsic().hash()
    }

    pub(super) fn of(extrinsic: &Extrinsic) -> Option<Self> {
        let inner = Vec::<u8>::decode(&mut extrinsic.bytes()).ok()?;
        Self::decode(&mut &inner[..]).ok()
    }
}

pub(super) fn account(sender: u8) -> AccountId {
    AccountId::new([sender; 32])
}

/// A hook that runs once, while a transaction is being validated.
type Hook = Box<dyn FnOnce() + Send>;

/// The latest state: nonces, and the transactions that it refuses or breaks on.
#[derive(Default)]
pub(super) struct State {
    nonces: Mutex<HashMap<AccountId, Nonce>>,
    refused: Mutex<HashMap<Hash, SubmitError>>,
    validated: Mutex<HashSet<Hash>>,
    /// Runs after the next validation has read the state and before it answers.
    after_validation: Mutex<Option<Hook>>,
}

impl State {
    pub(super) fn set(&self, sender: u8, nonce: Nonce) {
        self.nonces.lock().insert(account(sender), nonce);
    }

    pub(super) fn refuse(&self, tx: &Tx, error: SubmitError) {
        self.refused.lock().insert(tx.hash(), error);
    }

    pub(super) fn accept(&self, tx: &Tx) {
        self.refused.lock().remove(&tx.hash());
    }

    pub(super) fn after_validation(&self, hook: impl FnOnce() + Send + 'static) {
        *self.after_validation.lock() = Some(Box::new(hook));
    }

    pub(super) fn take_validated(&self) -> HashSet<Hash> {
        std::mem::take(&mut self.validated.lock())
    }

    fn judge(&self, extrinsic: &Extrinsic) -> Result<ValidTransaction, SubmitError> {
        let tx = Tx::of(extrinsic).ok_or_else(|| SubmitError::BadFormat("no transaction".into()))?;
        if let Some(error) = self.refused.lock().get(&extrinsic.hash()) {
            return Err(error.clone());
        }
        let sender = account(tx.sender);
        let nonce_next = self.nonces.lock().get(&sender).copied().unwrap_or(0);
        if tx.nonce < nonce_next {
            return Err(SubmitError::Invalid(InvalidTransaction::Stale));
        }
        let Tx { nonce, priority, longevity, .. } = tx;
        Ok(ValidTransaction { sender, nonce, nonce_next, priority, longevity })
    }
}

impl Validate for State {
    fn validate(&self, extrinsic: &Extrinsic) -> Result<ValidTransaction, SubmitError> {
        self.validated.lock().insert(extrinsic.hash());
        let verdict = self.judge(extrinsic);
        let hook = self.after_validation.lock().take();
        if let Some(hook) = hook {
            hook();
        }
        verdict
    }

    fn nonce(&self, account: &AccountId) -> Result<Nonce, StateError> {
        Ok(self.nonces.lock().get(account).copied().unwrap_or(0))
    }
}

/// A pool, the state it validates against, and the height.
pub(super) struct Chain {
    pub(super) pool: Pool,
    pub(super) state: Arc<State>,
    pub(super) number: u32,
}

impl Chain {
    pub(super) fn new(limits: Limits) -> Self {
        let state = Arc::new(State::default());
        let pool = Pool::new(state.clone(), limits);
        pool.on_block(Hash::zero(), 0, &[]);
        Self { pool, state, number: 0 }
    }

    pub(super) fn submit(&self, tx: &Tx) -> Result<Hash, SubmitError> {
        let result = self.pool.submit(tx.extrinsic());
        self.check();
        result
    }

    pub(super) fn submit_all(&self, txs: &[Tx]) {
        for tx in txs {
            self.pool.submit(tx.extrinsic()).expect("the transaction is valid");
        }
        self.check();
    }

    pub(super) fn watch(&self, tx: &Tx) -> UnboundedReceiver<TransactionStatus> {
        let receiver = self.pool.submit_and_watch(tx.extrinsic()).expect("the transaction is valid");
        self.check();
        receiver
    }

    /// Applies transactions to the state without telling the pool.
    pub(super) fn apply(&self, included: &[Tx]) {
        for tx in included {
            self.state.set(tx.sender, tx.nonce + 1);
        }
    }

    /// The hash of the block at a height.
    pub(super) fn block_hash(number: u32) -> Hash {
        Hash::from_low_u64_be(number.into())
    }

    /// Makes a block and tells the pool.
    pub(super) fn block(&mut self, included: &[Tx]) -> Hash {
        self.apply(included);
        self.announce(included)
    }

    pub(super) fn announce(&mut self, included: &[Tx]) -> Hash {
        self.number += 1;
        let hash = Self::block_hash(self.number);
        let extrinsics: Vec<_> = included.iter().map(Tx::extrinsic).collect();
        self.pool.on_block(hash, self.number, &extrinsics);
        self.check();
        hash
    }

    pub(super) fn revalidate(&self) {
        self.pool.revalidate();
        self.check();
    }

    pub(super) fn ready(&self) -> Vec<Tx> {
        self.pool.ready().map(|pooled| Tx::of(&pooled.extrinsic).expect("the pool holds what was put in")).collect()
    }

    pub(super) fn future(&self) -> Vec<Tx> {
        let pending = self.pool.pending();
        pending[self.pool.status().ready.count..].iter().filter_map(Tx::of).collect()
    }

    pub(super) fn check(&self) {
        self.pool.invariants().expect("the invariants hold");
    }
}

/// What a channel holds, and whether it is closed.
pub(super) fn drain(receiver: &mut UnboundedReceiver<TransactionStatus>) -> (Vec<TransactionStatus>, bool) {
    let mut statuses = Vec::new();
    while let Ok(status) = receiver.try_recv() {
        statuses.push(status);
    }
    (statuses, receiver.is_closed())
}

/// Limits that tests reach soon.
pub(super) fn small() -> Limits {
    Limits {
        ready_count: 8,
        ready_bytes: 1200,
        future_count: 4,
        future_bytes: 600,
        per_sender_count: 5,
        per_sender_bytes: 800,
        bans: 2,
        ban_blocks: 3,
        ..Limits::default()
    }
}
