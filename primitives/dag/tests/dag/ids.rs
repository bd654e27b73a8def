//! DIDs, CIDs, keys: one way to write each.

use crate::samples::{blob, cid, did, key, signer};
use icn_dag::{did::DidError, Cid, Codec, Did, Key, Rel};
use proptest::prelude::*;

const NETWORK: &str = "test-01234567";

#[test]
fn a_did_of_this_chain_is_a_network_and_a_hash() {
    let did: Did =
        format!("did:icn:{NETWORK}:{}q", "abcdefghijklmnopqrstuvwxyz234567".repeat(2).split_at(51).0).parse().unwrap();
    assert!(did.is_icn());
    assert_eq!(did.network(), Some(NETWORK));
    assert_eq!(did.key(), None);
    assert_eq!(did.to_string().parse(), Ok(did));
}

#[test]
fn what_is_written_otherwise_is_no_did() {
    let hash = format!("{}a", "a".repeat(51));
    let wrong = [
        (String::new(), DidError::UnknownMethod),
        ("did:web:example.org".into(), DidError::UnknownMethod),
        ("did:key:".into(), DidError::UnknownMethod),
        ("did:key:uAQ".into(), DidError::UnknownMethod),
        (format!("DID:icn:n:{hash}"), DidError::UnknownMethod),
        (format!(" did:icn:n:{hash}"), DidError::UnknownMethod),
        ("did:icn:".into(), DidError::BadIdentifier),
        (format!("did:icn:{hash}"), DidError::BadIdentifier),
        (format!("did:icn::{hash}"), DidError::BadNetwork),
        (format!("did:icn:N:{hash}"), DidError::BadNetwork),
        (format!("did:icn:-n:{hash}"), DidError::BadNetwork),
        (format!("did:icn:n-:{hash}"), DidError::BadNetwork),
        (format!("did:icn:n_n:{hash}"), DidError::BadNetwork),
        (format!("did:icn:ñ:{hash}"), DidError::BadNetwork),
        (format!("did:icn:{}:{hash}", "n".repeat(33)), DidError::BadNetwork),
        // A kind before the hash, as other networks have it.
        (format!("did:icn:n:coop:{hash}"), DidError::BadIdentifier),
        (format!("did:icn:n:{}", &hash[1..]), DidError::BadIdentifier),
        (format!("did:icn:n:a{hash}"), DidError::BadIdentifier),
        (format!("did:icn:n:{}", hash.to_uppercase()), DidError::BadIdentifier),
        (format!("did:icn:n:{}", hash.replacen('a', "1", 1)), DidError::BadIdentifier),
        (format!("did:icn:n:{}b", &hash[1..]), DidError::BadIdentifier),
        (format!("did:icn:n:{hash}#key"), DidError::BadIdentifier),
        (format!("did:icn:n:{hash} "), DidError::BadIdentifier),
        (format!("did:icn:n:{}", "a".repeat(90)), DidError::TooLong),
    ];
    for (text, error) in wrong {
        assert_eq!(text.parse::<Did>(), Err(error), "{text:?}");
    }
}

#[test]
fn a_key_by_itself_is_a_did() {
    // The examples of the did:key specification: Ed25519, secp256k1, P-256.
    let ed25519: Did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK".parse().unwrap();
    let secp256k1: Did = "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme".parse().unwrap();
    let p256: Did = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169".parse().unwrap();
    let signs = |did: &Did| did.key().map(|key| hex::encode(key.0));
    let expected = "2e6fcce36701dc791488e0d0b1745cc1e33a4c1c9fcc41c63bd343dbbe0970e6";
    assert_eq!(signs(&ed25519).as_deref(), Some(expected));
    assert_eq!((signs(&secp256k1), signs(&p256)), (None, None));
    assert!(!ed25519.is_icn() && ed25519.network().is_none());
    assert_eq!(Did::of_key(&ed25519.key().unwrap()), ed25519);
    assert_eq!(ed25519.key().unwrap().to_string(), "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK");
}

#[test]
fn other_did_keys_are_refused() {
    let good = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK";
    let wrong = [
        good[..good.len() - 1].to_owned(),
        format!("{good}1"),
        good.replace("z6", "z16"),
        good.replace("6M", "0M"),
        format!("{good}#key"),
        // X25519, which signs nothing.
        "did:key:z6LSeu9HkTHSfLLeUs2nnzUSNedgDUevfNQgQjQC23ZCit6F".into(),
        "did:key:z".into(),
    ];
    for text in wrong {
        assert_eq!(text.parse::<Did>(), Err(DidError::BadIdentifier), "{text}");
    }
}

#[test]
fn a_did_key_of_another_length_is_refused() {
    let did = |prefix: [u8; 2], len: usize| {
        let digits = cid::multibase::Base::Base58Btc.encode([&prefix[..], &vec![7; len]].concat());
        format!("did:key:z{digits}").parse::<Did>().is_ok()
    };
    for (prefix, expected) in [([0xed, 0x01], 32), ([0xe7, 0x01], 33), ([0x80, 0x24], 33)] {
        for len in 0..=48 {
            assert_eq!(did(prefix, len), len == expected, "{prefix:?} {len}");
        }
    }
}

/// The CID of the raw block `foo`, from the documentation of the `cid` crate in base 64.
#[test]
fn a_cid_is_what_other_libraries_make() {
    let foo = Cid::of(Codec::Raw, b"foo");
    let stock: cid::Cid = "mAVUSICwmtGto/8aP+ZtFPB0wQTQTQi1wZIO/oPmKXohiZueu".parse().unwrap();
    assert_eq!(cid::Cid::from(&foo), stock);
    assert_eq!(foo.to_string(), "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy");
    assert_eq!((foo.codec(), cid(1).codec()), (Codec::Raw, Codec::DagCbor));
    assert!(cid(1).to_string().starts_with("bafyrei"));
}

#[test]
fn cids_of_other_kinds_are_refused() {
    let hash = |code: u64, digest: &[u8]| cid::multihash::Multihash::<64>::wrap(code, digest).unwrap();
    let others = [
        cid::Cid::new_v0(hash(0x12, &[1; 32])).unwrap(),
        cid::Cid::new_v1(0x70, hash(0x12, &[1; 32])),
        cid::Cid::new_v1(0x0129, hash(0x12, &[1; 32])),
        cid::Cid::new_v1(0x71, hash(0x1e, &[1; 32])),
        cid::Cid::new_v1(0x71, hash(0x12, &[1; 20])),
        cid::Cid::new_v1(0x71, hash(0x00, &[1; 32])),
    ];
    for other in others {
        assert!(Cid::try_from(&other).is_err(), "{other}");
        assert!(other.to_string().parse::<Cid>().is_err(), "{other}");
    }
    let ours = cid::Cid::new_v1(0x71, hash(0x12, &[1; 32]));
    assert_eq!(Cid::try_from(&ours), Ok(Cid::from_digest(Codec::DagCbor, [1; 32])));
}

#[test]
fn a_cid_has_one_text() {
    let text = cid(1).to_string();
    assert_eq!(text.len(), 59);
    let stock: cid::Cid = text.parse().unwrap();
    let base64 = stock.to_string_of_base(cid::multibase::Base::Base64).unwrap();
    // The last digit holds two bits that belong to nothing.
    let padded = format!("{}{}", &text[..58], (text.as_bytes()[58] + 1) as char);
    let others = [
        text.to_uppercase(),
        base64,
        format!("/ipfs/{text}"),
        format!("{text} "),
        format!("{text}a"),
        text[..58].to_owned(),
        padded,
        "b".repeat(10_000),
        String::new(),
    ];
    for other in others {
        assert!(other.parse::<Cid>().is_err(), "{other}");
    }
}

#[test]
fn ids_are_text_in_json() {
    let text = serde_json::to_string(&(did('a'), cid(1), blob(2))).unwrap();
    assert_eq!(text, format!("[\"{}\",\"{}\",\"{}\"]", did('a'), cid(1), blob(2)));
    let back: (Did, Cid, Cid) = serde_json::from_str(&text).unwrap();
    assert_eq!(back, (did('a'), cid(1), blob(2)));
    assert!(serde_json::from_str::<Did>("\"did:web:x\"").is_err());
    assert!(serde_json::from_str::<Cid>("[1,113,18,32]").is_err());
}

#[test]
fn a_cid_is_a_link_in_dag_cbor() {
    let encoded = serde_ipld_dagcbor::to_vec(&cid(1)).unwrap();
    assert_eq!(encoded, crate::cbor::link(cid(1).as_bytes()));
    assert_eq!(serde_ipld_dagcbor::from_slice::<Cid>(&encoded).unwrap(), cid(1));
}

#[test]
fn a_relation_is_a_short_word() {
    let longest = "r".repeat(32);
    for text in ["proposal", "a_1", &longest] {
        assert_eq!(text.parse::<Rel>().unwrap().as_str(), text);
    }
    let longer = "r".repeat(33);
    for text in ["", "Proposal", "a-b", "a b", "á", &longer] {
        assert!(text.parse::<Rel>().is_err(), "{text}");
    }
}

/// The keys of small order, as ZIP 215 reads them: the signature of the neutral element and zero is good for anything.
#[test]
fn a_key_that_everyone_can_sign_for_signs_nothing() {
    let ys = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];
    let mut forged = [0; 64];
    forged[0] = 1;
    for y in ys {
        for sign in [0, 0x80] {
            let mut key: [u8; 32] = hex::decode(y).unwrap().try_into().unwrap();
            key[31] |= sign;
            let message = icn_dag::key::signing_message(&cid(1));
            let stock = ed25519_consensus::VerificationKey::try_from(key).unwrap();
            assert!(stock.verify(&forged.into(), &message).is_ok(), "{y} is of small order");
            assert!(!Key(key).is_sound());
            assert!(!Key(key).has_signed(&cid(1), &forged));
        }
    }
    assert!(key(7).is_sound());
    // No point of the curve has this y.
    let mut none = [0; 32];
    none[0] = 2;
    assert!(!Key(none).is_sound() && !Key(none).has_signed(&cid(1), &forged));
}

#[test]
fn a_signature_is_for_its_key_and_cid() {
    let signature = signer(7).sign(&[&b"icn/dag/1"[..], cid(1).as_bytes()].concat()).to_bytes();
    assert!(key(7).has_signed(&cid(1), &signature));
    assert!(!key(7).has_signed(&cid(2), &signature));
    assert!(!key(8).has_signed(&cid(1), &signature));
    assert!(!key(7).has_signed(&cid(1), &signer(7).sign(cid(1).as_bytes()).to_bytes()), "without its tag");
}

proptest! {
    #[test]
    fn dids_read_back(text in "did:icn:[a-z0-9-]{1,33}:[a-z2-7]{50,53}|did:key:z[1-9A-Za-z]{44,52}") {
        if let Ok(did) = text.parse::<Did>() {
            prop_assert_eq!(did.as_str(), &text);
        }
    }

    #[test]
    fn keys_are_dids(bytes in any::<[u8; 32]>()) {
        let did = Did::of_key(&Key(bytes));
        prop_assert_eq!(did.key(), Some(Key(bytes)));
        prop_assert_eq!(did.to_string().parse(), Ok(did));
    }

    #[test]
    fn cids_read_back(digest in any::<[u8; 32]>(), raw in any::<bool>()) {
        let cid = Cid::from_digest(if raw { Codec::Raw } else { Codec::DagCbor }, digest);
        prop_assert_eq!(cid.to_string().parse(), Ok(cid));
        prop_assert_eq!(Cid::try_from(&cid.as_bytes()[..]), Ok(cid));
        prop_assert_eq!(Cid::try_from(&cid::Cid::from(&cid)), Ok(cid));
    }
}
