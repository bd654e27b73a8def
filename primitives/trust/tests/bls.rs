//! Signatures that add up, judged by another implementation of the curve: `bls12_381`.

use bls12_381::{
    hash_to_curve::{ExpandMsgXmd, HashToCurve},
    multi_miller_loop, G1Affine, G1Projective, G2Affine, G2Prepared, G2Projective, Gt,
};
use icn_trust::bls::{aggregate, verify, PublicKey, SecretKey, Signature, POSSESSION_DOMAIN, SIGNATURE_DOMAIN};
use sha2::Sha256;

fn key(number: u64) -> SecretKey {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    SecretKey::derive(&seed).expect("32 bytes are enough")
}

/// A stream of numbers from a seed (splitmix64), so that both judge the same cases in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

fn hash(message: &[u8], domain: &[u8]) -> G2Affine {
    let point = <G2Projective as HashToCurve<ExpandMsgXmd<Sha256>>>::hash_to_curve([message], domain);
    point.into()
}

/// What the judge says of an aggregate, by the draft's FastAggregateVerify.
fn judge(keys: &[PublicKey], message: &[u8], signature: &Signature, domain: &[u8]) -> bool {
    let signature = Option::<G2Affine>::from(G2Affine::from_compressed(&signature.0));
    let points: Option<Vec<G1Affine>> = keys.iter().map(|key| G1Affine::from_compressed(&key.0).into()).collect();
    let (Some(signature), Some(points)) = (signature, points) else { return false };
    if points.is_empty() || points.iter().any(|point| point.is_identity().into()) {
        return false;
    }
    let sum: G1Affine = points.iter().fold(G1Projective::identity(), |sum, point| sum + point).into();
    if sum.is_identity().into() {
        return false;
    }
    let negated = -G1Affine::generator();
    let paired = multi_miller_loop(&[
        (&sum, &G2Prepared::from(hash(message, domain))),
        (&negated, &G2Prepared::from(signature)),
    ]);
    paired.final_exponentiation() == Gt::identity()
}

fn both(keys: &[PublicKey], message: &[u8], signature: &Signature) -> bool {
    let (ours, theirs) = (verify(keys, message, signature), judge(keys, message, signature, SIGNATURE_DOMAIN));
    assert_eq!(ours, theirs, "keys {keys:?}, message {message:?}, signature {signature}");
    ours
}

/// A point of the curve that is not in the group of signatures: hashed points before the cofactor is cleared are none, so the first
/// x coordinates are tried until one is on the curve.
fn outside_of_group(number: u64) -> Signature {
    (0..u64::MAX)
        .find_map(|offset| {
            let mut bytes = [0; 96];
            bytes[0] = 0x80;
            bytes[88..].copy_from_slice(&number.wrapping_mul(1 << 20).wrapping_add(offset).to_be_bytes());
            let point = Option::<G2Affine>::from(G2Affine::from_compressed_unchecked(&bytes))?;
            (!bool::from(point.is_torsion_free())).then_some(Signature(bytes))
        })
        .expect("half of all x are on the curve")
}

/// How many aggregates both judge: 10 000 in the long form, which asks for more property cases; fewer otherwise, for a pairing of the
/// judge takes milliseconds.
#[allow(clippy::disallowed_methods, reason = "a test may ask its environment how long to search")]
fn cases() -> u64 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse::<u64>().ok()).map_or(600, |_| 10_000)
}

#[test]
fn both_implementations_agree_on_random_aggregates() {
    let mut numbers = Numbers(7);
    let keys: Vec<_> = (0..16).map(key).collect();
    let (mut good, mut bad) = (0, 0);
    for case in 0..cases() {
        let chosen: Vec<_> = (0..=numbers.below(8)).map(|_| &keys[numbers.below(16) as usize]).collect();
        let message = numbers.next().to_be_bytes();
        let signatures: Vec<_> = chosen.iter().map(|key| key.sign(&message)).collect();
        let mut signature = aggregate(&signatures).expect("they are points");
        let mut publics: Vec<_> = chosen.iter().map(|key| key.public()).collect();
        let mut message = message.to_vec();
        match numbers.below(8) {
            0 => signature.0[numbers.below(96) as usize] ^= 1 << numbers.below(8),
            1 => publics[0].0[numbers.below(48) as usize] ^= 1 << numbers.below(8),
            2 => message[0] ^= 1,
            3 => publics.push(keys[numbers.below(16) as usize].public()),
            4 => signature = outside_of_group(case),
            5 => publics[0] = PublicKey([&[0xc0][..], &[0; 47]].concat().try_into().expect("48 bytes")),
            _ => {}
        }
        match both(&publics, &message, &signature) {
            true => good += 1,
            false => bad += 1,
        }
    }
    assert!(good > 0 && bad > 0, "{good} good and {bad} bad ones");
}

#[test]
fn a_proof_of_possession_is_of_its_key_only() {
    let (one, other) = (key(1), key(2));
    assert!(one.public().is_possessed(&one.prove()));
    assert!(judge(&[one.public()], &one.public().0, &one.prove(), POSSESSION_DOMAIN));
    assert!(!one.public().is_possessed(&other.prove()));
    // A signature of the same bytes is no proof: the domains differ.
    assert!(!one.public().is_possessed(&one.sign(&one.public().0)));
    assert!(!one.public().verify(&one.public().0, &one.prove()));
}

#[test]
fn a_rogue_key_deceives_who_forgets_the_proof_and_has_none() {
    // The attacker's key is its own minus that of the victim: the sum of both is the attacker's.
    let (victim, attacker) = (key(1), key(2));
    let point =
        |key: &SecretKey| Option::<G1Affine>::from(G1Affine::from_compressed(&key.public().0)).expect("a point");
    let rogue: G1Affine = (G1Projective::from(point(&attacker)) - G1Projective::from(point(&victim))).into();
    let rogue = PublicKey(rogue.to_compressed());
    let message = b"the victim never signed this";
    assert!(both(&[victim.public(), rogue], message, &attacker.sign(message)));
    assert!(!rogue.is_possessed(&attacker.prove()));
    assert!(!rogue.is_possessed(&victim.prove()));
}

#[test]
fn points_outside_of_the_group_and_neutral_elements_are_refused() {
    let signature = outside_of_group(3);
    assert!(!both(&[key(1).public()], b"anything", &signature));
    assert_eq!(aggregate(&[key(1).sign(b"m"), signature]), None);
    assert_eq!(aggregate(&[]), None);
    let neutral_key = PublicKey([&[0xc0][..], &[0; 47]].concat().try_into().expect("48 bytes"));
    let neutral = Signature([&[0xc0][..], &[0; 95]].concat().try_into().expect("96 bytes"));
    assert!(!neutral_key.is_possessed(&neutral));
    assert!(!both(&[neutral_key], b"m", &neutral));
    assert!(!verify(&[], b"m", &neutral));
    // A key of the curve, but not of the group.
    let outside = (0_u64..).find_map(|x| {
        let mut bytes = [0; 48];
        bytes[0] = 0x80;
        bytes[40..].copy_from_slice(&x.to_be_bytes());
        let point = Option::<G1Affine>::from(G1Affine::from_compressed_unchecked(&bytes))?;
        (!bool::from(point.is_torsion_free())).then_some(PublicKey(bytes))
    });
    assert!(!outside.expect("there are some").is_possessed(&key(1).prove()));
}

#[test]
fn the_encodings_are_frozen() {
    let key = key(1);
    assert_eq!(key.public().to_string(), include_str!("fixtures/bls_key.hex").trim());
    assert_eq!(key.prove().to_string(), include_str!("fixtures/bls_proof.hex").trim());
    assert_eq!(key.sign(b"message").to_string(), include_str!("fixtures/bls_signature.hex").trim());
}
