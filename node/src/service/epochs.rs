//! The epochs as the RPC sees them.

use super::{chain::NodeChain, seals::Seals};
use icn_dag::{Cid, Epoch};
use icn_rpc::backend::{BundledProof, ClosingView, EpochView, Epochs, ReadError};
use icn_storage::{records::LogReadError, OrderedStore, StorageError};
use icn_trust::SealedBundle;
use pallet_trust::SealedEpoch;
use std::sync::Arc;
use tokio::sync::broadcast;

/// The epochs behind the RPC's trait.
pub struct EpochsFace<S: OrderedStore> {
    /// The chain.
    pub chain: Arc<NodeChain<S>>,
    /// Its seals.
    pub seals: Arc<Seals<S>>,
}

/// What does not fit into a log says that the store is broken.
fn storage(error: LogReadError) -> StorageError {
    match error {
        LogReadError::Read(error) => error,
        error => StorageError::BrokenLog { reason: error.to_string() },
    }
}

impl<S: OrderedStore> EpochsFace<S> {
    fn sealed_epoch(&self, epoch: Epoch) -> Result<Option<SealedEpoch>, ReadError> {
        let sealed = self.chain.executor.sealed_epoch(&*self.chain.store.latest(), epoch);
        sealed.map_err(|error| self.chain.executor_error(error))
    }
}

impl<S: OrderedStore> Epochs for EpochsFace<S> {
    fn status(&self) -> Result<EpochView, ReadError> {
        let status = self
            .chain
            .executor
            .epoch_status(&*self.chain.store.latest())
            .map_err(|error| self.chain.executor_error(error))?;
        Ok(EpochView {
            federation: status.federation,
            genesis: self.chain.store.genesis_hash(),
            epoch: status.epoch,
            first: status.first,
            ends_at: status.ends_at,
            signers: status.signers,
            power: status.power,
            closing: status.closing.map(|closing| ClosingView {
                epoch: closing.epoch,
                height: closing.height,
                time: closing.time,
                signed: self.seals.power().unwrap_or(0),
                needed: closing.signers.quorum(),
                overdue: closing.overdue,
            }),
            sealed: status.sealed,
        })
    }

    fn bundle(&self, epoch: Epoch) -> Result<Option<SealedBundle>, ReadError> {
        let Some(sealed) = self.sealed_epoch(epoch)? else { return Ok(None) };
        let (from, to) = (sealed.records_before, sealed.bundle.records.size);
        let prove = || self.chain.read(self.chain.store.records().prove_consistency_of_all(from, to).map_err(storage));
        let consistency = (from > 0).then(prove).transpose()?;
        Ok(Some(SealedBundle { bundle: sealed.bundle, consistency, seal: sealed.seal }))
    }

    fn prove(&self, cid: &Cid, epoch: Epoch) -> Result<Option<BundledProof>, ReadError> {
        let records = self.chain.store.records();
        let Some(sealed) = self.sealed_epoch(epoch)? else { return Ok(None) };
        let size = sealed.bundle.records.size;
        let anchored = self.chain.read(records.anchored(cid))?;
        let Some(place) = anchored.map(|anchored| anchored.place_of_all).filter(|place| *place < size) else {
            return Ok(None);
        };
        let inclusion = self.chain.read(records.prove_inclusion_in_all(place, size).map_err(storage))?;
        Ok(Some(BundledProof { epoch, record: self.chain.read(records.get(cid))?, inclusion }))
    }

    fn sealed(&self) -> broadcast::Receiver<Epoch> {
        self.seals.sealed()
    }
}
