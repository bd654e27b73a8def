//! One `chainHead_v1_follow` subscription.
//!
//! ```text
//! subscribe to decided blocks, read the head and the blocks before it, pin them, send `initialized`
//! for each decided block:  pin it, send `newBlock`, `bestBlockChanged`, `finalized`
//! between blocks:          send the events of operations
//! ```
//!
//! All events go through this one task, so an event never comes before the block that it is about, and none after `stop`.
//! The follow stops when a block was missed, when too many blocks are pinned, and when its client does not read.

use super::{
    events::{FollowEvent, Runtime},
    follows::{Follows, Place},
    operation::Operations,
    pins::Pins,
};
use crate::{
    backend::{BlockRef, Chain, Decided, ReadError},
    connection::{text_of, Gone, Outlet},
    context::Context,
    error::Error,
};
use icn_primitives::Hash;
use jsonrpsee::{Extensions, PendingSubscriptionSink};
use parking_lot::Mutex;
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use tokio::sync::{broadcast, mpsc};

/// How many of the last blocks `initialized` names: half a minute of blocks at the default interval.
const INITIAL_BLOCKS: usize = 32;

/// Operation events that wait for the follow's task; each operation waits with its next one.
const WAITING_EVENTS: usize = 1;

/// How long a client may leave its messages unread, once as many wait as the connection may leave.
const READER_PATIENCE: Duration = Duration::from_secs(10);

/// What the methods beside a follow know of it.
#[derive(Debug)]
pub(super) struct Follow {
    /// Whether it reports runtimes, and so may call them.
    pub(super) with_runtime: bool,
    /// The blocks that the client may ask about.
    pub(super) pins: Mutex<Pins>,
    /// What the client has asked for.
    pub(super) operations: Arc<Operations>,
    /// Where operations put their events.
    pub(super) events: mpsc::Sender<FollowEvent>,
}

/// Why a follow ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client unsubscribed or went away.
    Left,
    /// The server cannot go on; the client is told to start anew.
    Stop,
}

/// Serves a follow until it ends.
pub(super) async fn serve(
    context: Context,
    follows: Arc<Follows>,
    with_runtime: bool,
    pending: PendingSubscriptionSink,
    extensions: &Extensions,
) {
    let (events, from_operations) = mpsc::channel(WAITING_EVENTS);
    let follow = Arc::new(Follow {
        with_runtime,
        pins: Mutex::new(Pins::new(context.limits.pinned_blocks)),
        operations: Arc::new(Operations::new(context.limits.operations_per_follow)),
        events,
    });
    let name = text_of(pending.subscription_id());
    let place = match follows.add(pending.connection_id(), name, follow.clone()) {
        Ok(place) => place,
        Err(error) => return pending.reject(error).await,
    };
    let decided = context.chain.decided();
    let beginning = match begin(&context, with_runtime).await {
        Ok(beginning) => beginning,
        Err(error) => return pending.reject(error).await,
    };
    let Ok(sink) = pending.accept().await else { return };
    let following =
        Following { follow, head: beginning.head, decided, from_operations, outlet: Outlet::new(sink, extensions) };
    following.run(beginning, place).await;
}

/// Where a follow starts.
struct Beginning {
    head: BlockRef,
    /// The last blocks, oldest first, the head last.
    blocks: Vec<Hash>,
    runtime: Option<Runtime>,
}

async fn begin(context: &Context, with_runtime: bool) -> Result<Beginning, Error> {
    let chain = context.chain.clone();
    let read = move || {
        let head = chain.head();
        let blocks = last_blocks(chain.as_ref(), head)?;
        let runtime = with_runtime.then(|| runtime_of(chain.as_ref(), head.hash));
        Ok::<_, ReadError>(Beginning { head, blocks, runtime })
    };
    Ok(context.workers.run(read).await??)
}

/// The head and up to [`INITIAL_BLOCKS`] in all before it whose state is kept and that the head's runtime made, oldest first:
/// clients read from any of them, and `initialized` tells of one runtime only.
fn last_blocks(chain: &dyn Chain, head: BlockRef) -> Result<Vec<Hash>, ReadError> {
    let runtime = chain.runtime_version(head.hash)?.spec_version;
    let mut blocks = vec![head.hash];
    let mut block = head;
    while block.number > 0 && blocks.len() < INITIAL_BLOCKS {
        let Some(header) = chain.header(block.hash)? else { break };
        block = BlockRef { hash: header.parent_hash, number: block.number - 1 };
        match chain.state(block.hash) {
            Ok(_) if chain.runtime_version(block.hash)?.spec_version != runtime => break,
            Ok(_) => blocks.push(block.hash),
            Err(ReadError::Pruned { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    blocks.reverse();
    Ok(blocks)
}

fn runtime_of(chain: &dyn Chain, block: Hash) -> Runtime {
    match chain.runtime_version(block) {
        Ok(version) => Runtime::from(&version),
        Err(error) => Runtime::Invalid { error: error.to_string() },
    }
}

/// The task of a follow.
struct Following {
    follow: Arc<Follow>,
    head: BlockRef,
    decided: broadcast::Receiver<Arc<Decided>>,
    from_operations: mpsc::Receiver<FollowEvent>,
    outlet: Outlet,
}

impl Following {
    async fn run(mut self, beginning: Beginning, place: Place) {
        let end = match self.initialize(beginning).await {
            ControlFlow::Continue(()) => self.follow_blocks().await,
            ControlFlow::Break(end) => end,
        };
        // Whatever the follow holds is given up before a client that does not read is waited for.
        drop(place);
        let Self { outlet, follow, from_operations, decided, .. } = self;
        drop((follow, from_operations, decided));
        if end == End::Stop {
            // The client gets it when it reads, or is gone and needs none.
            let _ = outlet.send(&FollowEvent::Stop).await;
        }
    }

    async fn initialize(&mut self, beginning: Beginning) -> ControlFlow<End> {
        for block in &beginning.blocks {
            self.pin(*block)?;
        }
        let Beginning { blocks, runtime, .. } = beginning;
        self.send(FollowEvent::Initialized { finalized_block_hashes: blocks, finalized_block_runtime: runtime }).await
    }

    async fn follow_blocks(&mut self) -> End {
        loop {
            let step = tokio::select! {
                biased;
                () = self.outlet.closed() => return End::Left,
                decided = self.decided.recv() => match decided {
                    Ok(decided) => self.announce(&decided).await,
                    // Blocks were missed, or the node is stopping.
                    Err(_) => return End::Stop,
                },
                Some(event) = self.from_operations.recv() => self.send(event).await,
            };
            if let ControlFlow::Break(end) = step {
                return end;
            }
        }
    }

    /// Tells of a decided block. One that `initialized` already named is passed over.
    async fn announce(&mut self, decided: &Decided) -> ControlFlow<End> {
        let BlockRef { hash, number } = decided.block;
        if number <= self.head.number {
            return ControlFlow::Continue(());
        }
        if decided.header.parent_hash != self.head.hash {
            return ControlFlow::Break(End::Stop);
        }
        self.head = decided.block;
        self.pin(hash)?;
        let new_runtime = self.follow.with_runtime.then(|| decided.new_runtime.as_ref().map(Runtime::from));
        self.send(FollowEvent::NewBlock {
            block_hash: hash,
            parent_block_hash: decided.header.parent_hash,
            new_runtime,
        })
        .await?;
        self.send(FollowEvent::BestBlockChanged { best_block_hash: hash }).await?;
        self.send(FollowEvent::Finalized { finalized_block_hashes: vec![hash], pruned_block_hashes: vec![] }).await
    }

    fn pin(&self, block: Hash) -> ControlFlow<End> {
        if self.follow.pins.lock().pin(block) {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(End::Stop)
        }
    }

    async fn send(&self, event: FollowEvent) -> ControlFlow<End> {
        match tokio::time::timeout(READER_PATIENCE, self.outlet.send(&event)).await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            Ok(Err(Gone)) => ControlFlow::Break(End::Left),
            Err(_elapsed) => ControlFlow::Break(End::Stop),
        }
    }
}
