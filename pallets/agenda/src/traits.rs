//! The agenda as other pallets know it.

use crate::{EntryId, Retry};
use frame_support::traits::Bounded;
use icn_primitives::Moment;
use sp_runtime::{traits::Hash, DispatchError, DispatchResult};

/// Runs calls at or after a block time. Other pallets take it as a `Config` item, so that they do not know this pallet.
pub trait Agenda {
    /// The runtime's call.
    type Call;
    /// The runtime's aggregated caller.
    type Origin;
    /// The runtime's hasher.
    type Hasher: Hash;

    /// Runs `call` as `origin` in the first block of time `due` or later that has room for it.
    ///
    /// # Errors
    /// When `due` is not in the future, `retry` is out of range, the call is too large or too heavy, or the agenda is full.
    fn schedule(
        due: Moment,
        retry: Option<Retry>,
        origin: Self::Origin,
        call: Self::Call,
    ) -> Result<EntryId, DispatchError>;

    /// As [`Self::schedule`] for a call that is stored already. The agenda requests the preimage for itself and lets go of
    /// it when the entry ends; the caller keeps its own request, if it has one.
    fn schedule_bounded(
        due: Moment,
        retry: Option<Retry>,
        origin: Self::Origin,
        call: Bounded<Self::Call, Self::Hasher>,
    ) -> Result<EntryId, DispatchError>;

    /// Takes an entry off the agenda, whoever scheduled it.
    ///
    /// # Errors
    /// When there is no such entry.
    fn cancel(id: EntryId) -> DispatchResult;

    /// When the first entry is due; in the past while a backlog is served. The node makes a block at this time.
    fn next_due() -> Option<Moment>;
}
