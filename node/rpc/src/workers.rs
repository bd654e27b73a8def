//! The threads on which handlers read the store and run runtime code.
//!
//! The server's own threads only move bytes: a call that takes long, or needs the runtime's deep stack, runs here. The queue
//! is bounded, so a flood of calls is refused instead of kept.

use crate::error::Error;
use crossbeam_channel::{Receiver, Sender};
use icn_primitives::limits::EXECUTION_STACK_BYTES;
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    thread,
};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// A bounded pool of threads with [`EXECUTION_STACK_BYTES`] of stack. Clones share it; the threads end with the last clone.
#[derive(Clone, Debug)]
pub struct Workers {
    queue: Sender<Work>,
}

impl Workers {
    /// Starts `threads` threads, at least one, before which at most `queue` pieces of work wait.
    pub fn new(threads: usize, queue: usize) -> Self {
        let (sender, receiver) = crossbeam_channel::bounded(queue.max(1));
        let started = (0..threads.max(1)).filter(|index| start(*index, receiver.clone())).count();
        if started < threads.max(1) {
            tracing::error!(started, wanted = threads, "the system refused worker threads for the RPC");
        }
        Self { queue: sender }
    }

    /// Runs `work` on a worker thread and waits for it without blocking.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queue is full, [`Error::Internal`] when the work panicked.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        let work = Box::new(move || {
            // The client may have gone away while the work waited.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        });
        self.queue.try_send(work).map_err(|_| Error::Busy)?;
        answered.await.map_err(|_| Error::Internal)
    }
}

/// Starts one thread; whether the system let us.
fn start(index: usize, queue: Receiver<Work>) -> bool {
    let run = move || {
        for work in queue {
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                tracing::error!("a call panicked; its client was told of an internal error");
            }
        }
    };
    thread::Builder::new().name(format!("rpc-worker-{index}")).stack_size(EXECUTION_STACK_BYTES).spawn(run).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[tokio::test]
    async fn work_that_panics_costs_its_own_answer_only() {
        let workers = Workers::new(1, 4);
        assert!(matches!(workers.run(|| -> u8 { panic!("on purpose") }).await, Err(Error::Internal)));
        assert_eq!(workers.run(|| 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_full_queue_refuses() {
        let workers = Workers::new(1, 1);
        let (entered, wait_entered) = mpsc::channel();
        let (release, wait_release) = mpsc::channel::<()>();
        let first = tokio::spawn({
            let workers = workers.clone();
            async move {
                workers
                    .run(move || {
                        entered.send(()).unwrap();
                        wait_release.recv().unwrap();
                    })
                    .await
            }
        });
        tokio::task::spawn_blocking(move || wait_entered.recv().unwrap()).await.unwrap();
        let mut queued = Box::pin(workers.run(|| 1));
        assert!(futures::poll!(&mut queued).is_pending());
        assert!(matches!(workers.run(|| 2).await, Err(Error::Busy)));
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(queued.await.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_worker_has_the_stack_of_execution() {
        fn deep(levels: usize) -> usize {
            let frame = std::hint::black_box([levels; 1024]);
            if levels == 0 {
                0
            } else {
                deep(levels - 1) + usize::from(frame[1] == levels)
            }
        }
        // 1 000 frames of 8 KiB and more do not fit the 2 MiB that threads have by default.
        assert_eq!(Workers::new(1, 1).run(|| deep(1_000)).await.unwrap(), 1_000);
    }
}
