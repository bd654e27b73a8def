//! The thread that runs what takes time: blocks are built, verified and committed there, one after the other.

use icn_consensus::application::{BuildJob, Chain, ChainError, CommitJob, Input, Origin, Token, VerifyJob};
use icn_primitives::{limits::EXECUTION_STACK_BYTES, Commit, Target};
use std::{
    io,
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{mpsc, Arc},
    thread::{self, JoinHandle},
};
use tokio::sync::mpsc::UnboundedSender;

/// One thing to do on the chain.
pub(crate) enum Job {
    /// Make a block.
    Build(BuildJob),
    /// Execute a block that came in parts.
    Verify(Target, VerifyJob),
    /// Execute a block of a peer.
    VerifySynced(Token, VerifyJob),
    /// Make a decided block the head.
    Commit(CommitJob),
    /// Keep a fuller commit of the head.
    Improve(u64, Commit),
}

/// What came of a job.
pub(crate) type Done = Result<Input, ChainError>;

/// The thread and its queue. The thread ends when the queue is dropped.
pub(crate) struct Jobs {
    queue: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

impl Jobs {
    /// Starts the thread; results go to `done`.
    pub(crate) fn start(chain: Arc<dyn Chain>, done: UnboundedSender<Done>) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let work = move || {
            for job in jobs {
                let ran = catch_unwind(AssertUnwindSafe(|| run(&*chain, job)));
                let result = ran.unwrap_or_else(|_| Err(ChainError("a job on the chain panicked".into())));
                let failed = result.is_err();
                // Nobody listens when the node stops.
                if let Some(done_with) = result.transpose() {
                    if done.send(done_with).is_err() || failed {
                        return;
                    }
                }
            }
        };
        let builder = thread::Builder::new().name("execution".into()).stack_size(EXECUTION_STACK_BYTES);
        Ok(Self { queue, thread: builder.spawn(work)? })
    }

    /// Adds a job; nothing happens when the thread has ended.
    pub(crate) fn add(&self, job: Job) {
        let _ = self.queue.send(job);
    }

    /// Lets the jobs that wait finish.
    pub(crate) fn finish(self) -> JoinHandle<()> {
        self.thread
    }
}

fn run(chain: &dyn Chain, job: Job) -> Result<Option<Input>, ChainError> {
    Ok(Some(match job {
        Job::Build(job) => Input::Built { height: job.height, round: job.round, made: chain.build(&job)? },
        Job::Verify(claimed, job) => Input::Verified { claimed, verdict: chain.verify(&job)? },
        Job::VerifySynced(token, job) => {
            let verdict = chain.verify(&job)?;
            match job.origin {
                Origin::Sync { round, proposer } => {
                    Input::SyncVerified { token, height: job.height, round, proposer, verdict }
                }
                // Blocks in parts are verified by the other job.
                Origin::Parts(_) => return Ok(None),
            }
        }
        Job::Commit(job) => Input::Committed(chain.commit(&job)?),
        Job::Improve(height, commit) => {
            chain.improve_commit(height, commit)?;
            return Ok(None);
        }
    }))
}
