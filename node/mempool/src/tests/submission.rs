use super::*;
use icn_primitives::limits::EXTRINSIC_BYTES_MAX;
use sp_runtime::transaction_validity::{TransactionValidityError, UnknownTransaction};
use TransactionStatus::{Dropped, Future, Invalid, Ready, Usurped};

#[test]
fn a_transaction_is_ready_when_every_earlier_nonce_is_there() {
    let chain = Chain::new(Limits::default());
    chain.state.set(1, 3);
    let [third, fourth, fifth] = [3, 4, 5].map(|nonce| Tx::new(1, nonce, 7));
    let mut fifth_status = chain.watch(&fifth);
    let mut third_status = chain.watch(&third);
    assert_eq!((chain.ready(), chain.future()), (vec![third.clone()], vec![fifth.clone()]));
    assert_eq!(chain.pool.next_nonce(&account(1)).unwrap(), 4);
    chain.submit(&fourth).unwrap();
    assert_eq!(chain.ready(), vec![third, fourth, fifth]);
    assert_eq!(chain.pool.next_nonce(&account(1)).unwrap(), 6);
    assert_eq!(chain.pool.next_nonce(&account(9)).unwrap(), 0);
    assert_eq!(drain(&mut fifth_status), (vec![Future, Ready], false));
    assert_eq!(drain(&mut third_status), (vec![Ready], false));
}

#[test]
fn the_dearest_go_first_and_each_senders_in_order() {
    let chain = Chain::new(Limits::default());
    let cheap_then_dear = [Tx::new(1, 0, 1), Tx::new(1, 1, 100)];
    let middling = [Tx::new(2, 0, 10), Tx::new(2, 1, 5)];
    let [late, early] = [Tx::new(4, 0, 5), Tx::new(3, 0, 5)];
    for tx in cheap_then_dear.iter().chain(&middling).chain([&early, &late]) {
        chain.submit(tx).unwrap();
    }
    let [cheap, dear] = cheap_then_dear;
    let [first, second] = middling;
    assert_eq!(chain.ready(), vec![first, second, early, late, cheap, dear]);
}

#[test]
fn skipping_leaves_out_the_rest_of_one_sender() {
    let chain = Chain::new(Limits::default());
    for (sender, nonce) in [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)] {
        chain.submit(&Tx::new(sender, nonce, 10 - u64::from(sender))).unwrap();
    }
    let mut ready = chain.pool.ready();
    let first = ready.next().unwrap();
    assert_eq!((&first.sender, first.nonce), (&account(1), 0));
    ready.skip_sender(first.hash);
    ready.skip_sender(Hash::repeat_byte(9));
    let rest: Vec<_> = ready.map(|pooled| (pooled.sender.clone(), pooled.nonce)).collect();
    assert_eq!(rest, vec![(account(2), 0), (account(2), 1)]);
}

#[test]
fn a_higher_priority_takes_the_place_of_a_lower_one() {
    let chain = Chain::new(Limits::default());
    let (old, same, new, next) = (Tx::new(1, 0, 5), Tx::new(1, 0, 5).padded(1), Tx::new(1, 0, 6), Tx::new(1, 1, 1));
    let mut old_status = chain.watch(&old);
    let mut next_status = chain.watch(&next);
    assert_eq!(chain.submit(&old), Err(SubmitError::AlreadyImported(old.hash())));
    assert_eq!(chain.submit(&same), Err(SubmitError::TooLowPriority { old: 5, new: 5 }));
    chain.submit(&new).unwrap();
    assert_eq!(chain.ready(), vec![new.clone(), next]);
    assert_eq!(drain(&mut old_status), (vec![Ready, Usurped { by: new.hash() }], true));
    assert_eq!(drain(&mut next_status), (vec![Ready], false), "who follows notices nothing");
    assert_eq!(chain.submit(&old), Err(SubmitError::TooLowPriority { old: 6, new: 5 }));
}

#[test]
fn what_the_runtime_refuses_does_not_enter() {
    let chain = Chain::new(Limits::default());
    chain.state.set(1, 4);
    assert_eq!(chain.submit(&Tx::new(1, 3, 1)), Err(SubmitError::Invalid(InvalidTransaction::Stale)));
    let unknown = Tx::new(1, 4, 1);
    chain.state.refuse(&unknown, SubmitError::Unknown(UnknownTransaction::CannotLookup));
    assert_eq!(chain.submit(&unknown), Err(SubmitError::Unknown(UnknownTransaction::CannotLookup)));
    let noise = chain.pool.submit(Extrinsic::from_encoded(vec![4, 255]));
    assert!(matches!(noise, Err(SubmitError::BadFormat(_))));
    let huge = chain.pool.submit(Extrinsic::from_encoded(vec![0; EXTRINSIC_BYTES_MAX as usize + 1]));
    assert!(matches!(huge, Err(SubmitError::BadFormat(_))));
    assert_eq!(chain.pool.status(), Default::default());
}

#[test]
fn a_removed_transaction_leaves_those_behind_it_waiting() {
    let chain = Chain::new(Limits::default());
    let [first, second] = [0, 1].map(|nonce| Tx::new(1, nonce, 7));
    let (mut first_status, mut second_status) = (chain.watch(&first), chain.watch(&second));
    assert!(chain.pool.remove(first.hash()));
    assert!(!chain.pool.remove(first.hash()));
    chain.check();
    assert_eq!((chain.ready(), chain.future()), (vec![], vec![second.clone()]));
    assert_eq!(drain(&mut first_status), (vec![Ready, Dropped], true));
    chain.submit(&first).unwrap();
    assert_eq!(chain.ready(), vec![first, second]);
    assert_eq!(drain(&mut second_status), (vec![Ready, Future], false), "each status is told once");
}

#[test]
fn a_transaction_that_broke_the_runtime_is_dropped_and_banned_for_a_while() {
    let mut chain = Chain::new(small());
    let [bad, after] = [0, 1].map(|nonce| Tx::new(1, nonce, 7));
    let mut status = chain.watch(&bad);
    chain.submit(&after).unwrap();
    chain.pool.ban(bad.hash());
    assert_eq!(drain(&mut status), (vec![Ready, Invalid], true));
    assert_eq!(chain.submit(&bad), Err(SubmitError::TemporarilyBanned));
    assert_eq!((chain.ready(), chain.future()), (vec![], vec![after]));
    chain.state.take_validated();
    chain.block(&[]);
    chain.block(&[]);
    assert_eq!(chain.submit(&bad), Err(SubmitError::TemporarilyBanned));
    assert!(chain.state.take_validated().is_empty(), "a banned transaction costs no validation");
    chain.block(&[]);
    assert_eq!(chain.pool.status().bans, 0);
    chain.submit(&bad).unwrap();
}

#[test]
fn a_ban_ends_with_its_time_too() {
    let chain = Chain::new(Limits { ban_time: std::time::Duration::ZERO, ..small() });
    let bad = Tx::new(1, 0, 7);
    chain.pool.ban(bad.hash());
    chain.submit(&bad).unwrap();
}

#[test]
fn the_oldest_ban_gives_way() {
    let chain = Chain::new(small());
    let [first, second, third] = [1, 2, 3].map(|sender| Tx::new(sender, 0, 7));
    for tx in [&first, &second, &third] {
        chain.pool.ban(tx.hash());
        chain.check();
    }
    chain.submit(&first).unwrap();
    assert_eq!(chain.submit(&second), Err(SubmitError::TemporarilyBanned));
    assert_eq!(chain.submit(&third), Err(SubmitError::TemporarilyBanned));
}

#[test]
fn a_transaction_on_which_validation_breaks_is_banned() {
    let chain = Chain::new(Limits::default());
    let bad = Tx::new(1, 0, 7);
    chain.state.refuse(&bad, SubmitError::TemporarilyBanned);
    assert_eq!(chain.submit(&bad), Err(SubmitError::TemporarilyBanned));
    chain.state.accept(&bad);
    assert_eq!(chain.submit(&bad), Err(SubmitError::TemporarilyBanned));
}

#[test]
fn a_builder_drops_what_it_cannot_apply_and_keeps_what_found_the_block_full() {
    let chain = Chain::new(Limits::default());
    let txs = [1, 2, 3].map(|sender| Tx::new(sender, 0, 7));
    let [full, poor, lost] = &txs;
    chain.submit_all(&txs);
    let invalid = TransactionValidityError::Invalid;
    chain.pool.drop_invalid(full.hash(), invalid(InvalidTransaction::ExhaustsResources));
    chain.pool.drop_invalid(poor.hash(), invalid(InvalidTransaction::Payment));
    chain.pool.drop_invalid(lost.hash(), TransactionValidityError::Unknown(UnknownTransaction::CannotLookup));
    chain.check();
    assert_eq!(chain.ready(), vec![full.clone()]);
    assert_eq!(chain.submit(poor), Err(SubmitError::TemporarilyBanned));
    chain.submit(lost).unwrap();
}

#[test]
fn a_transaction_that_a_builder_finds_too_early_waits() {
    let chain = Chain::new(Limits::default());
    chain.state.set(1, 5);
    let fifth = Tx::new(1, 5, 7);
    let mut status = chain.watch(&fifth);
    // The account ceased to exist, and nobody looked at it since.
    chain.state.set(1, 0);
    chain.pool.drop_invalid(fifth.hash(), InvalidTransaction::Future.into());
    chain.check();
    assert_eq!((chain.ready(), chain.future()), (vec![], vec![fifth]));
    assert_eq!(drain(&mut status), (vec![Ready, Future], false));
}

#[test]
fn the_number_of_ready_transactions_is_announced() {
    let mut chain = Chain::new(Limits::default());
    let mut ready = chain.pool.wait_ready();
    assert!(!ready.has_changed().unwrap());
    chain.submit(&Tx::new(1, 1, 7)).unwrap();
    assert!(!ready.has_changed().unwrap(), "a future transaction wakes nobody");
    chain.submit(&Tx::new(1, 0, 7)).unwrap();
    assert_eq!(*ready.borrow_and_update(), 2);
    chain.block(&[Tx::new(1, 0, 7)]);
    assert_eq!(*ready.borrow_and_update(), 1);
}

#[test]
fn a_stopped_pool_lets_nothing_in_and_closes_the_channels() {
    let chain = Chain::new(Limits::default());
    let mut status = chain.watch(&Tx::new(1, 0, 7));
    chain.pool.stop();
    assert_eq!(drain(&mut status), (vec![Ready], true));
    assert_eq!(chain.submit(&Tx::new(2, 0, 7)), Err(SubmitError::Stopping));
}
