//! The offline check finds what is broken by hand.
#![allow(missing_docs)]

mod support;

use codec::Encode;
use icn_primitives::{votes::CommitError, Changes};
use icn_storage::{
    layout::{height_key, undecided_key, EVENTS_KEY, META_FORMAT},
    Batch, ChainStore, CheckReport, CheckStep, Family, Finding, Keep, Options, OrderedStore, Reads, SimulatedDisk,
};
use support::{commit, commit_by, create, decided_before, events, proposal, state, validators};

const OPTIONS: Options = Options { state_history: Keep::Blocks(4), block_history: Keep::Blocks(5) };

/// A chain of nine blocks with insertions, removals, collisions and events, the last of which makes records final. Others sign from
/// block 5 on, and block 10 is proposed.
fn chain(options: Options) -> ChainStore<SimulatedDisk> {
    let chain = create(SimulatedDisk::new(1), state("a=1 b=1 c=1"), options);
    for number in 1..=8_u8 {
        let mut changes: Changes = (0..40_u8)
            .filter(|key| (key + number) % 3 == 0)
            .map(|key| (vec![key, number % 2], (key % 4 != number % 4).then(|| vec![number; key.into()])))
            .collect();
        changes.extend([events(&[number; 40])]);
        if number == 4 {
            chain.commit(decided_before(&chain, changes, &validators(&[(1, 3), (2, 2), (4, 2)]))).unwrap();
        } else {
            commit(&chain, changes);
        }
    }
    support::with_records(&chain);
    chain.records().put_evidence(&support::evidence()).unwrap();
    chain.put_undecided(10, &proposal(&chain, 0, &Changes::new())).unwrap();
    support::with_blobs(&chain);
    let twice = [support::noise(1, 256 * 1024), support::noise(1, 256 * 1024), vec![7; 9]].concat();
    support::put_blob(&chain, &support::blob(&twice), Some(&support::owner(1)), 7_000).unwrap();
    chain
}

fn check(chain: &ChainStore<SimulatedDisk>) -> CheckReport {
    chain.check(&mut |_| {}).unwrap()
}

fn findings_of(disk: SimulatedDisk, options: Options) -> Option<Vec<Finding>> {
    let chain = ChainStore::open(disk.restart(), options).ok()??;
    Some(check(&chain).findings)
}

#[test]
fn a_sound_store_is_clean_and_progress_is_told() {
    let chain = chain(OPTIONS);
    let mut steps = Vec::new();
    let report = chain.check(&mut |step| steps.push(step)).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.headers, report.bodies, report.commits), (10, 6, 6));
    assert!(report.state_entries > 20 && report.tree_nodes > report.state_entries && report.undo_records > 20);
    assert!(steps.contains(&CheckStep::Blocks { done: 10, total: 10 }));
    assert!(steps.contains(&CheckStep::Commits { done: 9, total: 9 }));
    assert!(steps.contains(&CheckStep::History { done: 4, total: 4 }));
}

#[test]
fn every_removed_record_is_found() {
    let options = Options { state_history: Keep::All, block_history: Keep::All };
    for (family, key, _) in chain(options).store().contents() {
        let chain = chain(options);
        let mut batch = Batch::new();
        batch.delete(family, key.clone());
        chain.store().write(&batch, true).unwrap();
        let bound = family == Family::Meta;
        let changed = family == Family::Touched && key.ends_with(&[255; 4]);
        // Nobody knows what was proposed but those who saw it.
        let proposed = family == Family::Undecided;
        // Nor that a record waits, or that somebody signed two.
        let told = family == Family::RecordIndex && matches!(key[0], 0 | 8);
        // Nor that somebody pinned a blob, or which blocks of one that was being put came before the end.
        let pinned = family == Family::BlobIndex && key[0] == 2;
        let staged = family == Family::BlobBlocks && key == support::blob(b"not whole").0.cid.as_bytes();
        if bound || changed || proposed || told || pinned || staged {
            continue;
        }
        let findings = findings_of(chain.store().clone(), options);
        assert!(findings.is_none_or(|findings| !findings.is_empty()), "{family:?} {key:?}");
    }
}

#[test]
fn every_flipped_bit_is_found() {
    let options = Options { state_history: Keep::All, block_history: Keep::All };
    for (index, (family, key, value)) in chain(options).store().contents().into_iter().enumerate() {
        // Nothing commits to what a runtime says of itself, nor to what was proposed and not decided.
        if [Family::Runtimes, Family::Undecided].contains(&family) || value.is_empty() {
            continue;
        }
        // A format that is read becomes the present one. What a block made final is in its body, which is not read here.
        if key == META_FORMAT || family == Family::RecordIndex && key[0] == 1 {
            continue;
        }
        // Nor to when a blob came, who holds it since when, and why it is pinned.
        if family == Family::BlobIndex && key[0] < 3 {
            continue;
        }
        let chain = chain(options);
        assert!(chain.store().flip_bit(family, &key, index * 7));
        let findings = findings_of(chain.store().clone(), options);
        assert!(findings.is_none_or(|findings| !findings.is_empty()), "{family:?} {key:?} bit {}", index * 7);
    }
}

#[test]
fn left_over_records_are_found() {
    let chain = chain(OPTIONS);
    let foreign: [(Family, Vec<u8>); 10] = [
        (Family::Headers, height_key(10).to_vec()),
        (Family::Bodies, height_key(1).to_vec()),
        (Family::Commits, height_key(1).to_vec()),
        (Family::Validators, height_key(3).to_vec()),
        (Family::Undecided, undecided_key(9, &Default::default(), 0)),
        (Family::Numbers, vec![3; 32]),
        (Family::State, b"more".to_vec()),
        (Family::Undo, icn_storage::layout::undo_key(b"more", 7)),
        (Family::Changed, height_key(2).to_vec()),
        (Family::Nodes, [&height_key(7)[..], &[0]].concat()),
    ];
    for (family, key) in foreign {
        let value = chain.store().iterate(family, b"").next().unwrap().unwrap().1;
        let disk = chain.store().clone();
        let old = disk.get(family, &key).unwrap();
        let mut batch = Batch::new();
        batch.put(family, key.clone(), value);
        disk.write(&batch, true).unwrap();
        assert!(!check(&reopened(&chain)).is_clean(), "{family:?}");
        let mut batch = Batch::new();
        match old {
            Some(old) => batch.put(family, key, old),
            None => batch.delete(family, key),
        }
        disk.write(&batch, true).unwrap();
        assert!(check(&reopened(&chain)).is_clean(), "{family:?}");
    }
}

/// The same disk, read anew; the first chain's handle stays good.
fn reopened(chain: &ChainStore<SimulatedDisk>) -> ChainStore<SimulatedDisk> {
    ChainStore::open(chain.store().clone(), OPTIONS).unwrap().unwrap()
}

#[test]
fn a_changed_value_is_named() {
    let chain = chain(OPTIONS);
    assert!(chain.store().flip_bit(Family::State, b"a", 33));
    let findings = check(&reopened(&chain)).findings;
    assert!(matches!(&findings[..], [Finding::ValueDiffers { key, number: 9 }] if key == b"a"), "{findings:?}");
    assert!(findings[0].to_string().contains("0x61"));
}

#[test]
fn changed_events_are_named() {
    let chain = chain(OPTIONS);
    assert!(chain.store().flip_bit(Family::Events, &height_key(6), 100));
    let findings = check(&reopened(&chain)).findings;
    assert!(matches!(&findings[..], [Finding::ValueDiffers { key, number: 6 }] if key == &EVENTS_KEY), "{findings:?}");
}

fn put(chain: &ChainStore<SimulatedDisk>, family: Family, key: impl AsRef<[u8]>, value: impl Encode) {
    let mut batch = Batch::new();
    batch.put(family, key, value.encode());
    chain.store().write(&batch, true).unwrap();
}

#[test]
fn a_commit_that_decides_nothing_is_named() {
    let chain = chain(OPTIONS);
    let (record, own) = (chain.record(6).unwrap().unwrap(), chain.validators_at(6).unwrap().unwrap());
    let found = |commit: icn_primitives::Commit| {
        put(&chain, Family::Commits, height_key(6), commit);
        let mut findings = check(&reopened(&chain)).findings;
        assert_eq!(findings.len(), 1, "{findings:?}");
        match findings.remove(0) {
            Finding::CommitInvalid { number: 6, reason } => reason,
            other => panic!("{other}"),
        }
    };
    let too_few = found(commit_by(&record, &own, &[2, 4]));
    assert!(matches!(too_few, CommitError::Power { signed: 4, total: 7 }), "{too_few}");
    let other_block = found(chain.commit_of(7).unwrap().unwrap());
    assert!(matches!(other_block, CommitError::Signature { index: 0 }), "{other_block}");
    let mut short = commit_by(&record, &own, &[1, 2, 4]);
    short.signatures.pop();
    let short = found(short);
    assert!(matches!(short, CommitError::Length { given: 2, validators: 3 }), "{short}");
    put(&chain, Family::Commits, height_key(6), commit_by(&record, &own, &[1, 2, 4]));
    assert!(check(&reopened(&chain)).is_clean());
}

#[test]
fn other_validators_than_the_headers_name_are_named() {
    let chain = chain(OPTIONS);
    put(&chain, Family::Validators, height_key(1), validators(&[(1, 3)]));
    let findings = check(&reopened(&chain)).findings;
    let differs = |height: u32| {
        findings.iter().any(|found| matches!(found, Finding::ValidatorsDiffer { number } if *number == height))
    };
    assert!((1..=4).all(differs) && !(5..=9).any(differs), "{findings:?}");
    assert!(findings.iter().any(|found| matches!(found, Finding::CommitInvalid { number: 4, .. })), "{findings:?}");
}

#[test]
fn a_proposal_for_a_decided_height_is_named() {
    let chain = chain(OPTIONS);
    let late = proposal(&chain, 0, &Changes::new());
    let key = undecided_key(8, &late.target.id.hash, 0);
    put(&chain, Family::Undecided, &key, &late);
    let findings = check(&reopened(&chain)).findings;
    let named = matches!(&findings[..], [Finding::LeftOver { family: Family::Undecided, key: found }] if *found == key);
    assert!(named, "{findings:?}");
}
