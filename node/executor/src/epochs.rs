//! What the state says of epochs: whether one waits for its seal, who seals it, and when the open one ends.

use crate::{session::Session, Executor, ExecutorError};
use icn_dag::Epoch;
use icn_primitives::{BlockNumber, Header, Moment, StateView};
use icn_runtime::{Runtime, Trust};
use icn_trust::{Bundle, Seal, Signers};
use pallet_trust::{EpochStatus, SealedEpoch};

impl Executor {
    /// When the open epoch ends, as time goes.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn epoch_ends_at(&self, view: &dyn StateView) -> Result<Option<Moment>, ExecutorError> {
        Session::reading(view)
            .enter(Trust::ends_at)
            .map_err(|stopped| ExecutorError::of(stopped, "asking when the epoch ends"))
    }

    /// The last block of the epoch that is closed and not sealed, if there is one.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn closed_at(&self, view: &dyn StateView) -> Result<Option<BlockNumber>, ExecutorError> {
        Session::reading(view)
            .enter(|| pallet_trust::Unsealed::<Runtime>::get().map(|closing| closing.height))
            .map_err(|stopped| ExecutorError::of(stopped, "asking which epoch is closed"))
    }

    /// The bundle of the epoch that is closed, from the header of the block that closed it, and who seals it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn closing_bundle(
        &self,
        view: &dyn StateView,
        header: &Header,
    ) -> Result<Option<(Bundle, Signers)>, ExecutorError> {
        Session::reading(view)
            .enter(|| Trust::closing_bundle(header))
            .map_err(|stopped| ExecutorError::of(stopped, "asking for a bundle"))
    }

    /// Whether the block after a state may carry this seal.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn accepts_seal(&self, view: &dyn StateView, header: &Header, seal: &Seal) -> Result<bool, ExecutorError> {
        Session::reading(view)
            .enter(|| Trust::accepts_seal(header, seal))
            .map_err(|stopped| ExecutorError::of(stopped, "judging a seal"))
    }

    /// Where the epochs are, in a state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn epoch_status(&self, view: &dyn StateView) -> Result<EpochStatus, ExecutorError> {
        Session::reading(view).enter(Trust::status).map_err(|stopped| ExecutorError::of(stopped, "asking about epochs"))
    }

    /// The bundle of an epoch and its seal, as far as a state keeps it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn sealed_epoch(&self, view: &dyn StateView, epoch: Epoch) -> Result<Option<SealedEpoch>, ExecutorError> {
        Session::reading(view)
            .enter(|| pallet_trust::Bundles::<Runtime>::get(epoch))
            .map_err(|stopped| ExecutorError::of(stopped, "reading a bundle"))
    }
}
