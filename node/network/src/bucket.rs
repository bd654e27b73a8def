//! An allowance that fills up again with time.

use std::time::{Duration, Instant};

const NANOS_PER_SECOND: u128 = 1_000_000_000;

/// The longest time that a bucket takes to fill; a slower one counts as this fast.
const FILL_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How much may be used in the long run, and at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In the long run, each second; 0 counts as 1.
    pub per_second: u64,
    /// At once after a pause. What needs more than this never passes.
    pub burst: u64,
}

/// A token bucket. It holds when it will be full again, so that time passing needs no work.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    rate: Rate,
    full_at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, full_at: now }
    }

    /// Whether so many tokens are there.
    pub(crate) fn has(&self, tokens: u64, now: Instant) -> bool {
        tokens <= self.left(now)
    }

    /// Takes so many tokens, or what is left when there are fewer.
    pub(crate) fn drain(&mut self, tokens: u64, now: Instant) {
        let tokens = tokens.min(self.left(now));
        self.full_at = self.full_at.max(now) + self.time_of(tokens);
    }

    /// Tokens that are there.
    pub(crate) fn left(&self, now: Instant) -> u64 {
        let missing = self.full_at.saturating_duration_since(now).as_nanos() * u128::from(self.per_second());
        self.rate.burst.saturating_sub(missing.div_ceil(NANOS_PER_SECOND).try_into().unwrap_or(u64::MAX))
    }

    /// Whether nothing is missing.
    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    fn per_second(&self) -> u64 {
        self.rate.per_second.max(1)
    }

    /// How long so many tokens take to come back.
    fn time_of(&self, tokens: u64) -> Duration {
        let nanos = u128::from(tokens) * NANOS_PER_SECOND / u128::from(self.per_second());
        Duration::from_nanos(nanos.try_into().unwrap_or(u64::MAX)).min(FILL_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RATE: Rate = Rate { per_second: 10, burst: 25 };

    fn take(bucket: &mut Bucket, tokens: u64, now: Instant) -> bool {
        let has = bucket.has(tokens, now);
        if has {
            bucket.drain(tokens, now);
        }
        has
    }

    #[test]
    fn a_pause_allows_a_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        assert!(take(&mut bucket, 25, start));
        assert!(!take(&mut bucket, 1, start));
        let later = start + Duration::from_millis(500);
        assert_eq!(bucket.left(later), 5);
        assert!(take(&mut bucket, 5, later));
        assert!(!take(&mut bucket, 1, later));
        assert_eq!(bucket.left(later + Duration::from_secs(3600)), 25);
        assert!(bucket.is_full(later + Duration::from_millis(2500)));
    }

    #[test]
    fn more_than_the_burst_never_passes_and_costs_nothing() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        assert!(!take(&mut bucket, 26, start));
        assert!(take(&mut bucket, 25, start));
    }

    #[test]
    fn draining_stops_at_empty() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        bucket.drain(u64::MAX, start);
        assert_eq!(bucket.left(start), 0);
        assert_eq!(bucket.left(start + Duration::from_secs(1)), 10);
    }

    #[test]
    fn extreme_rates_do_not_overflow() {
        let start = Instant::now();
        for rate in [
            Rate { per_second: 0, burst: u64::MAX },
            Rate { per_second: u64::MAX, burst: u64::MAX },
            Rate { per_second: 1, burst: 0 },
        ] {
            let mut bucket = Bucket::new(rate, start);
            bucket.drain(u64::MAX, start);
            bucket.drain(u64::MAX, start);
            assert!(bucket.is_full(start + 2 * FILL_MAX));
        }
    }

    proptest! {
        #[test]
        fn no_pattern_of_use_exceeds_burst_and_rate(uses in prop::collection::vec((0u64..40, 0u64..2000), 1..60)) {
            let start = Instant::now();
            let mut bucket = Bucket::new(RATE, start);
            let (mut taken, mut elapsed) = (0, Duration::ZERO);
            for (tokens, pause_ms) in uses {
                elapsed += Duration::from_millis(pause_ms);
                taken += if take(&mut bucket, tokens, start + elapsed) { tokens } else { 0 };
                let allowed = RATE.burst + (elapsed.as_millis() as u64 * RATE.per_second).div_ceil(1000);
                prop_assert!(taken <= allowed, "{taken} of {allowed}");
                prop_assert!(bucket.left(start + elapsed) <= RATE.burst);
            }
        }
    }
}
