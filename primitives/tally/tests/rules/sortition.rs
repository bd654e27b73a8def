//! Sortition: with the known stream of ChaCha20, and what every draw has.

use crate::samples::outcome;
use icn_tally::{Count, Eligible, Seed, Sortition, TallyError};
use proptest::{collection::btree_map, prelude::*};
use std::collections::BTreeMap;

fn sortition(names: &[(&str, u64)], seats: u64, stratified: bool) -> Sortition {
    let eligible = names.iter().map(|(name, class)| Eligible { name: (*name).into(), class: *class }).collect();
    Sortition { eligible, seats, stratified, seed: Seed([0; 32]) }
}

#[test]
fn the_stream_is_chacha20_with_a_key_of_zeros() {
    // RFC 8439, A.1, first vector: 76b8e0ada0f13d90 405d6ae55386bd28 bdd219b8a08ded1a, as little-endian words modulo 10, 9, 8.
    let words = [0x903d_f1a0_ade0_b876_u64, 0x28bd_8653_e56a_5d40, 0x1aed_8da0_b819_d2bd];
    let names = [("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 0), ("g", 0), ("h", 0), ("i", 0), ("j", 0)];
    let sheet = sortition(&names, 3, false).count().unwrap();
    let places: Vec<u64> = sheet.strata[0].draws.iter().map(|draw| draw.place).collect();
    assert_eq!(places, [words[0] % 10, 1 + words[1] % 9, 2 + words[2] % 8]);
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let forth = sortition(&[("a", 1), ("b", 2), ("c", 1)], 2, true).count();
    let back = sortition(&[("c", 1), ("b", 2), ("a", 1)], 2, true).count();
    assert_eq!(forth, back);
    assert_ne!(forth, sortition(&[("a", 1), ("b", 2), ("c", 2)], 2, true).count(), "classes are in the hash");
}

#[test]
fn all_are_drawn_when_there_are_not_more() {
    let mut drawn = outcome(&sortition(&[("b", 0), ("a", 0)], 5, false));
    drawn.sort();
    assert_eq!(drawn, ["a", "b"]);
    assert_eq!(outcome(&sortition(&[], 5, true)), [""; 0]);
}

#[test]
fn nobody_is_listed_twice() {
    let twice = sortition(&[("a", 0), ("b", 1), ("a", 2)], 1, false).count();
    assert_eq!(twice, Err(TallyError::RepeatedName { place: 1 }));
    assert!(sortition(&[("a", 0)], 0, false).count().is_err());
}

#[test]
fn seats_go_to_classes_by_largest_remainders() {
    // 7 seats for 5, 3 and 2 of 10: 3.5, 2.1 and 1.4 — one seat is left, for the first.
    let names = ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2", "c0", "c1"];
    let classed: Vec<(&str, u64)> = names.iter().map(|name| (*name, u64::from(name.as_bytes()[0]))).collect();
    let sheet = sortition(&classed, 7, true).count().unwrap();
    let seats: Vec<usize> = sheet.strata.iter().map(|stratum| stratum.draws.len()).collect();
    assert_eq!(seats, [4, 2, 1]);
}

#[test]
fn everybody_is_drawn_about_as_often() {
    let mut drawn: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..2_000u64 {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let draw = Sortition { seed: Seed(key), ..sortition(&[("a", 0), ("b", 0), ("c", 0), ("d", 0)], 2, false) };
        outcome(&draw).into_iter().for_each(|name| *drawn.entry(name).or_default() += 1);
    }
    assert!(drawn.values().all(|times| (900..1_100).contains(times)), "{drawn:?}");
}

proptest! {
    #[test]
    fn whoever_is_drawn_is_on_the_list_once(
        list in btree_map("[a-z]{1,4}", 0..4u64, 0..20), seats in 1..12u64, stratified: bool, seed: [u8; 32]
    ) {
        let eligible: Vec<Eligible> = list.iter().map(|(name, class)| Eligible { name: name.clone(), class: *class }).collect();
        let sortition = Sortition { eligible, seats, stratified, seed: Seed(seed) };
        let mut drawn = outcome(&sortition);
        prop_assert_eq!(drawn.len() as u64, seats.min(list.len() as u64));
        drawn.sort();
        drawn.dedup();
        prop_assert_eq!(drawn.len() as u64, seats.min(list.len() as u64));
        prop_assert!(drawn.iter().all(|name| list.contains_key(name)));
    }
}
