//! Blocks that lie about who decided the block before, or about who proposes.

use super::{forged, refusal, verdict, Chain};
use icn_executor::{ExecutorError, Inherents, InvalidBlock};
use icn_primitives::{Commit, Target};
use icn_tests::{
    chain::Offered,
    signers::{numbered_key, public, Signers},
};

/// Four validators with the same power: three of them are a quorum. Two blocks are decided.
fn chain() -> Chain {
    let chain = Chain::validated(1, &[1; 4], 4);
    chain.next([]);
    chain.next([]);
    chain
}

/// The inherents of the next block, with another commit in them.
fn saying(chain: &Chain, commit: Option<Commit>) -> Inherents {
    let mut inherents = chain.inherents();
    inherents.record.commit = commit;
    inherents
}

/// What is said of a block with this commit; neither is it built.
fn reason(chain: &Chain, commit: Option<Commit>) -> String {
    let inherents = saying(chain, commit);
    let said = verdict(chain, forged(chain, &inherents, []));
    assert!(matches!(refusal(chain, &inherents), ExecutorError::Invalid(reason) if reason == said));
    match said {
        InvalidBlock::Commit { reason } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn a_commit_must_be_there_after_every_block_that_is_signed() {
    let chain = Chain::validated(1, &[1; 4], 4);
    let built = chain.build(&mut Offered::default()).expect("an empty block is built");
    let early = chain.decide(built).commit;
    assert_eq!(reason(&chain, Some(early)), "nobody signs block 0");
    chain.next([]);
    assert_eq!(reason(&chain, None), "it is missing");
}

#[test]
fn a_commit_with_one_wrong_signature_is_refused_whoever_else_signed() {
    let chain = chain();
    let full = chain.inherents().record.commit.expect("block 2 is signed");
    assert_eq!(full.signatures.iter().flatten().count(), 4);
    for index in 0..4 {
        let mut commit = full.clone();
        for byte in [0, 31, 32, 63] {
            let mut signature = full.signatures[index].expect("it is signed");
            signature[byte] ^= 1;
            commit.signatures[index] = Some(signature);
            assert_eq!(reason(&chain, Some(commit.clone())), format!("the signature of validator {index} is wrong"));
        }
        // Signed by somebody else of the set.
        commit.signatures[index] = full.signatures[(index + 1) % 4];
        assert_eq!(reason(&chain, Some(commit)), format!("the signature of validator {index} is wrong"));
    }
    let mut swapped = full.clone();
    (swapped.signatures[0], swapped.signatures[3]) = (full.signatures[3], full.signatures[0]);
    assert_eq!(reason(&chain, Some(swapped)), "the signature of validator 0 is wrong");
}

#[test]
fn a_commit_needs_more_than_two_thirds_of_the_power() {
    let chain = chain();
    let full = chain.inherents().record.commit.expect("block 2 is signed");
    let without = |absent: &[usize]| {
        let mut commit = full.clone();
        absent.iter().for_each(|index| commit.signatures[*index] = None);
        commit
    };
    assert_eq!(
        reason(&chain, Some(without(&[1, 2]))),
        "validators with 2 of 4 power signed, which is not more than two thirds"
    );
    assert_eq!(
        reason(&chain, Some(without(&[0, 1, 2, 3]))),
        "validators with 0 of 4 power signed, which is not more than two thirds"
    );
    // One signature three times is the power of one validator.
    let mut repeated = without(&[1, 2, 3]);
    repeated.signatures[1] = repeated.signatures[0];
    repeated.signatures[2] = repeated.signatures[0];
    assert_eq!(reason(&chain, Some(repeated)), "the signature of validator 1 is wrong");
    for absent in 0..4 {
        let inherents = saying(&chain, Some(without(&[absent])));
        let built = chain.build_with(&inherents, &mut Offered::default()).expect("three of four are a quorum");
        let parent = chain.parent();
        chain.executor.execute(&parent, &chain.state(), built.record.block).expect("what is built is valid");
    }
}

#[test]
fn a_commit_has_an_entry_for_each_validator() {
    let chain = chain();
    let full = chain.inherents().record.commit.expect("block 2 is signed");
    for entries in [0, 3, 5, 150] {
        let mut signatures = full.signatures.to_vec();
        signatures.resize(entries, None);
        let commit = Commit { signatures: signatures.try_into().expect("within the bound"), ..full };
        assert_eq!(reason(&chain, Some(commit)), format!("the commit has {entries} entries for 4 validators"));
    }
}

#[test]
fn a_commit_of_something_else_is_no_commit_of_the_parent() {
    let chain = chain();
    let (validators, chain_id) = (chain.next_validators(), chain.executor.context().chain_id.clone());
    let target = chain.head().record.target().expect("in range").expect("it is not genesis");
    let (mut other_hash, mut other_parts, mut later) = (target, target, target);
    other_hash.id.hash.0[0] ^= 1;
    other_parts.id.parts.total += 1;
    later.time += 1;
    let commit =
        |chain_id: &str, height, target: &Target| chain.signers.commit_to(chain_id, height, 0, target, &validators);
    let mut other_round = commit(&chain_id, 2, &target);
    other_round.round = 1;
    let others = [
        ("the commit of block 1", chain.store.commit_of(1).expect("readable").expect("block 1 is signed")),
        ("of another block", commit(&chain_id, 2, &other_hash)),
        ("of other parts", commit(&chain_id, 2, &other_parts)),
        ("of another time", commit(&chain_id, 2, &later)),
        ("of another height", commit(&chain_id, 3, &target)),
        ("of another chain", commit("dev-00000000", 2, &target)),
        ("of another round", other_round),
        ("of nothing", nothing(&chain, &chain_id)),
        ("by strangers", by_strangers(&chain, &chain_id, &target)),
    ];
    for (what, commit) in others {
        assert_eq!(reason(&chain, Some(commit)), "the signature of validator 0 is wrong", "{what}");
    }
    // In whatever round it was decided.
    let commit = chain.signers.commit_to(&chain_id, 2, 7, &target, &validators);
    chain.build_with(&saying(&chain, Some(commit)), &mut Offered::default()).expect("it is decided in round 7");
}

/// Precommits for nothing, presented as a commit.
fn nothing(chain: &Chain, chain_id: &str) -> Commit {
    let kind = icn_primitives::votes::VoteKind::Precommit;
    let validators = chain.next_validators();
    let signatures = validators.validators().iter().map(|validator| {
        let key = chain.signers.keys().iter().find(|key| public(key) == validator.key)?;
        Some(icn_tests::signers::vote(key, chain_id, kind, 2, 0, None))
    });
    Commit { round: 0, signatures: signatures.collect::<Vec<_>>().try_into().expect("four entries") }
}

/// Signatures of keys that are in no set, in the validators' places.
fn by_strangers(chain: &Chain, chain_id: &str, target: &Target) -> Commit {
    let strangers = Signers::numbered(8);
    let set = icn_primitives::ValidatorSet::new((4..8).map(|number| (public(&numbered_key(number)), 1)));
    let commit = strangers.commit_to(chain_id, 2, 0, target, &set.expect("four validators"));
    assert_eq!(commit.signatures.len(), chain.next_validators().validators().len());
    commit
}

#[test]
fn who_proposes_is_a_validator() {
    let chain = chain();
    let stranger = icn_primitives::validators::address_of(&public(&numbered_key(4)));
    for proposer in [stranger, [0; 20], [7; 20]] {
        let mut inherents = chain.inherents();
        inherents.digest.proposer = proposer;
        assert!(matches!(refusal(&chain, &inherents), ExecutorError::Invalid(InvalidBlock::Proposer)));
        assert_eq!(verdict(&chain, forged(&chain, &inherents, [])), InvalidBlock::Proposer);
    }
    // Whose turn it is, is for those who vote to ask: in a later round it is anyone's.
    for validator in chain.next_validators().validators() {
        let mut inherents = chain.inherents();
        inherents.digest.proposer = validator.address();
        let built = chain.build_with(&inherents, &mut Offered::default()).expect("a validator may propose");
        assert_eq!(built.record.tendermint.proposer, validator.address());
    }
}
