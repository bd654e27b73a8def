//! Runs of the simulator: calm and wild ones pass, each kind of adversary is held off, and planted mistakes are found.
//!
//! `ICN_SIM_SEEDS` is how many seeds each test of many runs, 50 when it is not set.

// What happened is told, so that a calm run is seen as calm.
#![allow(clippy::print_stdout)]

use icn_sim::{adversary::Kind, plant::Plant, Counts, Options};

/// Things that happen in a run before its network heals: some forty heights.
const STEPS: u64 = 6_000;

fn seeds() -> u64 {
    std::env::var("ICN_SIM_SEEDS").map_or(50, |seeds| seeds.parse().expect("ICN_SIM_SEEDS is a number"))
}

/// Runs seeds, all of which pass; what happened.
#[track_caller]
fn run(first: u64, count: u64, options: Options) -> Counts {
    let mut counts = Counts::default();
    for seed in first..first + count {
        match icn_sim::run(seed, options) {
            Ok(report) => counts += report.counts,
            Err(violation) => panic!("{violation}\nrepeat it: icn-sim --seeds {seed} --steps {}", options.steps),
        }
    }
    counts
}

/// Runs seeds of everything, of which so many tests share the work.
fn anything(share: u64) {
    let counts = run(share * 1_000_000, seeds(), Options::wild(STEPS));
    println!("{counts}");
    // A calm run would show nothing.
    for happened in [
        counts.late_rounds,
        counts.crashes,
        counts.torn,
        counts.disk_faults,
        counts.logs_lost,
        counts.equivocations,
        counts.invalid,
        counts.set_changes,
        counts.upgrades,
        counts.syncs,
        counts.lost,
        counts.doubled,
        counts.partitions,
        counts.transactions,
        counts.records,
        counts.forked_records,
        counts.withheld,
        counts.unavailable,
    ] {
        assert!(happened > 0, "{counts}");
    }
}

#[test]
fn whatever_happens_validators_agree() {
    anything(0);
}

#[test]
fn whatever_else_happens_validators_agree() {
    anything(1);
}

#[test]
fn whatever_happens_after_that_validators_agree() {
    anything(2);
}

#[test]
fn whatever_happens_in_the_end_validators_agree() {
    anything(3);
}

#[test]
fn the_same_seed_goes_the_same_way() {
    for seed in 0..8 {
        let [first, again] = [(), ()].map(|()| icn_sim::run(seed, Options::wild(STEPS)).expect("it passes"));
        assert_eq!(first, again, "seed {seed}");
    }
    let other = icn_sim::run(1, Options::wild(STEPS)).expect("it passes");
    assert_ne!(icn_sim::run(0, Options::wild(STEPS)).expect("it passes").trace, other.trace);
}

/// One validator of four, or two of seven, are of a kind.
#[test]
fn each_kind_of_adversary_is_held_off() {
    for kind in Kind::ALL {
        let counts = run(0, seeds() / 5, Options { adversaries: Some(kind), ..Options::wild(STEPS) });
        assert!(counts.adversaries >= counts.seeds && counts.heights > 10 * counts.seeds, "{kind:?}: {counts}");
        let seen = match kind {
            Kind::Equivocator | Kind::RoundMixer => counts.equivocations.min(counts.tombstoned),
            Kind::Falsifier | Kind::Forger => counts.invalid,
            Kind::Nuller | Kind::Amnesiac | Kind::PartWithholder | Kind::TimeLiar | Kind::GarbageSender => 1,
        };
        assert!(seen > 0, "{kind:?} is not seen: {counts}");
    }
}

#[track_caller]
fn expect_found(plant: Plant) {
    expect_found_from(0, plant);
}

/// A mistake that few seeds find is sought from not far before one that does.
#[track_caller]
fn expect_found_from(first: u64, plant: Plant) {
    let options = Options { plant: Some(plant), ..Options::wild(10_000) };
    let found = (first..first + 300).find_map(|seed| icn_sim::run(seed, options).err());
    println!("{plant}: {}", found.expect("it is found"));
}

#[test]
fn a_vote_that_counts_twice_is_found() {
    expect_found(Plant::DuplicateVotes);
}

#[test]
fn a_forgotten_guard_is_found() {
    expect_found_from(85, Plant::NoGuard);
}

#[test]
fn a_log_that_is_not_synced_is_found() {
    expect_found(Plant::NoSync);
}

#[test]
fn the_validators_of_the_wrong_height_are_found() {
    expect_found(Plant::SetOfTheHeightBefore);
}

#[test]
fn an_unsigned_part_is_found() {
    expect_found(Plant::UnsignedPart);
}

#[test]
fn mixed_rounds_are_found() {
    expect_found(Plant::MixedRounds);
}

#[test]
fn a_signature_remembered_by_content_is_found() {
    expect_found(Plant::SignatureByContent);
}

#[test]
fn a_vote_for_records_that_are_not_there_is_found() {
    expect_found(Plant::NoAvailability);
}

#[test]
fn a_bundle_that_is_signed_before_its_block_is_final_is_found() {
    expect_found(Plant::SealBeforeFinality);
}

/// A block that came decided, whose records this node does not hold, was kept, and voted for after a restart.
#[test]
fn what_came_decided_is_not_voted_for_after_a_restart() {
    run(325, 1, Options::wild(20_000));
}
