//! Whatever is not the one tree for its bytes is refused, by its name.

use crate::samples::{build, noise, Memory};
use icn_blob::{
    limits::{BLOB_BYTES_MAX, CHUNK_BYTES},
    BlobError, Block, Builder, Download, Fault, ReadError, Reader,
};
use icn_dag::{
    ipld::{encode, Limits},
    Cid, Codec, Ipld,
};
use std::{collections::BTreeMap, convert::Infallible};

fn link(cid: &Cid) -> Ipld {
    Ipld::Link(cid.into())
}

fn pair(cid: &Cid, length: u64) -> Ipld {
    Ipld::List(vec![link(cid), Ipld::Integer(length.into())])
}

/// Adds an inner node of these fields.
fn node(memory: &mut Memory, fields: &[(&str, Ipld)]) -> Cid {
    let fields: BTreeMap<String, Ipld> = fields.iter().map(|(key, value)| ((*key).into(), value.clone())).collect();
    let bytes = encode(&Ipld::Map(fields), &Limits::PAYLOAD).unwrap();
    let cid = Cid::of(Codec::DagCbor, &bytes);
    memory.0.insert(cid, bytes);
    cid
}

fn inner(memory: &mut Memory, parts: &[Ipld]) -> Cid {
    node(memory, &[("blob", Ipld::Integer(1)), ("parts", Ipld::List(parts.to_vec()))])
}

/// What opening says, and what asking for all blocks says: they agree.
fn refusal(memory: &Memory, root: Cid) -> BlobError {
    let read = || -> Result<(), ReadError<Infallible>> {
        let reader = Reader::open(memory, root)?;
        reader.read(0..reader.root().size, &mut |_| {})
    };
    let fetch = || -> Result<(), BlobError> {
        let mut download = Download::new(root);
        while let Some(cid) = download.next_where(|_| true) {
            let bytes = memory.0.get(&cid).ok_or(BlobError::Missing(cid))?.clone();
            download.accept(&Block::verified(cid, bytes)?)?;
        }
        Ok(())
    };
    match (read().unwrap_err(), fetch().unwrap_err()) {
        (ReadError::Blob(read), fetched) => {
            assert_eq!(read, fetched);
            read
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_trees_for_the_same_bytes_are_refused() {
    let bytes = noise(1, 3 * CHUNK_BYTES as usize);
    let (_, good) = build([&bytes[..]]);
    let [first, second, third] =
        [0, 1, 2].map(|chunk| Cid::of(Codec::Raw, &bytes[chunk * CHUNK_BYTES as usize..][..CHUNK_BYTES as usize]));
    let full = |cid: &Cid| pair(cid, CHUNK_BYTES);
    let fault = |parts: &[Ipld]| {
        let mut memory = good.clone();
        let root = inner(&mut memory, parts);
        match refusal(&memory, root) {
            BlobError::NotCanonical { cid, fault } if cid == root => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(&[]), Fault::Lengths);
    assert_eq!(fault(&[full(&first)]), Fault::Lengths, "one chunk is a blob by itself");
    assert_eq!(fault(&[pair(&first, 1), full(&second)]), Fault::Lengths, "only the last is shorter");
    assert_eq!(fault(&[full(&first), pair(&second, CHUNK_BYTES + 1)]), Fault::Lengths);
    assert_eq!(fault(&[full(&first), pair(&second, 0)]), Fault::Fields);
    assert_eq!(fault(&[full(&first), link(&second)]), Fault::Fields);
    let mut memory = good.clone();
    let nested = inner(&mut memory, &[full(&second), full(&third)]);
    assert_eq!(fault(&[full(&first), pair(&nested, CHUNK_BYTES)]), Fault::Kind);
}

#[test]
fn a_block_of_another_length_than_its_parent_says_is_refused() {
    let bytes = noise(2, CHUNK_BYTES as usize + 10);
    let (_, mut memory) = build([&bytes[..]]);
    let (first, last) = bytes.split_at(CHUNK_BYTES as usize);
    let (first, last) = (Cid::of(Codec::Raw, first), Cid::of(Codec::Raw, last));
    let root = inner(&mut memory, &[pair(&first, CHUNK_BYTES), pair(&last, 9)]);
    assert_eq!(refusal(&memory, root), BlobError::NotCanonical { cid: last, fault: Fault::Length });
    // One block at two lengths is known to be wrong before it is here.
    let root = inner(&mut memory, &[pair(&last, CHUNK_BYTES), pair(&last, 10)]);
    assert_eq!(refusal(&memory, root), BlobError::NotCanonical { cid: last, fault: Fault::Length });
}

#[test]
fn other_data_than_inner_nodes_is_refused() {
    let mut memory = Memory::default();
    let chunk = Cid::of(Codec::Raw, b"chunk");
    let parts = Ipld::List(vec![pair(&chunk, CHUNK_BYTES), pair(&chunk, CHUNK_BYTES)]);
    let one = Ipld::Integer(1);
    for (fields, fault) in [
        (vec![("parts", parts.clone())], Fault::Fields),
        (vec![("blob", one.clone())], Fault::Fields),
        (vec![("blob", one.clone()), ("parts", parts.clone()), ("more", one.clone())], Fault::Fields),
        (vec![("blob", one), ("parts", Ipld::Null)], Fault::Fields),
        (vec![("blob", Ipld::Integer(2)), ("parts", parts)], Fault::Version),
    ] {
        let root = node(&mut memory, &fields);
        assert_eq!(refusal(&memory, root), BlobError::NotCanonical { cid: root, fault });
    }
    let root = Cid::of(Codec::DagCbor, &[0xff; 20_000]);
    memory.0.insert(root, vec![0xff; 20_000]);
    assert_eq!(refusal(&memory, root), BlobError::NotCanonical { cid: root, fault: Fault::Form });
}

#[test]
fn a_root_that_claims_more_than_a_blob_may_have_is_refused() {
    let mut memory = Memory::default();
    let below = Cid::of(Codec::DagCbor, b"below");
    let parts: Vec<Ipld> = (0..17).map(|_| pair(&below, 256 * CHUNK_BYTES)).collect();
    let root = inner(&mut memory, &parts);
    let error = BlobError::TooLarge { bytes: BLOB_BYTES_MAX + 256 * CHUNK_BYTES, max: BLOB_BYTES_MAX };
    assert_eq!(refusal(&memory, root), error);
    let huge = inner(&mut memory, &[pair(&below, u64::MAX), pair(&below, u64::MAX)]);
    assert_eq!(refusal(&memory, huge), BlobError::TooLarge { bytes: u64::MAX, max: BLOB_BYTES_MAX });
}

#[test]
fn a_flipped_bit_is_corrupt_and_a_lost_block_missing() {
    let bytes = noise(3, 2 * CHUNK_BYTES as usize + 1);
    let (root, good) = build([&bytes[..]]);
    for cid in good.0.keys() {
        let mut memory = good.clone();
        memory.0.get_mut(cid).unwrap()[0] ^= 1;
        assert_eq!(refusal(&memory, root.cid), BlobError::CorruptBlob(*cid));
        memory.0.remove(cid);
        assert_eq!(refusal(&memory, root.cid), BlobError::Missing(*cid));
    }
}

#[test]
fn a_wrong_answer_leaves_the_block_wanted_and_what_nobody_asked_for_is_refused() {
    let bytes = noise(4, 2 * CHUNK_BYTES as usize);
    let (root, good) = build([&bytes[..]]);
    let mut download = Download::new(root.cid);
    let cid = download.next_where(|_| true).unwrap();
    assert_eq!(Block::verified(cid, vec![1]), Err(BlobError::CorruptBlob(cid)));
    download.put_back(cid);
    assert_eq!(download.next_where(|_| true), Some(cid));
    let block = |cid: &Cid| Block::verified(*cid, good.0[cid].clone()).unwrap();
    download.accept(&block(&cid)).unwrap();
    assert_eq!(download.size(), Some(root.size));
    let chunk = *good.0.keys().find(|name| **name != cid).unwrap();
    assert!(download.accept(&block(&chunk)).is_err(), "it is wanted, not asked for");
    assert!(!download.is_complete());
}

#[test]
fn a_builder_takes_nothing_of_what_is_too_much() {
    let mut builder = Builder::new();
    let mut sink = |_| Ok::<_, Infallible>(());
    let piece = vec![0; 8 * 1024 * 1024];
    for _ in 0..BLOB_BYTES_MAX / piece.len() as u64 {
        builder.push(&piece, &mut sink).unwrap();
    }
    assert!(builder.push(&[0], &mut sink).is_err());
    assert_eq!(builder.finish(&mut sink).unwrap().size, BLOB_BYTES_MAX);
}
