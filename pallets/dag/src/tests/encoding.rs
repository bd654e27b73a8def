//! Stored formats. A change of one needs a migration and a new storage version.

use crate::{mock::*, Bar, Last, Logs, Writer};
use codec::Encode;
use icn_dag::{Did, Kind};
use sp_io::hashing::{blake2_128, twox_128};

#[test]
fn a_log_is_under_the_key_that_others_compute() {
    run(|dag| {
        begin(&dag);
        let encoded = dag.encode();
        let key = [&twox_128(b"Dag")[..], &twox_128(b"Logs"), &blake2_128(&encoded), &encoded].concat();
        assert_eq!(Logs::<Test>::hashed_key_for(&dag), key);
        let stored = frame_support::storage::unhashed::get_raw(&key).expect("it is there");
        // One leaf: the size, one peak.
        assert_eq!((&stored[..9], stored.len()), (&[1, 0, 0, 0, 0, 0, 0, 0, 4][..], 41));
    });
}

#[test]
fn values_have_one_encoding() {
    run_unchecked(|_| {
        // The name of the mock's DAG depends on its genesis hash; this one does not.
        let dag = Did::of_hash("local", &[7; 32]).expect("a network");
        let genesis = record(&dag, 1, 0, Kind::Genesis, &[]);
        Last::<Test>::insert((&dag, issuer(1), key(1)), (5, genesis.cid()));
        let stored =
            frame_support::storage::unhashed::get_raw(&Last::<Test>::hashed_key_for((&dag, issuer(1), key(1))));
        assert_eq!(stored, Some([&5_u64.to_le_bytes()[..], genesis.cid().as_bytes()].concat()));
        let writer = Writer { issuer: issuer(1), key: key(1) };
        assert_eq!(writer.encode(), [&issuer(1).as_str().to_owned().encode()[..], &key(1).0].concat());
        let bar = Bar { height: 7, issuer: issuer(1), seq: 9, signed: [genesis.cid(); 2] };
        let cid = genesis.cid().as_bytes().to_vec();
        let expected = [&7_u32.encode()[..], &issuer(1).as_str().to_owned().encode(), &9_u64.encode(), &cid, &cid];
        assert_eq!(bar.encode(), expected.concat());
    });
}
