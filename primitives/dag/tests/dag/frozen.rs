//! The encodings, byte for byte. Whoever changes one changes a format: existing nodes and states no longer read it, so the
//! change needs a new format version. `ICN_UPDATE_FIXTURES=1` writes them anew.

use crate::samples;
use codec::{DecodeAll, Encode};
use icn_dag::{AnchorEntry, Draft, Equivocation, Node, SignedHeader};
use std::{fmt::Debug, path::Path};

/// Compares text with its fixture.
fn check_text(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dag/fixtures").join(name);
    if std::env::var_os("ICN_UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "the encoding of {name} changed");
}

/// Compares bytes with their fixture, in lines of 64 digits.
fn check(name: &str, encoded: &[u8]) {
    let lines: Vec<_> = encoded.chunks(32).map(hex::encode).collect();
    check_text(&format!("{name}.hex"), &(lines.join("\n") + "\n"));
}

fn check_scale<T: Encode + DecodeAll + PartialEq + Debug>(name: &str, value: &T) {
    check(name, &value.encode());
    assert_eq!(T::decode_all(&mut &value.encode()[..]).as_ref(), Ok(value), "{name} is read back");
}

#[test]
fn nodes_are_encoded_as_ever() {
    check("signed_node", samples::node().bytes());
    check("emitted_node", samples::emitted().bytes());
    check("header", &samples::node().header().to_bytes());
}

/// For the signed node and for the emitted one: CID of the payload, signing CID, CID.
#[test]
fn names_of_nodes_are_as_ever() {
    let names = |node: Node| format!("{}\n{}\n{}\n", node.payload().cid(), node.signing_cid(), node.cid());
    check_text("cids.txt", &(names(samples::node()) + &names(samples::emitted())));
}

#[test]
fn an_anchor_entry_is_encoded_as_ever() {
    check_scale("anchor_entry", &AnchorEntry::of(&samples::node(), Some(samples::cid(4))).unwrap());
}

#[test]
fn evidence_is_encoded_as_ever() {
    let other = Node::sign(Draft { time: 7, ..samples::draft() }, &samples::signer(7)).unwrap();
    let signed = |node: &Node| SignedHeader::of(node).unwrap();
    check_scale("equivocation", &Equivocation::new(signed(&samples::node()), signed(&other)).unwrap());
}
