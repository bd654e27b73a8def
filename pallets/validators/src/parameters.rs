//! Parameters of consensus that all validators must share.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use icn_primitives::BlockNumber;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Longest timeout, in milliseconds, whatever the round.
pub const TIMEOUT_MS_MAX: u32 = 60_000;

/// Ranges of a timeout in round 0, of what each round adds, of the interval, and of the two ages.
const TIMEOUTS_MS: RangeInclusive<u32> = 10..=TIMEOUT_MS_MAX;
const DELTAS_MS: RangeInclusive<u32> = 1..=TIMEOUT_MS_MAX;
const INTERVALS_MS: RangeInclusive<u32> = 0..=600_000;
const AGES_BLOCKS: RangeInclusive<BlockNumber> = 1..=10_000_000;
const AGES_MS: RangeInclusive<u64> = 1_000..=365 * 24 * 3_600_000;

/// How long a validator waits in each step of a round, in milliseconds, and how much longer in each further round.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Timeouts {
    /// For the proposal.
    pub propose: u32,
    /// For each further round.
    pub propose_delta: u32,
    /// For more prevotes, once two thirds disagree.
    pub prevote: u32,
    /// For each further round.
    pub prevote_delta: u32,
    /// For more precommits, once two thirds disagree.
    pub precommit: u32,
    /// For each further round.
    pub precommit_delta: u32,
    /// Until it repeats its votes.
    pub rebroadcast: u32,
}

/// Short steps, so that a network that was stopped resumes fast; votes are repeated after three of them.
impl Default for Timeouts {
    fn default() -> Self {
        Self {
            propose: 500,
            propose_delta: 250,
            prevote: 500,
            prevote_delta: 250,
            precommit: 500,
            precommit_delta: 250,
            rebroadcast: 1_500,
        }
    }
}

/// What the chain says to its validators.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Timeouts of the steps: 10 to [`TIMEOUT_MS_MAX`], what rounds add 1 to [`TIMEOUT_MS_MAX`].
    pub timeouts_ms: Timeouts,
    /// Least time between blocks, in milliseconds: 0 to 600 000.
    pub minimum_interval_ms: u32,
    /// Evidence is judged up to this many blocks after the offence (1 to 10 000 000) …
    pub evidence_max_age_blocks: BlockNumber,
    /// … or up to this many milliseconds after it (a second to a year), whichever is later.
    pub evidence_max_age_ms: u64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            timeouts_ms: Timeouts::default(),
            minimum_interval_ms: 1_000,
            evidence_max_age_blocks: 100_000,
            evidence_max_age_ms: 48 * 3_600_000,
        }
    }
}

impl Parameters {
    /// Whether each is in its range.
    pub fn are_in_range(&self) -> bool {
        let times = &self.timeouts_ms;
        [times.propose, times.prevote, times.precommit, times.rebroadcast].iter().all(|time| TIMEOUTS_MS.contains(time))
            && [times.propose_delta, times.prevote_delta, times.precommit_delta]
                .iter()
                .all(|delta| DELTAS_MS.contains(delta))
            && INTERVALS_MS.contains(&self.minimum_interval_ms)
            && AGES_BLOCKS.contains(&self.evidence_max_age_blocks)
            && AGES_MS.contains(&self.evidence_max_age_ms)
    }

    /// Whether what is so many blocks and milliseconds old is too old to be judged: by both, as CometBFT has it.
    pub fn are_exceeded_by(&self, blocks: BlockNumber, ms: u64) -> bool {
        blocks > self.evidence_max_age_blocks && ms > self.evidence_max_age_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(change: impl FnOnce(&mut Parameters)) -> Parameters {
        let mut parameters = Parameters::default();
        change(&mut parameters);
        parameters
    }

    #[test]
    fn the_defaults_are_in_range() {
        assert!(Parameters::default().are_in_range());
    }

    #[test]
    fn each_has_its_range() {
        let inside: [fn(&mut Parameters); 6] = [
            |parameters| parameters.timeouts_ms.propose = 10,
            |parameters| parameters.timeouts_ms.rebroadcast = TIMEOUT_MS_MAX,
            |parameters| parameters.timeouts_ms.prevote_delta = 1,
            |parameters| parameters.minimum_interval_ms = 0,
            |parameters| parameters.evidence_max_age_blocks = 1,
            |parameters| parameters.evidence_max_age_ms = 1_000,
        ];
        assert!(inside.into_iter().all(|change| changed(change).are_in_range()));
        let outside: [fn(&mut Parameters); 12] = [
            |parameters| parameters.timeouts_ms.propose = 9,
            |parameters| parameters.timeouts_ms.prevote = 0,
            |parameters| parameters.timeouts_ms.precommit = TIMEOUT_MS_MAX + 1,
            |parameters| parameters.timeouts_ms.rebroadcast = 0,
            |parameters| parameters.timeouts_ms.propose_delta = 0,
            |parameters| parameters.timeouts_ms.prevote_delta = TIMEOUT_MS_MAX + 1,
            |parameters| parameters.timeouts_ms.precommit_delta = 0,
            |parameters| parameters.minimum_interval_ms = 600_001,
            |parameters| parameters.evidence_max_age_blocks = 0,
            |parameters| parameters.evidence_max_age_blocks = 10_000_001,
            |parameters| parameters.evidence_max_age_ms = 999,
            |parameters| parameters.evidence_max_age_ms = u64::MAX,
        ];
        assert!(outside.into_iter().all(|change| !changed(change).are_in_range()));
    }

    #[test]
    fn what_is_too_old_is_so_by_blocks_and_by_time() {
        let parameters = Parameters { evidence_max_age_blocks: 10, evidence_max_age_ms: 1_000, ..Default::default() };
        assert!(parameters.are_exceeded_by(11, 1_001));
        assert!(!parameters.are_exceeded_by(10, u64::MAX));
        assert!(!parameters.are_exceeded_by(BlockNumber::MAX, 1_000));
    }

    #[test]
    fn parameters_keep_their_format() {
        let numbers = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
        let timeouts = numbers(&[500, 250, 500, 250, 500, 250, 1_500]);
        let rest = [numbers(&[1_000, 100_000]), 172_800_000u64.to_le_bytes().to_vec()].concat();
        assert_eq!(Parameters::default().encode(), [timeouts, rest].concat());
    }
}
