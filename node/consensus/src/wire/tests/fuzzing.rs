//! Fuzzing of every decoder, from the frozen encodings: nothing panics, and what is accepted is its own encoding.

use super::{vectors, *};
use crate::{IcnContext, ProposalPart};
use codec::Encode;
use icn_fuzzing::fuzz;
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{CommitCertificate, PolkaCertificate, ValidatorProof};

/// A message that is encoded for the wire where SCALE is asked for.
struct OnWire<T>(T);

impl<T: Wire> Encode for OnWire<T> {
    fn encode(&self) -> Vec<u8> {
        encode(&self.0).expect("it was decoded").to_vec()
    }
}

fn run<T: Wire>(name: &str, seeds: &[T]) {
    let seeds: Vec<Vec<u8>> = seeds.iter().map(|seed| encode(seed).expect("it is in bounds").to_vec()).collect();
    fuzz(name, &seeds, |bytes| decode::<T>(Bytes::copy_from_slice(bytes)).ok().map(OnWire));
}

#[test]
fn consensus_messages() {
    let votes = [vectors::vote(), vectors::nil_vote()].map(SignedConsensusMsg::<IcnContext>::Vote);
    run("consensus message", &[&votes[..], &[SignedConsensusMsg::Proposal(vectors::proposal())]].concat());
}

#[test]
fn liveness_messages() {
    run(
        "liveness message",
        &[
            LivenessMsg::<IcnContext>::Vote(vectors::vote()),
            LivenessMsg::PolkaCertificate(vectors::polka()),
            LivenessMsg::SkipRoundCertificate(vectors::rounds()),
        ],
    );
}

#[test]
fn entries_of_the_log() {
    run::<ProposedValue<IcnContext>>("verdict", &[vectors::verdict()]);
    run::<PolkaCertificate<IcnContext>>("polka certificate", &[vectors::polka()]);
}

#[test]
fn commit_certificates() {
    run::<CommitCertificate<IcnContext>>("commit certificate", &[vectors::commit()]);
}

#[test]
fn parts() {
    let parts = [ProposalPart::Init(vectors::init()), ProposalPart::Chunk(vectors::chunk())];
    run("proposal part", &parts);
    let [init, chunk] = parts;
    run("stream message", &[vectors::stream(Some(init)), vectors::stream(Some(chunk)), vectors::stream(None)]);
}

#[test]
fn validator_proofs() {
    run::<ValidatorProof<IcnContext>>("validator proof", &[vectors::proof()]);
}

#[test]
fn catching_up() {
    run("status", &[vectors::status()]);
    run("question for blocks", &[vectors::range()]);
    run("answer with blocks", &[vectors::answer()]);
}
