//! The builder, the reader and the download against the definition of the tree, written out over bytes that are all in memory.

use crate::samples::{build, noise, Memory};
use icn_blob::{
    builder::root_of,
    limits::{CHUNK_BYTES, FANOUT},
    Block, Download, Reader, Root,
};
use icn_dag::{
    ipld::{encode, Limits},
    Cid, Codec, Ipld,
};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The tree as the specification has it: chunks, and then as many levels as it takes to have one block.
fn naive(bytes: &[u8]) -> (Root, Memory) {
    let mut memory = Memory::default();
    let mut level: Vec<(Cid, u64)> = Vec::new();
    let mut add = |codec, bytes: &[u8]| {
        let cid = Cid::of(codec, bytes);
        memory.0.insert(cid, bytes.to_vec());
        cid
    };
    let chunks: Vec<&[u8]> = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(CHUNK_BYTES as usize).collect() };
    for chunk in chunks {
        level.push((add(Codec::Raw, chunk), chunk.len() as u64));
    }
    while level.len() > 1 {
        let mut above = Vec::new();
        for group in level.chunks(FANOUT as usize) {
            let part = |(cid, length): &(Cid, u64)| {
                Ipld::List(vec![Ipld::Link(cid.into()), Ipld::Integer(i128::from(*length))])
            };
            let parts = Ipld::List(group.iter().map(part).collect());
            let fields = BTreeMap::from([("blob".to_owned(), Ipld::Integer(1)), ("parts".to_owned(), parts)]);
            let encoded = encode(&Ipld::Map(fields), &Limits::PAYLOAD).unwrap();
            above.push((add(Codec::DagCbor, &encoded), group.iter().map(|(_, length)| length).sum()));
        }
        level = above;
    }
    (Root { cid: level[0].0, size: bytes.len() as u64 }, memory)
}

/// Asks for everything, and gives each block once.
fn download(root: Cid, from: &Memory) -> Memory {
    let (mut download, mut got) = (Download::new(root), Memory::default());
    while let Some(cid) = download.next_where(|_| true) {
        let block = Block::verified(cid, from.0[&cid].clone()).unwrap();
        download.accept(&block).unwrap();
        assert!(got.0.insert(cid, block.into_bytes()).is_none(), "{cid} was asked for twice");
    }
    assert!(download.is_complete());
    got
}

fn sizes() -> impl Strategy<Value = u64> {
    let near = |size: u64| size.saturating_sub(2)..=size + 2;
    prop_oneof![0..4_u64, near(CHUNK_BYTES), near(2 * CHUNK_BYTES), 0..6 * CHUNK_BYTES]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_blob_is_the_one_tree_for_its_bytes_however_they_come(
        seed in 0_u64..4,
        size in sizes(),
        cuts in proptest::collection::vec(0..6 * CHUNK_BYTES, 0..6),
        range in (0..6 * CHUNK_BYTES, 0..6 * CHUNK_BYTES),
    ) {
        let bytes = if seed == 0 { vec![0; size as usize] } else { noise(seed, size as usize) };
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(size) as usize).collect();
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([bytes.len()]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let (root, memory) = build(starts.zip(ends).map(|(start, end)| &bytes[start..end]));
        prop_assert_eq!((root, &memory), (naive(&bytes).0, &naive(&bytes).1));
        prop_assert_eq!(root_of(&bytes), Ok(root));
        prop_assert_eq!(&download(root.cid, &memory), &memory);

        let reader = Reader::open(&memory, root.cid).unwrap();
        prop_assert_eq!(reader.root(), root);
        prop_assert_eq!(&reader.bytes(0..size).unwrap(), &bytes);
        let (start, end) = (range.0.min(size), range.1.min(size));
        let (start, end) = (start.min(end), start.max(end));
        prop_assert_eq!(&reader.bytes(start..end).unwrap()[..], &bytes[start as usize..end as usize]);
        prop_assert!(reader.bytes(start..size + 1).is_err());
    }
}

#[test]
fn more_chunks_than_one_inner_node_names_are_two_levels_of_them() {
    // 257 chunks: the last inner node of the lower level has one part.
    let bytes = noise(7, (FANOUT * CHUNK_BYTES + 5) as usize);
    let (root, memory) = build([&bytes[..]]);
    assert_eq!((root, &memory), (naive(&bytes).0, &naive(&bytes).1));
    assert_eq!(memory.0.len(), 257 + 2 + 1);
    assert_eq!(download(root.cid, &memory), memory);
    let reader = Reader::open(&memory, root.cid).unwrap();
    let (start, end) = (FANOUT * CHUNK_BYTES - 3, FANOUT * CHUNK_BYTES + 4);
    assert_eq!(reader.bytes(start..end).unwrap(), &bytes[start as usize..end as usize]);
}
