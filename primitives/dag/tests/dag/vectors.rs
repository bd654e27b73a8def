//! The fixtures of `ipld/codec-fixtures`: each decodes and encodes to itself, except those with floating-point numbers.

use icn_dag::{
    ipld::{decode, encode, Limits},
    Cid, Codec, Error, Fault,
};
use std::{fs, path::Path};

const WITH_FLOATS: [&str; 13] = [
    "garbage-02",
    "garbage-03",
    "garbage-05",
    "garbage-06",
    "garbage-07",
    "garbage-09",
    "garbage-15",
    "garbage-17",
    "garbage-18",
    "garbage-19",
    "garbage-20",
    "garbage-22",
    "garbage-24",
];

/// (name of the folder, CID in the file's name, block).
fn vectors() -> Vec<(String, String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let block = |folder: std::path::PathBuf| {
        let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        let cid = name(&file).strip_suffix(".dag-cbor").unwrap().to_owned();
        (name(&folder), cid, fs::read(&file).unwrap())
    };
    folders.map(block).collect()
}

fn has_floats(name: &str) -> bool {
    // This one is a list of integers.
    name.starts_with("float-") && name != "float-array_of_specials" || WITH_FLOATS.contains(&name)
}

#[test]
fn blocks_without_floats_encode_to_themselves() {
    let vectors: Vec<_> = vectors().into_iter().filter(|(name, ..)| !has_floats(name)).collect();
    assert_eq!(vectors.len(), 81);
    for (name, cid, block) in vectors {
        let data = decode(&block, &Limits::PAYLOAD).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(encode(&data, &Limits::PAYLOAD).unwrap(), block, "{name}");
        assert_eq!(Cid::of(Codec::DagCbor, &block).to_string(), cid, "{name}");
    }
}

#[test]
fn blocks_with_floats_are_refused() {
    let vectors: Vec<_> = vectors().into_iter().filter(|(name, ..)| has_floats(name)).collect();
    assert_eq!(vectors.len(), 25);
    for (name, _, block) in vectors {
        let error = decode(&block, &Limits::PAYLOAD).unwrap_err();
        assert!(matches!(error, Error::NotCanonical { fault: Fault::Float, .. }), "{name}: {error}");
    }
}

/// The negative fixture of the same suite.
#[test]
fn a_block_with_a_key_twice_is_refused() {
    let block = hex::decode("a3636261720363666f6f0163666f6f02").unwrap();
    let error = decode(&block, &Limits::PAYLOAD).unwrap_err();
    assert_eq!(error, Error::NotCanonical { at: 11, fault: Fault::KeyTwice });
}
