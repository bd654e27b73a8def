use super::*;
use TransactionStatus::{Dropped, Future, Ready};

#[test]
fn a_full_pool_drops_the_cheapest_at_the_end_of_a_queue() {
    let chain = Chain::new(small());
    // Nonce 0 of sender 1 is the cheapest of all, but nonce 1 stands on it.
    let [base, tip] = [Tx::new(1, 0, 1), Tx::new(1, 1, 50)];
    chain.submit(&base).unwrap();
    chain.submit(&tip).unwrap();
    for sender in 2..8 {
        chain.submit(&Tx::new(sender, 0, 10 + u64::from(sender))).unwrap();
    }
    let cheapest = Tx::new(2, 0, 12);
    assert_eq!(chain.submit(&Tx::new(9, 0, 12)), Err(SubmitError::ImmediatelyDropped));
    let dear = Tx::new(9, 0, 13);
    chain.submit(&dear).unwrap();
    let ready = chain.ready();
    assert_eq!(ready.len(), 8);
    assert!(!ready.contains(&cheapest) && ready.contains(&base) && ready.contains(&dear));
}

#[test]
fn room_is_made_in_bytes_and_only_if_it_suffices() {
    let chain = Chain::new(Limits { ready_count: 100, ready_bytes: 300, ..small() });
    let [small_one, big_one] = [Tx::new(1, 0, 5), Tx::new(2, 0, 9).padded(200)];
    let mut status = chain.watch(&small_one);
    chain.submit(&big_one).unwrap();
    // Dropping the small one would not do, and the big one pays more.
    assert_eq!(chain.submit(&Tx::new(3, 0, 7).padded(200)), Err(SubmitError::ImmediatelyDropped));
    assert_eq!(drain(&mut status), (vec![Ready], false));
    chain.submit(&Tx::new(3, 0, 10).padded(200)).unwrap();
    assert_eq!(drain(&mut status), (vec![Dropped], true));
    assert_eq!(chain.ready(), vec![Tx::new(3, 0, 10).padded(200)]);
    let huge = Tx::new(4, 0, u64::MAX).padded(300);
    assert_eq!(chain.submit(&huge), Err(SubmitError::ImmediatelyDropped), "it never fits");
}

#[test]
fn a_sender_has_a_share_and_earlier_nonces_go_before_later_ones() {
    let chain = Chain::new(small());
    for nonce in [1, 2, 3, 4, 5] {
        let result = chain.submit(&Tx::new(1, nonce, 7));
        assert_eq!(result.is_ok(), nonce < 5, "four future ones fit");
    }
    chain.submit(&Tx::new(1, 0, 1)).unwrap();
    assert_eq!(chain.ready().len(), 5);
    assert_eq!(chain.submit(&Tx::new(1, 5, 1000)), Err(SubmitError::ImmediatelyDropped));

    let chain = Chain::new(Limits { future_count: 100, ..small() });
    for nonce in [2, 3, 4, 5, 6] {
        chain.submit(&Tx::new(1, nonce, 7)).unwrap();
    }
    chain.submit(&Tx::new(1, 0, 1)).unwrap();
    chain.submit(&Tx::new(1, 1, 1)).unwrap();
    let nonces: Vec<_> = chain.ready().iter().map(|tx| tx.nonce).collect();
    assert_eq!(nonces, [0, 1, 2, 3, 4], "the sender's own last ones make room");
}

#[test]
fn the_future_has_its_own_bound() {
    let chain = Chain::new(small());
    for sender in 1..=4 {
        chain.submit(&Tx::new(sender, 1, 10 + u64::from(sender))).unwrap();
    }
    assert_eq!(chain.submit(&Tx::new(5, 1, 11)), Err(SubmitError::ImmediatelyDropped));
    chain.submit(&Tx::new(5, 1, 12)).unwrap();
    assert_eq!(chain.future().iter().map(|tx| tx.sender).collect::<Vec<_>>(), [2, 3, 4, 5]);
    chain.submit(&Tx::new(6, 0, 1)).unwrap();
}

#[test]
fn those_that_become_ready_together_stay_within_the_bound() {
    let mut chain = Chain::new(Limits { ready_count: 3, ..small() });
    let mut last = chain.watch(&Tx::new(1, 3, 2));
    for nonce in [1, 2] {
        chain.submit(&Tx::new(1, nonce, 2)).unwrap();
    }
    chain.submit(&Tx::new(2, 0, 9)).unwrap();
    chain.submit(&Tx::new(1, 0, 1)).unwrap();
    assert_eq!(chain.pool.status().ready.count, 3);
    assert_eq!(drain(&mut last), (vec![Future, Ready, Dropped], true));
    assert!(chain.ready().contains(&Tx::new(2, 0, 9)));

    // The same when a block makes them due.
    chain.submit(&Tx::new(3, 1, 1)).unwrap();
    chain.submit(&Tx::new(3, 2, 1)).unwrap();
    chain.apply(&[Tx::new(3, 0, 1)]);
    chain.block(&[]);
    chain.revalidate();
    assert_eq!(chain.pool.status().ready.count, 3);
}

#[test]
fn a_queue_reaches_the_last_nonce() {
    let chain = Chain::new(Limits::default());
    chain.state.set(1, Nonce::MAX);
    chain.submit(&Tx::new(1, Nonce::MAX, 7)).unwrap();
    assert_eq!(chain.ready().len(), 1);
    assert_eq!(chain.pool.next_nonce(&account(1)).unwrap(), Nonce::MAX);
    chain.pool.drop_invalid(Tx::new(1, Nonce::MAX, 7).hash(), InvalidTransaction::Stale.into());
    chain.check();
}

#[test]
fn a_refused_transaction_changes_nothing() {
    let chain = Chain::new(small());
    for sender in 2..10 {
        chain.submit(&Tx::new(sender, 0, 9)).unwrap();
    }
    let waiting = Tx::new(1, 1, 5);
    let mut status = chain.watch(&waiting);
    let before = chain.pool.status();
    assert_eq!(chain.submit(&Tx::new(1, 0, 5)), Err(SubmitError::ImmediatelyDropped));
    assert_eq!(chain.pool.status(), before);
    assert_eq!(chain.future(), vec![waiting]);
    assert_eq!(drain(&mut status), (vec![Future], false), "it was never ready");
}
