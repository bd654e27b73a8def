//! One stay in runtime code over one state: overlay, backend, and the boundary around every entry.

use crate::{
    backend::{Stage, Staged, ViewBackend},
    panics,
};
use icn_primitives::{limits::EXECUTION_STACK_BYTES, Hashing, StateError, StateView};
use sp_core::traits::{ReadRuntimeVersion, ReadRuntimeVersionExt};
use sp_externalities::{Extensions, Externalities};
use sp_state_machine::{Ext, OverlayedChanges};

/// Why an entry into the runtime gave nothing.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// The state cannot be read.
    State(StateError),
    /// The runtime panicked; its words. What it wrote since the innermost open transaction must be rolled back.
    Panicked(String),
}

/// Runtime code over a state view; what it writes stays in the overlay.
pub(crate) struct Session<'a, U> {
    overlay: OverlayedChanges<Hashing>,
    backend: ViewBackend<'a, U>,
    extensions: Extensions,
}

impl<'a> Session<'a, ()> {
    /// A session whose writes are thrown away: for calls and validation.
    pub(crate) fn reading(view: &'a dyn StateView) -> Self {
        Self::new(view, None)
    }
}

impl<'a, U> Session<'a, U> {
    /// A session that ends in a root.
    pub(crate) fn committing(view: &'a dyn StateView, stage: Stage<'a, U>) -> Self {
        Self::new(view, Some(stage))
    }

    fn new(view: &'a dyn StateView, stage: Option<Stage<'a, U>>) -> Self {
        let mut extensions = Extensions::default();
        extensions.register(ReadRuntimeVersionExt::new(NoCode));
        Self { overlay: OverlayedChanges::default(), backend: ViewBackend::new(view, stage), extensions }
    }

    /// Runs runtime code: on a stack that nested calls fit, its panics caught, storage layers it left open rolled back.
    pub(crate) fn enter<R>(&mut self, work: impl FnOnce() -> R) -> Result<R, Stopped> {
        self.open();
        let mut ext = Ext::new(&mut self.overlay, &self.backend, Some(&mut self.extensions));
        let result = with_stack(|| panics::catch(|| sp_externalities::set_and_run_with_externalities(&mut ext, work)));
        self.close();
        match (self.backend.take_failure(), result) {
            (Some(failure), _) => Err(Stopped::State(failure)),
            (None, result) => result.map_err(Stopped::Panicked),
        }
    }

    /// As [`Self::enter`], and keeps what was written only if `keep` says so of the result.
    pub(crate) fn enter_layer<R>(
        &mut self,
        work: impl FnOnce() -> R,
        keep: impl FnOnce(&R, &mut Self) -> bool,
    ) -> Result<R, Stopped> {
        self.overlay.start_transaction();
        let result = self.enter(work);
        let kept = match &result {
            Ok(result) => keep(result, self),
            Err(_) => false,
        };
        self.close_layer(kept);
        result
    }

    fn open(&mut self) {
        self.overlay.enter_runtime().expect("sessions are not entered from inside");
    }

    /// Leaves the runtime; storage layers that a panic left open are rolled back.
    fn close(&mut self) {
        self.overlay.exit_runtime().expect("it was entered by `open`");
    }

    fn close_layer(&mut self, keep: bool) {
        let closed = if keep { self.overlay.commit_transaction() } else { self.overlay.rollback_transaction() };
        closed.expect("the layer was opened by `enter_layer`");
    }

    /// What the overlay has under `key`: `None` when it was not written.
    pub(crate) fn written(&mut self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.overlay.storage(key)
    }

    /// What the root of a finished block was computed from.
    pub(crate) fn into_staged(self) -> Staged<U> {
        self.backend.into_staged().expect("a block is finished by computing its root")
    }
}

/// Runs `work` with at least most of [`EXECUTION_STACK_BYTES`] of stack left; free on threads that were started with it.
pub(crate) fn with_stack<R>(work: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(EXECUTION_STACK_BYTES / 4 * 3, EXECUTION_STACK_BYTES, work)
}

/// Code is never read: the runtime is the binary. Every `set_code` fails on it.
struct NoCode;

impl ReadRuntimeVersion for NoCode {
    fn read_runtime_version(&self, _: &[u8], _: &mut dyn Externalities) -> Result<Vec<u8>, String> {
        Err("the runtime is part of the binary and is upgraded with it".into())
    }
}
