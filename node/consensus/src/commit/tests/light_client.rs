//! Chains of headers whose commits came from certificates of the engine, judged by Tendermint's own verifier.

use super::*;
use crate::samples::key_bytes;
use icn_primitives::{tendermint::BlockId, Hash, PartSetHeader, TendermintHeader};
use std::time::Duration;
use tendermint::{
    block::{signed_header::SignedHeader, CommitSig},
    validator::{Info, Set},
    vote::Power,
    PublicKey, Time,
};
use tendermint_light_client_verifier::{
    options::Options,
    types::{LightBlock, TrustThreshold},
    ProdVerifier, Verdict, Verifier as _,
};

/// Time of the block before the first, in milliseconds.
const START: u64 = 1_700_000_000_000;

fn stock_set(set: &ValidatorSet) -> Set {
    let info = |validator: &icn_primitives::Validator| {
        let key = PublicKey::from_raw_ed25519(&validator.key).expect("it is a key");
        Info::new(key, Power::try_from(validator.power).expect("it is in range"))
    };
    Set::without_proposer(set.validators().iter().map(info).collect())
}

/// A block's header, its name, and the sets of its height and the next.
struct Made {
    header: TendermintHeader,
    target: Target,
    set: ValidatorSet,
    next: ValidatorSet,
}

fn make(height: u64, last: Option<&Made>, set: &ValidatorSet, next: &ValidatorSet) -> Made {
    let header = TendermintHeader {
        chain_id: CHAIN.into(),
        height,
        time: START + height * 1_234,
        last_block_id: last.map(|last| last.target.id),
        last_commit_hash: Hash::repeat_byte(1),
        data_hash: Hash::repeat_byte(2),
        validators_hash: set.hash(),
        next_validators_hash: next.hash(),
        consensus_hash: Hash::repeat_byte(3),
        app_hash: Hash::repeat_byte(height as u8),
        last_results_hash: Hash::repeat_byte(4),
        evidence_hash: Hash::repeat_byte(5),
        proposer: set.proposer(0).address(),
    };
    let parts = PartSetHeader { total: 3, hash: Hash::repeat_byte(6) };
    let id = BlockId { hash: header.hash().expect("it is in range"), parts };
    Made { target: Target { id, time: header.time }, header, set: set.clone(), next: next.clone() }
}

/// What a light client gets: the header with the commit that follows from a certificate of these signers.
fn light_block(made: &Made, round: u32, signers: &[u8]) -> LightBlock {
    let height = made.header.height;
    let certificate = certificate(signers, height, round, made.target);
    let validators = Validators::new(made.set.clone()).expect("the keys are keys");
    assert!(engine_accepts(&certificate, &validators), "the engine takes it at height {height}");
    let commit = commit_of(&certificate, &made.set);
    commit.verify(CHAIN, height, &made.target, &made.set).expect("it is a commit");
    let header = made.header.to_stock().expect("it is in range");
    let commit = commit.to_stock(height, &made.target, &made.set).expect("it is in range");
    let signed = SignedHeader::new(header, commit).expect("they are of one height");
    let provider = "0000000000000000000000000000000000000000".parse().expect("it is a name");
    LightBlock::new(signed, stock_set(&made.set), stock_set(&made.next), provider)
}

fn verdict(untrusted: &LightBlock, trusted: &LightBlock) -> Verdict {
    let (trusting_period, clock_drift) = (Duration::from_secs(86_400), Duration::from_secs(5));
    let options = Options { trust_threshold: TrustThreshold::ONE_THIRD, trusting_period, clock_drift };
    let now = Time::from_unix_timestamp((START / 1000 + 3_600) as i64, 0).expect("it is in range");
    let (untrusted, trusted) = (untrusted.as_untrusted_state(), trusted.as_trusted_state());
    ProdVerifier::default().verify_update_header(untrusted, trusted, &options, now)
}

/// Five blocks: a change of power, a validator that joins and one that leaves; absent validators and later rounds.
fn chain() -> Vec<LightBlock> {
    let first = set(&[10, 10, 10, 10]);
    let second = first.next().updated(&[(key_bytes(1), 30)]).expect("it is a set");
    let third = second.next().updated(&[(key_bytes(5), 10)]).expect("it is a set");
    let fourth = third.next().updated(&[(key_bytes(2), 0)]).expect("it is a set");
    let (fifth, sixth) = (fourth.next(), fourth.next().next());
    let sets = [&first, &second, &third, &fourth, &fifth, &sixth];
    let signers: [(u32, &[u8]); 5] =
        [(0, &[1, 2, 3]), (3, &[4, 1, 2]), (0, &[5, 4, 3, 2, 1]), (1, &[1, 5, 3]), (0, &[4, 3, 1])];
    let mut made: Vec<Made> = Vec::new();
    for (height, pair) in (1..).zip(sets.windows(2)) {
        made.push(make(height, made.last(), pair[0], pair[1]));
    }
    made.iter().zip(signers).map(|(made, (round, signers))| light_block(made, round, signers)).collect()
}

#[test]
fn every_step_and_every_skip_verifies() {
    let chain = chain();
    for (place, trusted) in chain.iter().enumerate() {
        for untrusted in &chain[place + 1..] {
            let verdict = verdict(untrusted, trusted);
            assert_eq!(verdict, Verdict::Success, "{} to {}", trusted.height(), untrusted.height());
        }
    }
}

#[test]
fn anything_altered_in_commit_or_header_is_refused() {
    type Change = fn(&mut LightBlock);
    let changes: [(&str, Change); 8] = [
        ("round", |block| block.signed_header.commit.round = 2u16.into()),
        ("block", |block| block.signed_header.commit.block_id.hash = tendermint::Hash::Sha256([1; 32])),
        ("parts", |block| block.signed_header.commit.block_id.part_set_header.total += 1),
        ("header", |block| block.signed_header.header.app_hash = vec![9; 32].try_into().expect("a hash")),
        ("next validators", |block| block.next_validators = stock_set(&set(&[1]))),
        ("validators", |block| block.validators = stock_set(&set(&[10, 10, 10, 10]))),
        ("time", |block| {
            for entry in &mut block.signed_header.commit.signatures {
                if let CommitSig::BlockIdFlagCommit { timestamp, .. } = entry {
                    *timestamp = (*timestamp + Duration::from_nanos(1)).expect("it is in range");
                }
            }
        }),
        ("signatures", |block| {
            let first = block.signed_header.commit.signatures.iter_mut().find(|entry| entry.is_commit());
            *first.expect("somebody signed") = CommitSig::BlockIdFlagAbsent;
        }),
    ];
    let chain = chain();
    let (trusted, good) = (&chain[0], &chain[1]);
    assert_eq!(verdict(good, trusted), Verdict::Success);
    for (name, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert_ne!(verdict(&changed, trusted), Verdict::Success, "{name}");
    }
}
