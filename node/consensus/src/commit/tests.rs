//! Tests of commits and evidence, with the engine and the stock light-client verifier as judges.

mod evidence;
mod light_client;

use super::*;
use crate::{
    samples::{address, set, target, validators, verifier, vote, CHAIN},
    Validators,
};
use futures::executor::block_on;
use icn_primitives::votes::VoteKind;
use malachitebft_core_types::ThresholdParams;
use malachitebft_signing::VerifierExt;

/// The certificate of these validators' precommits, in the order of the numbers.
fn certificate(signers: &[u8], height: u64, round: u32, target: Target) -> CommitCertificate<IcnContext> {
    let votes = signers.iter().map(|n| vote(*n, VoteKind::Precommit, height, round, Some(target)));
    CommitCertificate::new(Height(height), Round::new(round), BlockRef(target), votes.collect())
}

fn engine_accepts(certificate: &CommitCertificate<IcnContext>, validators: &Validators) -> bool {
    let context = IcnContext::new(CHAIN);
    let (verifier, thresholds) = (verifier(), ThresholdParams::default());
    block_on(verifier.verify_commit_certificate(&context, certificate, validators, thresholds)).is_ok()
}

#[test]
fn a_commit_has_a_place_for_every_validator_in_the_order_of_the_set() {
    let set = set(&[5, 1, 5, 5]);
    let certificate = certificate(&[4, 1, 3], 9, 2, target(1));
    let commit = commit_of(&certificate, &set);
    assert_eq!(commit.round, 2);
    for (validator, place) in set.validators().iter().zip(&commit.signatures) {
        let entry = certificate.commit_signatures.iter().find(|vote| vote.address.0 == validator.address());
        assert_eq!(*place, entry.map(|vote| vote.signature.to_bytes()));
        assert_eq!(place.is_none(), validator.address() == address(2).0);
    }
    commit.verify(CHAIN, 9, &target(1), &set).expect("more than two thirds signed");
    commit.verify(CHAIN, 8, &target(1), &set).expect_err("they signed for another height");
}

#[test]
fn a_certificate_and_its_commit_say_the_same() {
    let validators = validators(&[5, 1, 5, 5]);
    let first = certificate(&[4, 1, 3], 9, 2, target(1));
    let commit = commit_of(&first, validators.set());
    let again = certificate_of(9, &target(1), &commit, validators.set());
    let mut sorted = first.clone();
    sorted.commit_signatures.sort_by_key(|vote| vote.address);
    assert_eq!(again, sorted);
    assert_eq!(commit_of(&again, validators.set()), commit);
    assert!(engine_accepts(&first, &validators) && engine_accepts(&again, &validators));
}

#[test]
fn who_is_not_in_the_set_has_no_place_in_the_commit() {
    let set = set(&[1, 1, 1]);
    let commit = commit_of(&certificate(&[1, 9], 9, 0, target(1)), &set);
    assert_eq!(commit.power(&set), 1);
}

#[test]
fn the_engine_and_the_commit_agree_on_what_is_enough() {
    let validators = validators(&[1, 1, 1, 1, 2]);
    // 6 of power: more than 4 are needed.
    for (signers, enough) in [(&[1u8, 2, 3, 4][..], false), (&[1, 2, 5], false), (&[1, 2, 3, 5], true), (&[], false)] {
        let certificate = certificate(signers, 3, 0, target(1));
        let commit = commit_of(&certificate, validators.set());
        assert_eq!(engine_accepts(&certificate, &validators), enough, "{signers:?}");
        assert_eq!(commit.verify(CHAIN, 3, &target(1), validators.set()).is_ok(), enough, "{signers:?}");
    }
}

#[test]
fn the_engine_and_the_commit_refuse_a_wrong_signature_among_enough_good_ones() {
    let validators = validators(&[1, 1, 1, 1]);
    let good = certificate(&[1, 2, 3, 4], 3, 0, target(1));
    assert!(engine_accepts(&good, &validators));
    for place in 0..4 {
        let mut wrong = good.clone();
        wrong.commit_signatures[place].signature = good.commit_signatures[(place + 1) % 4].signature;
        assert!(!engine_accepts(&wrong, &validators));
        assert!(commit_of(&wrong, validators.set()).verify(CHAIN, 3, &target(1), validators.set()).is_err());
    }
    let mut other = good.clone();
    other.value_id.0.time += 1;
    assert!(!engine_accepts(&other, &validators));
    assert!(commit_of(&other, validators.set()).verify(CHAIN, 3, &other.value_id.0, validators.set()).is_err());
}

#[test]
fn polka_and_round_certificates_with_votes_for_nothing_verify_in_the_engine() {
    use malachitebft_core_types::{EnterRoundCertificate, PolkaCertificate, RoundCertificateType};
    let validators = validators(&[1, 1, 1, 1]);
    let (context, thresholds) = (IcnContext::new(CHAIN), ThresholdParams::default());
    let prevotes = [1, 2, 3].map(|n| vote(n, VoteKind::Prevote, 3, 1, Some(target(1))));
    let polka = PolkaCertificate::new(Height(3), Round::new(1), BlockRef(target(1)), prevotes.to_vec());
    let verifier = verifier();
    block_on(verifier.verify_polka_certificate(&context, &polka, &validators, thresholds)).expect("it is a polka");

    let precommits = vec![
        vote(1, VoteKind::Precommit, 3, 1, None),
        vote(2, VoteKind::Precommit, 3, 1, Some(target(1))),
        vote(4, VoteKind::Precommit, 3, 1, None),
    ];
    let (kind, round) = (RoundCertificateType::Precommit, Round::new(1));
    let rounds = EnterRoundCertificate::new_from_votes(Height(3), round.increment(), round, kind, precommits);
    block_on(verifier.verify_round_certificate(&context, &rounds.certificate, &validators, thresholds))
        .expect("more than two thirds precommitted");
}
