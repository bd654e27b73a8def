use super::*;
use TransactionStatus::{Dropped, Finalized, Future, InBlock, Invalid, Ready, Usurped};

#[test]
fn a_block_takes_what_it_holds_and_makes_the_next_ready() {
    let mut chain = Chain::new(Limits::default());
    let [first, third] = [Tx::new(1, 0, 7), Tx::new(1, 2, 7)];
    let (mut first_status, mut third_status) = (chain.watch(&first), chain.watch(&third));
    let elsewhere = Tx::new(1, 1, 3);
    let block = chain.block(&[Tx::new(9, 0, 0), first.clone(), elsewhere]);
    let index = 1;
    assert_eq!(drain(&mut first_status), (vec![Ready, InBlock { block, index }, Finalized { block, index }], true));
    assert_eq!(drain(&mut third_status), (vec![Future, Ready], false));
    assert_eq!(chain.ready(), vec![third]);
    assert_eq!(chain.submit(&first), Err(SubmitError::Invalid(InvalidTransaction::Stale)));
}

#[test]
fn one_that_was_replaced_while_a_block_was_built_usurps_its_successor() {
    let mut chain = Chain::new(Limits::default());
    let [cheap, dear, behind] = [Tx::new(1, 0, 1), Tx::new(1, 0, 2), Tx::new(1, 1, 1)];
    chain.submit(&cheap).unwrap();
    let (mut dear_status, mut behind_status) = (chain.watch(&dear), chain.watch(&behind));
    chain.block(std::slice::from_ref(&cheap));
    assert_eq!(drain(&mut dear_status), (vec![Ready, Usurped { by: cheap.hash() }], true));
    assert_eq!(drain(&mut behind_status), (vec![Ready], false));
    assert_eq!(chain.ready(), vec![behind]);
}

#[test]
fn a_stale_one_of_an_affected_sender_is_invalid() {
    let mut chain = Chain::new(Limits::default());
    let [first, second, third] = [0, 1, 2].map(|nonce| Tx::new(1, nonce, 1));
    let mut second_status = chain.watch(&second);
    chain.submit(&first).unwrap();
    chain.submit(&third).unwrap();
    // The second nonce was used by a transaction that the pool never saw.
    chain.block(&[first, Tx::new(1, 1, 99)]);
    assert_eq!(drain(&mut second_status), (vec![Future, Ready, Invalid], true));
    assert_eq!(chain.ready(), vec![third]);
}

#[test]
fn an_account_that_ceased_to_exist_starts_at_its_first_nonce() {
    let mut chain = Chain::new(Limits::default());
    chain.state.set(1, 5);
    let [fifth, sixth] = [5, 6].map(|nonce| Tx::new(1, nonce, 1));
    let mut sixth_status = chain.watch(&sixth);
    chain.submit(&fifth).unwrap();
    chain.state.set(1, 0);
    chain.announce(&[fifth]);
    assert_eq!(drain(&mut sixth_status), (vec![Future, Ready], false));
    assert_eq!((chain.ready(), chain.future()), (vec![], vec![sixth]));
    chain.submit(&Tx::new(1, 0, 1)).unwrap();
}

#[test]
fn an_expired_transaction_is_dropped_after_the_last_block_that_could_hold_it() {
    let mut chain = Chain::new(Limits::default());
    let [mortal, behind] = [Tx::new(1, 0, 1).living(2), Tx::new(1, 1, 1)];
    let mut status = chain.watch(&mortal);
    chain.submit(&behind).unwrap();
    chain.block(&[]);
    assert_eq!(chain.ready().len(), 2, "block 2 can hold it");
    chain.block(&[]);
    assert_eq!(drain(&mut status), (vec![Ready, Dropped], true));
    assert_eq!((chain.ready(), chain.future()), (vec![], vec![behind]));
}

#[test]
fn nothing_expires_by_a_height_the_pool_did_not_know() {
    let state = Arc::new(State::default());
    let pool = Pool::new(state, Limits::default());
    pool.submit(Tx::new(1, 0, 1).living(64).extrinsic()).unwrap();
    pool.on_block(Hash::zero(), 1_000_000, &[]);
    assert_eq!(pool.status().ready.count, 1);
}

#[test]
fn revalidation_drops_and_bans_what_became_invalid() {
    let mut chain = Chain::new(Limits::default());
    let [poor, behind, other] = [Tx::new(1, 0, 7), Tx::new(1, 1, 7), Tx::new(2, 0, 7)];
    let (mut poor_status, mut behind_status) = (chain.watch(&poor), chain.watch(&behind));
    chain.submit(&other).unwrap();
    chain.state.refuse(&poor, SubmitError::Invalid(InvalidTransaction::Payment));
    chain.revalidate();
    assert_eq!(chain.ready().len(), 3, "nothing changed since they were validated");
    chain.block(&[]);
    chain.revalidate();
    assert_eq!(drain(&mut poor_status), (vec![Ready, Invalid], true));
    assert_eq!(drain(&mut behind_status), (vec![Ready, Future], false));
    assert_eq!((chain.ready(), chain.future()), (vec![other], vec![behind]));
    chain.state.accept(&poor);
    assert_eq!(chain.submit(&poor), Err(SubmitError::TemporarilyBanned));
}

#[test]
fn revalidation_learns_of_nonces_that_others_moved() {
    let mut chain = Chain::new(Limits::default());
    let [stale, due] = [Tx::new(1, 0, 7), Tx::new(2, 1, 7)];
    let (mut stale_status, mut due_status) = (chain.watch(&stale), chain.watch(&due));
    chain.block(&[Tx::new(1, 0, 99), Tx::new(2, 0, 99)]);
    chain.revalidate();
    assert_eq!(chain.ready(), vec![due]);
    assert_eq!(drain(&mut due_status), (vec![Future, Ready], false));
    assert_eq!(drain(&mut stale_status), (vec![Ready], false), "the next block could hold it");
    assert_eq!(chain.submit(&stale), Err(SubmitError::AlreadyImported(stale.hash())));
    chain.block(&[]);
    assert_eq!(drain(&mut stale_status), (vec![Invalid], true));
}

#[test]
fn revalidation_looks_first_at_what_it_left_out_last_time() {
    let mut chain = Chain::new(Limits { revalidated_count: 2, ..Limits::default() });
    let txs = [1, 2, 3, 4, 5].map(|sender| Tx::new(sender, 0, 7));
    chain.submit_all(&txs);
    chain.state.take_validated();
    let mut seen = HashSet::new();
    for _ in 0..3 {
        chain.block(&[]);
        chain.revalidate();
        let validated = chain.state.take_validated();
        assert_eq!(validated.len(), 2, "the work of a call has a bound");
        seen.extend(validated);
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn revalidation_of_many_uses_all_its_threads_and_misses_none() {
    let mut chain = Chain::new(Limits { revalidation_threads: 4, ..Limits::default() });
    let txs: Vec<_> = (0..=200).flat_map(|sender| [0, 1].map(|nonce| Tx::new(sender, nonce, 7))).collect();
    chain.submit_all(&txs);
    chain.block(&[]);
    chain.state.take_validated();
    chain.revalidate();
    assert_eq!(chain.state.take_validated().len(), txs.len());
}

#[test]
fn a_block_maker_is_woken_when_as_many_became_ready_as_were_taken() {
    let mut chain = Chain::new(Limits::default());
    let [first, third] = [Tx::new(1, 0, 7), Tx::new(1, 2, 7)];
    chain.submit_all(&[first.clone(), third]);
    let mut ready = chain.pool.wait_ready();
    assert_eq!(*ready.borrow_and_update(), 1);
    chain.block(&[first, Tx::new(1, 1, 99)]);
    assert!(ready.has_changed().unwrap());
    assert_eq!(*ready.borrow_and_update(), 1);
    chain.block(&[]);
    assert!(!ready.has_changed().unwrap(), "a block that took nothing wakes nobody");
}
