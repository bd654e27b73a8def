//! What a run is asked for, and what came of it.

use crate::{adversary::Kind, plant::Plant};
use std::{fmt, ops::AddAssign};

/// How many things happened, to tell a calm run from a wild one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Runs.
    pub seeds: u64,
    /// Things that happened.
    pub steps: u64,
    /// Blocks decided.
    pub heights: u64,
    /// Of these, in a round above 0.
    pub late_rounds: u64,
    /// The highest round in which a block was decided.
    pub round_max: u64,
    /// Power cuts.
    pub crashes: u64,
    /// Power cuts that lost something of a log or store that was not synced.
    pub torn: u64,
    /// Writes that failed.
    pub disk_faults: u64,
    /// Logs that were lost.
    pub logs_lost: u64,
    /// Validators that had followed, and vote again.
    pub caught_up: u64,
    /// Processes that the guard or the engine ended.
    pub refusals: u64,
    /// Double votes that nodes saw.
    pub equivocations: u64,
    /// Offenders that lost their power.
    pub tombstoned: u64,
    /// Binaries installed.
    pub upgrades: u64,
    /// Other sets of validators.
    pub set_changes: u64,
    /// Blocks taken from peers that had decided them.
    pub syncs: u64,
    /// Proposals found invalid.
    pub invalid: u64,
    /// Messages lost.
    pub lost: u64,
    /// Messages that came twice.
    pub doubled: u64,
    /// Times at which the network fell apart.
    pub partitions: u64,
    /// Transactions in blocks.
    pub transactions: u64,
    /// Validators that did as they liked, in all runs.
    pub adversaries: u64,
    /// Signed records that became final.
    pub records: u64,
    /// Records that somebody signed a second one for, in the same place.
    pub forked_records: u64,
    /// Records that were given to a validator that told nobody.
    pub withheld: u64,
    /// Proposals that listed records which a validator did not have.
    pub unavailable: u64,
    /// Epochs that were sealed.
    pub sealed: u64,
    /// Signatures of bundles that honest nodes told first.
    pub seal_signatures: u64,
    /// Signatures of bundles that others told, most of them spoiled.
    pub bad_seals: u64,
    /// Bundles that name other signers than seal them.
    pub signers_changed: u64,
    /// Epochs that others sealed than the bundle before named.
    pub signers_renewed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.steps += other.steps;
        self.heights += other.heights;
        self.late_rounds += other.late_rounds;
        self.round_max = self.round_max.max(other.round_max);
        self.crashes += other.crashes;
        self.torn += other.torn;
        self.disk_faults += other.disk_faults;
        self.logs_lost += other.logs_lost;
        self.caught_up += other.caught_up;
        self.refusals += other.refusals;
        self.equivocations += other.equivocations;
        self.tombstoned += other.tombstoned;
        self.upgrades += other.upgrades;
        self.set_changes += other.set_changes;
        self.syncs += other.syncs;
        self.invalid += other.invalid;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.partitions += other.partitions;
        self.transactions += other.transactions;
        self.adversaries += other.adversaries;
        self.records += other.records;
        self.forked_records += other.forked_records;
        self.withheld += other.withheld;
        self.unavailable += other.unavailable;
        self.sealed += other.sealed;
        self.seal_signatures += other.seal_signatures;
        self.bad_seals += other.bad_seals;
        self.signers_changed += other.signers_changed;
        self.signers_renewed += other.signers_renewed;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} heights in {} seeds, {} steps; rounds above 0: {} (highest {}); crashes {}, torn {}, disk faults {}, \
             logs lost {}, caught up {}, refusals {}; adversaries {}, equivocations {}, tombstoned {}, invalid proposals {}; set changes \
             {}, upgrades {}; syncs {}; messages lost {}, doubled {}; partitions {}; transactions {}; records {}, forked {}, withheld {}, \
             unavailable {}; epochs sealed {}, signatures {}, bad ones {}, signers changed {}, renewed {}",
            self.heights,
            self.seeds,
            self.steps,
            self.late_rounds,
            self.round_max,
            self.crashes,
            self.torn,
            self.disk_faults,
            self.logs_lost,
            self.caught_up,
            self.refusals,
            self.adversaries,
            self.equivocations,
            self.tombstoned,
            self.invalid,
            self.set_changes,
            self.upgrades,
            self.syncs,
            self.lost,
            self.doubled,
            self.partitions,
            self.transactions,
            self.records,
            self.forked_records,
            self.withheld,
            self.unavailable,
            self.sealed,
            self.seal_signatures,
            self.bad_seals,
            self.signers_changed,
            self.signers_renewed,
        )
    }
}

/// A run that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// What happened.
    pub counts: Counts,
    /// Hash of all that happened, in order.
    pub trace: [u8; 32],
}

/// A run that did not.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The seed that repeats it.
    pub seed: u64,
    /// After so many steps.
    pub step: u64,
    /// What happened.
    pub words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {} fails in step {}: {}", self.seed, self.step, self.words)
    }
}

/// How a run is made.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Things that happen before the network heals.
    pub steps: u64,
    /// The mistake that is planted.
    pub plant: Option<Plant>,
    /// What all adversaries are; as many as there may be, then.
    pub adversaries: Option<Kind>,
    /// Whether everything that happens is printed.
    pub verbose: bool,
}

impl Options {
    /// Everything may happen, for so many steps.
    pub fn wild(steps: u64) -> Self {
        Self { steps, plant: None, adversaries: None, verbose: false }
    }
}
