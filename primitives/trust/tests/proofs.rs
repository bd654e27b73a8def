//! Proofs of a record that a network of four validators made final, and what is made of them.
//!
//! `fixtures/` are the files that `icn trust block` and `icn dag prove` wrote: blocks 1, 3 and 8 of one chain, and the proof of a record
//! by block 8. They are version 1 of the format for ever.

use icn_dag::Did;
use icn_fuzzing::{fuzz, Raw};
use icn_trust::{
    record::log_key, verify_block, verify_value, BlockError, BlockProof, Policy, ProvenRecord, RecordError,
    RecordProof, StateError,
};
use proptest::prelude::*;
use serde_json::{json, Value};
use std::time::Duration;
use tendermint::{
    block::{CommitSig, Header},
    validator::Info,
    vote::Power,
    Hash, PublicKey, Signature, Time,
};

const PROOF: &str = include_str!("fixtures/proof.json");
const TRUSTED: &str = include_str!("fixtures/trusted.json");
const MIDDLE: &str = include_str!("fixtures/middle.json");
const HEAD: &str = include_str!("fixtures/head.json");

const POLICY: Policy = Policy { trusting_period: Duration::from_secs(14 * 24 * 3600) };

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn block(json: &Value) -> BlockProof {
    BlockProof::deserialize_from(json)
}

trait Read: Sized {
    fn deserialize_from(json: &Value) -> Self;
}

impl<T: serde::de::DeserializeOwned> Read for T {
    fn deserialize_from(json: &Value) -> Self {
        serde_json::from_value(json.clone()).expect("it has the form")
    }
}

/// A minute after the block of the proof.
fn now() -> Time {
    (block(&json(HEAD)).signed_header.header.time + Duration::from_secs(60)).expect("a time")
}

fn verify(proof: &Value) -> Result<ProvenRecord, RecordError> {
    RecordProof::deserialize_from(proof).verify(&block(&json(TRUSTED)), POLICY, now())
}

/// The proof with a change.
fn altered(change: impl FnOnce(&mut Value)) -> Result<ProvenRecord, RecordError> {
    let mut proof = json(PROOF);
    change(&mut proof);
    verify(&proof)
}

/// The proof by another block.
fn of_other_block(change: impl FnOnce(&mut BlockProof)) -> Result<ProvenRecord, RecordError> {
    let mut proof = RecordProof::deserialize_from(&json(PROOF));
    change(&mut proof.block);
    proof.verify(&block(&json(TRUSTED)), POLICY, now())
}

/// Writes another hex digit.
fn flip(value: &mut Value, place: usize) {
    let mut digits = value.as_str().expect("text").as_bytes().to_vec();
    digits[place] = if digits[place] == b'0' { b'1' } else { b'0' };
    *value = json!(String::from_utf8(digits).expect("ASCII"));
}

#[test]
fn a_record_is_shown_to_be_final() {
    let proven = verify(&json(PROOF)).expect("it holds");
    assert_eq!((proven.height, proven.place, proven.chain_id.as_str()), (8, 2, "testnet-09ef3fa2"));
    assert_eq!(proven.node.cid().to_string(), "bafyreie75mwyzisns2psevgp3i7swbg5zxmelg3oz24nbrigbdknrgqn4q");
    // By the block itself, one in between, and the one just before.
    for trusted in [HEAD, MIDDLE] {
        let proof = RecordProof::deserialize_from(&json(PROOF));
        proof.verify(&block(&json(trusted)), POLICY, now()).expect("it holds");
    }
}

#[test]
fn the_files_are_written_as_they_are_read() {
    for text in [TRUSTED, MIDDLE, HEAD] {
        assert_eq!(serde_json::to_value(block(&json(text))).expect("JSON"), json(text));
    }
    let proof = RecordProof::deserialize_from(&json(PROOF));
    assert_eq!(serde_json::to_value(proof).expect("JSON"), json(PROOF));
}

#[test]
fn what_is_altered_is_refused_with_its_error() {
    assert!(matches!(altered(|proof| proof["version"] = json!(2)), Err(RecordError::Version(2))));
    assert!(matches!(altered(|proof| flip(&mut proof["record"], 300)), Err(RecordError::Record(_))));
    assert!(matches!(altered(|proof| proof["record"] = json!("0x")), Err(RecordError::Record(_))));
    let mut state = Vec::new();
    for change in [
        |proof: &mut Value| flip(&mut proof["log"], 30),
        |proof: &mut Value| flip(&mut proof["log_proof"], 300),
        |proof: &mut Value| proof["log_proof"] = json!("0x"),
        |proof: &mut Value| proof["log"] = json!("0x"),
    ] {
        let Err(RecordError::State(error)) = altered(change) else { panic!("the state does not hold it") };
        state.push(error);
    }
    assert!(state.contains(&StateError::OtherRoot) && state.contains(&StateError::Malformed), "{state:?}");
    for change in [
        |proof: &mut Value| proof["inclusion"]["index"] = json!(3),
        |proof: &mut Value| proof["inclusion"]["index"] = json!(u64::MAX),
        |proof: &mut Value| proof["inclusion"]["size"] = json!(3),
        |proof: &mut Value| proof["inclusion"]["path"] = json!([]),
    ] {
        let result = altered(change);
        assert!(matches!(result, Err(RecordError::Inclusion(_))), "{result:?}");
    }
    let other = Hash::Sha256([7; 32]);
    for change in [
        (|header| header.app_hash = vec![7; 32].try_into().expect("a hash")) as fn(&mut Header),
        |header| header.validators_hash = Hash::Sha256([7; 32]),
        |header| header.next_validators_hash = Hash::Sha256([7; 32]),
        |header| header.data_hash = Some(Hash::Sha256([7; 32])),
        |header| header.proposer_address = tendermint::account::Id::new([7; 20]),
    ] {
        let result = of_other_block(|block| change(&mut block.signed_header.header));
        assert!(matches!(result, Err(RecordError::Block(BlockError::Invalid(_)))), "{result:?}");
    }
    let result = of_other_block(|block| block.signed_header.commit.block_id.hash = other);
    assert!(matches!(result, Err(RecordError::Block(BlockError::Invalid(_)))), "{result:?}");
}

#[test]
fn a_block_with_too_few_signatures_or_strange_ones_is_refused() {
    let with = |change: fn(&mut Vec<CommitSig>)| {
        let result = of_other_block(|block| change(&mut block.signed_header.commit.signatures));
        assert!(matches!(result, Err(RecordError::Block(BlockError::Invalid(_)))), "{result:?}");
    };
    with(|signatures| signatures.iter_mut().skip(2).for_each(|one| *one = CommitSig::BlockIdFlagAbsent));
    with(Vec::clear);
    with(|signatures| signatures.truncate(3));
    // One validator's signature does not count for two.
    with(|signatures| {
        let first = signatures[0].clone();
        signatures.iter_mut().for_each(|one| *one = first.clone());
    });
    with(|signatures| {
        for one in signatures.iter_mut() {
            let CommitSig::BlockIdFlagCommit { signature, .. } = one else { continue };
            *signature = Signature::new([7; 64]).expect("64 bytes");
        }
    });
}

#[test]
fn a_block_is_judged_by_the_trusted_one() {
    let (trusted, middle, head) = (json(TRUSTED), json(MIDDLE), json(HEAD));
    let judge = |trusted: &Value, untrusted: &Value| verify_block(&block(trusted), &block(untrusted), POLICY, now());
    judge(&trusted, &middle).expect("it follows");
    judge(&middle, &head).expect("it follows");
    judge(&head, &head).expect("it is itself");
    assert!(matches!(judge(&head, &middle), Err(BlockError::Older { height: 3, trusted: 8 })));

    let mut foreign = block(&trusted);
    foreign.signed_header.header.chain_id = "elsewhere".parse().expect("a name");
    let result = verify_block(&foreign, &block(&head), POLICY, now());
    assert!(matches!(result, Err(BlockError::OtherChain { .. })), "{result:?}");

    let mut fork = block(&head);
    fork.signed_header.header.app_hash = vec![7; 32].try_into().expect("a hash");
    let result = verify_block(&fork, &block(&head), POLICY, now());
    assert!(matches!(result, Err(BlockError::Fork { height: 8 })), "{result:?}");

    let old = POLICY.trusting_period + Duration::from_secs(3600);
    let later = (now() + old).expect("a time");
    assert!(matches!(verify_block(&block(&trusted), &block(&head), POLICY, later), Err(BlockError::Expired)));
    let before = (now() - Duration::from_secs(120)).expect("a time");
    assert!(matches!(verify_block(&block(&trusted), &block(&head), POLICY, before), Err(BlockError::Invalid(_))));

    // The trusted validators are others.
    let mut strangers = block(&trusted);
    let key = PublicKey::from_raw_ed25519(&[7; 32]).expect("a key");
    strangers.next_validators = vec![Info::new(key, 1u32.into())];
    let result = verify_block(&strangers, &block(&head), POLICY, now());
    assert!(matches!(result, Err(BlockError::TooLittleTrust)), "{result:?}");
}

#[test]
fn sets_that_no_chain_has_are_refused() {
    type List = fn(&mut BlockProof) -> &mut Vec<Info>;
    for list in [(|block| &mut block.validators) as List, |block| &mut block.next_validators] {
        let many = of_other_block(|block| {
            let infos = list(block);
            *infos = vec![infos[0].clone(); 1_001];
        });
        assert!(matches!(many, Err(RecordError::Block(BlockError::TooManyValidators))), "{many:?}");
        for power in [i64::MAX as u64, i64::MAX as u64 / 8] {
            let power = Power::try_from(power).expect("a power");
            let strong = of_other_block(|block| list(block).iter_mut().for_each(|one| one.power = power));
            assert!(matches!(strong, Err(RecordError::Block(BlockError::TooMuchPower))), "{strong:?}");
        }
    }
}

#[test]
fn a_value_is_proven_under_its_key_and_root_only() {
    let proof = RecordProof::deserialize_from(&json(PROOF));
    let node = verify(&json(PROOF)).expect("it holds").node;
    let (key, root) = (log_key(&node.header().dag), proof.block.signed_header.header.app_hash.as_bytes().to_vec());
    verify_value(&root, &key, &proof.log.0, &proof.log_proof.0).expect("it holds");
    let other = log_key(&Did::of_hash("local", &[7; 32]).expect("a name"));
    assert_eq!(verify_value(&root, &other, &proof.log.0, &proof.log_proof.0), Err(StateError::OtherKey));
    assert_eq!(verify_value(&[7; 32], &key, &proof.log.0, &proof.log_proof.0), Err(StateError::OtherRoot));
    assert_eq!(verify_value(&root, &key, &[7; 2_000], &proof.log_proof.0), Err(StateError::OtherRoot));
    assert_eq!(verify_value(&root, &key, &proof.log.0, &[0; 70_000]), Err(StateError::Malformed));
}

/// Whatever is made of the file, nothing else is proven by it.
#[test]
fn fuzz_record_proof() {
    let (trusted, now) = (block(&json(TRUSTED)), now());
    let proven = verify(&json(PROOF)).expect("it holds");
    let compact = serde_json::to_vec(&json(PROOF)).expect("JSON");
    fuzz("proof of a record", &[PROOF.into(), compact], |bytes| {
        let proof: RecordProof = serde_json::from_slice(bytes).ok()?;
        let other = proof.verify(&trusted, POLICY, now).ok()?;
        assert_eq!(other, proven);
        Some(Raw(bytes.to_vec()))
    });
}

#[test]
fn fuzz_block_proof() {
    let (trusted, now) = (block(&json(TRUSTED)), now());
    let hash = block(&json(HEAD)).signed_header.header.hash();
    let compact = serde_json::to_vec(&json(HEAD)).expect("JSON");
    fuzz("proof of a block", &[HEAD.into(), compact], |bytes| {
        let proof: BlockProof = serde_json::from_slice(bytes).ok()?;
        verify_block(&trusted, &proof, POLICY, now).ok()?;
        assert_eq!(proof.signed_header.header.hash(), hash);
        Some(Raw(bytes.to_vec()))
    });
}

proptest! {
    /// No single change of the proof of a value leaves it one of another value.
    #[test]
    fn a_proof_of_a_value_proves_no_other(place in 0usize..10_000, byte in any::<u8>(), value in any::<Vec<u8>>()) {
        let proof = RecordProof::deserialize_from(&json(PROOF));
        let node = verify(&json(PROOF)).expect("it holds").node;
        let key = log_key(&node.header().dag);
        let root = proof.block.signed_header.header.app_hash.as_bytes().to_vec();
        let mut path = proof.log_proof.0.clone();
        let place = place % path.len();
        path[place] = byte;
        prop_assume!(value != proof.log.0);
        prop_assert!(verify_value(&root, &key, &value, &path).is_err());
    }
}
