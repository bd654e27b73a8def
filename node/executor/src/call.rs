//! Calls of runtime APIs, and checks of a whole state.

use crate::session::{Session, Stopped};
use crate::{Executor, ExecutorError};
use icn_primitives::{Moment, StateError, StateView};

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

impl Executor {
    /// Calls `method` of a runtime API with SCALE-encoded arguments; its SCALE-encoded result. What it writes is thrown
    /// away.
    ///
    /// # Errors
    /// See [`CallError`].
    pub fn call(&self, view: &dyn StateView, method: &str, arguments: &[u8]) -> Result<Vec<u8>, CallError> {
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
