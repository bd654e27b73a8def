//! The pool as the RPC sees it.

use icn_mempool::Pool;
use icn_network::Network;
use icn_primitives::{AccountId, Extrinsic, Hash, Nonce, SubmitError, TransactionStatus};
use icn_rpc::backend::{CallError, ReadError, Transactions};
use tokio::sync::mpsc::UnboundedReceiver;

/// The pool behind the RPC's trait. What clients submit is told to peers.
pub struct PoolFace {
    /// The pool.
    pub pool: Pool,
    /// The way to peers.
    pub network: Network,
}

impl Transactions for PoolFace {
    fn submit(&self, extrinsic: Extrinsic) -> Result<Hash, SubmitError> {
        let hash = self.pool.submit(extrinsic.clone())?;
        self.network.submit(vec![extrinsic]);
        Ok(hash)
    }

    fn submit_and_watch(&self, extrinsic: Extrinsic) -> Result<UnboundedReceiver<TransactionStatus>, SubmitError> {
        let statuses = self.pool.submit_and_watch(extrinsic.clone())?;
        self.network.submit(vec![extrinsic]);
        Ok(statuses)
    }

    fn pending(&self) -> Vec<Extrinsic> {
        self.pool.pending()
    }

    fn remove(&self, hash: Hash) -> bool {
        self.pool.remove(hash)
    }

    fn next_nonce(&self, account: &AccountId) -> Result<Nonce, CallError> {
        self.pool.next_nonce(account).map_err(|error| CallError::Read(ReadError::State(error)))
    }
}
