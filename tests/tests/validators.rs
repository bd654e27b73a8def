//! Validators join, leave, rotate their keys and change their powers, and a stock light client follows them all the way.

use icn_executor::{ExecutorError, InvalidBlock};
use icn_primitives::{
    tendermint::BlockId, validators::address_of, BlockNumber, Commit, Hash, PartSetHeader, Target, Validator,
    ValidatorSet,
};
use icn_runtime::RuntimeCall;
use icn_storage::SimulatedDisk;
use icn_tests::{
    account::Account,
    chain::{Offered, TestChain},
    signers::{numbered_key, public},
};
use pallet_validators::Call;
use std::time::Duration;
use tendermint::{
    block::{signed_header::SignedHeader, CommitSig},
    node, validator, PublicKey, Time,
};
use tendermint_light_client_verifier::{
    options::Options,
    types::{LightBlock, TrustThreshold},
    ProdVerifier, Verdict, Verifier as _,
};

type Chain = TestChain<SimulatedDisk>;

/// Keys that may become validators.
const KEYS: u32 = 9;

fn key(number: u32) -> [u8; 32] {
    public(&numbered_key(number))
}

fn set(members: &[(u32, u64)]) -> ValidatorSet {
    ValidatorSet::new(members.iter().map(|(number, power)| (key(*number), *power))).expect("a set")
}

fn join(number: u32, power: u64) -> RuntimeCall {
    Call::join { key: key(number), power, peer_id: Default::default(), moniker: Default::default() }.into()
}

fn leave(number: u32) -> RuntimeCall {
    Call::leave { key: key(number) }.into()
}

fn set_power(number: u32, power: u64) -> RuntimeCall {
    Call::set_power { key: key(number), power }.into()
}

fn rotate(from: u32, to: u32) -> RuntimeCall {
    Call::rotate { old_key: key(from), new_key: key(to), new_peer_id: Default::default() }.into()
}

/// What each block changes, and who signs the block after it.
fn history() -> Vec<(Vec<RuntimeCall>, ValidatorSet)> {
    vec![
        (vec![], set(&[(0, 10), (1, 10), (2, 10), (3, 10)])),
        (vec![join(4, 10)], set(&[(0, 10), (1, 10), (2, 10), (3, 10), (4, 10)])),
        (vec![], set(&[(0, 10), (1, 10), (2, 10), (3, 10), (4, 10)])),
        (vec![set_power(0, 25)], set(&[(0, 25), (1, 10), (2, 10), (3, 10), (4, 10)])),
        (vec![rotate(1, 5)], set(&[(0, 25), (5, 10), (2, 10), (3, 10), (4, 10)])),
        (vec![leave(2)], set(&[(0, 25), (5, 10), (3, 10), (4, 10)])),
        (vec![leave(3), join(6, 7), set_power(0, 9)], set(&[(0, 9), (5, 10), (6, 7), (4, 10)])),
        (vec![set_power(4, 11), set_power(4, 10)], set(&[(0, 9), (5, 10), (6, 7), (4, 10)])),
        (vec![rotate(0, 7), rotate(4, 8)], set(&[(7, 9), (5, 10), (6, 7), (8, 10)])),
        (vec![join(2, 30)], set(&[(7, 9), (5, 10), (6, 7), (8, 10), (2, 30)])),
        (vec![], set(&[(7, 9), (5, 10), (6, 7), (8, 10), (2, 30)])),
    ]
}

/// The chain with all of [`history`].
fn changed_chain(seed: u64) -> Chain {
    let chain = Chain::validated(seed, &[10; 4], KEYS);
    for (calls, _) in history() {
        change(&chain, calls);
    }
    chain
}

/// Makes a block in which the root origin calls these.
fn change(chain: &Chain, calls: Vec<RuntimeCall>) {
    let alice = Account::dev("Alice");
    let signed = calls
        .into_iter()
        .zip(0..)
        .map(|(call, after)| chain.sign_after(&alice, after, pallet_sudo::Call::sudo { call: Box::new(call) }));
    chain.next(signed.collect::<Vec<_>>());
}

#[test]
fn a_change_in_a_block_takes_effect_at_the_next_height() {
    let (chain, follower) = (Chain::validated(1, &[10; 4], KEYS), Chain::validated(2, &[10; 4], KEYS));
    let mut own = set(&[(0, 10), (1, 10), (2, 10), (3, 10)]);
    for (calls, next) in history() {
        change(&chain, calls);
        let (head, number) = (chain.head(), chain.head().number);
        let header = &head.record.tendermint;
        assert_eq!((header.validators_hash, header.next_validators_hash), (own.hash(), next.hash()), "block {number}");
        assert_eq!(chain.store.validators_at(number).expect("readable"), Some(own));
        assert_eq!(chain.store.validators_at(number + 1).expect("readable"), Some(next.clone()));
        assert!(chain.next_validators().has_same_powers(&next), "block {number}");
        follower.follow(head.record.block.clone()).expect("what is built is valid");
        own = next;
    }
    let report = chain.store.check(&mut |_| {}).expect("readable");
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(report.commits, u64::from(chain.head().number));
}

#[test]
fn who_has_left_neither_proposes_nor_signs() {
    let chain = changed_chain(1);
    let mut inherents = chain.inherents();
    for gone in [0, 1, 3, 4] {
        inherents.digest.proposer = address_of(&key(gone));
        let built = chain.build_with(&inherents, &mut Offered::default());
        assert!(matches!(built, Err(ExecutorError::Invalid(InvalidBlock::Proposer))), "validator {gone}");
    }
    inherents.digest.proposer = address_of(&key(2));
    chain.build_with(&inherents, &mut Offered::default()).expect("it has come back");
}

#[test]
fn turns_to_propose_follow_power() {
    let chain = Chain::validated(1, &[1, 2, 5], KEYS);
    let mut turns = [0; 3];
    for _ in 0..24 {
        let head = chain.next([]);
        let proposer = head.record.tendermint.proposer;
        let place = (0..3).find(|number| address_of(&key(*number)) == proposer).expect("a validator proposes");
        turns[place as usize] += 1;
    }
    assert_eq!(turns, [3, 6, 15]);
}

/// Validators as the stock crate has them.
fn stock_set(validators: &ValidatorSet) -> validator::Set {
    let stock = |validator: &Validator| {
        let key = PublicKey::from_raw_ed25519(&validator.key).expect("a key");
        validator::Info::new(key, validator.power.try_into().expect("a power"))
    };
    validator::Set::without_proposer(validators.validators().iter().map(stock).collect())
}

/// A block as a light client is given it.
fn light_block(chain: &Chain, number: BlockNumber) -> LightBlock {
    let record = chain.store.record(number).expect("readable").expect("below the head");
    let sets = [number, number + 1].map(|number| chain.store.validators_at(number).expect("readable").expect("known"));
    let target = record.target().expect("in range").expect("it is not genesis");
    let commit = chain.store.commit_of(number).expect("readable").expect("it is decided");
    let header = record.tendermint.to_stock().expect("in range");
    let commit = commit.to_stock(number.into(), &target, &sets[0]).expect("in range");
    let signed = SignedHeader::new(header, commit).expect("of one height");
    let [own, next] = sets.each_ref().map(stock_set);
    LightBlock::new(signed, own, next, node::Id::new([0; 20]))
}

fn light_blocks(chain: &Chain) -> Vec<LightBlock> {
    (1..=chain.head().number).map(|number| light_block(chain, number)).collect()
}

/// Ten seconds after a block.
fn after(block: &LightBlock) -> Time {
    (block.time() + Duration::from_secs(10)).expect("in range")
}

fn verify(trusted: &LightBlock, untrusted: &LightBlock) -> Verdict {
    let options = Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(3600),
        clock_drift: Duration::from_secs(5),
    };
    let (trusted, now) = (trusted.as_trusted_state(), after(untrusted));
    ProdVerifier::default().verify_update_header(untrusted.as_untrusted_state(), trusted, &options, now)
}

#[test]
fn a_stock_light_client_follows_every_change_block_by_block() {
    let blocks = light_blocks(&changed_chain(1));
    assert_eq!(blocks.len(), history().len());
    for pair in blocks.windows(2) {
        assert_eq!(verify(&pair[0], &pair[1]), Verdict::Success, "block {}", pair[1].height());
    }
}

#[test]
fn a_stock_light_client_skips_as_far_as_a_third_of_the_power_it_trusts_has_signed() {
    let chain = changed_chain(1);
    let blocks = light_blocks(&chain);
    let set_at = |number: u64| chain.store.validators_at(number as BlockNumber).expect("readable").expect("known");
    let (mut near, mut far) = (0, 0);
    for (place, trusted) in blocks.iter().enumerate() {
        for untrusted in &blocks[place + 1..] {
            let (known, own) = (set_at(trusted.height().value() + 1), set_at(untrusted.height().value()));
            let signed = known.validators().iter().filter(|validator| own.by_key(&validator.key).is_some());
            let power: u64 = signed.map(|validator| validator.power).sum();
            let adjacent = untrusted.height() == trusted.height().increment();
            let expected = adjacent || power * 3 > known.total_power();
            match (verify(trusted, untrusted), expected) {
                (Verdict::Success, true) => near += 1,
                (Verdict::NotEnoughTrust(_), false) => far += 1,
                (verdict, _) => panic!("from {} to {}: {verdict:?}", trusted.height(), untrusted.height()),
            }
        }
    }
    assert!(near > 30 && far > 5, "{near} steps are near, {far} far");
}

/// A lie about a block.
type Change = fn(&mut LightBlock);

#[test]
fn a_stock_light_client_refuses_what_the_validators_did_not_sign() {
    let chain = changed_chain(1);
    let blocks = light_blocks(&chain);
    let (trusted, good) = (&blocks[1], &blocks[2]);
    assert_eq!(verify(trusted, good), Verdict::Success);
    let changes: [(&str, Change); 7] = [
        ("the state", |block| block.signed_header.header.app_hash = vec![1; 32].try_into().expect("a hash")),
        ("the time", |block| block.signed_header.header.time = after(block)),
        ("the content", |block| block.signed_header.header.data_hash = None),
        ("the block", |block| block.signed_header.commit.block_id.hash = tendermint::Hash::Sha256([1; 32])),
        ("the parts", |block| block.signed_header.commit.block_id.part_set_header.total += 1),
        ("the round", |block| block.signed_header.commit.round = 9u16.into()),
        ("who signs next", |block| block.next_validators = validator::Set::without_proposer(vec![])),
    ];
    for (what, change) in changes {
        let mut block = good.clone();
        change(&mut block);
        assert!(matches!(verify(trusted, &block), Verdict::Invalid(_)), "{what}");
    }
}

/// The single-step traces that are published with the stock light client (tendermint-rs 0.40, `light-client/tests/support/model_based`),
/// made by a model checker from Tendermint's TLA+ specification; one on each line, without what they were generated from.
const TRACES: &str = include_str!("fixtures/light_client_traces.jsonl");

#[derive(serde::Deserialize)]
struct Trace {
    description: String,
    initial: TraceStart,
    input: Vec<TraceStep>,
}

#[derive(serde::Deserialize)]
struct TraceStart {
    signed_header: SignedHeader,
    next_validator_set: validator::Set,
    /// In nanoseconds.
    trusting_period: String,
}

#[derive(serde::Deserialize)]
struct TraceStep {
    block: TraceBlock,
    now: Time,
    verdict: String,
}

#[derive(serde::Deserialize)]
struct TraceBlock {
    signed_header: SignedHeader,
    validator_set: validator::Set,
    next_validator_set: validator::Set,
    provider: node::Id,
}

/// The same validators in this chain's type, which must have Tendermint's order and hash.
fn ours(stock: &validator::Set) -> ValidatorSet {
    let member = |info: &validator::Info| (info.pub_key.to_bytes().try_into().expect("an Ed25519 key"), info.power());
    let ours = ValidatorSet::new(stock.validators().iter().map(member)).expect("a set");
    assert_eq!(tendermint::Hash::Sha256(ours.hash().0), stock.hash());
    assert_eq!(stock_set(&ours).validators(), stock.validators());
    ours
}

/// A set by way of ours. Faulty blocks of traces name sets without validators, which ours cannot be.
fn through_ours(stock: &validator::Set) -> validator::Set {
    if stock.validators().is_empty() {
        return stock.clone();
    }
    stock_set(&ours(stock))
}

/// What our commit says of a block of a trace. The traces' votes have the time of their block, as ours do.
fn our_verdict(signed: &SignedHeader, set: &ValidatorSet) -> bool {
    let signatures = signed.commit.signatures.iter().map(|signature| match signature {
        CommitSig::BlockIdFlagCommit { signature, timestamp, .. } => {
            assert_eq!(*timestamp, signed.header.time);
            signature.as_ref().map(|signature| signature.as_bytes().try_into().expect("64 bytes"))
        }
        _ => None,
    });
    let signatures: Vec<Option<[u8; 64]>> = signatures.collect();
    let commit = Commit { round: signed.commit.round.value(), signatures: signatures.try_into().expect("in bounds") };
    let hash = |hash: tendermint::Hash| Hash::from_slice(hash.as_bytes());
    let id = signed.commit.block_id;
    let parts = PartSetHeader { total: id.part_set_header.total, hash: hash(id.part_set_header.hash) };
    let time = signed.header.time.unix_timestamp_nanos() / 1_000_000;
    let target = Target { id: BlockId { hash: hash(id.hash), parts }, time: time as u64 };
    let follows = hash(id.hash) == hash(signed.header.hash()) && hash(signed.header.validators_hash) == set.hash();
    follows && commit.verify(signed.header.chain_id.as_str(), signed.commit.height.value(), &target, set).is_ok()
}

#[test]
fn the_published_traces_of_light_clients_come_to_their_verdicts_with_our_validators_and_commits() {
    let (mut traces, mut agreed) = (0, 0);
    for line in TRACES.lines() {
        let Trace { description, initial, input } = serde_json::from_str(line).expect("a trace");
        traces += 1;
        let options = Options {
            trust_threshold: TrustThreshold::ONE_THIRD,
            trusting_period: Duration::from_nanos(initial.trusting_period.parse().expect("a number")),
            clock_drift: Duration::from_secs(1),
        };
        let next = through_ours(&initial.next_validator_set);
        let provider = input[0].block.provider;
        // The verifier asks for the next validators of what is trusted only.
        let mut trusted = LightBlock::new(initial.signed_header, next.clone(), next, provider);
        for TraceStep { block, now, verdict } in input {
            let set = through_ours(&block.validator_set);
            let next = through_ours(&block.next_validator_set);
            let block = LightBlock::new(block.signed_header, set, next, block.provider);
            let (untrusted, trusted_state) = (block.as_untrusted_state(), trusted.as_trusted_state());
            let found = match ProdVerifier::default().verify_update_header(untrusted, trusted_state, &options, now) {
                Verdict::Success => "SUCCESS",
                Verdict::NotEnoughTrust(_) => "NOT_ENOUGH_TRUST",
                Verdict::Invalid(_) => "INVALID",
            };
            assert_eq!(found, verdict, "{description}, height {}", block.height());
            if found == "SUCCESS" {
                let signed = our_verdict(&block.signed_header, &ours(&block.validators));
                assert!(signed, "{description}: our commit refuses height {}", block.height());
                agreed += 1;
                trusted = block;
            }
        }
    }
    assert_eq!((traces, agreed), (41, 44));
}
