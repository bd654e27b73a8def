//! Commits, against the stock crate and against CometBFT.

use crate::{
    protobuf::{absent_sig, commit_sig, commit_sig_at, root, timestamp},
    samples::{key, power, set, sign, signer, signer_of, target, CHAIN},
};
use codec::{Decode, Encode, MaxEncodedLen};
use icn_primitives::{
    votes::{vote_sign_bytes, CommitError, SignatureBytes, VoteKind},
    Commit, Target, ValidatorSet,
};
use proptest::prelude::*;
use tendermint::{
    block::CommitSig,
    crypto::default::signature::Verifier,
    validator::Info,
    vote::{self, ValidatorIndex},
};

const HEIGHT: u64 = 70_000;
const ROUND: u32 = 3;

/// What the validator in a place of the set does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Signs,
    IsAbsent,
    SignsAnother,
    SignsWithAnotherKey,
    Prevotes,
}

fn entry(set: &ValidatorSet, place: usize, deed: Deed, target: &Target) -> Option<SignatureBytes> {
    let signer_here = signer_of(&set.validators()[place].key);
    let message = |kind, target| vote_sign_bytes(CHAIN, kind, HEIGHT, ROUND, Some(target)).unwrap();
    match deed {
        Deed::Signs => Some(sign(&signer_here, &message(VoteKind::Precommit, target))),
        Deed::IsAbsent => None,
        Deed::SignsAnother => {
            Some(sign(&signer_here, &message(VoteKind::Precommit, &Target { time: target.time + 1, ..*target })))
        }
        Deed::SignsWithAnotherKey => Some(sign(&signer(999), &message(VoteKind::Precommit, target))),
        Deed::Prevotes => Some(sign(&signer_here, &message(VoteKind::Prevote, target))),
    }
}

fn commit(set: &ValidatorSet, deeds: &[Deed], target: &Target) -> Commit {
    let entries = deeds.iter().enumerate().map(|(place, deed)| entry(set, place, *deed, target));
    Commit { round: ROUND, signatures: entries.collect::<Vec<_>>().try_into().unwrap() }
}

fn whole(set: &ValidatorSet) -> Commit {
    commit(set, &vec![Deed::Signs; set.validators().len()], &target(1))
}

/// The judgement of the stock crate: each signature over the vote that the commit means, and more than two thirds.
fn stock_accepts(commit: &Commit, set: &ValidatorSet, target: &Target) -> bool {
    let stock = commit.to_stock(HEIGHT, target, set).unwrap();
    let mut signed = 0u128;
    for (entry, validator) in stock.signatures.iter().zip(set.validators()) {
        let CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } = entry else { continue };
        let vote = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: stock.height,
            round: stock.round,
            block_id: Some(stock.block_id),
            timestamp: Some(*timestamp),
            validator_address: *validator_address,
            validator_index: ValidatorIndex::try_from(0u32).unwrap(),
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let public = tendermint::PublicKey::from_raw_ed25519(&validator.key).unwrap();
        let info = Info::new(public, validator.power.try_into().unwrap());
        assert_eq!(info.address, *validator_address);
        let bytes = vote.into_signable_vec(CHAIN.parse().unwrap());
        if info.verify_signature::<Verifier>(&bytes, signature.as_ref().unwrap()).is_err() {
            return false;
        }
        signed += u128::from(validator.power);
    }
    signed * 3 > u128::from(set.total_power()) * 2
}

fn deeds() -> impl Strategy<Value = Vec<(u64, Deed)>> {
    let deed = prop_oneof![
        20 => Just(Deed::Signs),
        4 => Just(Deed::IsAbsent),
        1 => Just(Deed::SignsAnother),
        1 => Just(Deed::SignsWithAnotherKey),
        1 => Just(Deed::Prevotes),
    ];
    let faithful = prop_oneof![6 => Just(Deed::Signs), 1 => Just(Deed::IsAbsent)];
    let one = |deed| proptest::collection::vec((power(), deed), 1..8);
    prop_oneof![one(deed.boxed()), one(faithful.boxed())]
}

proptest! {
    #[test]
    fn a_commit_proves_what_the_stock_crate_says_it_proves(deeds in deeds()) {
        let (powers, deeds): (Vec<_>, Vec<_>) = deeds.into_iter().unzip();
        let (set, target) = (set(&powers), target(1));
        let commit = commit(&set, &deeds, &target);
        let verdict = commit.verify(CHAIN, HEIGHT, &target, &set);
        prop_assert_eq!(verdict.is_ok(), stock_accepts(&commit, &set, &target), "{:?}", verdict);
    }

    #[test]
    fn the_hash_is_the_root_of_cometbfts_commit_sigs(deeds in deeds()) {
        let (powers, deeds): (Vec<_>, Vec<_>) = deeds.into_iter().unzip();
        let (set, target) = (set(&powers), target(1));
        let commit = commit(&set, &deeds, &target);
        let leaf = |(place, signature): (usize, &Option<SignatureBytes>)| match signature {
            None => absent_sig(),
            Some(signature) => commit_sig_at(&set.validators()[place].address(), target.time, signature),
        };
        let leaves: Vec<_> = commit.signatures.iter().enumerate().map(leaf).collect();
        prop_assert_eq!(commit.hash(target.time, &set).unwrap().as_bytes().to_vec(), root(&leaves));
    }
}

/// Block 10 of a network of CometBFT, from the fixtures of `tendermint-rpc` 0.40: the encoding that the property above
/// compares with is the one that its `last_commit_hash` is the root of.
#[test]
fn the_commit_sigs_of_these_tests_are_cometbfts() {
    let signature = "04ccb9a41ddaf717849ee0648dafdae8652f3f582e67694c42d658bddae5f2cd2b8b5fcb685d09b88f6b3accb56e2553bfe4c32b39415d367981d822ab4b8202";
    let address = hex::decode("2dd9f44fd9067555c322243c3c913ba7b51d2be0").unwrap();
    // 2023-05-17T14:12:53.088875124Z
    let time = timestamp(1_684_332_773, 88_875_124);
    let leaf = commit_sig(&address, &time, &hex::decode(signature).unwrap());
    let last_commit_hash = "a3ad467820428d99fd53bfcf38cdc1eb141dd27e3b5f0f3931bbe91fba8b097d";
    assert_eq!(hex::encode(root(&[leaf])), last_commit_hash);
}

#[test]
fn two_thirds_are_not_enough() {
    let (set, target) = (set(&[1, 1, 1]), target(1));
    let two = commit(&set, &[Deed::Signs, Deed::Signs, Deed::IsAbsent], &target);
    let error = two.verify(CHAIN, HEIGHT, &target, &set).unwrap_err();
    assert!(matches!(error, CommitError::Power { signed: 2, total: 3 }), "{error}");
    assert_eq!(two.power(&set), 2);
}

#[test]
fn one_wrong_signature_spoils_a_commit_that_has_enough() {
    let (set, target) = (set(&[1; 10]), target(1));
    for wrong in [Deed::SignsAnother, Deed::SignsWithAnotherKey, Deed::Prevotes] {
        let mut deeds = [Deed::Signs; 10];
        deeds[4] = wrong;
        let error = commit(&set, &deeds, &target).verify(CHAIN, HEIGHT, &target, &set).unwrap_err();
        assert!(matches!(error, CommitError::Signature { index: 4 }), "{wrong:?}: {error}");
    }
}

#[test]
fn a_commit_of_another_length_is_none() {
    let (set, target) = (set(&[1; 4]), target(1));
    let mut short = whole(&set);
    short.signatures.pop();
    let error = short.verify(CHAIN, HEIGHT, &target, &set).unwrap_err();
    assert!(matches!(error, CommitError::Length { given: 3, validators: 4 }), "{error}");
    let mut long = whole(&set);
    long.signatures.try_push(None).unwrap();
    assert!(matches!(long.verify(CHAIN, HEIGHT, &target, &set), Err(CommitError::Length { given: 5, .. })));
}

#[test]
fn a_commit_is_for_its_chain_height_round_block_and_set() {
    let (set, target) = (set(&[1, 2, 3]), target(1));
    let good = whole(&set);
    assert!(good.verify(CHAIN, HEIGHT, &target, &set).is_ok());
    assert!(good.verify("test-01234568", HEIGHT, &target, &set).is_err());
    assert!(good.verify(CHAIN, HEIGHT + 1, &target, &set).is_err());
    assert!(good.verify(CHAIN, HEIGHT, &crate::samples::target(2), &set).is_err());
    assert!(Commit { round: ROUND + 1, ..good.clone() }.verify(CHAIN, HEIGHT, &target, &set).is_err());
    let other = ValidatorSet::new([(key(0), 1), (key(1), 2), (key(7), 3)]).unwrap();
    assert!(good.verify(CHAIN, HEIGHT, &target, &other).is_err());
    assert!(matches!(good.verify("", HEIGHT, &target, &set), Err(CommitError::OutOfRange(_))));
}

#[test]
fn a_commit_keeps_its_format() {
    let commit = Commit { round: 0x0102, signatures: vec![None, Some([7; 64])].try_into().unwrap() };
    assert_eq!(commit.encode(), [&[2, 1, 0, 0, 8, 0, 1][..], &[7; 64]].concat());
    assert_eq!(Commit::decode(&mut &commit.encode()[..]).unwrap(), commit);
    assert_eq!(Commit::max_encoded_len(), 4 + 2 + 150 * 65);
}
