//! A runtime with validators: four of power 10 unless the test says otherwise, and evidence of up to 20 blocks or 6.4
//! s.

use crate as pallet_validators;
use crate::{Event, GenesisValidator, Key, Moniker, Parameters, PeerId};
use frame_support::{assert_ok, derive_impl};
use frame_system::EnsureRoot;
use icn_primitives::{
    tendermint::ValidatorAddress,
    validators::address_of,
    votes::{SignedTarget, VoteKind},
    Commit, ConsensusRecord, DuplicateVote, ValidatorSet,
};
use pallet_testing::Clock;
use sp_core::Pair;
use sp_runtime::BuildStorage;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Validators: pallet_validators,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl crate::Config for Test {
    type AdminOrigin = EnsureRoot<u64>;
    type Time = Clock;
    type WeightInfo = ();
}

pub(crate) type Error = crate::Error<Test>;

/// Blocks back to which evidence is judged.
pub(crate) const AGE_BLOCKS: u32 = 20;

/// Milliseconds back to which evidence is judged; 64 steps of 100.
pub(crate) const AGE_MS: u64 = 6_400;

/// The time of the first block.
const BEGIN: u64 = 1_000_000;

/// The key of a number.
pub(crate) fn key(number: u16) -> Key {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&number.to_be_bytes());
    sp_core::ed25519::Pair::from_seed(&seed).public().0
}

/// The address of a key of [`key`].
pub(crate) fn address(number: u16) -> ValidatorAddress {
    address_of(&key(number))
}

/// A peer id that nobody else has.
pub(crate) fn peer(number: u16) -> PeerId {
    format!("12D3KooWNode{number}").into_bytes().try_into().expect("shorter than the limit")
}

/// A name.
pub(crate) fn moniker(number: u16) -> Moniker {
    format!("Validator {number}").into_bytes().try_into().expect("shorter than the limit")
}

/// Parameters that let evidence grow old in a test.
pub(crate) fn parameters() -> Parameters {
    Parameters { evidence_max_age_blocks: AGE_BLOCKS, evidence_max_age_ms: AGE_MS, ..Default::default() }
}

/// A genesis with keys from 0 of these powers.
pub(crate) fn genesis(powers: &[u64]) -> ValidatorsConfig {
    let validator = |(power, number): (&u64, u16)| GenesisValidator {
        key: key(number),
        power: *power,
        peer_id: String::from_utf8(peer(number).into_inner()).expect("a peer id is ASCII"),
        moniker: String::from_utf8(moniker(number).into_inner()).expect("a moniker is text"),
    };
    let validators = powers.iter().zip(0..).map(validator).collect();
    ValidatorsConfig { validators, parameters: parameters(), ..Default::default() }
}

/// The state of a genesis.
pub(crate) fn begin(validators: ValidatorsConfig) -> sp_io::TestExternalities {
    let config = RuntimeGenesisConfig { validators, ..Default::default() };
    config.build_storage().expect("the genesis of the mock is valid").into()
}

/// The state of genesis for benchmarks, which bring their own validators.
#[cfg(feature = "runtime-benchmarks")]
pub(crate) fn externalities() -> sp_io::TestExternalities {
    begin(ValidatorsConfig::default())
}

/// Runs a test after block 1 with four equal validators, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce()) {
    run_with(&[10; 4], test);
}

/// The same with validators of these powers.
pub(crate) fn run_with(powers: &[u64], test: impl FnOnce()) {
    begin(genesis(powers)).execute_with(|| {
        block();
        test();
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce()) {
    begin(genesis(&[10; 4])).execute_with(|| {
        block();
        test();
    });
}

/// The height of the last block.
pub(crate) fn height() -> u32 {
    Validators::height()
}

/// The current set.
pub(crate) fn current() -> ValidatorSet {
    Validators::current().expect("there are validators")
}

/// Power of a key in the current set; 0 for who is none.
pub(crate) fn power(number: u16) -> u64 {
    current().by_key(&key(number)).map_or(0, |validator| validator.power)
}

/// A commit of the last block that these sign.
pub(crate) fn commit(signs: impl Fn(&Key) -> bool) -> Option<Commit> {
    let set = Validators::set_at(height())?;
    let entries = set.validators().iter().map(|validator| signs(&validator.key).then_some([1; 64]));
    Some(Commit { round: 0, signatures: entries.collect::<Vec<_>>().try_into().expect("as many as validators") })
}

/// A record that everyone signed, without evidence.
pub(crate) fn record() -> ConsensusRecord {
    ConsensusRecord { commit: commit(|_| true), evidence: Default::default() }
}

/// A record with evidence.
pub(crate) fn accusing(evidence: &[DuplicateVote]) -> ConsensusRecord {
    ConsensusRecord { evidence: evidence.to_vec().try_into().expect("within the limit"), ..record() }
}

/// Evidence against a key; this pallet looks at no signature.
pub(crate) fn evidence(number: u16, height: u32) -> DuplicateVote {
    let vote = |byte| SignedTarget { target: None, signature: [byte; 64] };
    let (first, second) = (vote(1), vote(2));
    DuplicateVote { address: address(number), height, round: 3, kind: VoteKind::Precommit, first, second }
}

/// Makes a block in which the record is told and then the calls are made. A block comes 10 ms after the one before.
pub(crate) fn block_of(record: ConsensusRecord, calls: impl FnOnce()) {
    let time = BEGIN.max(now()) + 10;
    block_at(time, record, calls);
}

/// The same at a time.
pub(crate) fn block_at(time: u64, record: ConsensusRecord, calls: impl FnOnce()) {
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(time, || {
        assert_ok!(Validators::consensus(RuntimeOrigin::none(), record));
        calls();
    });
    pallet_testing::check::<Test, AllPalletsWithSystem>();
}

/// A block in which everyone signed and nothing happens.
pub(crate) fn block() {
    block_with(|| {});
}

/// A block with these calls.
pub(crate) fn block_with(calls: impl FnOnce()) {
    block_of(record(), calls);
}

/// The time of the last block.
pub(crate) fn now() -> u64 {
    // Each test has a thread, whose clock an earlier one may have left behind.
    if System::block_number() == 0 {
        Clock::set(0);
    }
    <Clock as frame_support::traits::Time>::now()
}

/// Makes blocks up to a height.
pub(crate) fn run_to(height: u32) {
    while self::height() < height {
        block();
    }
}

/// Root's calls, which must succeed.
pub(crate) fn join(number: u16, power: u64) {
    assert_ok!(Validators::join(RuntimeOrigin::root(), key(number), power, peer(number), moniker(number)));
}

pub(crate) fn leave(number: u16) {
    assert_ok!(Validators::leave(RuntimeOrigin::root(), key(number)));
}

pub(crate) fn set_power(number: u16, power: u64) {
    assert_ok!(Validators::set_power(RuntimeOrigin::root(), key(number), power));
}

pub(crate) fn rotate(from: u16, to: u16) {
    assert_ok!(Validators::rotate(RuntimeOrigin::root(), key(from), key(to), peer(to)));
}

/// This pallet's events of the block.
pub(crate) fn events() -> Vec<Event<Test>> {
    let of_validators = |event| match event {
        RuntimeEvent::Validators(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| of_validators(record.event)).collect()
}
