//! Nothing is signed twice: four validators are killed under load, and all that they say is written down before it leaves.

use icn_tests::{
    client::{agree, load, EQUIVOCATION_SEEN},
    network::{kill_rounds, Network},
    random::Random,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// The program with the witness.
const PROGRAM: &str = env!("CARGO_BIN_EXE_icn-byzantine");

/// Rounds of kills in a normal run, in every second of them all validators.
const ROUNDS: u64 = 10;

/// Where what a validator says is written down, over all its lives.
fn record(network: &Network, index: usize) -> PathBuf {
    network.home(index).with_extension("said")
}

fn start(network: &mut Network, index: usize) {
    let record = record(network, index);
    network.start_as(index, Path::new(PROGRAM), &["--record", record.to_str().expect("text")]);
}

/// Each vote and proposal that a validator handed to its network, in all its lives, is for the one thing that it signs in that height,
/// round and step. The witness sees what leaves consensus, replays and repetitions included, on its way out; what a process
/// signed and never sent before it was killed is nobody's to see, and is the guard's own test.
#[tokio::test(flavor = "multi_thread")]
async fn no_validator_contradicts_itself_when_validators_are_killed_under_load() {
    let mut random = Random::printed();
    let mut network = Network::new(4, 0);
    (0..4).for_each(|index| start(&mut network, index));
    let mut reported = BTreeMap::new();
    for round in 0..kill_rounds(ROUNDS) {
        let victim = random.below(4) as usize;
        let victims = if round % 2 == 1 { vec![0, 1, 2, 3] } else { vec![victim] };
        let life = Duration::from_micros(random.below(400_000));
        load(&network, (victim + 1) % 4, life, random.below(20), &mut reported).await;
        victims.iter().for_each(|victim| network.kill(*victim));
        victims.iter().for_each(|victim| start(&mut network, *victim));
        agree(&network).await;
    }
    let height = u64::from(agree(&network).await);
    for index in 0..4 {
        let said = fs::read_to_string(record(&network, index)).expect("it was written");
        let steps = steps(&said);
        println!("node {index} said {} things in {} steps", said.lines().count(), steps.len());
        // A validator votes twice in each height that it does not sleep through.
        assert!(steps.len() as u64 >= height, "node {index} was silent: {} steps in {height} heights", steps.len());
        assert!(!network.node(index).log().contains(EQUIVOCATION_SEEN));
    }
}

/// What was said in each step, `HEIGHT ROUND STEP` → what for.
fn steps(said: &str) -> BTreeMap<String, String> {
    let mut steps = BTreeMap::new();
    for line in said.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        let [height, round, step, what] = words[..] else { panic!("half a line: {line}") };
        let before = steps.insert(format!("{height} {round} {step}"), what.to_owned());
        assert!(before.as_ref().is_none_or(|before| before == what), "{line}, and before {before:?}");
    }
    steps
}

#[test]
fn repetitions_are_no_contradictions() {
    let said = "3 0 prevote ab:cd 7\n3 0 precommit nil nil\n3 0 prevote ab:cd 7\n3 1 prevote nil nil\n";
    assert_eq!(steps(said).len(), 3);
}

#[test]
#[should_panic(expected = "and before")]
fn two_votes_in_a_step_are_a_contradiction() {
    steps("3 0 prevote ab:cd 7\n3 0 precommit ab:cd 7\n3 0 prevote nil nil\n");
}
