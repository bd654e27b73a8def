//! What a chain refuses, and what it answers about its blocks.
#![allow(missing_docs)]

mod support;

use codec::Encode;
use icn_primitives::{Changes, Hash, StateCommitment, StateView};
use icn_storage::{
    genesis_root,
    layout::{FORMAT, META_FORMAT, META_HEAD},
    Batch, ChainStore, Decided, Family, Fault, Keep, Options, OrderedStore, SimulatedDisk, StorageError,
};
use support::{assert_state, block_on, changes, commit, create, decided, genesis, runtime, stage, state, try_commit};

fn new_chain() -> ChainStore<SimulatedDisk> {
    create(SimulatedDisk::new(1), state("a=1 b=2"), Options::default())
}

fn open(disk: SimulatedDisk) -> Result<Option<ChainStore<SimulatedDisk>>, StorageError> {
    ChainStore::open(disk, Options::default())
}

fn put(chain: &ChainStore<SimulatedDisk>, family: Family, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(family, key, value);
    chain.store().write(&batch, true).unwrap();
}

#[test]
fn an_empty_store_holds_no_chain() {
    assert!(open(SimulatedDisk::new(1)).unwrap().is_none());
}

#[test]
fn a_chain_is_made_once() {
    let disk = new_chain().store().restart();
    let again = ChainStore::create(disk, genesis(state("a=1")), Options::default());
    assert!(matches!(again, Err(StorageError::NotEmpty)));
}

#[test]
fn genesis_must_name_its_state() {
    let mut other = genesis(state("a=1"));
    other.state = state("a=2");
    let made = ChainStore::create(SimulatedDisk::new(1), other, Options::default());
    assert!(matches!(made, Err(StorageError::StateRoot { number: 0, .. })));
    let empty: Changes = [(vec![], Some(vec![1]))].into();
    let made = ChainStore::create(SimulatedDisk::new(1), genesis(state("=1")), Options::default());
    assert!(matches!(made, Err(StorageError::EmptyKey)));
    assert!(matches!(try_commit(&new_chain(), empty), Err(StorageError::EmptyKey)));
}

#[test]
fn a_newer_format_is_refused_by_name() {
    let chain = new_chain();
    put(&chain, Family::Meta, META_FORMAT, &(FORMAT + 1).encode());
    let error = open(chain.store().restart()).err().unwrap();
    assert!(matches!(error, StorageError::NewerFormat { found, known: FORMAT } if found == FORMAT + 1));
    assert!(error.to_string().ends_with("install a newer version"));
}

#[test]
fn a_format_of_before_the_first_release_is_refused_by_name() {
    let chain = new_chain();
    put(&chain, Family::Meta, META_FORMAT, &(FORMAT - 1).encode());
    let error = open(chain.store().restart()).err().unwrap();
    assert!(matches!(error, StorageError::OlderFormat { found, known: FORMAT } if found == FORMAT - 1));
    assert!(error.to_string().contains("begin the chain again or sync"));
}

#[test]
fn a_corrupted_head_is_refused_by_name() {
    for (family, key) in [
        (Family::Meta, META_HEAD.to_vec()),
        (Family::Headers, 1_u32.to_be_bytes().to_vec()),
        (Family::Bodies, 1_u32.to_be_bytes().to_vec()),
        (Family::Commits, 1_u32.to_be_bytes().to_vec()),
        (Family::Validators, 1_u32.to_be_bytes().to_vec()),
        (Family::Nodes, [&1_u32.to_be_bytes()[..], &[0]].concat()),
    ] {
        let chain = new_chain();
        commit(&chain, changes("a=5"));
        put(&chain, family, &key, &[9; 7]);
        let opened = open(chain.store().restart());
        assert!(matches!(opened, Err(StorageError::CorruptedHead { .. })), "{family:?}");
    }
}

#[test]
fn only_the_heads_child_is_committed() {
    let chain = new_chain();
    let child = commit(&chain, changes("a=5"));
    let (record, update) = stage(&chain, &changes("a=6")).unwrap();
    let mut elsewhere = (*child).clone();
    elsewhere.hash = Hash::repeat_byte(9);
    let mut other = block_on(Some(&elsewhere), update.root());
    other.tendermint.last_block_id = record.tendermint.last_block_id;
    let block = decided(&chain, other, changes("a=6"), update);
    assert!(matches!(chain.commit(block), Err(StorageError::NotChild { number: 2, head: 1, .. })));

    let (mut record, update) = stage(&chain, &changes("a=6")).unwrap();
    record.tendermint.last_block_id = None;
    let block = decided(&chain, record, changes("a=6"), update);
    assert!(matches!(chain.commit(block), Err(StorageError::NotChild { .. })));
    assert_state(&chain, 1, &state("a=5 b=2"));
}

#[test]
fn headers_that_disagree_are_refused() {
    let chain = new_chain();
    let (mut record, update) = stage(&chain, &changes("a=6")).unwrap();
    record.tendermint.app_hash = Hash::repeat_byte(1);
    let block = decided(&chain, record, changes("a=6"), update);
    assert!(matches!(chain.commit(block), Err(StorageError::HeadersDisagree { number: 1 })));
}

#[test]
fn an_update_is_good_for_its_own_block_only() {
    let chain = new_chain();
    let (record, _) = stage(&chain, &changes("a=6")).unwrap();
    let (_, update) = stage(&chain, &changes("a=7")).unwrap();
    let block = decided(&chain, record.clone(), changes("a=6"), update);
    assert!(matches!(chain.commit(block), Err(StorageError::StateRoot { number: 1, .. })));

    let (_, update) = stage(&chain, &changes("a=6")).unwrap();
    let block = decided(&chain, record, changes("a=6 b=7"), update);
    assert!(matches!(chain.commit(block), Err(StorageError::ForeignUpdate { number: 1 })));

    let (_, early) = stage(&chain, &changes("a=6")).unwrap();
    commit(&chain, changes("a=8"));
    let record = block_on(Some(&chain.head()), early.root());
    let block = decided(&chain, record, changes("a=6"), early);
    assert!(matches!(chain.commit(block), Err(StorageError::ForeignUpdate { number: 2 })));
}

#[test]
fn staging_writes_nothing_and_rivals_do_not_mix() {
    let chain = new_chain();
    let before = chain.store().contents();
    let latest = chain.latest();
    let (first, _) = latest.stage(&changes("a=6 c=1 d=1")).unwrap();
    let (second, _) = latest.stage(&changes("a=7 c-")).unwrap();
    assert_ne!(first, second);
    assert_eq!(chain.store().contents(), before);
    commit(&chain, changes("a=7 c-"));
    assert_eq!(chain.head().record.block.header.state_root, second);
    assert_eq!(second, genesis_root(&state("a=7 b=2")));
    assert_eq!(latest.get(b"a").unwrap(), Some(b"1".to_vec()));
}

#[test]
fn blocks_are_found_by_height_and_by_either_hash() {
    let chain = new_chain();
    let head = commit(&chain, changes("a=6"));
    let chain = open(chain.store().restart()).unwrap().unwrap();
    assert_eq!(chain.head(), head);
    assert_eq!(chain.number_of(&head.hash).unwrap(), Some(1));
    assert_eq!(chain.number_of(&head.tendermint_hash).unwrap(), Some(1));
    assert_eq!(chain.number_of(&Hash::repeat_byte(1)).unwrap(), None);
    assert_eq!(chain.record(1).unwrap().as_ref(), Some(&*head.record));
    assert_eq!(chain.record(2).unwrap(), None);
    assert_eq!(chain.header(1).unwrap().as_ref(), Some(&head.record.block.header));
    assert_eq!(chain.tendermint_header(1).unwrap().as_ref(), Some(&head.record.tendermint));
    assert_eq!(chain.hash_at(0).unwrap(), Some(chain.genesis_hash()));
    assert_eq!(chain.hash_at(1).unwrap(), Some(head.hash));
    assert_eq!(chain.hash_at(2).unwrap(), None);
}

#[test]
fn bodies_leave_and_headers_stay() {
    let options = Options { state_history: Keep::All, block_history: Keep::Blocks(2) };
    let chain = create(SimulatedDisk::new(1), state("a=1"), options);
    (1..=5).for_each(|number| drop(commit(&chain, changes(&format!("a={number}")))));
    assert_eq!(chain.oldest_body(), 3);
    assert!(matches!(chain.record(2), Err(StorageError::Pruned { number: 2, oldest: 3 })));
    assert!(chain.record(3).unwrap().is_some());
    assert_eq!(chain.header(0).unwrap().unwrap().number, 0);
}

#[test]
fn each_block_keeps_the_runtime_that_made_it() {
    let chain = new_chain();
    let upgrade = changes("a=9");
    let (record, update) = stage(&chain, &upgrade).unwrap();
    let block = decided(&chain, record, upgrade, update);
    chain.commit(Decided { runtime: Some(runtime(2)), ..block }).unwrap();
    commit(&chain, changes("a=10"));
    let chain = open(chain.store().restart()).unwrap().unwrap();
    let spec_at = |number| chain.runtime_at(number).unwrap().spec_version;
    assert_eq!([spec_at(0), spec_at(1), spec_at(2)], [1, 2, 2]);
    assert_eq!(*chain.runtime_at(0).unwrap(), runtime(1));
    assert!(matches!(chain.runtime_at(3), Err(StorageError::UnknownHeight { number: 3, head: 2 })));
}

#[test]
fn a_failed_write_ends_the_store() {
    let chain = new_chain();
    let (record, update) = stage(&chain, &changes("a=6")).unwrap();
    let block = decided(&chain, record, changes("a=6"), update);
    // After the validators and what was proposed are read, the batch is written.
    chain.store().fail_after(2, Fault::NoSpace);
    assert!(matches!(chain.commit(block), Err(StorageError::NoSpace { .. })));
    assert_eq!(chain.head().number, 0);
    assert!(matches!(try_commit(&chain, changes("a=7")), Err(StorageError::Poisoned)));
    assert!(chain.latest().get(b"a").is_err());
    assert!(chain.state_at(0).unwrap().entries(std::ops::Bound::Unbounded).next().unwrap().is_err());
    let after = open(chain.store().crash()).unwrap().unwrap();
    assert!(after.check(&mut |_| {}).unwrap().is_clean());
}

#[test]
fn a_failed_read_is_an_error_at_every_operation() {
    let chain = new_chain();
    commit(&chain, changes("a=6 c=7 d=8 e=9"));
    let before = chain.store().operations();
    let answers = |chain: &ChainStore<SimulatedDisk>| -> Result<(), StorageError> {
        chain.latest().stage_update(&changes("a=1 b- f=1 g=1"))?;
        chain.prove(b"x", 1)?;
        chain.last_change_under(b"a", 0)?;
        chain.record(0)?;
        chain.commit_of(1)?;
        chain.validators_at(2)?;
        chain.undecided(2)?;
        chain.check(&mut |_| {})?;
        Ok(())
    };
    answers(&chain).unwrap();
    let operations = chain.store().operations() - before;
    assert!(operations > 20);
    for at in 0..operations / 2 {
        let chain = open(chain.store().restart()).unwrap().unwrap();
        chain.store().fail_after(at, Fault::Io);
        assert!(matches!(answers(&chain), Err(StorageError::Io { .. })), "operation {at}");
    }
}

#[test]
fn what_a_state_remembers_is_its_own() {
    let chain = new_chain();
    for number in 1..=6 {
        let latest = chain.latest();
        let seen = latest.get(b"a").unwrap();
        assert_eq!(latest.get(b"c").unwrap().is_some(), number % 2 == 0);
        let words = if number % 2 == 0 { format!("a={number} c-") } else { format!("a={number} c={number}") };
        commit(&chain, changes(&words));
        assert_eq!(latest.get(b"a").unwrap(), seen);
        assert_eq!(chain.latest().get(b"a").unwrap(), Some(number.to_string().into_bytes()));
        assert_eq!(chain.latest().stage(&Changes::new()).unwrap().0, chain.head().record.block.header.state_root);
    }
    assert!(chain.check(&mut |_| {}).unwrap().is_clean());
}
