//! Validating one transaction for the pool.

use crate::{
    decode,
    session::{Session, Stopped},
    Executor, ExecutorError,
};
use icn_primitives::{AccountId, Extrinsic, Hash, Nonce, StateView, SubmitError, ValidTransaction};
use icn_runtime::{Executive, Runtime, System, UncheckedExtrinsic};
use sp_runtime::{
    generic::Preamble,
    traits::StaticLookup,
    transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidityError},
};

/// A verdict on a transaction, or the failure of the state, which is no verdict.
pub type Validated = Result<Result<ValidTransaction, SubmitError>, ExecutorError>;

impl Executor {
    /// Validates a transaction against the state after the block `head`.
    ///
    /// # Errors
    /// Only when the state cannot be read; the verdict is the inner result. A transaction that panics the runtime is
    /// [`SubmitError::TemporarilyBanned`], with the panic logged.
    pub fn validate(&self, view: &dyn StateView, head: Hash, extrinsic: &Extrinsic) -> Validated {
        let decoded = match decode::extrinsic(extrinsic) {
            Ok(decoded) => decoded,
            Err(reason) => return Ok(Err(SubmitError::BadFormat(reason.into()))),
        };
        let validated = Session::reading(view).enter(|| {
            let signer = signer(&decoded);
            let valid = Executive::validate_transaction(TransactionSource::External, decoded, head)?;
            let (sender, nonce) = signer.ok_or(InvalidTransaction::BadSigner)?;
            let nonce_next = System::account_nonce(&sender);
            let (priority, longevity) = (valid.priority, valid.longevity);
            Ok(ValidTransaction { sender, nonce, nonce_next, priority, longevity })
        });
        match validated {
            Ok(verdict) => Ok(verdict.map_err(|error| match error {
                TransactionValidityError::Invalid(error) => SubmitError::Invalid(error),
                TransactionValidityError::Unknown(error) => SubmitError::Unknown(error),
            })),
            Err(Stopped::Panicked(reason)) => {
                tracing::warn!(hash = ?extrinsic.hash(), %reason, "a submitted transaction panicked the runtime");
                Ok(Err(SubmitError::TemporarilyBanned))
            }
            Err(Stopped::State(failure)) => Err(failure.into()),
        }
    }

    /// The next nonce of `account` in a state.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn nonce(&self, view: &dyn StateView, account: &AccountId) -> Result<Nonce, ExecutorError> {
        Session::reading(view)
            .enter(|| System::account_nonce(account))
            .map_err(|stopped| ExecutorError::of(stopped, "reading a nonce"))
    }
}

/// Who signed, and the nonce in it.
fn signer(extrinsic: &UncheckedExtrinsic) -> Option<(AccountId, Nonce)> {
    let Preamble::Signed(address, _, extension) = &extrinsic.preamble else { return None };
    let account = <Runtime as frame_system::Config>::Lookup::lookup(address.clone()).ok()?;
    Some((account, extension.5 .0))
}
