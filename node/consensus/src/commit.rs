//! From the engine's certificates and evidence to what blocks carry, and back.

#[cfg(test)]
mod tests;

use crate::{Address, BlockRef, Height, IcnContext, Vote};
use icn_primitives::{
    votes::{SignatureBytes, SignedTarget},
    BlockNumber, Commit, DuplicateVote, Target, ValidatorSet,
};
use malachitebft_core_consensus::MisbehaviorEvidence;
use malachitebft_core_types::{CommitCertificate, CommitSignature, DoubleVote, Round, SignedVote};
use malachitebft_signing_ed25519::Signature;
use std::collections::BTreeMap;

/// The commit that a certificate of the engine gives: a place for each validator of the set, in order, empty for who is absent.
///
/// The engine has verified the certificate, so its round is defined and its signatures are from the set; one that is not has no
/// place in the commit.
pub fn commit_of(certificate: &CommitCertificate<IcnContext>, set: &ValidatorSet) -> Commit {
    let signatures = certificate.commit_signatures.iter();
    let by_address: BTreeMap<Address, SignatureBytes> =
        signatures.map(|vote| (vote.address, vote.signature.to_bytes())).collect();
    let places = set.validators().iter();
    let places = places.map(|validator| by_address.get(&Address(validator.address())).copied());
    // A set and a commit have the same bound, so nothing is cut off.
    let signatures = places.collect::<Vec<_>>().try_into().unwrap_or_default();
    Commit { round: certificate.round.as_u32().unwrap_or(0), signatures }
}

/// The certificate that a commit of `target` stands for, in the order of addresses as the engine sends it.
pub fn certificate_of(
    height: u64,
    target: &Target,
    commit: &Commit,
    set: &ValidatorSet,
) -> CommitCertificate<IcnContext> {
    let places = set.validators().iter().zip(&commit.signatures);
    let signed = places.filter_map(|(validator, signature)| Some((Address(validator.address()), (*signature)?)));
    let by_address: BTreeMap<Address, SignatureBytes> = signed.collect();
    let vote = |(address, signature)| CommitSignature::new(address, Signature::from_bytes(signature));
    CommitCertificate {
        height: Height(height),
        round: Round::new(commit.round),
        value_id: BlockRef(*target),
        commit_signatures: by_address.into_iter().map(vote).collect(),
    }
}

/// The evidence in what the engine saw: votes of one validator that contradict each other. Two proposals are no offence that a
/// block can prove: a light client never sees one.
pub fn duplicate_votes(evidence: &MisbehaviorEvidence<IcnContext>) -> Vec<DuplicateVote> {
    let pairs = evidence.votes.iter().flat_map(|(_, pairs)| pairs);
    pairs.filter_map(duplicate_vote).collect()
}

/// Evidence from two votes, the lesser first; `None` when they do not contradict each other.
pub fn duplicate_vote((one, other): &DoubleVote<IcnContext>) -> Option<DuplicateVote> {
    let step = |vote: &Vote| (vote.kind, vote.height, vote.round, vote.address);
    if step(one) != step(other) || one.target() == other.target() {
        return None;
    }
    let (first, second) = if one.target() < other.target() { (one, other) } else { (other, one) };
    let signed = |vote: &SignedVote<IcnContext>| SignedTarget {
        target: vote.target().copied(),
        signature: vote.signature.to_bytes(),
    };
    Some(DuplicateVote {
        address: one.address.0,
        height: BlockNumber::try_from(one.height.0).ok()?,
        round: one.round.as_u32()?,
        kind: one.kind,
        first: signed(first),
        second: signed(second),
    })
}
