//! Names that never change. Those of one chunk are known from elsewhere: they are the SHA-256 of the bytes, behind four bytes.
//!
//! Write them anew with `ICN_WRITE_FIXTURES=1 cargo nextest run -p icn-blob frozen`: a change of a line is another format.

use crate::samples::{build, noise};
use icn_blob::limits::{CHUNK_BYTES, FANOUT};
use icn_dag::{cid::Codec, Cid};
use sha2::{Digest as _, Sha256};
use std::{fmt::Write as _, path::PathBuf};

/// SHA-256 of nothing and of `abc`, as FIPS 180-4 has them, and the names that IPFS gives these blocks.
const KNOWN: [(&[u8], &str, &str); 2] = [
    (
        b"",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    ),
    (
        b"abc",
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "bafkreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu",
    ),
];

#[test]
fn a_blob_of_one_chunk_has_the_name_that_everyone_gives_it() {
    for (bytes, digest, name) in KNOWN {
        let (root, memory) = build([bytes]);
        assert_eq!(root.cid.to_string(), name);
        let digest: [u8; 32] = hex::decode(digest).unwrap().try_into().unwrap();
        assert_eq!(root.cid, Cid::from_digest(Codec::Raw, digest));
        assert_eq!(<[u8; 32]>::from(Sha256::digest(bytes)), digest);
        assert_eq!(memory.0.len(), 1);
    }
}

#[test]
fn names_and_inner_nodes_are_the_frozen_ones() {
    let chunk = CHUNK_BYTES as usize;
    let samples = [
        ("one chunk", noise(1, chunk)),
        ("a byte more", noise(1, chunk + 1)),
        ("three equal chunks", vec![0; 3 * chunk]),
        ("two levels", noise(1, FANOUT as usize * chunk + 1)),
    ];
    let mut written = String::new();
    for (name, bytes) in samples {
        let (root, memory) = build([&bytes[..]]);
        writeln!(written, "{name}: {} bytes, {} blocks, {}", root.size, memory.0.len(), root.cid).unwrap();
        let top = &memory.0[&root.cid];
        if root.cid.codec() == Codec::DagCbor && top.len() < 400 {
            writeln!(written, "{}", hex::encode(top)).unwrap();
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/blob/fixtures/names.txt");
    if std::env::var_os("ICN_WRITE_FIXTURES").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    assert_eq!(written, std::fs::read_to_string(path).unwrap());
}
