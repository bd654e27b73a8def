//! Tests of the guard: what it refuses, and what crashes and damage leave of it.

use super::*;
use crate::samples::CHAIN;
use std::{fs, io, path::Path};

const KEY: [u8; 32] = [7; 32];

fn position(height: u64, round: u32, step: Step) -> Position {
    Position { height, round, step }
}

fn record(height: u64) -> Record {
    let position = position(height, 0, Step::Prevote);
    let (chain_id, sign_bytes) = (CHAIN.to_owned(), format!("height {height}").into_bytes());
    Record { chain_id, key: KEY, position, sign_bytes, signature: [height as u8; 64] }
}

/// Signs with a signature made of the bytes, and keeps it.
fn sign(guard: &mut Guard, position: Position, message: &[u8]) -> Result<SignatureBytes, GuardError> {
    let signature = only_sign(guard, position, message)?;
    guard.keep(position, message, signature)?;
    Ok(signature)
}

/// Signs with a signature made of the bytes.
fn only_sign(guard: &mut Guard, position: Position, message: &[u8]) -> Result<SignatureBytes, GuardError> {
    guard.sign(position, message, |message| Ok(toy_signature(message)))
}

fn toy_signature(message: &[u8]) -> SignatureBytes {
    let mut signature = [0; 64];
    signature.iter_mut().zip(message.iter().cycle()).for_each(|(place, byte)| *place = *byte);
    signature
}

fn open(path: &Path) -> Result<Guard, GuardError> {
    Guard::open(CHAIN, KEY, Box::new(FileGuard::open(path)?))
}

#[test]
fn every_later_step_is_signed_and_no_earlier_one() {
    let mut guard = Guard::open(CHAIN, KEY, Box::new(MemoryGuard::default())).expect("it is empty");
    assert_eq!(guard.position(), None);
    let steps = [Step::Propose, Step::Prevote, Step::Precommit];
    let mut positions = Vec::new();
    for height in 1..4 {
        for round in 0..3 {
            positions.extend(steps.map(|step| position(height, round, step)));
        }
    }
    for (place, at) in positions.iter().enumerate() {
        sign(&mut guard, *at, b"value").expect("it is later");
        assert_eq!(guard.position(), Some(*at));
        assert_eq!(guard.height(), Some(at.height));
        for earlier in &positions[..place] {
            let refused = sign(&mut guard, *earlier, b"value").expect_err("it is earlier");
            assert!(matches!(refused, GuardError::Regression { asked, last } if asked == *earlier && last == *at));
        }
        assert!(matches!(sign(&mut guard, *at, b"other"), Err(GuardError::DoubleSign { .. })));
        assert_eq!(sign(&mut guard, *at, b"value").expect("it is the same"), toy_signature(b"value"));
    }
}

#[test]
fn the_same_bytes_get_the_kept_signature_without_signing_again() {
    let mut guard = Guard::open(CHAIN, KEY, Box::new(MemoryGuard::default())).expect("it is empty");
    let at = position(1, 0, Step::Prevote);
    let first = sign(&mut guard, at, b"value").expect("it is signed");
    let again = guard.sign(at, b"value", |_| Err(GuardError::Failed)).expect("nothing is signed");
    assert_eq!(first, again);
}

#[test]
fn nothing_is_kept_when_the_key_does_not_sign() {
    let memory = MemoryGuard::default();
    let mut guard = Guard::open(CHAIN, KEY, Box::new(memory.clone())).expect("it is empty");
    let at = position(1, 0, Step::Prevote);
    assert!(guard.sign(at, b"value", |_| Err(GuardError::Failed)).is_err());
    assert_eq!(memory.record(), None);
    sign(&mut guard, at, b"other").expect("nothing was signed before");
}

/// A store whose writes fail.
struct Broken;

impl GuardStore for Broken {
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError> {
        Ok(None)
    }

    fn save(&mut self, _: &Record) -> Result<(), GuardStoreError> {
        Err(GuardStoreError::Io { path: "/dev/full".into(), source: io::Error::other("no space") })
    }
}

#[test]
fn a_signature_does_not_leave_before_it_is_kept_and_nothing_is_signed_after_a_failure() {
    let mut guard = Guard::open(CHAIN, KEY, Box::new(Broken)).expect("it is empty");
    let at = position(1, 0, Step::Prevote);
    assert!(matches!(sign(&mut guard, at, b"value"), Err(GuardError::Store(GuardStoreError::Io { .. }))));
    assert!(matches!(sign(&mut guard, position(2, 0, Step::Prevote), b"value"), Err(GuardError::Failed)));
}

#[test]
fn what_was_signed_but_not_kept_is_unknown_after_a_restart_and_taken_from_the_log() {
    let memory = MemoryGuard::default();
    let open = || Guard::open(CHAIN, KEY, Box::new(memory.clone())).expect("it opens");
    let at = position(1, 0, Step::Prevote);
    let mut guard = open();
    let signature = only_sign(&mut guard, at, b"value").expect("it is signed");
    assert_eq!(memory.record(), None);
    assert!(matches!(only_sign(&mut guard, at, b"other"), Err(GuardError::DoubleSign { .. })), "in one process");

    // Its log was not synced either: nothing left, and it may come to another vote.
    only_sign(&mut open(), at, b"other").expect("nothing was sent");
    // Its log was synced, and sends it again.
    let mut guard = open();
    guard.keep(at, b"value", signature).expect("it is the first");
    assert_eq!(memory.record().expect("it is kept").sign_bytes, b"value");
    assert!(matches!(only_sign(&mut guard, at, b"other"), Err(GuardError::DoubleSign { .. })));
    assert!(matches!(guard.keep(at, b"other", signature), Err(GuardError::DoubleSign { .. })));
}

#[test]
fn a_later_step_that_is_signed_already_is_not_kept_with_an_earlier_one() {
    let memory = MemoryGuard::default();
    let mut guard = Guard::open(CHAIN, KEY, Box::new(memory.clone())).expect("it is empty");
    let (proposal, prevote) = (position(1, 0, Step::Propose), position(1, 0, Step::Prevote));
    let first = only_sign(&mut guard, proposal, b"value").expect("it is signed");
    let second = only_sign(&mut guard, prevote, b"value").expect("it is signed");
    guard.keep(proposal, b"value", first).expect("it was signed");
    assert_eq!(memory.record().expect("it is kept").position, proposal);
    assert_eq!(guard.position(), Some(prevote));
    guard.keep(prevote, b"value", second).expect("it was signed");
    // The log is sent again after a restart, from its start.
    let mut guard = Guard::open(CHAIN, KEY, Box::new(memory.clone())).expect("it opens");
    guard.keep(proposal, b"value", first).expect("it left before");
    assert_eq!(memory.record().expect("it is kept").position, prevote);
    assert!(matches!(only_sign(&mut guard, proposal, b"value"), Err(GuardError::Regression { .. })));
}

#[test]
fn a_validator_follows_to_what_it_signed_when_store_or_log_do_not_know_it() {
    let mut guard = Guard::open(CHAIN, KEY, Box::new(MemoryGuard::default())).expect("it is empty");
    let follow = |guard: &Guard, head, logged: bool| guard.follow_until(head, |_| Ok::<_, ()>(logged));
    assert_eq!(follow(&guard, 0, false), Ok(None));
    let at = position(7, 2, Step::Prevote);
    sign(&mut guard, at, b"value").expect("it is signed");
    assert_eq!(follow(&guard, 7, false), Ok(None), "the height is over");
    assert_eq!(follow(&guard, 6, true), Ok(None), "the log repeats what was signed");
    assert_eq!(follow(&guard, 6, false), Ok(Some(7)), "the log is another");
    assert_eq!(follow(&guard, 5, true), Ok(Some(7)), "the store is old");
    assert_eq!(guard.follow_until(6, |_| Err("unreadable")), Err("unreadable"));
    let asked = |record: &Record| Ok::<_, ()>((record.position, &record.sign_bytes[..]) == (at, b"value"));
    assert_eq!(guard.follow_until(6, asked), Ok(None));
}

#[test]
fn a_guard_of_another_chain_or_key_is_refused() {
    let memory = MemoryGuard::default();
    let mut guard = Guard::open(CHAIN, KEY, Box::new(memory.clone())).expect("it is empty");
    sign(&mut guard, position(1, 0, Step::Prevote), b"value").expect("it is signed");
    let error = Guard::open("other", KEY, Box::new(memory.clone())).err().expect("it is of another chain");
    assert_eq!(
        error.to_string(),
        "the guard is that of chain icn-test-00c0ffee, not other: use a home and a key of their own for each chain"
    );
    let error = Guard::open(CHAIN, [8; 32], Box::new(memory)).err().expect("it is of another key");
    assert!(matches!(error, GuardError::OtherKey { .. }));
    assert!(error.to_string().contains(&hex::encode(KEY)), "{error}");
}

#[test]
fn a_file_keeps_the_last_record_over_restarts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    for height in 1..20 {
        let mut guard = open(&path).expect("it opens");
        assert_eq!(guard.height(), (height > 1).then(|| height - 1));
        sign(&mut guard, position(height, 0, Step::Prevote), b"value").expect("it is later");
    }
    let mut guard = open(&path).expect("it opens");
    let last = position(19, 0, Step::Prevote);
    assert_eq!(sign(&mut guard, last, b"value").expect("it is the same"), toy_signature(b"value"));
    assert!(matches!(sign(&mut guard, last, b"other"), Err(GuardError::DoubleSign { .. })));
}

#[test]
fn a_file_is_used_by_one_process_at_a_time_and_read_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    let first = FileGuard::open(&path).expect("it opens");
    assert!(matches!(FileGuard::open(&path), Err(GuardStoreError::InUse { .. })));
    drop(first);
    FileGuard::open(&path).expect("nobody has it");
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_largest_record_fits_and_a_larger_one_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    let largest = Record {
        chain_id: "x".repeat(CHAIN_ID_BYTES_MAX),
        sign_bytes: vec![1; SIGN_BYTES_MAX],
        position: position(u64::MAX, u32::MAX, Step::Precommit),
        ..record(1)
    };
    let mut file = FileGuard::open(&path).expect("it opens");
    file.load().expect("it is empty");
    file.save(&largest).expect("it fits");
    assert_eq!(file.load().expect("it is whole"), Some(largest.clone()));
    let larger = Record { sign_bytes: vec![1; 480], ..largest.clone() };
    assert!(matches!(file.save(&larger), Err(GuardStoreError::TooLarge { .. })));
    assert_eq!(file.load().expect("it is whole"), Some(largest));
}

/// The bytes of a file after the records of these heights were written to it.
fn written(path: &Path, heights: std::ops::RangeInclusive<u64>) -> Vec<u8> {
    let mut file = FileGuard::open(path).expect("it opens");
    file.load().expect("it is whole");
    heights.for_each(|height| file.save(&record(height)).expect("it is written"));
    drop(file);
    fs::read(path).expect("it is there")
}

fn load(path: &Path) -> Result<Option<Record>, GuardStoreError> {
    FileGuard::open(path)?.load()
}

#[test]
fn damage_at_any_byte_loses_no_record() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    for height in [0, 1, 2, 5] {
        fs::remove_file(&path).ok();
        let whole = written(&path, 1..=height);
        let last = (height > 0).then(|| record(height));
        // Every byte that a slot has, and the ends of the pages.
        for place in (0..whole.len()).filter(|place| place % 4096 < 520 || place % 4096 > 4090) {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            fs::write(&path, &damaged).expect("it is written");
            assert_eq!(load(&path).expect("one slot of the pair is whole"), last, "byte {place}");
        }
    }
}

#[test]
fn a_file_of_another_length_is_refused_at_every_length() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    let whole = written(&path, 1..=3);
    for length in (0..whole.len()).filter(|length| length % 4096 < 514 || length % 97 == 0) {
        fs::write(&path, &whole[..length]).expect("it is written");
        assert!(matches!(load(&path), Err(GuardStoreError::Damaged { .. })), "length {length}");
    }
    fs::write(&path, [&whole[..], &[0]].concat()).expect("it is written");
    assert!(matches!(load(&path), Err(GuardStoreError::Damaged { .. })));
}

#[test]
fn a_file_without_a_whole_slot_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    let whole = written(&path, 1..=3);
    let zeros = vec![0; whole.len()];
    let flipped: Vec<u8> = whole.iter().map(|byte| !byte).collect();
    for content in [zeros, flipped] {
        fs::write(&path, content).expect("it is written");
        let error = load(&path).expect_err("nothing is whole");
        assert!(matches!(error, GuardStoreError::Damaged { .. }));
        assert!(error.to_string().contains("then remove the file"), "{error}");
    }
}

/// What a crash may leave of a write: any prefix of each of its two pages, in any combination of none, some and all.
#[test]
fn a_crash_at_any_byte_of_a_write_leaves_the_record_before_it_or_the_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    for height in [0, 1, 2, 3] {
        fs::remove_file(&path).ok();
        let before = written(&path, 1..=height);
        let after = written(&path, height + 1..=height + 1);
        let old = (height > 0).then(|| record(height));
        let new = Some(record(height + 1));
        let differs = |page: &usize| before[page * 4096..][..512] != after[page * 4096..][..512];
        let touched: Vec<usize> = (0..4).filter(differs).collect();
        assert!(touched == [0, 1] || touched == [2, 3], "a write touches one pair");
        for cut in 0..=512 {
            for (first, second) in [(cut, 0), (0, cut), (cut, cut), (512, cut), (cut, 512), (cut, 512 - cut)] {
                let mut torn = before.clone();
                for (page, length) in touched.iter().zip([first, second]) {
                    let range = page * 4096..page * 4096 + length;
                    torn[range.clone()].copy_from_slice(&after[range]);
                }
                fs::write(&path, &torn).expect("it is written");
                let found = load(&path).expect("the other pair is whole");
                let synced = first == 512 && second == 512;
                assert!(found == new || (found == old && !synced), "height {height}, {first} and {second} bytes");
            }
        }
    }
}

#[test]
fn a_record_after_a_torn_one_is_written_where_the_torn_one_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("guard");
    let before = written(&path, 1..=2);
    let after = written(&path, 3..=3);
    let garbled = |(old, new): (&u8, &u8)| if old == new { *old } else { old ^ new ^ 1 };
    let torn: Vec<u8> = before.iter().zip(&after).map(garbled).collect();
    fs::write(&path, &torn).expect("it is written");
    let mut file = FileGuard::open(&path).expect("it opens");
    assert_eq!(file.load().expect("a pair is whole"), Some(record(2)));
    file.save(&record(9)).expect("it is written");
    assert_eq!(file.load().expect("both pairs are whole"), Some(record(9)));
    drop(file);
    // Both slots of the record before it are as they were: a crash in the next write would fall back on this one.
    assert_eq!(load(&path).expect("it is whole"), Some(record(9)));
}

#[test]
fn the_format_is_frozen() {
    use sha2::{Digest, Sha256};
    let folder = tempfile::tempdir().expect("a folder");
    let whole = written(&folder.path().join("guard"), 1..=3);
    assert_eq!(whole.len(), 16_384);
    assert_eq!(whole[..8], *b"icnguar1");
    assert_eq!(hex::encode(Sha256::digest(&whole)), "466b4865a1f103b981fbf27afa449b12a6bd9544c202a9d1556ed2d8066d3514");
}
