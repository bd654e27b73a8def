//! Bundles: their form, their seals, and the step from one to the next.

use bounded_collections::BoundedVec;
use codec::{DecodeAll as _, Encode};
use icn_dag::{Did, Epoch};
use icn_fuzzing::{fuzz, Raw};
use icn_merkle::{tree, TreeHead};
use icn_trust::{
    bls::{PublicKey, SecretKey},
    bundle::{federation, SignersError, SIGNERS_MAX},
    chain::CLOCK_DRIFT,
    verify_chain, Bundle, BundleError, Gathering, Partial, PartialError, Seal, SealError, SealedBundle, Signer,
    Signers,
};
use proptest::prelude::*;
use serde_json::{json, Value};

const CHAIN: &str = include_str!("fixtures/bundles.json");

/// How long a bundle is trusted here.
const VALIDITY: u64 = 1_000_000;

fn secret(number: u64) -> SecretKey {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    SecretKey::derive(&seed).expect("32 bytes are enough")
}

/// A federation whose records and signers are known.
struct World {
    genesis: [u8; 32],
    leaves: Vec<[u8; 32]>,
    bundles: Vec<SealedBundle>,
}

/// The signers with these numbers and powers, and others' power without a key.
fn signers(members: &[(u64, u64)], keyless: u64) -> Signers {
    let mut list: Vec<_> =
        members.iter().map(|(number, power)| Signer { key: secret(*number).public(), power: *power }).collect();
    list.sort_by_key(|signer| signer.key);
    let power = members.iter().map(|(_, power)| power).sum::<u64>() + keyless;
    Signers { list: BoundedVec::try_from(list).expect("few"), power }
}

fn did(genesis: &[u8; 32]) -> Did {
    federation("local", genesis).expect("a network")
}

impl World {
    /// With the bundle of epoch 0, which those of epoch 0 seal; epoch 1 has the same.
    fn new(members: &[(u64, u64)]) -> Self {
        let mut world = Self { genesis: [7; 32], leaves: Vec::new(), bundles: Vec::new() };
        world.add(members, members, 2);
        world
    }

    fn head(&self) -> TreeHead {
        tree::head(&self.leaves)
    }

    fn last(&self) -> &Bundle {
        &self.bundles.last().expect("there is one").bundle
    }

    /// The next bundle with so many new records, for `next` to seal the one after.
    fn bundle(&mut self, next: &[(u64, u64)], records: u64) -> Bundle {
        for _ in 0..records {
            let number = self.leaves.len() as u64;
            self.leaves.push(number.to_be_bytes().repeat(4).try_into().expect("32 bytes"));
        }
        let epoch = self.bundles.len() as Epoch;
        Bundle {
            federation: did(&self.genesis),
            genesis: self.genesis,
            epoch,
            prev: self.bundles.last().map(|last| last.bundle.cid().expect("small")),
            height: 10 * (epoch as u32 + 1),
            block: [epoch as u8; 32],
            time: 1_000 * (epoch + 1),
            valid_until: 1_000 * (epoch + 1) + VALIDITY,
            state_root: [0xa0 + epoch as u8; 32],
            records: self.head(),
            signers: signers(next, 0),
        }
    }

    fn sealed(&self, bundle: Bundle, by: &[(u64, u64)]) -> SealedBundle {
        let from = self.bundles.last().map_or(0, |last| last.bundle.records.size);
        let consistency = (from > 0).then(|| tree::prove_consistency(&self.leaves, from).expect("it grew"));
        let seal = seal(&bundle, &signers(by, 0), by);
        SealedBundle { bundle, consistency, seal }
    }

    fn add(&mut self, by: &[(u64, u64)], next: &[(u64, u64)], records: u64) {
        let bundle = self.bundle(next, records);
        let sealed = self.sealed(bundle, by);
        self.bundles.push(sealed);
    }
}

/// The seal of a bundle by some of its signers.
fn seal(bundle: &Bundle, signers: &Signers, by: &[(u64, u64)]) -> Seal {
    let (cid, message) = (bundle.cid().expect("small"), bundle.message().expect("small"));
    let mut gathering = Gathering::new(bundle.epoch, cid, message.clone(), signers.clone());
    for (number, _) in by {
        let key = secret(*number);
        let partial = Partial { epoch: bundle.epoch, bundle: cid, key: key.public(), signature: key.sign(&message) };
        gathering.take(&partial).expect("it is news");
    }
    gathering.seal().expect("they are a quorum")
}

const FOUR: [(u64, u64); 4] = [(1, 10), (2, 10), (3, 10), (4, 10)];

#[test]
fn bundles_lead_from_a_trusted_one_through_changes_of_the_signers() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &[(5, 10), (2, 10), (3, 10), (4, 10)], 3);
    world.add(&[(5, 10), (2, 10), (3, 10), (4, 10)], &[(6, 1)], 0);
    world.add(&[(6, 1)], &FOUR, 1);
    let last = verify_chain(&world.bundles[0].bundle, &world.bundles, 5_000).expect("it holds");
    assert_eq!(last.epoch, 3);
    // From the middle too, and with nothing to follow.
    assert_eq!(verify_chain(&world.bundles[2].bundle, &world.bundles, 5_000).map(|last| last.epoch), Ok(3));
    assert_eq!(verify_chain(&world.bundles[2].bundle, &[], 5_000).map(|last| last.epoch), Ok(2));
}

#[test]
fn what_does_not_follow_is_refused_with_its_error() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &FOUR, 3);
    let (first, second) = (world.bundles[0].clone(), world.bundles[1].clone());
    let trusted = &first.bundle;
    let resealed = |change: &dyn Fn(&mut SealedBundle)| {
        let mut next = second.clone();
        change(&mut next);
        next.seal = seal(&next.bundle, &signers(&FOUR, 0), &FOUR);
        next.verify(trusted, 3_000)
    };
    assert_eq!(resealed(&|_| {}), Ok(()));
    let other = |next: &mut SealedBundle| {
        next.bundle.genesis = [8; 32];
        next.bundle.federation = did(&[8; 32]);
    };
    assert_eq!(resealed(&other), Err(BundleError::OtherFederation));
    assert_eq!(resealed(&|next| next.bundle.epoch = 2), Err(BundleError::BadEpoch { want: 1, got: 2 }));
    assert_eq!(resealed(&|next| next.bundle.epoch = 0), Err(BundleError::Fork(0)));
    assert_eq!(
        resealed(&|next| next.bundle.prev = Some(next.bundle.cid().expect("small"))),
        Err(BundleError::BrokenChain)
    );
    assert_eq!(resealed(&|next| next.bundle.height = 10), Err(BundleError::NotLater));
    assert_eq!(resealed(&|next| next.bundle.time = 1_000), Err(BundleError::NotLater));
    assert_eq!(resealed(&|next| next.bundle.time = 3_001 + CLOCK_DRIFT), Err(BundleError::NotYetValid));
    assert_eq!(resealed(&|next| next.consistency = None), Err(BundleError::NoConsistency));
    assert!(matches!(resealed(&|next| next.bundle.records.root[0] ^= 1), Err(BundleError::InconsistentRoot(_))));
    assert!(matches!(resealed(&|next| next.bundle.records.size += 1), Err(BundleError::InconsistentRoot(_))));
    assert_eq!(second.verify(trusted, trusted.valid_until + 1), Err(BundleError::Expired));
    assert_eq!(verify_chain(trusted, &[], trusted.valid_until + 1), Err(BundleError::Expired));
    // Whatever is altered after it was sealed.
    for change in [
        (|bundle: &mut Bundle| bundle.state_root[5] ^= 1) as fn(&mut Bundle),
        |bundle| bundle.block[5] ^= 1,
        |bundle| bundle.height += 1,
        |bundle| bundle.valid_until += 1,
        |bundle| bundle.signers = signers(&[(9, 1)], 0),
    ] {
        let mut next = second.clone();
        change(&mut next.bundle);
        assert_eq!(next.verify(trusted, 3_000), Err(BundleError::Seal(SealError::BadSignature)));
    }
    // A stranger's seal, and one of signers of another epoch.
    let strangers = [(11, 10), (12, 10), (13, 10), (14, 10)];
    let mut next = second.clone();
    next.seal = seal(&next.bundle, &signers(&strangers, 0), &strangers);
    assert_eq!(next.verify(trusted, 3_000), Err(BundleError::Seal(SealError::BadSignature)));
}

#[test]
fn a_seal_counts_each_signer_once_and_against_all_power() {
    let mut world = World::new(&FOUR);
    let bundle = world.bundle(&FOUR, 1);
    let message = bundle.message().expect("small");
    let all = signers(&FOUR, 0);
    let by = |places: &[u16]| {
        let signature = seal(&bundle, &all, &FOUR).signature;
        Seal { signers: BoundedVec::truncate_from(places.to_vec()), signature }
    };
    assert_eq!(by(&[0, 1, 2, 3]).verify(&all, &message), Ok(()));
    assert_eq!(by(&[0, 1, 2, 4]).verify(&all, &message), Err(SealError::UnknownSigner(4)));
    assert_eq!(by(&[0, 1, 1, 2]).verify(&all, &message), Err(SealError::DuplicateSigner(1)));
    assert_eq!(by(&[1, 0, 2, 3]).verify(&all, &message), Err(SealError::DuplicateSigner(0)));
    assert_eq!(by(&[0, 1, 2]).verify(&all, &message), Err(SealError::BadSignature));
    assert_eq!(by(&[0, 1]).verify(&all, &message), Err(SealError::QuorumNotMet { have: 20, need: 27 }));
    assert_eq!(by(&[]).verify(&all, &message), Err(SealError::QuorumNotMet { have: 0, need: 27 }));
    // Three signatures of one signer add up to a good signature of three: only the rule about places finds it.
    let key = secret(1);
    let thrice = icn_trust::bls::aggregate(&[key.sign(&message); 3]).expect("points");
    let place = all.place(&key.public()).expect("a signer") as u16;
    let forged = Seal { signers: BoundedVec::truncate_from(vec![place; 3]), signature: thrice };
    assert!(icn_trust::bls::verify(&[key.public(); 3], &message, &thrice));
    assert_eq!(forged.verify(&all, &message), Err(SealError::DuplicateSigner(place)));
    // Exactly two thirds are too few, and power without keys counts.
    let three = signers(&[(1, 10), (2, 10), (3, 10)], 0);
    assert!(!three.is_quorum(20) && three.is_quorum(21) && three.quorum() == 21);
    let keyless = signers(&FOUR, 20);
    assert!(!keyless.is_quorum(40) && keyless.quorum() == 41);
}

#[test]
fn a_gathering_takes_each_signature_once() {
    let mut world = World::new(&FOUR);
    let bundle = world.bundle(&FOUR, 1);
    let (cid, message) = (bundle.cid().expect("small"), bundle.message().expect("small"));
    let mut gathering = Gathering::new(1, cid, message.clone(), signers(&FOUR, 0));
    let partial = |number: u64| {
        let key = secret(number);
        Partial { epoch: 1, bundle: cid, key: key.public(), signature: key.sign(&message) }
    };
    assert_eq!(gathering.take(&Partial { epoch: 2, ..partial(1) }), Err(PartialError::OtherEpoch { want: 1, got: 2 }));
    let other = world.bundle(&FOUR, 1).cid().expect("small");
    assert_eq!(gathering.take(&Partial { bundle: other, ..partial(1) }), Err(PartialError::OtherBundle));
    assert_eq!(gathering.take(&partial(9)), Err(PartialError::UnknownSigner));
    assert_eq!(
        gathering.take(&Partial { signature: partial(2).signature, ..partial(1) }),
        Err(PartialError::BadSignature)
    );
    assert_eq!((gathering.take(&partial(1)), gathering.take(&partial(1))), (Ok(()), Err(PartialError::Duplicate)));
    assert_eq!((gathering.take(&partial(2)), gathering.seal()), (Ok(()), None));
    assert_eq!(gathering.take(&partial(4)), Ok(()));
    assert_eq!((gathering.power(), gathering.partials().count()), (30, 3));
    assert_eq!(gathering.seal().expect("a quorum").verify(&signers(&FOUR, 0), &message), Ok(()));
}

#[test]
fn signers_are_in_order_and_have_power() {
    let key = |number: u8| PublicKey([number; 48]);
    let of = |members: &[(u8, u64)], power| Signers {
        list: BoundedVec::truncate_from(
            members.iter().map(|(n, power)| Signer { key: key(*n), power: *power }).collect(),
        ),
        power,
    };
    assert_eq!(of(&[(1, 2), (2, 1)], 3).check(), Ok(()));
    assert_eq!(of(&[(2, 1), (1, 2)], 3).check(), Err(SignersError::Order));
    assert_eq!(of(&[(1, 1), (1, 1)], 3).check(), Err(SignersError::Order));
    assert_eq!(of(&[(1, 0)], 3).check(), Err(SignersError::Power));
    assert_eq!(of(&[(1, u64::MAX), (2, u64::MAX)], u64::MAX).check(), Err(SignersError::Power));
    assert!(!of(&[], 0).is_quorum(0));
}

#[test]
fn a_bundle_has_one_encoding() {
    let world = World::new(&FOUR);
    let bytes = world.last().encode_cbor().expect("small");
    assert_eq!(Bundle::decode_cbor(&bytes).as_ref(), Ok(world.last()));
    // A map whose keys are in another order: the first two entries of it, swapped.
    let map = serde_ipld_dagcbor::from_slice::<icn_dag::Ipld>(&bytes).expect("dag-cbor");
    let icn_dag::Ipld::Map(map) = map else { panic!("a map") };
    let mut unsorted = vec![0xa0 | map.len() as u8];
    for (name, value) in map.iter().rev() {
        unsorted.extend(serde_ipld_dagcbor::to_vec(name).expect("text"));
        unsorted.extend(serde_ipld_dagcbor::to_vec(value).expect("data"));
    }
    assert!(matches!(Bundle::decode_cbor(&unsorted), Err(icn_dag::Error::NotCanonical { .. })));
    // A name that is not of this genesis, and a first bundle that follows something.
    let refused = |change: fn(&mut Bundle)| {
        let mut bundle = world.last().clone();
        change(&mut bundle);
        Bundle::decode_cbor(&bundle.encode_cbor().expect("small")).expect_err("it is refused")
    };
    assert_eq!(refused(|bundle| bundle.genesis[0] ^= 1), icn_dag::Error::Malformed { field: "federation" });
    assert_eq!(refused(|bundle| bundle.epoch = 4), icn_dag::Error::Malformed { field: "prev" });
    assert_eq!(refused(|bundle| bundle.valid_until = 0), icn_dag::Error::Malformed { field: "valid_until" });
    assert_eq!(refused(|bundle| bundle.signers.power = 3), icn_dag::Error::Malformed { field: "signers" });
    // The most signers fit.
    let list = (0..SIGNERS_MAX).map(|number| {
        let mut key = [0xff; 48];
        key[..4].copy_from_slice(&number.to_be_bytes());
        Signer { key: PublicKey(key), power: u64::from(u32::MAX) }
    });
    let list = BoundedVec::try_from(list.collect::<Vec<_>>()).expect("not too many");
    let large = Bundle { signers: Signers { list, power: u64::MAX }, ..world.last().clone() };
    assert_eq!(Bundle::decode_cbor(&large.encode_cbor().expect("it fits")), Ok(large));
}

#[test]
fn the_files_are_frozen() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &[(5, 10), (2, 10), (3, 10), (4, 10)], 3);
    let written = serde_json::to_value(&world.bundles).expect("JSON");
    if std::env::var_os("ICN_WRITE_FIXTURES").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/bundles.json");
        let text = serde_json::to_string_pretty(&written).expect("JSON");
        std::fs::write(path, format!("{text}\n")).expect("it can be written");
        return;
    }
    let frozen: Value = serde_json::from_str(CHAIN).expect("JSON");
    assert_eq!(written, frozen);
    let bundles: Vec<SealedBundle> = serde_json::from_value(frozen.clone()).expect("they have the form");
    assert_eq!(bundles, world.bundles);
    let mut unknown = frozen[0].clone();
    unknown["more"] = json!(1);
    assert!(serde_json::from_value::<SealedBundle>(unknown).is_err());
}

#[test]
fn fuzz_bundle() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &FOUR, 3);
    let seeds: Vec<_> = world.bundles.iter().map(|sealed| sealed.bundle.encode_cbor().expect("small")).collect();
    fuzz("bundle", &seeds, |bytes| {
        Bundle::decode_cbor(bytes).ok().map(|bundle| Raw(bundle.encode_cbor().expect("it was")))
    });
}

#[test]
fn fuzz_sealed_bundle() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &FOUR, 3);
    let seed = serde_json::to_vec(&world.bundles[1]).expect("JSON");
    let trusted = world.bundles[0].bundle.clone();
    fuzz("sealed bundle", &[seed], |bytes| {
        let sealed: SealedBundle = serde_json::from_slice(bytes).ok()?;
        // Whatever it says, it is judged and does not panic; only the real one holds.
        if sealed.verify(&trusted, 3_000).is_ok() {
            assert_eq!(sealed.bundle, world.bundles[1].bundle);
        }
        Some(Raw(bytes.to_vec()))
    });
}

#[test]
fn fuzz_partial_and_sealed_bundle_in_scale() {
    let mut world = World::new(&FOUR);
    world.add(&FOUR, &FOUR, 3);
    let bundle = world.last().clone();
    let (cid, key) = (bundle.cid().expect("small"), secret(1));
    let signature = key.sign(&bundle.message().expect("small"));
    let partial = Partial { epoch: 1, bundle: cid, key: key.public(), signature }.encode();
    fuzz("signature of a bundle", &[partial], |bytes| {
        Partial::decode_all(&mut &bytes[..]).ok().map(|partial| Raw(partial.encode()))
    });
    let seeds: Vec<_> = world.bundles.iter().map(Encode::encode).collect();
    fuzz("sealed bundle in SCALE", &seeds, |bytes| {
        SealedBundle::decode_all(&mut &bytes[..]).ok().map(|sealed| Raw(sealed.encode()))
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(64)))]

    /// A seal holds exactly when the distinct signers have more than two thirds of the power.
    #[test]
    fn a_seal_holds_when_a_quorum_signed(powers in prop::collection::vec(1_u64..20, 1..8), mask in any::<u8>(), keyless in 0_u64..20) {
        let members: Vec<_> = powers.iter().enumerate().map(|(number, power)| (number as u64, *power)).collect();
        let all = signers(&members, keyless);
        let bundle = World::new(&FOUR).bundles[0].bundle.clone();
        let (cid, message) = (bundle.cid().expect("small"), bundle.message().expect("small"));
        let mut gathering = Gathering::new(0, cid, message.clone(), all.clone());
        let mut signed = 0;
        for (number, power) in members.iter().filter(|(number, _)| mask & (1 << number) != 0) {
            let key = secret(*number);
            gathering.take(&Partial { epoch: 0, bundle: cid, key: key.public(), signature: key.sign(&message) }).expect("news");
            signed += power;
        }
        let total = powers.iter().sum::<u64>() + keyless;
        match gathering.seal() {
            Some(seal) => {
                prop_assert!(3 * signed > 2 * total);
                prop_assert_eq!(seal.verify(&all, &message), Ok(()));
            }
            None => prop_assert!(3 * signed <= 2 * total),
        }
    }
}
