//! The decoders of this crate, fuzzed. What they accept can be used: nothing that follows panics.

use crate::samples;
use codec::{DecodeAll, Encode};
use icn_fuzzing::{fuzz, Raw};
use icn_merkle::{ConsistencyProof, InclusionProof, Range, TreeHead};
use serde::{de::DeserializeOwned, Serialize};
use std::fmt::Debug;

const PLACES: [(u64, u64); 5] = [(0, 1), (2, 3), (5, 13), (12, 13), (63, 100)];

fn use_inclusion(proof: &InclusionProof) {
    let leaf = samples::leaf(5);
    let rooted = TreeHead { size: proof.size, root: proof.root(&leaf).unwrap_or_default() };
    assert_eq!(proof.root(&leaf).is_ok(), proof.verify(&leaf, &rooted).is_ok());
    assert_eq!(proof.verify(&leaf, &samples::head(13)).is_ok(), *proof == samples::inclusion(5, 13));
}

fn use_consistency(proof: &ConsistencyProof) {
    let head = |size| TreeHead { size, root: samples::head(6).root };
    let is_nothing = proof.from == proof.to && proof.from > 0 && proof.path.is_empty();
    assert_eq!(proof.verify(&head(proof.from), &head(proof.to)).is_ok(), is_nothing);
    let verdict = proof.verify(&samples::head(6), &samples::head(13));
    assert_eq!(verdict.is_ok(), *proof == samples::consistency(6, 13));
}

#[test]
fn fuzz_inclusion_proof() {
    let seeds = PLACES.map(|(index, size)| samples::inclusion(index, size).encode());
    fuzz("inclusion proof", &seeds, |bytes| {
        let proof = InclusionProof::decode_all(&mut &bytes[..]).ok()?;
        use_inclusion(&proof);
        Some(proof)
    });
}

#[test]
fn fuzz_consistency_proof() {
    let seeds =
        [(1, 1), (1, 8), (6, 13), (3, 100), (64, 100)].map(|(from, to)| samples::consistency(from, to).encode());
    fuzz("consistency proof", &seeds, |bytes| {
        let proof = ConsistencyProof::decode_all(&mut &bytes[..]).ok()?;
        use_consistency(&proof);
        Some(proof)
    });
}

#[test]
fn fuzz_range() {
    let largest = Range::new(u64::MAX, vec![[7; 32]; 64]).unwrap();
    let seeds = [samples::range(0), samples::range(1), samples::range(13), samples::range(100), largest];
    fuzz("range", &seeds.map(|range| range.encode()), |bytes| {
        let range = Range::decode_all(&mut &bytes[..]).ok()?;
        let mut next = range.clone();
        assert_eq!(next.append([1; 32]).is_ok(), range.size() < u64::MAX);
        assert_eq!(next.peaks().len(), next.size().count_ones() as usize);
        assert_eq!(next.root() == range.root(), next == range);
        Some(range)
    });
}

#[test]
fn fuzz_tree_head() {
    fuzz("tree head", &[samples::head(13).encode()], |bytes| TreeHead::decode_all(&mut &bytes[..]).ok());
}

/// Fuzzes JSON of a type. Several texts mean the same value: the one that is written counts as accepted, each other has to
/// give the value that is written.
fn fuzz_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, seeds: &[T], apply: impl Fn(&T)) {
    let seeds: Vec<_> = seeds.iter().map(|seed| serde_json::to_vec(seed).unwrap()).collect();
    fuzz(name, &seeds, |bytes| {
        let value: T = serde_json::from_slice(bytes).ok()?;
        apply(&value);
        let text = serde_json::to_vec(&value).unwrap();
        assert_eq!(serde_json::from_slice::<T>(&text).unwrap(), value);
        (text == bytes).then_some(Raw(text))
    });
}

#[test]
fn fuzz_inclusion_proof_in_json() {
    let seeds = PLACES.map(|(index, size)| samples::inclusion(index, size));
    fuzz_json("inclusion proof in JSON", &seeds, use_inclusion);
}

#[test]
fn fuzz_consistency_proof_in_json() {
    let seeds = [(1, 1), (1, 8), (6, 13)].map(|(from, to)| samples::consistency(from, to));
    fuzz_json("consistency proof in JSON", &seeds, use_consistency);
}

#[test]
fn fuzz_tree_head_in_json() {
    fuzz_json("tree head in JSON", &[samples::head(13)], |_| ());
}
