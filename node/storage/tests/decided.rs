//! Who decides blocks: validators by height, commits, and what is proposed and not decided.
#![allow(missing_docs)]

mod support;

use icn_primitives::{Changes, Commit, Hash, ValidatorSet};
use icn_storage::{ChainStore, Decided, Family, Fault, Keep, Options, Reads, SimulatedDisk, StorageError, Undecided};
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::{
    changes, commit, commit_by, create, decided, decided_before, first_validators, genesis, proposal, stage, state,
    validators,
};

fn new_chain() -> ChainStore<SimulatedDisk> {
    create(SimulatedDisk::new(1), state("a=1 b=2"), Options::default())
}

fn open(disk: SimulatedDisk) -> ChainStore<SimulatedDisk> {
    ChainStore::open(disk, Options::default()).unwrap().unwrap()
}

/// The next block, whose validators stay.
fn next(chain: &ChainStore<SimulatedDisk>) -> Decided {
    let (record, update) = stage(chain, &changes("a=2")).unwrap();
    decided(chain, record, changes("a=2"), update)
}

#[test]
fn validators_are_read_at_every_height_and_change_after_the_block_that_says_so() {
    let chain = new_chain();
    let (first, second, third) = (first_validators(), validators(&[(1, 3), (4, 9)]), validators(&[(4, 9)]));
    // The state knows whose turn it is; what is stored does not say.
    let turned = second.next();
    assert_ne!(turned, second);
    commit(&chain, changes("a=2"));
    chain.commit(decided_before(&chain, changes("a=3"), &turned)).unwrap();
    chain.commit(decided_before(&chain, changes("a=4"), &third)).unwrap();
    commit(&chain, changes("a=5"));
    let chain = open(chain.store().restart());
    let at = |number| chain.validators_at(number).unwrap();
    assert_eq!(
        [at(1), at(2), at(3), at(4), at(5)],
        [&first, &first, &second, &third, &third].map(|set| Some(set.clone()))
    );
    assert_eq!([at(0), at(6)], [None, None]);
    assert_eq!(chain.store().iterate(Family::Validators, b"").count(), 3);
    assert!(chain.check(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn genesis_must_name_the_first_validators() {
    let mut other = genesis(state("a=1"));
    other.validators = validators(&[(1, 3), (2, 2)]);
    let made = ChainStore::create(SimulatedDisk::new(1), other, Options::default());
    assert!(matches!(made, Err(StorageError::NextValidators { number: 0 })));
}

#[test]
fn a_block_names_who_signs_it() {
    let chain = new_chain();
    let mut block = next(&chain);
    block.record.tendermint.validators_hash = validators(&[(1, 3)]).hash();
    assert!(matches!(chain.commit(block), Err(StorageError::ForeignValidators { number: 1 })));

    for given in [2, 4] {
        let mut block = next(&chain);
        let signature = block.commit.signatures[0];
        block.commit.signatures = vec![signature; given].try_into().unwrap();
        let refused = chain.commit(block);
        assert!(
            matches!(refused, Err(StorageError::CommitLength { number: 1, validators: 3, given: found }) if found == given)
        );
    }
    assert_eq!(chain.head().number, 0);
}

#[test]
fn new_validators_are_given_when_the_header_names_them_and_only_then() {
    let chain = new_chain();
    let (second, other) = (validators(&[(4, 9)]), validators(&[(4, 8)]));
    let given = |named: &ValidatorSet, new_validators: Option<&ValidatorSet>| {
        let block = decided_before(&chain, changes("a=3"), named);
        chain.commit(Decided { new_validators: new_validators.cloned(), ..block })
    };
    for (named, given) in [
        (&second, given(&second, None)),
        (&second, given(&second, Some(&other))),
        (&first_validators(), given(&first_validators(), Some(&first_validators()))),
    ] {
        assert!(matches!(given, Err(StorageError::NextValidators { number: 1 })), "{named:?}");
    }
    given(&second, Some(&second)).unwrap();
}

#[test]
fn commits_are_read_by_height_and_leave_with_the_bodies() {
    let options = Options { state_history: Keep::All, block_history: Keep::Blocks(2) };
    let chain = create(SimulatedDisk::new(1), state("a=1"), options);
    let mut commits: Vec<Commit> = Vec::new();
    for _ in 0..5 {
        let block = next(&chain);
        commits.push(block.commit.clone());
        chain.commit(block).unwrap();
    }
    assert_eq!(chain.oldest_body(), 3);
    for number in 3..=5_u32 {
        assert_eq!(chain.commit_of(number).unwrap().as_ref(), commits.get(number as usize - 1));
    }
    assert!(matches!(chain.commit_of(2), Err(StorageError::Pruned { number: 2, oldest: 3 })));
    assert_eq!(chain.commit_of(6).unwrap(), None);
    assert_eq!(chain.store().iterate(Family::Commits, b"").count(), 3);
    assert_eq!(new_chain().commit_of(0).unwrap(), None);
}

#[test]
fn only_a_fuller_commit_of_the_head_is_taken() {
    let chain = new_chain();
    assert!(!chain.improve_commit(0, next(&chain).commit).unwrap(), "genesis has no commit");
    commit(&chain, changes("a=2"));
    let head = commit(&chain, changes("a=3"));
    let (by_two, by_other_two, by_all) = (
        commit_by(&head.record, &first_validators(), &[1, 2]),
        commit_by(&head.record, &first_validators(), &[1, 3]),
        commit_by(&head.record, &first_validators(), &[1, 2, 3]),
    );
    assert_eq!(chain.commit_of(2).unwrap(), Some(by_two.clone()));
    assert!(!chain.improve_commit(2, by_other_two).unwrap(), "it has no more signatures");
    assert!(!chain.improve_commit(1, by_all.clone()).unwrap(), "it is not the head's");
    assert!(!chain.improve_commit(3, by_all.clone()).unwrap(), "it is of no block");
    assert!(chain.improve_commit(2, by_all.clone()).unwrap());
    assert!(!chain.improve_commit(2, by_two).unwrap(), "it has fewer signatures");
    assert_eq!(chain.commit_of(2).unwrap(), Some(by_all.clone()));
    let mut long = by_all.clone();
    long.signatures = vec![long.signatures[0]; 4].try_into().unwrap();
    assert!(matches!(chain.improve_commit(2, long), Err(StorageError::CommitLength { number: 2, given: 4, .. })));

    let chain = open(chain.store().restart());
    assert_eq!(chain.commit_of(2).unwrap(), Some(by_all.clone()));
    commit(&chain, changes("a=4"));
    assert_eq!(chain.commit_of(2).unwrap(), Some(by_all));
    assert!(chain.check(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn what_is_proposed_is_there_until_its_height_is_decided() {
    let chain = new_chain();
    commit(&chain, changes("a=2"));
    let (first, second) = (proposal(&chain, 0, &changes("a=3")), proposal(&chain, 0, &changes("a=4")));
    let (again, later) = (Undecided { valid: false, ..first.clone() }, proposal(&chain, 7, &changes("a=3")));
    for block in [&first, &second, &later, &again] {
        chain.put_undecided(2, block).unwrap();
    }
    let all = |chain: &ChainStore<SimulatedDisk>| -> BTreeSet<(Hash, u32, bool)> {
        chain.undecided(2).unwrap().iter().map(|block| (block.target.id.hash, block.round, block.valid)).collect()
    };
    // The same block in the same round is one; in another round it is proposed again.
    let named = |block: &Undecided| (block.target.id.hash, block.round, block.valid);
    assert_eq!(all(&chain), [named(&second), named(&later), named(&again)].into());
    assert_eq!(chain.undecided(1).unwrap(), []);
    assert_eq!(chain.undecided(3).unwrap(), []);
    let chain = open(chain.store().crash());
    assert!(chain.undecided(2).unwrap().contains(&second));

    commit(&chain, changes("a=4"));
    assert_eq!(chain.undecided(2).unwrap(), []);
    assert_eq!(chain.store().iterate(Family::Undecided, b"").count(), 0);
}

#[test]
fn only_the_next_height_is_proposed_for() {
    let chain = new_chain();
    commit(&chain, changes("a=2"));
    let block = proposal(&chain, 0, &changes("a=3"));
    for number in [0, 1, 3, u32::MAX] {
        let refused = chain.put_undecided(number, &block);
        assert!(matches!(refused, Err(StorageError::NotNext { number: found, head: 1 }) if found == number));
    }
    assert_eq!(chain.store().iterate(Family::Undecided, b"").count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// A proposal that was reported stored is there after the crash, whole, or its height is decided.
    #[test]
    fn a_crash_loses_no_proposal_that_was_stored(seed in any::<u64>(), crashes in proptest::collection::vec(0..6_u64, 1..12)) {
        let mut chain = create(SimulatedDisk::new(seed), state("a=1"), Options::default());
        for (round, at) in crashes.into_iter().enumerate() {
            let block = proposal(&chain, round as u32, &Changes::new());
            let height = chain.head().number + 1;
            let decision = next(&chain);
            chain.store().fail_after(at, Fault::Io);
            let stored = chain.put_undecided(height, &block).is_ok();
            let decided = stored && chain.commit(decision).is_ok();
            chain = open(chain.store().crash());
            prop_assert!(!decided || chain.head().number == height);
            let found = chain.undecided(height).unwrap();
            let there = found.contains(&block);
            prop_assert!(there || !stored || chain.head().number == height);
            prop_assert!(!there || chain.head().number < height);
            let report = chain.check(&mut |_| ()).unwrap();
            prop_assert!(report.is_clean());
        }
    }
}
