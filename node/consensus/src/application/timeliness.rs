//! Proposer-based time: whether a proposal comes at its time.
//!
//! A block's time is its proposer's clock. Whoever receives it compares it with the own clock (CometBFT,
//! `spec/consensus/proposer-based-timestamp`). Clocks differ between nodes, so an untimely block is not invalid: no verdict is given
//! until it is timely.
//!
//! A departure: CometBFT does not judge by time what is proposed again after a polka. The round of the polka is a claim of the
//! proposer's that this node cannot check when it sees the block, so it judges every block. As there, a proposal may travel longer in
//! later rounds: a block on which others are locked, and which this node saw late, becomes timely, or they could never decide. A block
//! that is decided without this node comes to it with its certificate, which is not judged by time.

use icn_primitives::Moment;

/// How far clocks of correct nodes may be apart, in milliseconds.
pub const PRECISION_MS: Moment = 500;

/// How long a proposal may travel in round 0, in milliseconds.
pub const MESSAGE_DELAY_MS: Moment = 15_000;

/// From this round on, a proposal may not travel longer: it is a month by then.
const LONGEST_ROUND: u32 = 128;

/// How long a proposal may travel in a round, in milliseconds: a tenth longer than in the round before (CometBFT,
/// `SynchronyParams.InRound`).
pub fn message_delay(round: u32) -> Moment {
    (0..round.min(LONGEST_ROUND)).fold(MESSAGE_DELAY_MS, |delay, _| delay + delay / 10)
}

/// When a proposal is timely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeliness {
    /// Now.
    Timely,
    /// From this time on.
    Early(Moment),
    /// Not any more.
    Late,
}

/// Compares the time of a block with the clock at which its proposal was received, as seen in a round.
pub fn timeliness(time: Moment, received: Moment, round: u32) -> Timeliness {
    if time > received.saturating_add(PRECISION_MS) {
        return Timeliness::Early(time - PRECISION_MS);
    }
    if received > time.saturating_add(PRECISION_MS + message_delay(round)) {
        return Timeliness::Late;
    }
    Timeliness::Timely
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_precision_and_delay() {
        assert_eq!(timeliness(1_500, 1_000, 0), Timeliness::Timely);
        assert_eq!(timeliness(1_501, 1_000, 0), Timeliness::Early(1_001));
        assert_eq!(timeliness(1_000, 16_500, 0), Timeliness::Timely);
        assert_eq!(timeliness(1_000, 16_501, 0), Timeliness::Late);
    }

    #[test]
    fn a_proposal_may_travel_a_tenth_longer_in_each_round() {
        assert_eq!([0, 1, 2, 10].map(message_delay), [15_000, 16_500, 18_150, 38_902]);
        assert_eq!(timeliness(1_000, 18_000, 1), Timeliness::Timely);
        assert_eq!(timeliness(1_000, 18_001, 1), Timeliness::Late);
        assert_eq!(timeliness(1_501, 1_000, 10), Timeliness::Early(1_001), "it is early in every round");
        assert_eq!(message_delay(u32::MAX), message_delay(128));
    }

    #[test]
    fn an_early_proposal_is_timely_from_the_time_it_names() {
        let Timeliness::Early(from) = timeliness(9_000, 1_000, 0) else { panic!("it is early") };
        assert_eq!(timeliness(9_000, from, 0), Timeliness::Timely);
        assert_ne!(timeliness(9_000, from - 1, 0), Timeliness::Timely);
    }
}
