//! The tasks that the swarm starts, one for each connection.

use parking_lot::Mutex;
use std::{future::Future, pin::Pin, sync::Arc};
use tokio::task::JoinSet;

/// Started tasks. Clones hold the same ones; they end with the last clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    /// Starts a task, and forgets those that have ended.
    pub(crate) fn start(&self, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        let mut tasks = self.0.lock();
        while let Some(ended) = tasks.try_join_next() {
            if ended.is_err_and(|error| error.is_panic()) {
                tracing::error!("the task of a connection panicked");
            }
        }
        tasks.spawn(task);
    }

    /// Ends all tasks and waits until they have ended.
    pub(crate) async fn stop(&self) {
        let mut tasks = std::mem::take(&mut *self.0.lock());
        tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stopping_leaves_no_task() {
        let tasks = Tasks::default();
        let alive = Arc::new(());
        for _ in 0..3 {
            let held = alive.clone();
            tasks.start(Box::pin(async move {
                std::future::pending::<()>().await;
                drop(held);
            }));
        }
        tasks.stop().await;
        assert_eq!(Arc::strong_count(&alive), 1);
    }
}
