//! The decoders, fuzzed. What they accept can be used: nothing that follows panics.

use crate::{
    samples::{self, cid, did, signer},
    world::World,
};
use codec::{DecodeAll, Encode};
use icn_dag::{
    ipld::{decode, encode, Limits},
    validate::check,
    AnchorEntry, Cid, Codec, Did, Draft, Equivocation, Error, Fault, Header, Ipld, Node, Rel, SignedHeader,
};
use icn_fuzzing::{fuzz, Raw};

#[test]
fn fuzz_node() {
    let genesis = Node::sign(samples::genesis(), &signer(7)).unwrap();
    let seeds = [samples::node(), samples::emitted(), genesis].map(|node| node.bytes().to_vec());
    let world = World::around(&samples::draft());
    fuzz("node", &seeds, |bytes| {
        let node = Node::decode(bytes).ok()?;
        drop(check(&node, &world, world.now));
        if let Some(entry) = AnchorEntry::of(&node, None) {
            assert!(entry.matches(&node));
        }
        Some(Raw(node.bytes().to_vec()))
    });
}

#[test]
fn fuzz_header() {
    let seeds = [samples::node(), samples::emitted()].map(|node| node.header().to_bytes());
    fuzz("header", &seeds, |bytes| {
        let header = Header::decode(bytes).ok()?;
        assert!(header.check().is_ok());
        assert_eq!(header.signing_cid(), Cid::of(Codec::DagCbor, bytes));
        Some(Raw(header.to_bytes()))
    });
}

#[test]
fn a_header_reads_back_and_no_node_is_one() {
    for node in [samples::node(), samples::emitted()] {
        assert_eq!(Header::decode(&node.header().to_bytes()).as_ref(), Ok(node.header()));
        assert!(Header::decode(node.bytes()).is_err());
    }
}

/// Whether the stock codec reads bytes and writes them as they were.
fn is_stock_form(bytes: &[u8]) -> bool {
    let data = serde_ipld_dagcbor::from_slice::<Ipld>(bytes);
    data.is_ok_and(|data| serde_ipld_dagcbor::to_vec(&data).is_ok_and(|written| written == bytes))
}

/// The walk over the bytes refuses what the stock codec does, and beyond it only floating-point numbers and what is too large.
#[test]
fn fuzz_data() {
    let seeds = [samples::data(), samples::map([])].map(|data| encode(&data, &Limits::PAYLOAD).unwrap());
    fuzz("data", &seeds, |bytes| match decode(bytes, &Limits::PAYLOAD) {
        Ok(data) => Some(Raw(encode(&data, &Limits::PAYLOAD).unwrap())),
        Err(Error::TooLarge(_) | Error::NotCanonical { fault: Fault::Float, .. }) => None,
        Err(error) => {
            let second_line = matches!(error, Error::NotCanonical { fault: Fault::Form, .. });
            assert!(!second_line && !is_stock_form(bytes), "{error}");
            None
        }
    });
}

#[test]
fn fuzz_ids() {
    let seeds = [did('a').encode(), Did::of_key(&samples::key(7)).encode()];
    fuzz("DID", &seeds, |bytes| {
        let did = Did::decode_all(&mut &bytes[..]).ok()?;
        assert!(did.key().is_none() || did.network().is_none());
        Some(did)
    });
    fuzz("CID", &[cid(1).encode(), samples::blob(1).encode()], |bytes| {
        let cid = Cid::decode_all(&mut &bytes[..]).ok()?;
        assert_eq!(cid.to_string().parse(), Ok(cid));
        Some(cid)
    });
}

/// Ids as they are read from JSON and from dag-cbor.
#[test]
fn fuzz_texts() {
    let seeds =
        [did('a').to_string(), Did::of_key(&samples::key(7)).to_string(), cid(1).to_string(), "proposal".into()];
    fuzz("text", &seeds.map(String::into_bytes), |bytes| {
        let text = std::str::from_utf8(bytes).ok()?;
        let did = text.parse::<Did>().map(|did| did.to_string());
        let read = did.ok().or(text.parse::<Cid>().map(|cid| cid.to_string()).ok());
        Some(Raw(read.or(text.parse::<Rel>().map(|rel| rel.to_string()).ok())?.into_bytes()))
    });
}

#[test]
fn fuzz_anchor_entry() {
    let node = samples::node();
    let seeds = [None, Some(cid(4))].map(|prev| AnchorEntry::of(&node, prev).unwrap().encode());
    fuzz("anchor entry", &seeds, |bytes| {
        let entry = AnchorEntry::decode_all(&mut &bytes[..]).ok()?;
        drop((entry.matches(&node), entry.follows(Some((2, cid(4))))));
        Some(entry)
    });
}

#[test]
fn fuzz_equivocation() {
    let other = Node::sign(Draft { epoch: 42, ..samples::draft() }, &signer(7)).unwrap();
    let signed = |node: &Node| SignedHeader::of(node).unwrap();
    let proof = Equivocation::new(signed(&samples::node()), signed(&other)).unwrap().encode();
    fuzz("equivocation", std::slice::from_ref(&proof), |bytes| {
        let decoded = Equivocation::decode_all(&mut &bytes[..]).ok()?;
        assert!(decoded.verify().is_err() || bytes == proof, "only what was signed is proved");
        Some(decoded)
    });
}
