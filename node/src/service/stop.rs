//! How the node is stopped from within.

use super::error::StopError;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::sync::watch;

/// Stops the node once; the first reason counts. Clones share it.
#[derive(Clone)]
pub struct StopSignal(Arc<Shared>);

struct Shared {
    reason: Mutex<Option<StopError>>,
    stopped: watch::Sender<bool>,
}

impl Default for StopSignal {
    fn default() -> Self {
        Self(Arc::new(Shared { reason: Mutex::new(None), stopped: watch::Sender::new(false) }))
    }
}

impl StopSignal {
    /// Stops the node for `reason`.
    pub fn stop(&self, reason: StopError) {
        let mut first = self.0.reason.lock();
        if !self.is_stopped() {
            *first = Some(reason);
            self.0.stopped.send_replace(true);
        }
    }

    /// Whether the node stops.
    pub fn is_stopped(&self) -> bool {
        *self.0.stopped.borrow()
    }

    /// Waits until the node stops by itself; why.
    pub async fn stopped(&self) -> StopError {
        let mut stopped = self.0.stopped.subscribe();
        loop {
            // The sender lives in `self`, so the channel stays open.
            let _ = stopped.wait_for(|stopped| *stopped).await;
            if let Some(reason) = self.0.reason.lock().take() {
                return reason;
            }
            std::future::pending::<()>().await;
        }
    }
}
