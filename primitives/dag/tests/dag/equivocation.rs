//! Evidence of two nodes with one number.

use crate::samples::{self, did, draft, emitted, key, node, signer};
use codec::{DecodeAll, Encode};
use ed25519_consensus::VerificationKey;
use icn_dag::{Author, Draft, Equivocation, Error, Node, Parents, Payload, SignedHeader};

fn signed(draft: Draft) -> SignedHeader {
    SignedHeader::of(&Node::sign(draft, &signer(7)).unwrap()).unwrap()
}

/// One that says something else at the same place.
fn other() -> SignedHeader {
    signed(Draft { payload: Payload::new(samples::map([])).unwrap(), ..draft() })
}

#[test]
fn two_nodes_of_one_place_prove_themselves() {
    let proof = Equivocation::new(signed(draft()), other()).unwrap();
    assert_eq!(proof.verify(), Ok(()));
    assert_eq!(proof.key(), Some(&key(7)));
    assert!(proof.headers().contains(&node().header()));
    // However they are given, it is one proof.
    assert_eq!(Equivocation::new(other(), signed(draft())), Ok(proof));
}

#[test]
fn a_difference_in_any_other_field_is_evidence() {
    let changes: [fn(&mut Draft); 5] = [
        |draft| draft.time += 1,
        |draft| draft.epoch += 1,
        |draft| draft.scope.id = did('x'),
        |draft| draft.parents = Parents::sorted([samples::cid(1)]).unwrap(),
        |draft| draft.kind = icn_dag::Kind::Proposal,
    ];
    for change in changes {
        let mut draft = draft();
        change(&mut draft);
        assert!(Equivocation::new(node_header(), signed(draft)).is_ok());
    }
}

fn node_header() -> SignedHeader {
    SignedHeader::of(&node()).unwrap()
}

#[test]
fn two_nodes_of_different_places_are_no_evidence() {
    let elsewhere: [fn(&mut Draft); 3] =
        [|draft| draft.dag = did('x'), |draft| draft.issuer = did('x'), |draft| draft.seq += 1];
    for change in elsewhere {
        let mut draft = draft();
        change(&mut draft);
        assert_eq!(Equivocation::new(node_header(), signed(draft)), Err(Error::NotEquivocation));
    }
    let other_key = SignedHeader::of(&Node::sign(draft(), &signer(8)).unwrap()).unwrap();
    assert_eq!(Equivocation::new(node_header(), other_key), Err(Error::NotEquivocation));
}

#[test]
fn one_node_is_no_evidence() {
    assert_eq!(Equivocation::new(node_header(), node_header()), Err(Error::NotEquivocation));
}

#[test]
fn evidence_in_the_other_order_is_refused() {
    let proof = Equivocation::new(node_header(), other()).unwrap();
    let encoded = proof.encode();
    let len = if proof.headers()[0] == node().header() { node_header() } else { other() }.encode().len();
    let swapped = [&encoded[len..], &encoded[..len]].concat();
    let swapped = Equivocation::decode_all(&mut &swapped[..]).unwrap();
    assert_eq!(swapped.verify(), Err(Error::NotEquivocation));
}

#[test]
fn evidence_that_is_not_signed_is_refused() {
    for place in 0..2 {
        let mut headers = [node_header(), other()];
        headers[place].signature[40] ^= 1;
        let [one, two] = headers;
        assert_eq!(Equivocation::new(one, two), Err(Error::BadSignature));
    }
    // A signature of the other header does not do.
    let borrowed = SignedHeader { signature: node_header().signature, ..other() };
    assert_eq!(Equivocation::new(node_header(), borrowed), Err(Error::BadSignature));
}

#[test]
fn what_no_node_can_have_is_no_evidence() {
    let mut header = node().header().clone();
    header.parents = Parents::default();
    let message = icn_dag::key::signing_message(&header.signing_cid());
    let malformed = SignedHeader { header, signature: signer(7).sign(&message).to_bytes() };
    assert_eq!(Equivocation::new(node_header(), malformed), Err(Error::Malformed { field: "parents" }));
}

#[test]
fn emitted_nodes_accuse_nobody() {
    assert_eq!(SignedHeader::of(&emitted()), None);
    let by_block = |seq_time| {
        let mut header = emitted().header().clone();
        header.time = seq_time;
        SignedHeader { header, signature: [0; 64] }
    };
    assert_eq!(by_block(1).header.author, Author::Block(samples::HEIGHT));
    assert_eq!(Equivocation::new(by_block(1), by_block(2)), Err(Error::BadSignature));
}

/// A key for which everyone can sign accuses nobody.
#[test]
fn a_key_of_small_order_proves_nothing() {
    let mut forged = [0; 64];
    forged[0] = 1;
    let neutral = icn_dag::Key(forged[..32].try_into().unwrap());
    let header =
        |time| SignedHeader { header: Draft { time, ..draft() }.header(Author::Key(neutral)), signature: forged };
    let message = icn_dag::key::signing_message(&header(1).header.signing_cid());
    assert!(VerificationKey::try_from(neutral.0).unwrap().verify(&forged.into(), &message).is_ok());
    assert_eq!(Equivocation::new(header(1), header(2)), Err(Error::BadSignature));
}

/// Signing is deterministic, so a second signature of one header is a second node on purpose: it has another CID.
#[test]
fn two_signatures_of_one_header_are_evidence() {
    let (one, second) = (node_header(), another_signature());
    assert_ne!(one.signature, second.signature);
    assert_eq!(second.verify(), Ok(()));
    assert!(Equivocation::new(one, second).is_ok());
}

/// A signature of the sample's header by its key with another nonce: made from the same scalar with another prefix.
fn another_signature() -> SignedHeader {
    let signature = hex::decode(include_str!("fixtures/another_signature.hex").split_whitespace().collect::<String>());
    SignedHeader { signature: signature.unwrap().try_into().unwrap(), ..node_header() }
}
