//! What may be put on the agenda.

use crate::Retry;
use frame_support::weights::Weight;

/// Whether a retry tries at least once more, at most `retries_max` times, and later than the failed try.
pub fn retry_in_range(retry: &Retry, retries_max: u32) -> bool {
    (1..=retries_max).contains(&retry.times) && retry.period > 0
}

/// The retry after a failed try; `None` when none is left.
pub fn retry_after_failure(retry: Retry) -> Option<Retry> {
    let times = retry.times.checked_sub(1)?;
    Some(Retry { times, ..retry })
}

/// Whether work of `cost` fits into a block's `share` at all, `overhead` included.
pub fn fits_share(cost: Weight, overhead: Weight, share: Weight) -> bool {
    cost.saturating_add(overhead).all_lte(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_is_in_range_from_one_to_the_limit_with_a_period() {
        let retry = |times, period| Retry { times, period };
        assert!(retry_in_range(&retry(1, 1), 3));
        assert!(retry_in_range(&retry(3, u64::MAX), 3));
        assert!(!retry_in_range(&retry(0, 1), 3));
        assert!(!retry_in_range(&retry(4, 1), 3));
        assert!(!retry_in_range(&retry(1, 0), 3));
    }

    #[test]
    fn each_failure_uses_up_one_retry() {
        let retry = Retry { times: 1, period: 5 };
        let last = retry_after_failure(retry).expect("one is left");
        assert_eq!(last, Retry { times: 0, period: 5 });
        assert_eq!(retry_after_failure(last), None);
    }

    #[test]
    fn work_fits_when_both_parts_of_its_weight_do() {
        let weight = Weight::from_parts;
        assert!(fits_share(weight(6, 1), weight(4, 1), weight(10, 2)));
        assert!(!fits_share(weight(7, 1), weight(4, 1), weight(10, 2)));
        assert!(!fits_share(weight(6, 2), weight(4, 1), weight(10, 2)));
        assert!(!fits_share(Weight::MAX, weight(1, 0), weight(10, 2)));
    }
}
