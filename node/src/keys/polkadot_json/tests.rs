//! Files of `@polkadot/keyring`, and the decoder of subxt-signer as a judge of ours.

use super::*;
use serde_json::{json, Value};
use subxt_signer::polkadot_js_compat::decrypt_json;

/// `new Keyring({ type }).addFromUri(URI, { name: 'Mill' }).toJson(PASSWORD)` of `@polkadot/keyring` 14.0.3.
const FILES: [(Scheme, &str); 3] = [
    (Scheme::Sr25519, include_str!("fixtures/sr25519.json")),
    (Scheme::Ed25519, include_str!("fixtures/ed25519.json")),
    (Scheme::Ecdsa, include_str!("fixtures/ecdsa.json")),
];
/// The same with `/soft` after the path.
const SOFT_FILE: &str = include_str!("fixtures/sr25519-soft.json");
const URI: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow//mill";
const PASSWORD: &str = "open sesame";

fn password(text: &str) -> Passphrase {
    Passphrase::new(text).expect("not empty")
}

fn account(scheme: Scheme, uri: &str) -> Secret {
    Secret::from_uri(KeyKind::Account(scheme), uri).expect("a phrase")
}

fn read(file: &str) -> Result<Secret, PolkadotJsonError> {
    decode(file.as_bytes(), &password(PASSWORD))
}

/// A file with one change.
fn changed(pointer: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(FILES[0].1).expect("JSON");
    *file.pointer_mut(pointer).expect("a field") = value;
    file.to_string()
}

/// A file whose encrypted part is changed.
fn changed_bytes(change: impl FnOnce(&mut Vec<u8>)) -> String {
    let file: Value = serde_json::from_str(FILES[0].1).expect("JSON");
    let mut bytes = STANDARD.decode(file["encoded"].as_str().expect("text")).expect("base64");
    change(&mut bytes);
    changed("/encoded", STANDARD.encode(bytes).into())
}

#[test]
fn files_of_polkadot_js_are_read() {
    for (scheme, file) in FILES {
        let secret = read(file).expect("valid");
        assert_eq!(secret.public(), account(scheme, URI).public(), "{scheme}");
        assert_eq!(secret.seed().is_ok(), scheme != Scheme::Sr25519, "of these only the seed is expanded");
        assert!(matches!(decode(file.as_bytes(), &password("other")), Err(PolkadotJsonError::Password)));
    }
    let soft = read(SOFT_FILE).expect("valid");
    assert_eq!(soft.public(), account(Scheme::Sr25519, &format!("{URI}/soft")).public());
}

#[test]
fn what_is_written_the_decoder_of_subxt_reads() {
    for uri in [URI.to_owned(), format!("{URI}/soft")] {
        let secret = account(Scheme::Sr25519, &uri);
        let json = encode(&secret, "Mill", &password(PASSWORD)).expect("an account");
        let key = decrypt_json(&json, PASSWORD).expect("subxt reads it");
        assert_eq!(key.public_key().0, secret.public().bytes());
        let signature = key.sign(b"payload");
        let public = sr25519::Public::from_raw(key.public_key().0);
        assert!(sr25519::Pair::verify(&sr25519::Signature::from_raw(signature.0), b"payload", &public));
    }
}

#[test]
fn what_is_written_is_read_again() {
    for (scheme, _) in FILES {
        let secret = account(scheme, URI);
        let json = encode(&secret, "Mill", &password(PASSWORD)).expect("an account");
        let back = read(&json).expect("valid");
        assert_eq!(back.public(), secret.public());
        let again = encode(&back, "Mill", &password(PASSWORD)).expect("an account");
        assert_ne!(json, again, "salt and nonce are random");
    }
}

#[test]
fn the_form_is_that_of_polkadot_js() {
    for (scheme, file) in FILES {
        let theirs: Value = serde_json::from_str(file).expect("JSON");
        let ours = encode(&account(scheme, URI), "Mill", &password(PASSWORD)).expect("an account");
        let ours: Value = serde_json::from_str(&ours).expect("JSON");
        for field in ["encoding", "address", "meta"] {
            assert_eq!(ours[field], theirs[field], "{scheme} {field}");
        }
        let length = |file: &Value| file["encoded"].as_str().map(str::len);
        assert_eq!(
            (length(&ours), ours.as_object().map(|o| o.len())),
            (length(&theirs), theirs.as_object().map(|o| o.len()))
        );
    }
}

#[test]
fn keys_of_validators_and_nodes_are_no_accounts() {
    for kind in [KeyKind::Consensus, KeyKind::Node] {
        let secret = Secret::from_seed(kind, &[7; 32]).expect("a seed");
        let error = encode(&secret, "Mill", &password(PASSWORD)).expect_err("no account");
        assert!(matches!(error, KeyError::WrongPurpose { wanted: Purpose::Account, .. }), "{error}");
    }
}

#[test]
fn other_documents_are_refused() {
    for text in ["", "{}", "[]", "{\"encoded\": \"\"}", &FILES[0].1[..100]] {
        let error = read(text).expect_err("no document");
        assert!(matches!(error, PolkadotJsonError::Document { .. }), "{text}: {error}");
    }
    for (pointer, value) in [
        ("/encoding/version", json!("4")),
        ("/encoding/version", json!("2")),
        ("/encoding/type", json!(["none"])),
        ("/encoding/type", json!(["xsalsa20-poly1305"])),
    ] {
        assert!(matches!(read(&changed(pointer, value)), Err(PolkadotJsonError::Encoding)), "{pointer}");
    }
    for value in [json!(["pkcs8", "ethereum"]), json!(["sr25519"]), json!(["batch-pkcs8"])] {
        assert!(matches!(read(&changed("/encoding/content", value)), Err(PolkadotJsonError::Content)));
    }
    assert!(matches!(read(&changed("/encoded", json!("*"))), Err(PolkadotJsonError::Encoded)));
}

#[test]
fn another_address_is_noticed() {
    for address in ["5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY", "0x07", "", "hello"] {
        assert!(
            matches!(read(&changed("/address", json!(address))), Err(PolkadotJsonError::OtherAccount)),
            "{address}"
        );
    }
    let elsewhere = account(Scheme::Sr25519, URI).public().ss58(0);
    read(&changed("/address", json!(elsewhere))).expect("the same account on another network");
}

#[test]
fn work_that_polkadot_js_does_not_accept_is_not_done() {
    for (at, number) in [(32, 1u32 << 30), (32, 0), (32, 3), (32, u32::MAX), (36, 1 << 20), (36, 0), (40, 1 << 20)] {
        let file = changed_bytes(|bytes| bytes[at..at + 4].copy_from_slice(&number.to_le_bytes()));
        assert!(matches!(read(&file), Err(PolkadotJsonError::Work { .. })), "{at}: {number}");
    }
}

#[test]
fn a_part_that_is_cut_or_changed_is_refused() {
    for length in [0, 31, 44, BOX_AT - 1] {
        assert!(
            matches!(read(&changed_bytes(|bytes| bytes.truncate(length))), Err(PolkadotJsonError::Encoded)),
            "{length}"
        );
    }
    for length in [BOX_AT, BOX_AT + 15, BOX_AT + 40] {
        assert!(
            matches!(read(&changed_bytes(|bytes| bytes.truncate(length))), Err(PolkadotJsonError::Password)),
            "{length}"
        );
    }
    for at in [0, 44, BOX_AT, BOX_AT + 60] {
        assert!(matches!(read(&changed_bytes(|bytes| bytes[at] ^= 1)), Err(PolkadotJsonError::Password)), "{at}");
    }
}

#[test]
fn what_was_encrypted_must_be_laid_out_as_polkadot_js_does() {
    for (scheme, _) in FILES {
        let kind = KeyKind::Account(scheme);
        let secret = account(scheme, URI);
        let whole = lay_out(&secret).expect("an account");
        parse(kind, &whole).expect("valid");
        for length in 0..whole.len() {
            assert!(parse(kind, &whole[..length]).is_err(), "{scheme} {length}");
        }
        // The header, the secret, the divider and the public key.
        for at in [0, HEADER.len() + 20, whole.len() - secret.public().bytes().len() - 1, whole.len() - 1] {
            let mut other = whole.to_vec();
            other[at] ^= 1;
            assert!(parse(kind, &other).is_err(), "{scheme} {at}");
        }
    }
}
