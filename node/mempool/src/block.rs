//! What a new block changes.

use crate::{pool::Inner, pooled::Pooled, Pool};
use icn_primitives::{AccountId, BlockNumber, Extrinsic, Hash, Nonce, TransactionStatus};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Instant,
};

/// A block as the pool sees it: who is affected, and what was used up.
#[derive(Default)]
struct Effects {
    /// The senders whose transactions it holds, and their nonces in it.
    senders: BTreeMap<AccountId, Vec<Nonce>>,
    /// Which transaction took a nonce.
    takers: HashMap<(AccountId, Nonce), Hash>,
}

impl Effects {
    /// Transactions that the pool never held are not found: revalidation notices what they changed.
    fn of(inner: &Inner, included: &[Hash]) -> Self {
        let mut effects = Self::default();
        for hash in included {
            let held = inner.queues.get(hash).or_else(|| inner.suspects.get(hash));
            let slot = held.map(|pooled| (pooled.sender.clone(), pooled.nonce));
            if let Some((sender, nonce)) = slot.or_else(|| inner.departed.get(hash).cloned()) {
                effects.senders.entry(sender.clone()).or_default().push(nonce);
                effects.takers.insert((sender, nonce), *hash);
            }
        }
        effects
    }
}

impl Pool {
    /// A block was decided: `included` are its extrinsics in their order, and the state that [`crate::Validate`] reads is
    /// the one after it. Those in the block leave with their statuses, transactions whose nonce came due become ready, those
    /// whose nonce is used up leave, expired ones are dropped and bans that are over are lifted.
    ///
    /// It reads one nonce for each affected sender and executes nothing. Call it for each block, in order.
    pub fn on_block(&self, block: Hash, number: BlockNumber, included: &[Extrinsic]) {
        let included: Vec<Hash> = included.iter().map(Extrinsic::hash).collect();
        let senders: Vec<AccountId> = {
            let mut inner = self.lock();
            inner.generation += 1;
            inner.number = Some(number);
            Effects::of(&inner, &included).senders.into_keys().collect()
        };
        let nonces = self.nonces(senders);
        let mut inner = self.lock();
        let effects = Effects::of(&inner, &included);
        let took_some = !effects.senders.is_empty();
        inner.tell_included(block, &included);
        inner.settle(effects, &nonces);
        inner.queues.expire(number.into());
        inner.bans.lift(number, Instant::now());
        inner.publish();
        if took_some {
            // As many may have become ready as were taken: whoever makes blocks has to look again.
            inner.ready.send_modify(|_| ());
        }
    }

    /// The senders' nonces in the latest state; those that cannot be read are missing.
    fn nonces(&self, senders: Vec<AccountId>) -> HashMap<AccountId, Nonce> {
        let mut nonces = HashMap::with_capacity(senders.len());
        for sender in senders {
            match self.0.validator.nonce(&sender) {
                Ok(nonce) => drop(nonces.insert(sender, nonce)),
                Err(error) => tracing::error!(%error, %sender, "a sender's nonce cannot be read after a block"),
            }
        }
        nonces
    }
}

impl Inner {
    fn tell_included(&mut self, block: Hash, included: &[Hash]) {
        for (index, hash) in included.iter().enumerate() {
            // An index fits: a block of 4 MiB holds fewer than 2^32 extrinsics.
            let index = index as u32;
            self.watchers.report(*hash, TransactionStatus::InBlock { block, index });
            self.watchers.report(*hash, TransactionStatus::Finalized { block, index });
        }
    }

    /// Takes out what the block holds, and what it made stale.
    fn settle(&mut self, effects: Effects, nonces: &HashMap<AccountId, Nonce>) {
        let mut stale: Vec<Arc<Pooled>> = self.suspects.drain().map(|(_, pooled)| pooled).collect();
        for (sender, included) in &effects.senders {
            let after_included = included.iter().max().map_or(0, |nonce| nonce.saturating_add(1));
            let next = nonces.get(sender).copied().unwrap_or(after_included);
            stale.extend(self.queues.settle(sender, included, next));
        }
        for pooled in stale {
            let status = match effects.takers.get(&(pooled.sender.clone(), pooled.nonce)) {
                // Its end was told with the block.
                Some(by) if *by == pooled.hash => continue,
                Some(by) => TransactionStatus::Usurped { by: *by },
                None => TransactionStatus::Invalid,
            };
            self.watchers.report(pooled.hash, status);
        }
    }
}
