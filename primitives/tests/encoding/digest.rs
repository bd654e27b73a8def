use crate::samples;
use codec::Encode;
use icn_primitives::{ConsensusDigest, Header, ENGINE_ID};
use proptest::prelude::*;
use sp_runtime::{Digest, DigestItem};

fn parse(logs: Vec<DigestItem>) -> Option<ConsensusDigest> {
    ConsensusDigest::from_header(&Header { digest: Digest { logs }, ..samples::header() })
}

fn ours() -> DigestItem {
    DigestItem::PreRuntime(ENGINE_ID, samples::consensus_digest().encode())
}

#[test]
fn it_is_found_among_others() {
    assert_eq!(ConsensusDigest::from_header(&samples::header()), Some(samples::consensus_digest()));
    let other = DigestItem::PreRuntime(*b"aura", vec![1]);
    assert_eq!(parse(vec![other, ours()]), Some(samples::consensus_digest()));
}

#[test]
fn a_missing_one_is_none() {
    let same_data = samples::consensus_digest().encode();
    let elsewhere = [
        DigestItem::PreRuntime(*b"aura", same_data.clone()),
        DigestItem::Consensus(ENGINE_ID, same_data.clone()),
        DigestItem::Seal(ENGINE_ID, same_data.clone()),
        DigestItem::Other(same_data),
    ];
    assert_eq!(parse(vec![]), None);
    assert_eq!(parse(elsewhere.to_vec()), None);
}

#[test]
fn a_second_one_makes_both_void() {
    assert_eq!(parse(vec![ours(), ours()]), None);
    assert_eq!(parse(vec![ours(), DigestItem::PreRuntime(ENGINE_ID, vec![])]), None);
}

#[test]
fn one_of_another_length_is_none() {
    let data = samples::consensus_digest().encode();
    assert_eq!(data.len(), 28);
    for len in 0..data.len() {
        assert_eq!(parse(vec![DigestItem::PreRuntime(ENGINE_ID, data[..len].to_vec())]), None);
    }
    let longer = [&data[..], &[0]].concat();
    assert_eq!(parse(vec![DigestItem::PreRuntime(ENGINE_ID, longer)]), None);
    assert_eq!(parse(vec![DigestItem::PreRuntime(ENGINE_ID, vec![0; 1 << 20])]), None);
}

fn items() -> impl Strategy<Value = DigestItem> {
    let id = prop_oneof![Just(ENGINE_ID), any::<[u8; 4]>()];
    let data = prop_oneof![proptest::collection::vec(any::<u8>(), 28), proptest::collection::vec(any::<u8>(), 0..40)];
    (0..5, id, data).prop_map(|(kind, id, data)| match kind {
        0 => DigestItem::Consensus(id, data),
        1 => DigestItem::Seal(id, data),
        2 => DigestItem::Other(data),
        _ => DigestItem::PreRuntime(id, data),
    })
}

proptest! {
    #[test]
    fn it_is_read_exactly_when_there_is_one_of_the_right_length(logs in proptest::collection::vec(items(), 0..4)) {
        let tagged: Vec<_> = logs
            .iter()
            .filter_map(|item| match item {
                DigestItem::PreRuntime(ENGINE_ID, data) => Some(data.clone()),
                _ => None,
            })
            .collect();
        match (&tagged[..], parse(logs)) {
            ([data], Some(digest)) => prop_assert_eq!(&digest.encode(), data),
            ([data], None) => prop_assert_ne!(data.len(), 28),
            (_, digest) => prop_assert_eq!(digest, None),
        }
    }
}
