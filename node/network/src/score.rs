//! How much misbehaviour of a peer is borne.

use crate::bucket::{Bucket, Rate};
use std::{fmt, time::Instant};

/// Score of a peer that has done nothing wrong lately.
pub(crate) const SCORE_MAX: u32 = 1000;

/// Points that come back each second.
const RECOVERY: u64 = 10;

/// What no correct peer does, or only a little of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offence {
    /// A message that is no message of ours, or not in its one encoding, or another's head.
    Malformed,
    /// A message larger than messages may be.
    Oversized,
    /// A message whose signature, author or sequence number is wrong.
    Forged,
    /// A batch with a transaction that is never valid. Nodes that are about to be upgraded may differ on a few.
    Rejected,
    /// More than the allowance.
    OverRate,
}

impl Offence {
    /// Points that it costs. Nothing of the first three is relayed by a correct peer, so it made it itself.
    fn cost(self) -> u64 {
        match self {
            Self::Malformed | Self::Oversized | Self::Forged => 250,
            Self::Rejected => 50,
            Self::OverRate => 1,
        }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "it sent what is no message of this protocol",
            Self::Oversized => "it sent too large a message",
            Self::Forged => "it sent a message that is not signed by its author",
            Self::Rejected => "it relayed invalid transactions",
            Self::OverRate => "it sent more than it may",
        })
    }
}

/// Points that are left, at most [`SCORE_MAX`]; they come back with time.
#[derive(Clone, Debug)]
pub(crate) struct Score(Bucket);

impl Score {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Bucket::new(Rate { per_second: RECOVERY, burst: SCORE_MAX.into() }, now))
    }

    /// Charges so many offences of a kind.
    pub(crate) fn charge(&mut self, offence: Offence, times: u64, now: Instant) {
        self.0.drain(offence.cost().saturating_mul(times), now);
    }

    /// Points that are left.
    pub(crate) fn left(&self, now: Instant) -> u32 {
        self.0.left(now).try_into().unwrap_or(SCORE_MAX)
    }

    /// Whether the peer is to be banned.
    pub(crate) fn is_exhausted(&self, now: Instant) -> bool {
        self.left(now) == 0
    }

    /// Whether nothing is held against the peer.
    pub(crate) fn is_clean(&self, now: Instant) -> bool {
        self.0.is_full(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn four_malformed_messages_in_a_row_exhaust_it() {
        let start = Instant::now();
        let mut score = Score::new(start);
        score.charge(Offence::Malformed, 3, start);
        assert_eq!(score.left(start), 250);
        assert!(!score.is_exhausted(start));
        score.charge(Offence::Oversized, 1, start);
        assert!(score.is_exhausted(start));
    }

    #[test]
    fn a_fault_now_and_then_is_forgiven() {
        let mut now = Instant::now();
        let mut score = Score::new(now);
        for _ in 0..100 {
            score.charge(Offence::Malformed, 1, now);
            assert!(!score.is_exhausted(now));
            now += Duration::from_secs(25);
            assert!(score.is_clean(now));
        }
    }

    #[test]
    fn recovery_stops_at_the_maximum() {
        let start = Instant::now();
        let mut score = Score::new(start);
        score.charge(Offence::Rejected, 1, start);
        assert_eq!(score.left(start), 950);
        assert_eq!(score.left(start + Duration::from_secs(1)), 960);
        assert_eq!(score.left(start + Duration::from_secs(3600)), SCORE_MAX);
    }

    #[test]
    fn a_little_over_the_rate_is_borne_and_a_flood_is_not() {
        let start = Instant::now();
        let mut score = Score::new(start);
        for second in 0..600 {
            score.charge(Offence::OverRate, 10, start + Duration::from_secs(second));
        }
        let end = start + Duration::from_secs(600);
        assert!(score.left(end) > 900);
        score.charge(Offence::OverRate, 1000, end);
        assert!(score.is_exhausted(end));
    }
}
