//! The transactions of one sender, in the order of their nonces.

use crate::pooled::Pooled;
use icn_primitives::Nonce;
use std::{
    collections::BTreeMap,
    ops::{AddAssign, SubAssign},
    sync::Arc,
};

/// A number of transactions and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Transactions.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
}

impl Load {
    pub(crate) fn of(pooled: &Pooled) -> Self {
        Self { count: 1, bytes: pooled.bytes() }
    }

    pub(crate) fn fits(self, limit: Self) -> bool {
        self.count <= limit.count && self.bytes <= limit.bytes
    }
}

impl AddAssign for Load {
    fn add_assign(&mut self, other: Self) {
        self.count += other.count;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Load {
    fn sub_assign(&mut self, other: Self) {
        self.count -= other.count;
        self.bytes -= other.bytes;
    }
}

/// Where a transaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Ready,
    Future,
}

/// One sender's transactions. Those from `next` up to the first gap are ready, the others future.
#[derive(Debug)]
pub(crate) struct Queue {
    /// The sender's next nonce in the state.
    pub(crate) next: Nonce,
    /// The nonce of the first gap; wider than a nonce, so that the largest nonce has a successor.
    pub(crate) ready_end: u64,
    pub(crate) ready: Load,
    pub(crate) future: Load,
    pub(crate) transactions: BTreeMap<Nonce, Arc<Pooled>>,
}

impl Queue {
    pub(crate) fn new(next: Nonce) -> Self {
        Self {
            next,
            ready_end: next.into(),
            ready: Load::default(),
            future: Load::default(),
            transactions: BTreeMap::new(),
        }
    }

    pub(crate) fn class(&self, nonce: Nonce) -> Class {
        if u64::from(nonce) < self.ready_end {
            Class::Ready
        } else {
            Class::Future
        }
    }

    /// Everything, ready and future.
    pub(crate) fn load(&self) -> Load {
        let mut load = self.ready;
        load += self.future;
        load
    }

    /// The last transaction of a class: the one that can leave without making others wait.
    pub(crate) fn tail(&self, class: Class) -> Option<&Arc<Pooled>> {
        match class {
            Class::Ready => self.before(class, self.ready_end),
            Class::Future => self.before(class, u64::MAX),
        }
    }

    /// The last transaction of a class below a nonce.
    pub(crate) fn before(&self, class: Class, nonce: u64) -> Option<&Arc<Pooled>> {
        let end = Nonce::try_from(nonce).map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let (_, last) = self.transactions.range((std::ops::Bound::Unbounded, end)).next_back()?;
        (self.class(last.nonce) == class).then_some(last)
    }

    /// The ready transactions in their order.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Arc<Pooled>> {
        self.transactions.values().take(self.ready.count)
    }

    /// Puts a transaction in, and returns the one whose nonce it takes.
    pub(crate) fn insert(&mut self, pooled: Arc<Pooled>) -> Option<Arc<Pooled>> {
        let (nonce, load) = (pooled.nonce, Load::of(&pooled));
        let section = match self.class(nonce) {
            Class::Ready => &mut self.ready,
            Class::Future => &mut self.future,
        };
        *section += load;
        let replaced = self.transactions.insert(nonce, pooled);
        if let Some(replaced) = &replaced {
            *section -= Load::of(replaced);
        }
        self.promote();
        replaced
    }

    /// Takes a transaction out; those after it wait for another with its nonce.
    pub(crate) fn remove(&mut self, nonce: Nonce) -> Option<Arc<Pooled>> {
        let removed = self.transactions.remove(&nonce)?;
        self.recount();
        Some(removed)
    }

    /// Takes out those of the nonces that are in blocks, and those below `next`, which is the nonce in the state now.
    pub(crate) fn settle(&mut self, included: &[Nonce], next: Nonce) -> Vec<Arc<Pooled>> {
        let mut gone: Vec<_> = included.iter().filter_map(|nonce| self.transactions.remove(nonce)).collect();
        let kept = self.transactions.split_off(&next);
        gone.extend(std::mem::replace(&mut self.transactions, kept).into_values());
        self.next = next;
        self.recount();
        gone
    }

    /// Extends the ready run by what stands at its end.
    fn promote(&mut self) {
        while let Some(pooled) = Nonce::try_from(self.ready_end).ok().and_then(|nonce| self.transactions.get(&nonce)) {
            let load = Load::of(pooled);
            self.future -= load;
            self.ready += load;
            self.ready_end += 1;
        }
    }

    fn recount(&mut self) {
        self.ready_end = self.next.into();
        self.ready = Load::default();
        self.future = Load::default();
        for pooled in self.transactions.values() {
            self.future += Load::of(pooled);
        }
        self.promote();
    }
}
