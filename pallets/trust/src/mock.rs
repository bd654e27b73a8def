//! A runtime with epochs of three blocks, whose validators are set by hand: A, B, C and D with power 10 each, all with sealing keys.

use crate as pallet_trust;
use crate::{Event, GenesisKey, Parameters, ValidatorKey, ValidatorPowers};
use bounded_collections::BoundedVec;
use frame_support::{
    derive_impl,
    traits::{Get, Time},
};
use icn_merkle::{tree, TreeHead};
use icn_trust::{
    bls::{aggregate, SecretKey},
    bundle::Signers,
    seal::Seal,
    Bundle,
};
use pallet_testing::Clock;
use sp_runtime::{traits::Header as _, BuildStorage, DispatchResult};
use std::cell::{Cell, RefCell};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Trust: pallet_trust,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl crate::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<u64>;
    type Time = Clock;
    type Validators = ByHand;
    type Records = Records;
    type Emit = ();
    type Network = Network;
    type WeightInfo = ();
}

pub(crate) type Error = crate::Error<Test>;

/// The time of the first block, and what lies between two.
const BEGIN: u64 = 1_000_000;
const STEP: u64 = 100;

thread_local! {
    static VALIDATORS: RefCell<Vec<(ValidatorKey, u64)>> = const { RefCell::new(Vec::new()) };
    static RECORDS: Cell<u64> = const { Cell::new(0) };
}

/// The validators that a test has set.
pub struct ByHand;

impl ValidatorPowers for ByHand {
    fn powers() -> Vec<(ValidatorKey, u64)> {
        VALIDATORS.with_borrow(Clone::clone)
    }
}

pub struct Records;

impl Get<TreeHead> for Records {
    fn get() -> TreeHead {
        let leaves: Vec<[u8; 8]> = (0..RECORDS.get()).map(u64::to_be_bytes).collect();
        tree::head(&leaves)
    }
}

pub struct Network;

impl Get<Vec<u8>> for Network {
    fn get() -> Vec<u8> {
        b"local".to_vec()
    }
}

/// A validator of a number.
pub(crate) fn validator(number: u8) -> ValidatorKey {
    [number; 32]
}

/// Its sealing key.
pub(crate) fn sealing(number: u8) -> SecretKey {
    SecretKey::derive(&[number; 32]).expect("32 bytes are enough")
}

/// Sets the validators.
pub(crate) fn set_validators(validators: &[(u8, u64)]) {
    VALIDATORS.set(validators.iter().map(|(number, power)| (validator(*number), *power)).collect());
}

/// Adds records to the log.
pub(crate) fn add_records(count: u64) {
    RECORDS.set(RECORDS.get() + count);
}

pub(crate) const PARAMETERS: Parameters =
    Parameters { blocks: 3, duration_ms: 10_000, validity_ms: 1_000_000, deadline_ms: 1_000 };

/// Runs a test after block 1, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce()) {
    run_unchecked(|| {
        test();
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce()) {
    set_validators(&[(1, 10), (2, 10), (3, 10), (4, 10)]);
    RECORDS.set(0);
    let keys = (1..=4).map(|number| GenesisKey {
        validator: validator(number),
        key: sealing(number).public(),
        proof: sealing(number).prove(),
    });
    let trust = TrustConfig { keys: keys.collect(), parameters: PARAMETERS, ..Default::default() };
    let storage = RuntimeGenesisConfig { trust, ..Default::default() }.build_storage().expect("the genesis is valid");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(BEGIN, || {});
        test();
    });
}

/// Runs something in a block of its own.
pub(crate) fn block(work: impl FnOnce()) {
    block_after(STEP, work);
}

/// The same, so many milliseconds after the one before.
pub(crate) fn block_after(time: u64, work: impl FnOnce()) {
    pallet_testing::make_block::<Test, AllPalletsWithSystem>(Clock::now() + time, work);
}

/// Empty blocks until an epoch closes.
pub(crate) fn until_closed() {
    while !crate::Unsealed::<Test>::exists() {
        block(|| {});
    }
}

pub(crate) type Header = crate::pallet::HeaderOf<Test>;

/// The header that the block which closed the epoch has. The mock's blocks have no state roots; the next block names it as its parent.
pub(crate) fn closing_header() -> Header {
    let closing = crate::Unsealed::<Test>::get().expect("an epoch is closed");
    Header::new(closing.height.into(), Default::default(), sp_core_hash(0xaa), Default::default(), Default::default())
}

fn sp_core_hash(byte: u8) -> icn_primitives::Hash {
    icn_primitives::Hash::repeat_byte(byte)
}

/// Says that the closing block has the header of [`closing_header`].
pub(crate) fn know_closing_block() -> Header {
    let header = closing_header();
    crate::Unsealed::<Test>::mutate(|closing| {
        closing.as_mut().expect("an epoch is closed").block = Some(header.hash().0);
    });
    header
}

/// The bundle that waits for its seal, and who seals it.
pub(crate) fn waiting() -> (Header, Bundle, Signers) {
    let header = know_closing_block();
    let (bundle, signers) = Trust::closing_bundle(&header).expect("an epoch is closed");
    (header, bundle, signers)
}

/// The seal of a bundle by the sealing keys of some validators.
pub(crate) fn seal_by(bundle: &Bundle, signers: &Signers, numbers: &[u8]) -> Seal {
    let message = bundle.message().expect("it is small");
    let mut places: Vec<(u16, u8)> = numbers
        .iter()
        .map(|number| (signers.place(&sealing(*number).public()).expect("a signer") as u16, *number))
        .collect();
    places.sort_unstable();
    let signatures: Vec<_> = places.iter().map(|(_, number)| sealing(*number).sign(&message)).collect();
    let signers = BoundedVec::truncate_from(places.into_iter().map(|(place, _)| place).collect());
    Seal { signers, signature: aggregate(&signatures).expect("points") }
}

/// Carries a seal in a block of its own.
pub(crate) fn carry(header: &Header, seal: Seal) -> DispatchResult {
    let mut result = Ok(());
    block(|| {
        result = frame_support::storage::with_storage_layer(|| {
            Trust::seal(RuntimeOrigin::none(), Box::new(header.clone()), seal)
        });
    });
    result
}

/// Seals the epoch that is closed, by the first three validators.
pub(crate) fn seal() -> Bundle {
    let (header, bundle, signers) = waiting();
    frame_support::assert_ok!(carry(&header, seal_by(&bundle, &signers, &[1, 2, 3])));
    bundle
}

/// This pallet's events of the block.
pub(crate) fn events() -> Vec<Event<Test>> {
    let own = |event| match event {
        RuntimeEvent::Trust(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| own(record.event)).collect()
}
