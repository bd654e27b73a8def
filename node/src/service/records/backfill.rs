//! Keeping the records of some epochs: older ones go, and final ones that are not here are asked for.
//!
//! A node that syncs gets blocks, which list records, and not the records. It asks its peers for those of the epochs that it keeps, beside
//! all else and at a pace that leaves the peers their allowance. Whether it votes does not wait for that: a validator votes only for
//! blocks all of whose records it has (SPEC-DAG-29), and older ones are not looked at then.

use super::{
    access::withheld_of,
    exchange::{id, Exchange},
    Records,
};
use futures::{stream, StreamExt as _};
use icn_dag::{Cid, Epoch};
use icn_executor::RecordRules;
use icn_network::PeerId;
use icn_rpc::backend::ReadError;
use icn_storage::OrderedStore;
use std::{
    collections::BTreeSet,
    num::NonZeroU64,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::Duration,
};

/// Records that are asked for at once, and questions under way at once.
const IDS_MAX: usize = 64;
const QUESTIONS: usize = 4;

/// Records that are looked for before the next are read from the store.
const PAGE: usize = IDS_MAX * QUESTIONS;

/// Bytes that each question leaves its peer a second for: together half of what a peer may send.
const BYTES_PER_SECOND: u64 = 2 * 1024 * 1024;

/// How long a peer may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// How often is looked for what is missing or old; longer and longer, while peers give nothing.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
const LOOK_AGAIN_MAX: Duration = Duration::from_secs(300);

/// Old records that are removed at once.
const PRUNED_AT_ONCE: usize = 256;

/// Missing records that are counted.
const COUNTED_MAX: usize = 10_000_000;

/// For how long records are kept, and how far the search for those that are missing is.
#[derive(Debug, Default)]
pub struct Retention {
    /// The epochs whose records are kept, the present one counted; `None` for all.
    pub keep_epochs: Option<NonZeroU64>,
    pub(super) missing: AtomicU64,
    pub(super) withheld: AtomicU64,
}

impl Retention {
    /// Of the last epochs, the present one counted.
    pub fn of(keep_epochs: Option<NonZeroU64>) -> Self {
        Self { keep_epochs, ..Self::default() }
    }

    /// The oldest epoch whose records are kept.
    pub fn oldest(&self, present: Epoch) -> Epoch {
        self.keep_epochs.map_or(0, |keep| present.saturating_add(1).saturating_sub(keep.get()))
    }
}

impl<S: OrderedStore> Records<S> {
    /// The federation's epoch.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn epoch(&self) -> Result<Epoch, ReadError> {
        let latest = self.chain.store.latest();
        let rules = RecordRules::of(&*latest);
        let epoch = rules.epoch();
        rules.finish().map_err(|error| self.chain.executor_error(error))?;
        Ok(epoch)
    }

    /// Removes some of the records before an epoch; whether there may be more.
    fn prune(&self, oldest: Epoch) -> Result<bool, ReadError> {
        let pruned = self.chain.read(self.chain.store.records().prune(oldest, PRUNED_AT_ONCE))?;
        Ok(pruned == PRUNED_AT_ONCE)
    }
}

/// What came of one look at everything that is missing.
#[derive(Clone, Copy, Debug, Default)]
struct Pass {
    filled: u64,
    withheld: u64,
}

impl<S: OrderedStore> Exchange<S> {
    /// Removes what is old and asks for what is missing, until the node stops.
    pub async fn keep(self: Arc<Self>) {
        let mut pause = LOOK_AGAIN;
        loop {
            tokio::time::sleep(pause).await;
            let Some((oldest, missing)) = self.look().await else { continue };
            self.retention.missing.store(missing, Ordering::Relaxed);
            let pass = if missing > 0 { self.pass(oldest, missing).await } else { Pass::default() };
            self.retention.withheld.store(pass.withheld, Ordering::Relaxed);
            pause = match (missing, pass.filled) {
                (0, _) | (_, 1..) => LOOK_AGAIN,
                (_, 0) => pause.saturating_mul(2).min(LOOK_AGAIN_MAX),
            };
        }
    }

    /// Removes what is old; the oldest epoch that is kept, and how many of its records and later ones are missing.
    async fn look(&self) -> Option<(Epoch, u64)> {
        let (records, retention) = (self.records.clone(), self.retention.clone());
        let oldest = self.workers.run(move || records.epoch().map(|epoch| retention.oldest(epoch))).await.ok()?.ok()?;
        loop {
            let records = self.records.clone();
            // In small steps: blocks wait for each.
            match self.workers.run(move || records.prune(oldest)).await {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => break,
                _ => return None,
            }
        }
        let records = self.records.clone();
        let count = move || records.chain.read(records.chain.store.records().count_lacking(oldest, COUNTED_MAX));
        Some((oldest, self.workers.run(count).await.ok()?.ok()? as u64))
    }

    /// Asks once for everything that is missing.
    async fn pass(self: &Arc<Self>, oldest: Epoch, missing: u64) -> Pass {
        let (mut pass, mut after) = (Pass::default(), None);
        loop {
            let records = self.records.clone();
            let page = move || records.chain.read(records.chain.store.records().lacking(oldest, after, PAGE));
            let Ok(Ok(page)) = self.workers.run(page).await else { return pass };
            let Some(last) = page.last() else { return pass };
            after = Some(*last);
            let cids: Vec<Cid> = page.into_iter().map(|(_, cid)| cid).collect();
            let chunks: Vec<Vec<Cid>> = cids.chunks(IDS_MAX).map(<[Cid]>::to_vec).collect();
            let questions = chunks.into_iter().enumerate().map(|(turn, cids)| self.clone().ask_around(turn, cids));
            let came: Vec<Pass> = stream::iter(questions).buffer_unordered(QUESTIONS).collect().await;
            pass.filled += came.iter().map(|one| one.filled).sum::<u64>();
            pass.withheld += came.iter().map(|one| one.withheld).sum::<u64>();
            self.retention.missing.store(missing.saturating_sub(pass.filled), Ordering::Relaxed);
            if self.peers.lock().is_empty() {
                return pass;
            }
        }
    }

    /// Asks one peer after the other for final records, until they are here.
    async fn ask_around(self: Arc<Self>, turn: usize, cids: Vec<Cid>) -> Pass {
        let mut peers: Vec<PeerId> = self.peers.lock().keys().copied().collect();
        // Not all at the same one.
        let first = turn % peers.len().max(1);
        peers.rotate_left(first);
        let mut missing: BTreeSet<Cid> = cids.into_iter().collect();
        let (count, mut withheld) = (missing.len(), BTreeSet::new());
        for peer in peers {
            while !missing.is_empty() {
                let before = missing.len();
                let Some(told) = self.ask_to_fill(peer, &mut missing).await else { break };
                withheld.extend(told);
                if missing.len() == before {
                    break;
                }
            }
        }
        withheld.retain(|cid| missing.contains(cid));
        Pass { filled: (count - missing.len()) as u64, withheld: withheld.len() as u64 }
    }

    /// Asks a peer for records that are missing, and keeps what it gives of them; those that it withholds. `None` when it does not answer.
    async fn ask_to_fill(&self, peer: PeerId, missing: &mut BTreeSet<Cid>) -> Option<Vec<Cid>> {
        let ids = missing.iter().map(id).collect();
        let found = tokio::time::timeout(ANSWER_MAX, self.network.fetch_records(peer, ids)).await.ok()??;
        let bytes: u64 = found.records.iter().map(|record| record.len() as u64).sum();
        let (records, asked) = (self.records.clone(), missing.clone());
        let filled = self.workers.run(move || records.fill_many(&found.records, &asked)).await.ok()?.ok()?;
        missing.retain(|cid| !filled.contains(cid));
        let withheld = found.withheld.iter().filter_map(|bytes| withheld_of(bytes)).collect();
        tokio::time::sleep(Duration::from_millis(bytes.saturating_mul(1000) / BYTES_PER_SECOND)).await;
        Some(withheld)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_epoch_is_one_of_those_that_are_kept() {
        let oldest = |keep, present| Retention::of(NonZeroU64::new(keep)).oldest(present);
        assert_eq!(oldest(0, 7), 0);
        assert_eq!((oldest(1, 7), oldest(3, 7), oldest(8, 7), oldest(9, 7)), (7, 5, 0, 0));
        assert_eq!((oldest(1, 0), oldest(u64::MAX, 7), oldest(1, u64::MAX)), (0, 0, u64::MAX - 1));
    }
}
