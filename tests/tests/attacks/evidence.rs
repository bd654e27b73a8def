//! Blocks whose evidence accuses the innocent, comes too late, or convicts twice.

use super::{claimed, forged, pair, refusal, remark, sudo, verdict, Chain};
use codec::{Decode, Encode};
use ed25519_consensus::SigningKey;
use icn_executor::{ExecutorError, Inherents, InvalidBlock};
use icn_primitives::{
    validators::address_of,
    votes::{evidence_hash, VoteKind, EVIDENCE_MAX},
    BlockNumber, DuplicateVote, Extrinsic, Target,
};
use icn_runtime::{RuntimeCall, RuntimeEvent};
use icn_tests::{
    account::Account,
    chain::Offered,
    signers::{duplicate_vote, numbered_key, public},
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// Four validators with the same power. Two blocks are decided.
fn chain(seed: u64) -> Chain {
    let chain = Chain::validated(seed, &[1; 4], 8);
    chain.next([]);
    chain.next([]);
    chain
}

fn id(chain: &Chain) -> String {
    chain.executor.context().chain_id.clone()
}

/// Two things to vote for, the lesser first.
fn targets(chain: &Chain) -> [Option<Target>; 2] {
    let target = chain.head().record.target().expect("in range").expect("it is not genesis");
    let mut other = target;
    other.id.hash.0[31] ^= 1;
    [Some(target.min(other)), Some(target.max(other))]
}

/// Evidence that the validator of a number voted twice at a height.
fn evidence(chain: &Chain, number: u32, height: BlockNumber) -> DuplicateVote {
    duplicate_vote(&numbered_key(number), &id(chain), height, 0, targets(chain))
}

/// The inherents of the next block, with evidence in them.
fn accusing(chain: &Chain, evidence: impl IntoIterator<Item = DuplicateVote>) -> Inherents {
    let mut inherents = chain.inherents();
    inherents.record.evidence = evidence.into_iter().collect::<Vec<_>>().try_into().expect("within the bound");
    inherents
}

/// What is said of a block that holds good evidence first, and then this; neither is it built or taken in.
fn reason(chain: &Chain, bad: DuplicateVote) -> String {
    assert!(!chain.executor.accepts_evidence(&chain.state(), &bad).expect("readable"));
    let inherents = accusing(chain, [evidence(chain, 3, chain.head().number), bad]);
    let said = verdict(chain, forged(chain, &inherents, []));
    assert!(matches!(refusal(chain, &inherents), ExecutorError::Invalid(reason) if reason == said));
    match said {
        InvalidBlock::Evidence { index: 1, reason } => reason,
        other => panic!("{other}"),
    }
}

#[test]
fn false_evidence_is_refused() {
    let chain = chain(1);
    let key: SigningKey = numbered_key(0);
    let good = evidence(&chain, 0, 1);
    let with = |change: &dyn Fn(&mut DuplicateVote)| {
        let mut bad = good.clone();
        change(&mut bad);
        reason(&chain, bad)
    };
    let [lesser, greater] = targets(&chain);
    let voted = |targets| reason(&chain, duplicate_vote(&key, &id(&chain), 1, 0, targets));
    let none = "the votes do not contradict each other, or are not in order";
    assert_eq!(voted([lesser, lesser]), none);
    assert_eq!(voted([greater, lesser]), none);
    assert_eq!(voted([lesser, None]), none);

    let unsigned = "a signature is not the validator's";
    assert_eq!(with(&|bad| bad.first.signature[0] ^= 1), unsigned);
    assert_eq!(with(&|bad| bad.second.signature[63] ^= 1), unsigned);
    assert_eq!(with(&|bad| bad.first.signature = bad.second.signature), unsigned);
    assert_eq!(with(&|bad| bad.address = address_of(&public(&numbered_key(1)))), unsigned);
    assert_eq!(with(&|bad| bad.height = 2), unsigned);
    assert_eq!(with(&|bad| bad.round = 1), unsigned);
    assert_eq!(with(&|bad| bad.kind = VoteKind::Precommit), unsigned);
    assert_eq!(
        with(&|bad| bad.second.target = bad.second.target.map(|target| Target { time: target.time + 1, ..target })),
        unsigned
    );
    assert_eq!(reason(&chain, duplicate_vote(&key, "dev-00000000", 1, 0, targets(&chain))), unsigned);

    let stranger = duplicate_vote(&numbered_key(4), &id(&chain), 1, 0, targets(&chain));
    assert_eq!(reason(&chain, stranger), "OffenderUnknown");
    assert_eq!(reason(&chain, evidence(&chain, 0, 0)), "OffenderUnknown", "nobody signs block 0");
    for future in [chain.head().number + 1, chain.head().number + 2, BlockNumber::MAX] {
        assert_eq!(reason(&chain, evidence(&chain, 0, future)), "EvidenceNotPast");
    }
}

#[test]
fn good_evidence_takes_the_offenders_power_at_the_next_height() {
    let (chain, follower) = (chain(1), chain(2));
    let nil_and_block = duplicate_vote(&numbered_key(1), &id(&chain), 2, 5, [None, targets(&chain)[0]]);
    let list = [evidence(&chain, 0, 1), nil_and_block];
    assert!(list.iter().all(|one| chain.executor.accepts_evidence(&chain.state(), one).expect("readable")));
    let built = chain.build_with(&accusing(&chain, list.clone()), &mut Offered::default()).expect("it is good");
    assert_eq!(built.record.tendermint.evidence_hash, evidence_hash(&list));
    assert_ne!(built.record.tendermint.evidence_hash, chain.head().record.tendermint.evidence_hash);
    let head = chain.commit(built);
    follower.follow(head.record.block.clone()).expect("what is built is valid");
    let rest: Vec<_> = [2, 3].map(|number| (public(&numbered_key(number)), 1)).into();
    let rest = icn_primitives::ValidatorSet::new(rest).expect("two are left");
    assert_eq!(head.record.tendermint.next_validators_hash, rest.hash());
    assert_eq!(chain.store.validators_at(4).expect("readable"), Some(rest));
    let tombstoned = chain
        .events()
        .into_iter()
        .filter(|event| matches!(event, RuntimeEvent::Validators(pallet_validators::Event::Tombstoned { .. })));
    assert_eq!(tombstoned.count(), 2);
    // The block was still signed by all four; the next is by two.
    assert_eq!(chain.store.commit_of(3).expect("readable").expect("decided").signatures.len(), 4);
    assert_eq!(chain.next([]).number, 4);
    assert_eq!(chain.store.commit_of(4).expect("readable").expect("decided").signatures.len(), 2);
}

#[test]
fn an_offence_is_judged_once() {
    let chain = chain(1);
    // Twice in one block, whether it is the same offence or another of the same validator.
    for twice in [[evidence(&chain, 0, 1), evidence(&chain, 0, 1)], [evidence(&chain, 0, 1), evidence(&chain, 0, 2)]] {
        let inherents = accusing(&chain, twice);
        refusal(&chain, &inherents);
        // The runtime finds it, when the first has convicted.
        let error = TransactionValidityError::Invalid(InvalidTransaction::BadMandatory);
        assert_eq!(verdict(&chain, forged(&chain, &inherents, [])), InvalidBlock::Transaction { index: 1, error });
    }
    let built = chain.build_with(&accusing(&chain, [evidence(&chain, 0, 1)]), &mut Offered::default());
    chain.commit(built.expect("it is good"));
    for again in [evidence(&chain, 0, 1), evidence(&chain, 0, 2), evidence(&chain, 0, 3)] {
        assert_eq!(reason(&chain, again), "AlreadyTombstoned");
    }
}

#[test]
fn evidence_that_is_too_old_is_refused() {
    let chain = chain(1);
    let parameters =
        pallet_validators::Parameters { evidence_max_age_blocks: 3, evidence_max_age_ms: 2_000, ..Default::default() };
    let call: RuntimeCall = pallet_validators::Call::set_parameters { parameters }.into();
    chain.next([chain.sign(&Account::dev("Alice"), sudo(call))]);
    let early = evidence(&chain, 0, 1);
    assert!(chain.executor.accepts_evidence(&chain.state(), &early).expect("readable"));
    for _ in 0..4 {
        chain.next([]);
    }
    assert_eq!(reason(&chain, early), "EvidenceTooOld");
    let built = chain.build_with(&accusing(&chain, [evidence(&chain, 0, 6)]), &mut Offered::default());
    chain.commit(built.expect("it is new enough"));
}

#[test]
fn a_block_has_no_more_evidence_than_it_may() {
    let chain = chain(1);
    let one = evidence(&chain, 0, 1);
    let many = vec![one.clone(); EVIDENCE_MAX as usize];
    let inherents = accusing(&chain, many.clone());
    let [time, consensus] = pair(inherents.encode());
    // The list is the last of the inherent: its length, and each piece in as many bytes.
    let mut body = Vec::<u8>::decode(&mut consensus.bytes()).expect("an extrinsic is its length and bytes");
    let length = body.len() - many.len() * one.encoded_size() - 1;
    assert_eq!(body[length..], many.encode()[..]);
    body[length] = ((EVIDENCE_MAX + 1) as u8) << 2;
    body.extend(one.encode());
    let block = claimed(&chain, inherents.digest, vec![time, Extrinsic::from_encoded(body.encode())]);
    assert_eq!(verdict(&chain, block), InvalidBlock::Inherent);
    chain.next([chain.sign(&Account::dev("Alice"), remark())]);
}
