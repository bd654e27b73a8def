//! Each invariant, broken by hand, is found.

use crate::{mock::*, All, Bar, Bars, Created, Dags, Last, Listed, Logs, WriterKeys, WRITERS_MAX};
use icn_dag::{Did, Key, Kind};
use icn_merkle::Range;

/// Breaks a sound state, and expects the words.
#[track_caller]
fn broken(words: &str, breaks: impl FnOnce(&Did)) {
    run_unchecked(|dag| {
        begin(&dag);
        Dag::do_try_state().expect("it is sound");
        breaks(&dag);
        let error = Dag::do_try_state().expect_err("it is broken");
        assert!(format!("{error:?}").contains(words), "{error:?}");
    });
}

#[test]
fn dags_are_counted() {
    broken("not counted", |_| Created::<Test>::put(7));
}

#[test]
fn a_log_belongs_to_a_dag() {
    broken("belongs to no DAG", |dag| {
        let record = Dags::<Test>::take(dag);
        let other = Did::of_hash("local", &[9; 32]).expect("a network");
        Dags::<Test>::insert(other, record.expect("it was there"));
    });
}

#[test]
fn a_log_is_as_long_as_the_numbers_say() {
    broken("what the numbers say", |dag| Logs::<Test>::insert(dag, Range::default()));
    broken("no log", |dag| Logs::<Test>::remove(dag));
    broken("overflow", |dag| {
        let cid = record(dag, 1, 0, Kind::Genesis, &[]).cid();
        Last::<Test>::insert((dag, issuer(1), key(1)), (u64::MAX, cid));
    });
}

#[test]
fn the_log_of_all_records_holds_those_of_all_logs() {
    broken("what the logs hold", |_| All::<Test>::kill());
}

#[test]
fn bars_are_of_dags_and_in_order() {
    let bar = |dag: &Did, swapped: bool| {
        let genesis = record(dag, 1, 0, Kind::Genesis, &[]);
        let mut signed = [Kind::Config, Kind::Thread].map(|kind| record(dag, 1, 1, kind, &[&genesis]).cid());
        signed.sort_unstable();
        if swapped {
            signed.reverse();
        }
        Bar { height: 1, issuer: issuer(1), seq: 1, signed }
    };
    broken("evidence is not in order", |dag| Bars::<Test>::insert((dag, key(1)), bar(dag, true)));
    broken("barred from no DAG", |dag| {
        let other = Did::of_hash("local", &[9; 32]).expect("a network");
        Bars::<Test>::insert((other, key(1)), bar(dag, false));
    });
}

#[test]
fn no_block_leaves_its_mark() {
    broken("outlived", |_| Listed::<Test>::put(()));
}

#[test]
fn writers_are_of_dags_and_few() {
    broken("writes no DAG", |_| {
        let other = Did::of_hash("local", &[9; 32]).expect("a network");
        WriterKeys::<Test>::insert((other, issuer(1), key(1)), ());
    });
    broken("too many writers", |dag| {
        for number in 0..=WRITERS_MAX {
            let mut bytes = [0; 32];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            WriterKeys::<Test>::insert((dag, issuer(1), Key(bytes)), ());
        }
    });
}
