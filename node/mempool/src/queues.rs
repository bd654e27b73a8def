//! Everyone's transactions, within bounds. Pure: no lock, no clock, no runtime.
//!
//! When a section (ready or future) is full, the cheapest transaction at the end of some sender's queue leaves, as long as
//! it is cheaper than the one that comes: what is in the middle of a queue never leaves for another sender's, since those
//! behind it would then wait.

use crate::{
    limits::Limits,
    pooled::{Pooled, Worth},
    queue::{Class, Load, Queue},
    ready::Ready,
};
use icn_primitives::{AccountId, Extrinsic, Hash, Nonce, SubmitError, TransactionStatus};
use sp_runtime::transaction_validity::InvalidTransaction;
use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
    sync::Arc,
};

/// The ready or the future transactions of all senders.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) limit: Load,
    pub(crate) load: Load,
    /// The last transaction of each sender in this section, cheapest first.
    pub(crate) tails: BTreeSet<(Worth, AccountId)>,
}

impl Section {
    fn new(count: usize, bytes: usize) -> Self {
        Self { limit: Load { count, bytes }, load: Load::default(), tails: BTreeSet::new() }
    }
}

/// Everyone's transactions.
#[derive(Debug)]
pub(crate) struct Queues {
    pub(crate) per_sender: Load,
    pub(crate) senders: HashMap<AccountId, Queue>,
    pub(crate) hashes: HashMap<Hash, Arc<Pooled>>,
    /// The transactions in the order in which they expire.
    pub(crate) expiry: BTreeSet<(u64, Hash)>,
    pub(crate) ready: Section,
    pub(crate) future: Section,
    /// What happened to whom since [`Self::take_events`] was called last, in order.
    events: Vec<(Arc<Pooled>, TransactionStatus)>,
}

impl Queues {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            per_sender: Load { count: limits.per_sender_count, bytes: limits.per_sender_bytes },
            senders: HashMap::new(),
            hashes: HashMap::new(),
            expiry: BTreeSet::new(),
            ready: Section::new(limits.ready_count, limits.ready_bytes),
            future: Section::new(limits.future_count, limits.future_bytes),
            events: Vec::new(),
        }
    }

    pub(crate) fn get(&self, hash: &Hash) -> Option<&Arc<Pooled>> {
        self.hashes.get(hash)
    }

    pub(crate) fn take_events(&mut self) -> Vec<(Arc<Pooled>, TransactionStatus)> {
        std::mem::take(&mut self.events)
    }

    /// Puts a transaction in. `next` is its sender's next nonce in the state.
    ///
    /// # Errors
    /// When its nonce is stale, another with its nonce pays as much or more, or there is no room. Nothing changes then.
    pub(crate) fn insert(&mut self, pooled: Arc<Pooled>, next: Nonce) -> Result<(), SubmitError> {
        let sender = &pooled.sender;
        self.raise(sender, next);
        let queue = self.senders.get(sender);
        if pooled.nonce < queue.map_or(next, |queue| queue.next) {
            return Err(SubmitError::Invalid(InvalidTransaction::Stale));
        }
        if let Some(old) = queue.and_then(|queue| queue.transactions.get(&pooled.nonce)) {
            if old.priority >= pooled.priority {
                return Err(SubmitError::TooLowPriority { old: old.priority, new: pooled.priority });
            }
        }
        let events = self.events.len();
        let replaced = self.change(sender, next, |queue| queue.insert(pooled.clone()));
        let Some(victims) = self.victims(&pooled) else {
            self.change(sender, next, |queue| match replaced {
                Some(replaced) => drop(queue.insert(replaced)),
                None => drop(queue.remove(pooled.nonce)),
            });
            self.events.truncate(events);
            return Err(SubmitError::ImmediatelyDropped);
        };
        if let Some(replaced) = replaced {
            self.forget(&replaced);
            self.events.push((replaced, TransactionStatus::Usurped { by: pooled.hash }));
        }
        self.hashes.insert(pooled.hash, pooled.clone());
        self.expiry.insert((pooled.valid_till, pooled.hash));
        self.tell_class(&pooled);
        for victim in victims {
            self.take(&victim.hash, TransactionStatus::Dropped);
        }
        Ok(())
    }

    /// Takes a transaction out and says why; those behind it wait.
    pub(crate) fn take(&mut self, hash: &Hash, status: TransactionStatus) -> Option<Arc<Pooled>> {
        let pooled = self.hashes.get(hash)?.clone();
        self.forget(&pooled);
        self.change(&pooled.sender, pooled.nonce, |queue| queue.remove(pooled.nonce));
        self.events.push((pooled.clone(), status));
        Some(pooled)
    }

    /// Takes out a sender's transactions that are in blocks and those that are stale now that `next` is the nonce in the
    /// state. Their end is for the caller to tell.
    pub(crate) fn settle(&mut self, sender: &AccountId, included: &[Nonce], next: Nonce) -> Vec<Arc<Pooled>> {
        if !self.senders.contains_key(sender) {
            return Vec::new();
        }
        let gone = self.change(sender, next, |queue| queue.settle(included, next));
        gone.iter().for_each(|pooled| self.forget(pooled));
        gone
    }

    /// Drops what no later block than `number` could hold.
    pub(crate) fn expire(&mut self, number: u64) {
        while let Some((valid_till, hash)) = self.expiry.first().copied() {
            if valid_till > number || self.take(&hash, TransactionStatus::Dropped).is_none() {
                return;
            }
        }
    }

    /// Drops the cheapest at the ends of queues until both sections are within bounds: transactions that change their
    /// section can overfill the other.
    pub(crate) fn shrink(&mut self) {
        for class in [Class::Ready, Class::Future] {
            while !self.section(class).load.fits(self.section(class).limit) {
                let tail =
                    self.section(class).tails.first().and_then(|(_, sender)| self.senders.get(sender)?.tail(class));
                let Some(hash) = tail.map(|tail| tail.hash) else { return };
                self.take(&hash, TransactionStatus::Dropped);
            }
        }
    }

    /// A snapshot of the ready ones.
    pub(crate) fn ready(&self) -> Ready {
        let queues = self.senders.values().filter(|queue| queue.ready.count > 0);
        Ready::new(
            queues
                .map(|queue| {
                    let mut ready: Vec<_> = queue.ready().cloned().collect();
                    ready.reverse();
                    ready
                })
                .collect(),
        )
    }

    /// The future ones, by sender and nonce.
    pub(crate) fn future(&self) -> Vec<Extrinsic> {
        let mut senders: Vec<_> = self.senders.iter().filter(|(_, queue)| queue.future.count > 0).collect();
        senders.sort_unstable_by_key(|(sender, _)| *sender);
        let future = |queue: &Queue| queue.transactions.values().skip(queue.ready.count).cloned().collect::<Vec<_>>();
        senders.into_iter().flat_map(|(_, queue)| future(queue)).map(|pooled| pooled.extrinsic.clone()).collect()
    }

    pub(crate) fn section(&self, class: Class) -> &Section {
        match class {
            Class::Ready => &self.ready,
            Class::Future => &self.future,
        }
    }

    fn section_mut(&mut self, class: Class) -> &mut Section {
        match class {
            Class::Ready => &mut self.ready,
            Class::Future => &mut self.future,
        }
    }

    /// Learns of a newer nonce, unless that would make stale what the block that moved it may hold.
    fn raise(&mut self, sender: &AccountId, next: Nonce) {
        let Some(queue) = self.senders.get(sender) else { return };
        if queue.next < next && queue.transactions.range(..next).next().is_none() {
            self.settle(sender, &[], next);
        }
    }

    fn forget(&mut self, pooled: &Pooled) {
        self.hashes.remove(&pooled.hash);
        self.expiry.remove(&(pooled.valid_till, pooled.hash));
    }

    /// Changes one sender's queue and what is derived from it, and tells those that became ready or future. `next` is the
    /// nonce of a queue that does not exist yet.
    fn change<T>(&mut self, sender: &AccountId, next: Nonce, with: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = self.senders.remove(sender).unwrap_or_else(|| Queue::new(next));
        let end = queue.ready_end;
        self.count(sender, &queue, Direction::Out);
        let result = with(&mut queue);
        self.count(sender, &queue, Direction::In);
        let moved = end.min(queue.ready_end)..end.max(queue.ready_end);
        let from = Nonce::try_from(moved.start).unwrap_or(Nonce::MAX);
        for (_, pooled) in queue.transactions.range(from..).take_while(|(nonce, _)| moved.contains(&u64::from(**nonce)))
        {
            self.events.push((pooled.clone(), status_of(queue.class(pooled.nonce))));
        }
        if !queue.transactions.is_empty() {
            self.senders.insert(sender.clone(), queue);
        }
        result
    }

    /// Adds a queue to the sections, or takes it off them.
    fn count(&mut self, sender: &AccountId, queue: &Queue, direction: Direction) {
        for (class, load) in [(Class::Ready, queue.ready), (Class::Future, queue.future)] {
            let section = self.section_mut(class);
            let Some(tail) = queue.tail(class) else { continue };
            let tail = (tail.worth(), sender.clone());
            match direction {
                Direction::In => {
                    section.load += load;
                    section.tails.insert(tail);
                }
                Direction::Out => {
                    section.load -= load;
                    section.tails.remove(&tail);
                }
            }
        }
    }

    fn tell_class(&mut self, pooled: &Arc<Pooled>) {
        if let Some(queue) = self.senders.get(&pooled.sender) {
            self.events.push((pooled.clone(), status_of(queue.class(pooled.nonce))));
        }
    }

    /// Who leaves so that everything is within bounds with `new` in it; `None` when `new` is not worth it.
    fn victims(&self, new: &Pooled) -> Option<Vec<Arc<Pooled>>> {
        let queue = self.senders.get(&new.sender)?;
        let mut victims = self.victims_of_sender(queue, new)?;
        // Where the sender's queue ends once those have left.
        let end = victims.last().map_or(u64::MAX, |victim| victim.nonce.into());
        for class in [Class::Ready, Class::Future] {
            let mut load = self.section(class).load;
            victims.iter().filter(|victim| queue.class(victim.nonce) == class).for_each(|gone| load -= Load::of(gone));
            let end = if class == Class::Ready { end.min(queue.ready_end) } else { end };
            victims.extend(self.victims_of_section(class, load, queue.before(class, end), new)?);
        }
        Some(victims)
    }

    /// The sender's own last transactions, as long as they come after `new`.
    fn victims_of_sender(&self, queue: &Queue, new: &Pooled) -> Option<Vec<Arc<Pooled>>> {
        let mut load = queue.load();
        let mut victims = Vec::new();
        let mut last = queue.transactions.values().rev();
        while !load.fits(self.per_sender) {
            let victim = last.next().filter(|victim| victim.nonce > new.nonce)?;
            load -= Load::of(victim);
            victims.push(victim.clone());
        }
        Some(victims)
    }

    /// The cheapest at the ends of queues: others' as long as they are cheaper than `new`, its sender's own as long as they
    /// come after `new`. `own` is the last of the sender's own.
    fn victims_of_section(
        &self,
        class: Class,
        mut load: Load,
        own: Option<&Arc<Pooled>>,
        new: &Pooled,
    ) -> Option<Vec<Arc<Pooled>>> {
        let section = self.section(class);
        let may_leave = |tail: &Pooled| match tail.sender == new.sender {
            true => tail.nonce > new.nonce,
            false => tail.priority < new.priority,
        };
        let mut tails = section
            .tails
            .iter()
            .take_while(|((priority, _), _)| *priority < new.priority)
            .filter(|(_, sender)| *sender != new.sender)
            .filter_map(|(_, sender)| self.senders.get(sender)?.tail(class))
            .peekable();
        // Those whose successors leave, cheapest on top.
        let mut exposed: BinaryHeap<Reverse<(Worth, &AccountId, Nonce)>> = BinaryHeap::new();
        let expose = |heap: &mut BinaryHeap<_>, tail: Option<&'_ Arc<Pooled>>| {
            if let Some(tail) = tail.filter(|tail| may_leave(tail)) {
                let sender = self.senders.get_key_value(&tail.sender).map(|(sender, _)| sender);
                heap.extend(sender.map(|sender| Reverse((tail.worth(), sender, tail.nonce))));
            }
        };
        expose(&mut exposed, own);
        let mut victims = Vec::new();
        while !load.fits(section.limit) {
            let is_exposed = match (tails.peek(), exposed.peek()) {
                (Some(tail), Some(Reverse((worth, ..)))) => *worth < tail.worth(),
                (tail, _) => tail.is_none(),
            };
            let victim = if is_exposed {
                let Reverse((_, sender, nonce)) = exposed.pop()?;
                self.senders.get(sender)?.transactions.get(&nonce)?
            } else {
                tails.next()?
            };
            load -= Load::of(victim);
            expose(&mut exposed, self.senders.get(&victim.sender)?.before(class, victim.nonce.into()));
            victims.push(victim.clone());
        }
        Some(victims)
    }
}

#[derive(Clone, Copy)]
enum Direction {
    In,
    Out,
}

fn status_of(class: Class) -> TransactionStatus {
    match class {
        Class::Ready => TransactionStatus::Ready,
        Class::Future => TransactionStatus::Future,
    }
}
