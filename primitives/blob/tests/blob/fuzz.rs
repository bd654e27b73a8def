//! Inner nodes of strangers: what is accepted is the one tree for its length, and encodes as it came.

use crate::samples::{build, noise, Memory};
use icn_blob::{limits::CHUNK_BYTES, shape, Inner, Reader};
use icn_dag::{cid::Codec, Cid};
use icn_fuzzing::{fuzz, Raw};

fn seeds() -> Vec<Vec<u8>> {
    [CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 5 * CHUNK_BYTES - 1]
        .map(|size| {
            let bytes = noise(size, size as usize);
            let (root, memory) = build([&bytes[..]]);
            memory.0[&root.cid].clone()
        })
        .into()
}

#[test]
fn fuzz_inner_node() {
    fuzz("inner node of a blob", &seeds(), |bytes| {
        let inner = Inner::root(&Cid::of(Codec::DagCbor, bytes), bytes).ok()?;
        let size = inner.length();
        assert!(shape::check_size(size).is_ok());
        let lengths: Vec<u64> = inner.parts().iter().map(|part| part.length).collect();
        assert_eq!(lengths, shape::part_lengths(size, shape::height(size)).collect::<Vec<_>>());
        Some(Raw(bytes.to_vec()))
    });
}

#[test]
fn fuzz_reading_a_blob_whose_root_is_a_strangers() {
    let bytes = noise(9, 2 * CHUNK_BYTES as usize);
    let (root, good) = build([&bytes[..]]);
    fuzz("root of a blob", &[good.0[&root.cid].clone()], |root| {
        let cid = Cid::of(Codec::DagCbor, root);
        let mut memory: Memory = good.clone();
        memory.0.insert(cid, root.to_vec());
        let reader = Reader::open(&memory, cid).ok()?;
        let size = reader.root().size;
        // Whatever else the root names is missing or of another length: then nothing wrong is read.
        if let Ok(read) = reader.bytes(0..size) {
            assert_eq!(read.len() as u64, size);
            assert_eq!(icn_blob::builder::root_of(&read).unwrap().cid, cid);
        }
        Some(Raw(root.to_vec()))
    });
}
