//! What the pool asks of the runtime.

use icn_primitives::{AccountId, Extrinsic, Nonce, StateError, SubmitError, ValidTransaction};

/// Judges transactions against the latest state. Both methods may block; neither is called under the pool's lock.
///
/// The state must already be the one after block N when [`crate::Pool::on_block`] is called for N. It may be newer.
pub trait Validate: Send + Sync + 'static {
    /// Decodes a transaction, checks its signature and asks the runtime. It runs on the thread that submits, and on the
    /// pool's threads of [`icn_primitives::limits::EXECUTION_STACK_BYTES`] while it revalidates.
    ///
    /// # Errors
    /// The reason of the refusal. [`SubmitError::TemporarilyBanned`] says that the runtime broke on it: the pool bans it.
    fn validate(&self, extrinsic: &Extrinsic) -> Result<ValidTransaction, SubmitError>;

    /// The next nonce of an account in the state.
    ///
    /// # Errors
    /// When the store fails.
    fn nonce(&self, account: &AccountId) -> Result<Nonce, StateError>;
}
