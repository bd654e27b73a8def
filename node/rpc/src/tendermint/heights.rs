//! Which height a client means.

use super::{refusal::Refusal, wire::Integer};
use crate::{arguments::Arguments, backend::Heights, error::Error};
use icn_primitives::BlockNumber;

/// The height that a call names in `height`; the latest when it names none.
pub(super) fn named_or_latest(heights: Heights, arguments: &mut Arguments) -> Result<BlockNumber, Error> {
    Ok(within(heights, given(arguments, "height")?)?)
}

/// As [`named_or_latest`], of what is already known of the height after the latest.
pub(super) fn named_or_next(heights: Heights, arguments: &mut Arguments) -> Result<BlockNumber, Error> {
    let next = heights.latest.saturating_add(1);
    let height = match given(arguments, "height")? {
        None if heights.latest > 0 => Some(heights.latest.into()),
        None => Some(next.into()),
        given => given,
    };
    Ok(within(Heights { latest: next, ..heights }, height)?)
}

/// The integer that a call gives in `name`, if it gives one.
pub(super) fn given(arguments: &mut Arguments, name: &'static str) -> Result<Option<i64>, Error> {
    Ok(arguments.optional::<Integer>(name)?.and_then(|integer| integer.0))
}

/// A height that is kept.
pub(super) fn within(heights: Heights, height: Option<i64>) -> Result<BlockNumber, Refusal> {
    let Heights { oldest, latest } = heights;
    let Some(height) = height else {
        return if latest == 0 { Err(Refusal::NoBlock) } else { Ok(latest) };
    };
    if height <= 0 {
        return Err(Refusal::NotPositive { height });
    }
    match BlockNumber::try_from(height) {
        Ok(number) if number <= latest && number >= oldest => Ok(number),
        Ok(number) if number < oldest => Err(Refusal::TooLow { height, oldest }),
        _ => Err(Refusal::TooHigh { height, latest }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHTS: Heights = Heights { oldest: 3, latest: 7 };

    #[test]
    fn a_height_is_one_that_is_kept_or_the_latest() {
        for height in 3..=7 {
            assert_eq!(within(HEIGHTS, Some(height)), Ok(height as BlockNumber));
        }
        assert_eq!(within(HEIGHTS, None), Ok(7));
    }

    #[test]
    fn other_heights_are_refused_in_cometbfts_words() {
        let words = |height| within(HEIGHTS, Some(height)).unwrap_err().to_string();
        assert_eq!(words(0), "height must be greater than 0, but got 0");
        assert_eq!(words(-1), "height must be greater than 0, but got -1");
        assert_eq!(words(2), "height 2 is not available, lowest height is 3");
        assert_eq!(words(8), "height 8 must be less than or equal to the current blockchain height 7");
        let far = words(i64::MAX);
        assert_eq!(far, format!("height {} must be less than or equal to the current blockchain height 7", i64::MAX));
    }

    #[test]
    fn a_chain_without_blocks_has_no_latest() {
        let none = Heights { oldest: 0, latest: 0 };
        assert_eq!(within(none, None), Err(Refusal::NoBlock));
        assert_eq!(within(none, Some(1)), Err(Refusal::TooHigh { height: 1, latest: 0 }));
    }
}
