use super::*;
use crate::{queue::Load, queue::Queue, InvariantError as E};

/// A pool with ready, future and watched transactions, broken by hand.
fn broken(breaks: impl FnOnce(&mut crate::pool::Inner)) -> Result<(), E> {
    let chain = Chain::new(small());
    chain.watch(&Tx::new(1, 0, 1));
    chain.submit_all(&[Tx::new(1, 1, 1), Tx::new(1, 3, 1), Tx::new(2, 0, 1)]);
    breaks(&mut chain.pool.lock());
    chain.pool.invariants()
}

fn queue(inner: &mut crate::pool::Inner) -> &mut Queue {
    inner.queues.senders.get_mut(&account(1)).unwrap()
}

#[test]
fn an_untouched_pool_is_sound() {
    assert_eq!(broken(|_| ()), Ok(()));
}

#[test]
fn a_stale_transaction_is_caught() {
    assert_eq!(broken(|inner| queue(inner).next = 1), Err(E::Stale(account(1))));
}

#[test]
fn an_empty_queue_is_caught() {
    let result = broken(|inner| drop(inner.queues.senders.insert(account(9), Queue::new(0))));
    assert_eq!(result, Err(E::Stale(account(9))));
}

#[test]
fn a_misplaced_transaction_is_caught() {
    let result = broken(|inner| {
        let last = queue(inner).transactions.remove(&3).unwrap();
        queue(inner).transactions.insert(4, last);
    });
    assert_eq!(result, Err(E::Misplaced(account(1))));
}

#[test]
fn a_wrong_end_of_the_ready_run_is_caught() {
    assert_eq!(broken(|inner| queue(inner).ready_end = 4), Err(E::Run(account(1))));
}

#[test]
fn a_wrong_count_of_a_queue_is_caught() {
    assert_eq!(broken(|inner| queue(inner).future.bytes += 1), Err(E::Run(account(1))));
}

#[test]
fn wrong_totals_are_caught() {
    assert!(matches!(broken(|inner| inner.queues.ready.load.count += 1), Err(E::Totals { .. })));
    assert!(matches!(broken(|inner| inner.queues.future.load.bytes += 1), Err(E::Totals { .. })));
}

#[test]
fn a_missing_tail_is_caught() {
    assert_eq!(broken(|inner| inner.queues.future.tails.clear()), Err(E::Tails));
}

#[test]
fn a_missing_hash_is_caught() {
    assert_eq!(broken(|inner| drop(inner.queues.hashes.remove(&Tx::new(2, 0, 1).hash()))), Err(E::Hashes));
}

#[test]
fn a_missing_expiry_is_caught() {
    assert_eq!(broken(|inner| inner.queues.expiry.clear()), Err(E::Expiry));
}

#[test]
fn an_exceeded_bound_is_caught() {
    let is_bound = |result| matches!(result, Err(E::Bound(..)));
    assert!(is_bound(broken(|inner| inner.queues.ready.limit = Load { count: 2, bytes: 9999 })));
    assert!(is_bound(broken(|inner| inner.queues.future.limit = Load { count: 9, bytes: 1 })));
    assert!(is_bound(broken(|inner| inner.queues.per_sender = Load { count: 2, bytes: 9999 })));
    assert!(is_bound(broken(|inner| {
        inner.ban(Hash::zero());
        inner.bans.max = 0;
    })));
}

#[test]
fn a_ban_out_of_order_is_caught() {
    assert_eq!(broken(|inner| inner.bans.order.push_back(Hash::zero())), Err(E::Bans));
}

#[test]
fn a_watcher_of_nothing_is_caught() {
    let hash = Hash::repeat_byte(1);
    let result = broken(|inner| inner.watchers.watch(hash, tokio::sync::mpsc::unbounded_channel().0));
    assert_eq!(result, Err(E::Watched(hash)));
}

#[test]
fn a_suspect_in_a_queue_is_caught() {
    let hash = Tx::new(1, 0, 1).hash();
    let result = broken(|inner| {
        let pooled = inner.queues.get(&hash).unwrap().clone();
        inner.suspects.insert(hash, pooled);
    });
    assert_eq!(result, Err(E::Suspect(hash)));
}

#[test]
fn a_wrong_announcement_is_caught() {
    let result = broken(|inner| inner.ready.send_modify(|count| *count = 7));
    assert_eq!(result, Err(E::Announced { announced: 7, held: 3 }));
}
