//! Signatures of a block's transactions, checked in parallel before it is executed. A good one is remembered by
//! [`icn_primitives::Signature`]; a bad one is found again, and judged, in execution.

use crate::{session::Session, ExecutorError};
use icn_primitives::{limits::EXECUTION_STACK_BYTES, BlockNumber, Hash, StateError, StateView};
use icn_runtime::{Runtime, UncheckedExtrinsic};
use rayon::prelude::*;
use sp_runtime::{traits::Checkable, Digest};

/// How many transactions a thread takes at once.
const CHUNK: usize = 32;

/// Threads that check signatures.
pub(crate) struct Verifiers(rayon::ThreadPool);

impl Verifiers {
    pub(crate) fn new(threads: usize) -> Result<Self, ExecutorError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(EXECUTION_STACK_BYTES)
            .thread_name(|index| format!("verify-{index}"))
            .build()
            .map_err(ExecutorError::Threads)?;
        Ok(Self(pool))
    }

    /// Maps `items` in parallel, in order, on threads whose stacks fit nested calls.
    pub(crate) fn map<T: Sync, R: Send>(&self, items: &[T], map: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
        self.0.install(|| items.par_iter().with_min_len(CHUNK).map(map).collect())
    }

    /// Checks the signatures of the transactions of the block at `number`.
    pub(crate) fn verify(
        &self,
        view: &dyn StateView,
        parent: Hash,
        number: BlockNumber,
        transactions: &[UncheckedExtrinsic],
    ) -> Result<(), StateError> {
        self.0
            .install(|| transactions.par_chunks(CHUNK).try_for_each(|chunk| verify_chunk(view, parent, number, chunk)))
    }
}

fn verify_chunk(
    view: &dyn StateView,
    parent: Hash,
    number: BlockNumber,
    chunk: &[UncheckedExtrinsic],
) -> Result<(), StateError> {
    let checked = Session::reading(view).enter(|| {
        frame_system::Pallet::<Runtime>::initialize(&number, &parent, &Digest::default());
        for transaction in chunk {
            // The verdict is execution's; this is for the cache.
            let _ = transaction.clone().check(&frame_system::ChainContext::<Runtime>::default());
        }
    });
    match checked {
        Err(crate::session::Stopped::State(failure)) => Err(failure),
        Ok(()) | Err(crate::session::Stopped::Panicked(_)) => Ok(()),
    }
}
