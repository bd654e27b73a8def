//! The decoders, fuzzed. What they accept can be used: nothing that follows panics.

use crate::samples::{key, set, target, CHAIN};
use codec::{DecodeAll, Encode};
use icn_fuzzing::fuzz;
use icn_primitives::{
    validators::address_of,
    votes::{SignedTarget, VoteKind},
    Commit, ConsensusRecord, DuplicateVote, ValidatorSet,
};

fn record() -> ConsensusRecord {
    let vote = |number| SignedTarget { target: Some(target(number)), signature: [number; 64] };
    let evidence = DuplicateVote {
        address: address_of(&key(0)),
        height: 5,
        round: 1,
        kind: VoteKind::Prevote,
        first: vote(1),
        second: vote(2),
    };
    let commit = Commit { round: 1, signatures: vec![None, Some([3; 64])].try_into().unwrap() };
    ConsensusRecord { commit: Some(commit), evidence: vec![evidence].try_into().unwrap() }
}

#[test]
fn fuzz_validator_set() {
    let seeds = [set(&[1]), set(&[5, 3]).next(), set(&[1, 1, 1, 1])].map(|set| set.encode());
    fuzz("validator set", &seeds, |bytes| {
        let set = ValidatorSet::decode_all(&mut &bytes[..]).ok()?;
        set.proposer(3);
        drop(set.next().updated(&[(key(7), 1)]));
        Some(set)
    });
}

#[test]
fn fuzz_consensus_record() {
    let set = set(&[2, 1]);
    fuzz("consensus record", &[ConsensusRecord::default().encode(), record().encode()], |bytes| {
        let record = ConsensusRecord::decode_all(&mut &bytes[..]).ok()?;
        for evidence in &record.evidence {
            assert!(evidence.verify(CHAIN, &set).is_err());
            drop(evidence.to_stock(&set, 0));
        }
        if let Some(commit) = &record.commit {
            assert!(commit.verify(CHAIN, 5, &target(1), &set).is_err());
            drop(commit.to_stock(5, &target(1), &set));
            drop(commit.hash(0, &set));
        }
        Some(record)
    });
}
