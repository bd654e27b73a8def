//! Proposer-based time: whether a proposal comes at its time.
//!
//! A block's time is its proposer's clock. Whoever receives it compares it with the own clock (CometBFT,
//! `spec/consensus/proposer-based-timestamp`). Clocks differ between nodes, so an untimely block is not invalid: no verdict is given
//! until it is timely.
//!
//! A departure: CometBFT does not judge by time what is proposed again after a polka. The round of the polka is a claim of the
//! proposer's that this node cannot check when it sees the block, so it judges every block. A block that is decided without this
//! node comes to it with its certificate, which is not judged by time.

use icn_primitives::Moment;

/// How far clocks of correct nodes may be apart, in milliseconds.
pub const PRECISION_MS: Moment = 500;

/// How long a proposal may travel, in milliseconds.
pub const MESSAGE_DELAY_MS: Moment = 15_000;

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

/// Compares the time of a block with the clock at which its proposal was received.
pub fn timeliness(time: Moment, received: Moment) -> Timeliness {
    if time > received.saturating_add(PRECISION_MS) {
        return Timeliness::Early(time - PRECISION_MS);
    }
    if received > time.saturating_add(PRECISION_MS + MESSAGE_DELAY_MS) {
        return Timeliness::Late;
    }
    Timeliness::Timely
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_are_those_of_precision_and_delay() {
        assert_eq!(timeliness(1_500, 1_000), Timeliness::Timely);
        assert_eq!(timeliness(1_501, 1_000), Timeliness::Early(1_001));
        assert_eq!(timeliness(1_000, 16_500), Timeliness::Timely);
        assert_eq!(timeliness(1_000, 16_501), Timeliness::Late);
    }

    #[test]
    fn an_early_proposal_is_timely_from_the_time_it_names() {
        let Timeliness::Early(from) = timeliness(9_000, 1_000) else { panic!("it is early") };
        assert_eq!(timeliness(9_000, from), Timeliness::Timely);
        assert_ne!(timeliness(9_000, from - 1), Timeliness::Timely);
    }
}
