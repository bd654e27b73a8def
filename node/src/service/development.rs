//! Blocks and time by hand, and blocks at an interval, on Development chains.

use icn_engine::{Handle, Stopped};
use icn_primitives::{limits::TIME_MAX, Moment};
use icn_rpc::backend::{BlockRef, Development, DevelopmentError};
use std::{
    sync::{atomic::Ordering, Arc},
    time::Duration,
};

/// The furthest a Development chain's clock moves at once: ten years, in milliseconds.
pub const ADVANCE_MAX: Moment = 10 * 365 * 24 * 60 * 60 * 1000;

/// The hash of a block by its height.
pub type HashAt = Arc<dyn Fn(u64) -> Option<BlockRef> + Send + Sync>;

/// Asks the engine for blocks. It is asked on the RPC's workers, which may wait.
pub struct Maker {
    /// The engine.
    pub engine: Handle,
    /// Where the engine runs.
    pub runtime: tokio::runtime::Handle,
    /// Names the block that was made.
    pub hash_at: HashAt,
    /// The height after the head.
    pub next_height: Arc<dyn Fn() -> u32 + Send + Sync>,
}

impl Development for Maker {
    fn new_block(&self) -> Result<BlockRef, DevelopmentError> {
        match self.runtime.block_on(self.engine.make_block()) {
            Ok(Some(head)) => (self.hash_at)(head.height).ok_or(DevelopmentError::Stopping),
            Ok(None) => Err(DevelopmentError::Halted { height: (self.next_height)() }),
            Err(Stopped) => Err(DevelopmentError::Stopping),
        }
    }

    fn advance_time(&self, by: Moment) -> Result<BlockRef, DevelopmentError> {
        let around = self.engine.around();
        let max = TIME_MAX.saturating_sub(ADVANCE_MAX).saturating_sub(around.now()).min(ADVANCE_MAX);
        if by > max {
            return Err(DevelopmentError::TooFar { max });
        }
        around.clock_ahead.fetch_add(by, Ordering::Relaxed);
        self.new_block()
    }
}

/// Asks for a block each `interval`, empty or not, until the engine stops.
pub async fn make_at_interval(engine: Handle, interval: Duration) {
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    loop {
        ticks.tick().await;
        if engine.make_block().await.is_err() {
            return;
        }
    }
}
