//! A runtime that follows other federations: one that is made here, bundle by bundle, and the chain of `icn-trust`'s fixtures, block by
//! block.

use crate as pallet_federation;
use crate::{Claim, Encoded, Event, Fork, TrustedPoint};
use bounded_collections::BoundedVec;
use codec::Encode;
use frame_support::{
    derive_impl,
    traits::{ConstU64, Get},
};
use icn_dag::{Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility};
use icn_merkle::tree;
use icn_trust::{
    bls::{aggregate, SecretKey},
    bundle::{federation, Signer, Signers},
    BlockFile, BlockProof, Bundle, Place, Seal, SealedBundle,
};
use pallet_testing::Clock;
use sp_runtime::BuildStorage;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Federation: pallet_federation,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl crate::Config for Test {
    type AdminOrigin = frame_system::EnsureRoot<u64>;
    type Time = Clock;
    type TrustingPeriod = ConstU64<{ 14 * 24 * 3600 * 1000 }>;
    type Emit = ();
    type Own = Own;
    type WeightInfo = ();
}

pub(crate) type Error = crate::Error<Test>;

/// The federation that follows.
pub struct Own;

impl Get<Option<Did>> for Own {
    fn get() -> Option<Did> {
        Some(own())
    }
}

pub(crate) fn own() -> Did {
    federation("local", &[0xee; 32]).expect("a network")
}

/// The time of the first block; the followed federation's epochs, of an hour each, have ended before.
pub(crate) const BEGIN: u64 = 1_800_000_000_000;
const HOUR: u64 = 3_600_000;

/// How long its bundles are trusted.
pub(crate) const VALIDITY: u64 = 14 * 24 * HOUR;

/// Runs a test, and checks the invariants after it.
pub(crate) fn run(test: impl FnOnce()) {
    run_unchecked(|| {
        test();
        pallet_testing::check::<Test, AllPalletsWithSystem>();
    });
}

/// The same for a test that breaks the state.
pub(crate) fn run_unchecked(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().expect("the genesis of the mock is valid");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        pallet_testing::make_block::<Test, AllPalletsWithSystem>(BEGIN, || {});
        test();
    });
}

/// SCALE, as calls take it.
pub(crate) fn bytes(something: &impl Encode) -> Encoded {
    Encoded::truncate_from(something.encode())
}

fn secret(number: u8) -> SecretKey {
    SecretKey::derive(&[number; 32]).expect("32 bytes are enough")
}

/// A federation that is followed.
pub(crate) struct Mill {
    pub(crate) records: Vec<Node>,
    pub(crate) bundles: Vec<SealedBundle>,
    genesis: [u8; 32],
}

impl Mill {
    /// With bundles of so many epochs, and two records in each.
    pub(crate) fn new(epochs: u64) -> Self {
        let mut mill = Self { records: Vec::new(), bundles: Vec::new(), genesis: [7; 32] };
        (0..epochs).for_each(|_| mill.add());
        mill
    }

    pub(crate) fn did(&self) -> Did {
        federation("mill", &self.genesis).expect("a network")
    }

    fn signers() -> Signers {
        let mut list: Vec<_> = (1..=4).map(|number| Signer { key: secret(number).public(), power: 10 }).collect();
        list.sort_by_key(|signer| signer.key);
        Signers { list: BoundedVec::truncate_from(list), power: 40 }
    }

    /// Another epoch.
    pub(crate) fn add(&mut self) {
        for _ in 0..2 {
            self.records.push(record(self.records.len() as i128));
        }
        let bundle = self.next(0);
        let sealed = self.sealed(bundle);
        self.bundles.push(sealed);
    }

    fn leaves(&self) -> Vec<[u8; 36]> {
        self.records.iter().map(|record| *record.cid().as_bytes()).collect()
    }

    /// The next bundle; another one for each `variant`.
    pub(crate) fn next(&self, variant: u8) -> Bundle {
        let epoch = self.bundles.len() as u64;
        Bundle {
            federation: self.did(),
            genesis: self.genesis,
            epoch,
            prev: self.bundles.last().map(|last| last.bundle.cid().expect("small")),
            height: 100 * (epoch as u32 + 1),
            block: [variant; 32],
            time: BEGIN - HOUR * (100 - epoch),
            valid_until: BEGIN - HOUR * (100 - epoch) + VALIDITY,
            state_root: [0xa0; 32],
            records: tree::head(&self.leaves()),
            signers: Self::signers(),
        }
    }

    pub(crate) fn sealed(&self, bundle: Bundle) -> SealedBundle {
        self.sealed_by(bundle, &[1, 2, 3])
    }

    /// Seals a bundle with some keys; the places are those of the first signers, whoever signs.
    pub(crate) fn sealed_by(&self, bundle: Bundle, numbers: &[u8]) -> SealedBundle {
        let before =
            self.bundles.len().min(bundle.epoch as usize).checked_sub(1).map(|last| &self.bundles[last].bundle);
        let from = before.map_or(0, |before| before.records.size);
        let leaves = &self.leaves()[..bundle.records.size as usize];
        let consistency = (from > 0).then(|| tree::prove_consistency(leaves, from).expect("it grew"));
        let message = bundle.message().expect("small");
        let signatures: Vec<_> = numbers.iter().map(|number| secret(*number).sign(&message)).collect();
        let mut places: Vec<u16> = numbers
            .iter()
            .map(|number| Self::signers().place(&secret(*number).public()).unwrap_or(*number as usize) as u16)
            .collect();
        places.sort_unstable();
        let seal =
            Seal { signers: BoundedVec::truncate_from(places), signature: aggregate(&signatures).expect("points") };
        SealedBundle { bundle, consistency, seal }
    }

    /// That a record is in the log of a bundle.
    pub(crate) fn claim(&self, record: usize, epoch: usize) -> Claim {
        let size = self.bundles[epoch].bundle.records.size as usize;
        let inclusion = tree::prove_inclusion(&self.leaves()[..size], record as u64).expect("it is there");
        Claim::Record { record: self.records[record].bytes().to_vec(), place: Place::All(inclusion) }
    }
}

/// A record of the mill.
fn record(number: i128) -> Node {
    let key = SigningKey::from([9; 32]);
    let dag = Did::of_hash("mill", &[3; 32]).expect("a network");
    let draft = Draft {
        dag: dag.clone(),
        parents: Parents::default(),
        issuer: Did::of_key(&Key::of(&key)),
        seq: 0,
        epoch: 0,
        time: BEGIN,
        kind: Kind::Genesis,
        scope: Scope { kind: ScopeKind::Cooperative, id: dag },
        visibility: Visibility::Public,
        refs: Default::default(),
        payload: Payload::new(Ipld::Map([("n".into(), Ipld::Integer(number))].into())).expect("small"),
    };
    Node::sign(draft, &key).expect("its fields fit")
}

/// A peer that is trusted by the bundle of an epoch.
pub(crate) fn trusted(mill: &Mill, epoch: usize) {
    let point = TrustedPoint::Bundle(mill.bundles[epoch].clone());
    frame_support::assert_ok!(Federation::trust(RuntimeOrigin::root(), mill.did(), bytes(&point)));
}

/// Follows the bundles of some epochs.
pub(crate) fn follow(mill: &Mill, epochs: core::ops::Range<usize>) -> sp_runtime::DispatchResult {
    Federation::follow_bundles(RuntimeOrigin::signed(1), mill.did(), bytes(&mill.bundles[epochs].to_vec()))
}

pub(crate) fn accept(mill: &Mill, height: u64, claim: &Claim) -> sp_runtime::DispatchResult {
    Federation::accept(RuntimeOrigin::signed(1), mill.did(), height, bytes(claim))
}

pub(crate) fn report(mill: &Mill, fork: &Fork) -> sp_runtime::DispatchResult {
    Federation::report_fork(RuntimeOrigin::signed(1), mill.did(), bytes(fork))
}

/// The time passes.
pub(crate) fn at(time: u64) {
    Clock::set(time);
}

/// Blocks 1, 3 and 8 of a chain of four validators.
pub(crate) fn block(name: &str) -> BlockProof {
    let text = match name {
        "trusted" => include_str!("../../../primitives/trust/tests/fixtures/trusted.json"),
        "middle" => include_str!("../../../primitives/trust/tests/fixtures/middle.json"),
        _ => include_str!("../../../primitives/trust/tests/fixtures/head.json"),
    };
    serde_json::from_str(text).expect("a block")
}

pub(crate) fn file(block: &BlockProof) -> BlockFile {
    block.clone().into()
}

/// This pallet's events.
pub(crate) fn events() -> Vec<Event<Test>> {
    let own = |event| match event {
        RuntimeEvent::Federation(event) => Some(event),
        _ => None,
    };
    System::events().into_iter().filter_map(|record| own(record.event)).collect()
}
