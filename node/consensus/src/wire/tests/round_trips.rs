//! What is written is what is read.

use super::{strategies, *};
use proptest::prelude::*;

fn is_itself<T: Wire + PartialEq + std::fmt::Debug>(value: &T) {
    let bytes = encode(value).expect("it is in bounds");
    assert_eq!(encoded_len(value).expect("it is in bounds"), bytes.len());
    assert_eq!(&decode::<T>(bytes.clone()).expect("it was encoded"), value);
    let longer = [&bytes[..], &[0]].concat();
    assert!(decode::<T>(longer.into()).is_err());
}

macro_rules! round_trips {
    ($($name:ident: $strategy:ident),* $(,)?) => {
        proptest! {
            #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $name(value in strategies::$strategy()) {
                    is_itself(&value);
                }
            )*
        }
    };
}

round_trips! {
    votes_are_themselves: vote,
    proposals_are_themselves: proposal,
    consensus_messages_are_themselves: message,
    verdicts_are_themselves: proposed_value,
    polka_certificates_are_themselves: polka,
    commit_certificates_are_themselves: commit_certificate,
    round_certificates_are_themselves: round_certificate,
    liveness_messages_are_themselves: liveness,
    first_parts_are_themselves: init,
    chunks_are_themselves: chunk,
    parts_are_themselves: part,
    stream_messages_are_themselves: stream_part,
    validator_proofs_are_themselves: proof,
    statuses_are_themselves: status,
    questions_are_themselves: range,
    answers_are_themselves: sync_values,
}

proptest! {
    #[test]
    fn a_message_cut_anywhere_or_with_a_bit_flipped_is_another_one_or_none(
        value in strategies::message(),
        place in any::<prop::sample::Index>(),
        bit in 0..8u8,
    ) {
        use malachitebft_core_consensus::SignedConsensusMsg;
        let bytes = encode(&value).expect("it is in bounds");
        let cut = bytes.slice(..place.index(bytes.len()));
        prop_assert!(decode::<SignedConsensusMsg<crate::IcnContext>>(cut).is_err());
        let mut flipped = bytes.to_vec();
        flipped[place.index(bytes.len())] ^= 1 << bit;
        if let Ok(other) = decode::<SignedConsensusMsg<crate::IcnContext>>(flipped.clone().into()) {
            prop_assert_ne!(&other, &value);
            prop_assert_eq!(encode(&other).expect("it is in bounds"), flipped);
        }
    }
}
