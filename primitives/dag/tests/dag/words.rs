//! The vocabularies, word for word and in the order of their SCALE encoding.

use codec::{DecodeAll, Encode};
use icn_dag::{Kind, ScopeKind, Visibility};
use std::{fmt::Debug, str::FromStr};

fn check<T: Copy + Debug + PartialEq + ToString + FromStr + Encode + DecodeAll>(all: &[T], words: &[&str]) {
    assert_eq!(all.iter().map(ToString::to_string).collect::<Vec<_>>(), words);
    for (place, one) in all.iter().enumerate() {
        assert_eq!(words[place].parse().ok(), Some(*one));
        assert_eq!(one.encode(), [place as u8]);
        assert_eq!(T::decode_all(&mut &[place as u8][..]), Ok(*one));
    }
    assert!(T::decode_all(&mut &[words.len() as u8][..]).is_err());
    assert!("".parse::<T>().is_err() && words[0].to_uppercase().parse::<T>().is_err());
}

#[test]
fn there_are_twenty_kinds_of_nodes() {
    let words = [
        "genesis",
        "proposal",
        "amendment",
        "vote",
        "delegation",
        "tally",
        "execution_receipt",
        "credential",
        "revocation",
        "anchor",
        "trust_bundle",
        "config",
        "mandate",
        "dispute",
        "token_op",
        "thread",
        "message",
        "blob_pin",
        "link",
        "recovery",
    ];
    check(Kind::ALL, &words);
}

#[test]
fn there_are_four_visibilities_and_seven_kinds_of_scopes() {
    check(Visibility::ALL, &["public", "federation", "members", "disclosed"]);
    let words = ["individual", "cooperative", "community", "federation", "working_group", "node", "guardian"];
    check(ScopeKind::ALL, &words);
}

#[test]
fn words_are_text_in_json() {
    let text = serde_json::to_string(&(Kind::BlobPin, Visibility::Members, ScopeKind::WorkingGroup)).unwrap();
    assert_eq!(text, r#"["blob_pin","members","working_group"]"#);
    assert_eq!(serde_json::from_str::<Kind>(r#""token_op""#).unwrap(), Kind::TokenOp);
    let error = serde_json::from_str::<Kind>(r#""token-op""#).unwrap_err();
    assert!(error.to_string().contains("kind of node"), "{error}");
}
