//! The pool as the RPC sees it.

use icn_mempool::Pool;
use icn_primitives::{AccountId, Extrinsic, Hash, Nonce, SubmitError, TransactionStatus};
use icn_rpc::backend::{CallError, ReadError, Transactions};
use tokio::sync::mpsc::UnboundedReceiver;

/// The pool behind the RPC's trait.
pub struct PoolFace(pub Pool);

impl Transactions for PoolFace {
    fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError> {
        self.0.submit(extrinsic)
    }

    fn submit_and_watch(&self, extrinsic: Extrinsic) -> Result<UnboundedReceiver<TransactionStatus>, SubmitError> {
        self.0.submit_and_watch(extrinsic)
    }

    fn pending(&self) -> Vec<Extrinsic> {
        self.0.pending()
    }

    fn remove(&self, hash: Hash) -> bool {
        self.0.remove(hash)
    }

    fn next_nonce(&self, account: &AccountId) -> Result<Nonce, CallError> {
        self.0.next_nonce(account).map_err(|error| CallError::Read(ReadError::State(error)))
    }
}
