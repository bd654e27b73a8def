//! The pool against a sorted list that applies the same rules in the slowest way.

use super::*;
use proptest::prelude::*;

/// What the list holds of a transaction, in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Item {
    tx: Tx,
    arrival: u64,
    valid_till: u64,
}

impl Item {
    fn bytes(&self) -> usize {
        self.tx.extrinsic().bytes().len()
    }
}

#[derive(Default)]
struct Model {
    items: Vec<Item>,
    nonces: HashMap<u8, Nonce>,
    banned: Vec<(Hash, u32)>,
    arrivals: u64,
    number: u32,
}

impl Model {
    fn next(&self, sender: u8) -> Nonce {
        self.nonces.get(&sender).copied().unwrap_or(0)
    }

    fn is_ready(&self, items: &[Item], tx: &Tx) -> bool {
        (self.next(tx.sender)..tx.nonce)
            .all(|nonce| items.iter().any(|item| (item.tx.sender, item.tx.nonce) == (tx.sender, nonce)))
    }

    fn section<'a>(&self, items: &'a [Item], ready: bool) -> Vec<&'a Item> {
        items.iter().filter(|item| self.is_ready(items, &item.tx) == ready).collect()
    }

    fn fits(items: &[&Item], count: usize, bytes: usize) -> bool {
        items.len() <= count && items.iter().map(|item| item.bytes()).sum::<usize>() <= bytes
    }

    fn section_fits(&self, items: &[Item], ready: bool, limits: &Limits) -> bool {
        let section = self.section(items, ready);
        match ready {
            true => Self::fits(&section, limits.ready_count, limits.ready_bytes),
            false => Self::fits(&section, limits.future_count, limits.future_bytes),
        }
    }

    /// The last of each sender in a section, cheapest first and youngest first among equals.
    fn tails<'a>(&self, items: &'a [Item], ready: bool) -> Vec<&'a Item> {
        let section = self.section(items, ready);
        let is_last = |item: &&Item| {
            !section.iter().any(|other| other.tx.sender == item.tx.sender && other.tx.nonce > item.tx.nonce)
        };
        let mut tails: Vec<_> = section.iter().copied().filter(is_last).collect();
        tails.sort_by_key(|item| (item.tx.priority, std::cmp::Reverse(item.arrival)));
        tails
    }

    fn submit(&mut self, tx: &Tx, limits: &Limits) -> Result<Hash, SubmitError> {
        let hash = tx.hash();
        if self.banned.iter().any(|(banned, until)| *banned == hash && self.number < *until) {
            return Err(SubmitError::TemporarilyBanned);
        }
        if self.items.iter().any(|item| item.tx == *tx) {
            return Err(SubmitError::AlreadyImported(hash));
        }
        if tx.nonce < self.next(tx.sender) {
            return Err(SubmitError::Invalid(InvalidTransaction::Stale));
        }
        let same_slot = |item: &&Item| (item.tx.sender, item.tx.nonce) == (tx.sender, tx.nonce);
        self.arrivals += 1;
        if let Some(old) = self.items.iter().find(same_slot).filter(|old| old.tx.priority >= tx.priority) {
            return Err(SubmitError::TooLowPriority { old: old.tx.priority, new: tx.priority });
        }
        let valid_till = tx.longevity.saturating_add(self.number.into());
        let mut items: Vec<_> = self.items.iter().filter(|item| !same_slot(item)).cloned().collect();
        items.push(Item { tx: tx.clone(), arrival: self.arrivals, valid_till });
        self.items = self.make_room(items, tx, limits).ok_or(SubmitError::ImmediatelyDropped)?;
        Ok(hash)
    }

    fn make_room(&self, mut items: Vec<Item>, new: &Tx, limits: &Limits) -> Option<Vec<Item>> {
        loop {
            let own: Vec<_> = items.iter().filter(|item| item.tx.sender == new.sender).collect();
            if Self::fits(&own, limits.per_sender_count, limits.per_sender_bytes) {
                break;
            }
            let last =
                own.into_iter().max_by_key(|item| item.tx.nonce).filter(|item| item.tx.nonce > new.nonce)?.clone();
            items.retain(|item| *item != last);
        }
        for ready in [true, false] {
            while !self.section_fits(&items, ready, limits) {
                let may_leave = |item: &&&Item| match item.tx.sender == new.sender {
                    true => item.tx.nonce > new.nonce,
                    false => item.tx.priority < new.priority,
                };
                let victim = (*self.tails(&items, ready).iter().find(may_leave)?).clone();
                items.retain(|item| *item != victim);
            }
        }
        Some(items)
    }

    fn shrink(&mut self, limits: &Limits) {
        for ready in [true, false] {
            while !self.section_fits(&self.items, ready, limits) {
                let victim = self.tails(&self.items, ready)[0].clone();
                self.items.retain(|item| *item != victim);
            }
        }
    }

    fn remove(&mut self, tx: &Tx, limits: &Limits) {
        self.items.retain(|item| item.tx != *tx);
        self.shrink(limits);
    }

    fn block(&mut self, included: &[Tx], limits: &Limits) {
        self.number += 1;
        for tx in included {
            self.nonces.insert(tx.sender, tx.nonce + 1);
        }
        let (nonces, number) = (self.nonces.clone(), self.number);
        self.items.retain(|item| item.tx.nonce >= nonces.get(&item.tx.sender).copied().unwrap_or(0));
        // One by one, soonest first: each that leaves may push others over a bound, but only once all are gone.
        self.items.retain(|item| item.valid_till > number.into());
        self.shrink(limits);
    }

    /// What the pool's iterator yields, found by looking for the dearest first of all senders again and again.
    fn ready(&self) -> Vec<Tx> {
        let mut left: Vec<_> = self.section(&self.items, true);
        let mut order = Vec::new();
        while !left.is_empty() {
            let is_first = |item: &&&Item| {
                !left.iter().any(|other| other.tx.sender == item.tx.sender && other.tx.nonce < item.tx.nonce)
            };
            let best = left
                .iter()
                .filter(is_first)
                .max_by_key(|item| (item.tx.priority, std::cmp::Reverse(item.arrival)))
                .map(|item| (*item).clone())
                .expect("each sender has a first");
            left.retain(|item| **item != best);
            order.push(best.tx);
        }
        order
    }

    fn future(&self) -> Vec<Tx> {
        let mut future: Vec<_> = self.section(&self.items, false).into_iter().map(|item| item.tx.clone()).collect();
        future.sort_by_key(|tx| (tx.sender, tx.nonce));
        future
    }
}

#[derive(Clone, Debug)]
enum Step {
    Submit(Tx),
    Remove(usize),
    Ban(usize),
    /// A block of the first so many ready ones.
    Block(usize),
    Revalidate,
}

fn transactions() -> impl Strategy<Value = Tx> {
    let longevity = prop_oneof![4 => Just(u64::MAX), 1 => 1..6u64];
    (1..6u8, 0..12u32, 0..6u64, longevity, 0..150usize).prop_map(|(sender, nonce, priority, life, padding)| {
        Tx::new(sender, nonce, priority).living(life).padded(padding)
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        12 => transactions().prop_map(Step::Submit),
        1 => (0..20usize).prop_map(Step::Remove),
        1 => (0..20usize).prop_map(Step::Ban),
        2 => (0..5usize).prop_map(Step::Block),
        1 => Just(Step::Revalidate),
    ];
    proptest::collection::vec(step, 1..120)
}

fn run(steps: &[Step], limits: Limits) -> Result<(), TestCaseError> {
    let limits = Limits { bans: 1000, ..limits };
    let mut chain = Chain::new(limits.clone());
    let mut model = Model::default();
    for step in steps {
        let pending: Vec<_> = chain.pool.pending().iter().filter_map(Tx::of).collect();
        match step {
            Step::Submit(tx) => prop_assert_eq!(chain.submit(tx), model.submit(tx, &limits)),
            Step::Remove(_) | Step::Ban(_) if pending.is_empty() => {}
            Step::Remove(i) => {
                let tx = &pending[i % pending.len()];
                prop_assert!(chain.pool.remove(tx.hash()));
                model.remove(tx, &limits);
            }
            Step::Ban(i) => {
                let tx = &pending[i % pending.len()];
                chain.pool.ban(tx.hash());
                model.banned.push((tx.hash(), model.number + limits.ban_blocks));
                model.remove(tx, &limits);
            }
            Step::Block(count) => {
                let included: Vec<_> = chain.ready().into_iter().take(*count).collect();
                chain.block(&included);
                model.block(&included, &limits);
            }
            Step::Revalidate => chain.revalidate(),
        }
        prop_assert_eq!(chain.ready(), model.ready());
        prop_assert_eq!(chain.future(), model.future());
        let invariants = chain.pool.invariants();
        prop_assert!(invariants.is_ok(), "{:?} after {:?}", invariants, step);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_pool_is_the_sorted_list(steps in steps()) {
        run(&steps, small())?;
    }

    #[test]
    fn the_pool_is_the_sorted_list_when_only_bytes_are_short(steps in steps()) {
        run(&steps, Limits { ready_count: 100, future_count: 100, per_sender_count: 100, ..small() })?;
    }
}
