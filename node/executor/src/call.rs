//! Calls of runtime APIs, and checks of a whole state.

use crate::{
    decode,
    session::{Session, Stopped},
    Executor, ExecutorError,
};
use codec::{Decode, Encode};
use icn_primitives::{limits::EXTRINSIC_BYTES_MAX, Extrinsic, Moment, StateError, StateView};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidity};

/// Why a runtime call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The state cannot be read: stop the process.
    #[error(transparent)]
    State(#[from] StateError),
    /// The runtime has no such method.
    #[error("the runtime has no method {0}")]
    UnknownMethod(String),
    /// The arguments do not decode, or the runtime panicked on them.
    #[error("the call failed: {0}")]
    Failed(String),
}

/// The method by which wallets ask for the pool's verdict before they send.
const VALIDATE: &str = "TaggedTransactionQueue_validate_transaction";

/// Checks what `dispatch` would decode without a bound on depth: extrinsics in arguments. Methods that make blocks are for
/// the executor alone.
///
/// An answer ends the call: a wallet that asks for the verdict on a transaction that the pool would not even decode is told
/// that it is invalid, since it would not understand an error.
fn check(method: &str, arguments: &[u8]) -> Result<Option<Vec<u8>>, CallError> {
    let before_extrinsic = match method {
        "TransactionPaymentApi_query_info" | "TransactionPaymentApi_query_fee_details" => 0,
        // The transaction's source.
        VALIDATE => 1,
        "Core_execute_block" | "Core_initialize_block" => {
            return Err(CallError::Failed("blocks are executed by the node, not by calls".into()))
        }
        _ => return Ok(None),
    };
    let invalid = |reason: InvalidTransaction, words: String| match method {
        VALIDATE => Ok(Some(TransactionValidity::Err(reason.into()).encode())),
        _ => Err(CallError::Failed(words)),
    };
    let mut rest = arguments.get(before_extrinsic..).unwrap_or_default();
    match Extrinsic::decode(&mut rest) {
        Err(error) if arguments.len() > EXTRINSIC_BYTES_MAX as usize => {
            invalid(InvalidTransaction::ExhaustsResources, error.to_string())
        }
        Err(error) => Err(CallError::Failed(error.to_string())),
        Ok(extrinsic) => match decode::extrinsic(&extrinsic) {
            Ok(_) => Ok(None),
            Err(reason) => invalid(InvalidTransaction::Call, reason.into()),
        },
    }
}

impl Executor {
    /// Calls `method` of a runtime API with SCALE-encoded arguments; its SCALE-encoded result. What it writes is thrown
    /// away.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call(&self, view: &dyn StateView, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError> {
        if let Some(answer) = check(method, arguments)? {
            return Ok(answer);
        }
        match Session::reading(view).enter(|| icn_runtime::apis::dispatch(method, arguments)) {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(CallError::UnknownMethod(method.into())),
            Err(Stopped::Panicked(reason)) => Err(CallError::Failed(reason)),
            Err(Stopped::State(failure)) => Err(failure.into()),
        }
    }

    /// When the next call of the agenda is due, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn agenda_due(&self, view: &dyn StateView) -> Result<Option<Moment>, ExecutorError> {
        Session::reading(view)
            .enter(<icn_runtime::Agenda as pallet_agenda::Agenda>::next_due)
            .map_err(|stopped| ExecutorError::of(stopped, "reading the agenda"))
    }

    /// Checks the runtime's invariants on a state, reading all of it.
    ///
    /// # Errors
    /// [`CallError::Failed`] with the first that does not hold.
    pub fn invariants(&self, view: &dyn StateView) -> Result<(), CallError> {
        match Session::reading(view).enter(icn_runtime::invariants::invariants) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(broken)) => Err(CallError::Failed(format!("{broken:?}"))),
            Err(Stopped::Panicked(reason)) => Err(CallError::Failed(reason)),
            Err(Stopped::State(failure)) => Err(failure.into()),
        }
    }
}
