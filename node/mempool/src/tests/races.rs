use super::*;
use TransactionStatus::{Finalized, InBlock, Invalid, Ready};

#[test]
fn a_transaction_validated_before_a_block_and_inserted_after_it_is_not_stale() {
    let chain = Chain::new(Limits::default());
    let (pool, state) = (chain.pool.clone(), chain.state.clone());
    let tx = Tx::new(1, 0, 7);
    // The block arrives between validation and insertion, and holds the transaction.
    let included = tx.extrinsic();
    chain.state.after_validation(move || {
        state.set(1, 1);
        pool.on_block(Chain::block_hash(1), 1, &[included]);
    });
    assert_eq!(chain.submit(&tx), Err(SubmitError::Invalid(InvalidTransaction::Stale)));
    assert_eq!(chain.pool.status().ready.count, 0);
}

#[test]
fn a_transaction_that_came_due_while_it_was_validated_is_ready() {
    let chain = Chain::new(Limits::default());
    let (pool, state) = (chain.pool.clone(), chain.state.clone());
    chain.state.after_validation(move || {
        state.set(1, 1);
        pool.on_block(Chain::block_hash(1), 1, &[]);
    });
    chain.submit(&Tx::new(1, 1, 7)).unwrap();
    assert_eq!(chain.ready().len(), 1);
}

#[test]
fn a_ban_while_a_transaction_is_validated_holds() {
    let chain = Chain::new(Limits::default());
    let (pool, tx) = (chain.pool.clone(), Tx::new(1, 0, 7));
    let hash = tx.hash();
    chain.state.after_validation(move || pool.ban(hash));
    assert_eq!(chain.submit(&tx), Err(SubmitError::TemporarilyBanned));
}

#[test]
fn one_of_two_equal_submissions_enters() {
    let chain = Chain::new(Limits::default());
    let (pool, tx) = (chain.pool.clone(), Tx::new(1, 0, 7));
    let twin = tx.extrinsic();
    chain.state.after_validation(move || assert!(pool.submit(twin).is_ok()));
    assert_eq!(chain.submit(&tx), Err(SubmitError::AlreadyImported(tx.hash())));
    assert_eq!(chain.ready(), vec![tx]);
}

#[test]
fn a_transaction_in_a_block_not_yet_announced_is_not_called_invalid() {
    let mut chain = Chain::new(Limits::default());
    let [first, second] = [0, 1].map(|nonce| Tx::new(1, nonce, 7));
    let (mut first_status, mut second_status) = (chain.watch(&first), chain.watch(&second));
    chain.block(&[]);
    // The state is the one after the next block; revalidation and a builder both find the first stale.
    chain.apply(std::slice::from_ref(&first));
    chain.revalidate();
    chain.pool.drop_invalid(first.hash(), InvalidTransaction::Stale.into());
    assert_eq!(chain.ready(), vec![second]);
    let block = chain.announce(&[first]);
    let index = 0;
    assert_eq!(drain(&mut first_status), (vec![Ready, InBlock { block, index }, Finalized { block, index }], true));
    assert_eq!(drain(&mut second_status), (vec![Ready], false));
}

#[test]
fn a_submission_on_a_newer_state_takes_nothing_from_the_block_to_come() {
    let mut chain = Chain::new(Limits::default());
    let [first, second] = [0, 1].map(|nonce| Tx::new(1, nonce, 7));
    let mut first_status = chain.watch(&first);
    chain.apply(std::slice::from_ref(&first));
    chain.submit(&second).unwrap();
    let block = chain.announce(&[first]);
    let index = 0;
    assert_eq!(drain(&mut first_status), (vec![Ready, InBlock { block, index }, Finalized { block, index }], true));
    assert_eq!(chain.ready(), vec![second]);
}

#[test]
fn what_revalidation_found_before_a_block_says_nothing_after_it() {
    let mut chain = Chain::new(Limits { revalidation_threads: 1, ..Limits::default() });
    let tx = Tx::new(1, 0, 7);
    let mut status = chain.watch(&tx);
    chain.block(&[]);
    chain.state.refuse(&tx, SubmitError::Invalid(InvalidTransaction::Payment));
    let pool = chain.pool.clone();
    chain.state.after_validation(move || pool.on_block(Chain::block_hash(2), 2, &[]));
    chain.revalidate();
    assert_eq!(drain(&mut status), (vec![Ready], false));
    chain.revalidate();
    assert_eq!(drain(&mut status), (vec![Invalid], true));
}

#[test]
fn a_newer_revalidation_ends_an_older_one() {
    let mut chain = Chain::new(Limits { revalidation_threads: 1, ..Limits::default() });
    let txs = [1, 2, 3].map(|sender| Tx::new(sender, 0, 7));
    chain.submit_all(&txs);
    chain.block(&[]);
    chain.state.take_validated();
    let pool = chain.pool.clone();
    chain.state.after_validation(move || pool.stop());
    chain.revalidate();
    assert_eq!(chain.state.take_validated().len(), 1);
}

#[test]
fn many_threads_submit_at_once_while_blocks_are_made() {
    let chain = Chain::new(small());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let submitters: Vec<_> = (1..=4)
            .map(|sender| {
                let pool = &chain.pool;
                scope.spawn(move || {
                    for nonce in 0..200 {
                        drop(pool.submit(Tx::new(sender, nonce, u64::from(nonce % 7)).extrinsic()));
                    }
                })
            })
            .collect();
        let (pool, state, done) = (&chain.pool, &chain.state, &done);
        scope.spawn(move || {
            let mut number = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let included: Vec<_> = pool.ready().take(3).map(|pooled| pooled.extrinsic.clone()).collect();
                for tx in included.iter().filter_map(Tx::of) {
                    state.set(tx.sender, tx.nonce + 1);
                }
                number += 1;
                pool.on_block(Chain::block_hash(number), number, &included);
                pool.revalidate();
                pool.invariants().unwrap();
            }
        });
        submitters.into_iter().for_each(|submitter| submitter.join().unwrap());
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    chain.check();
    for pooled in chain.pool.ready() {
        assert!(pooled.nonce >= chain.state.nonce(&pooled.sender).unwrap(), "nothing stale stayed");
    }
}
