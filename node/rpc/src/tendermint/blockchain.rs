//! `blockchain`: headers of several blocks.

use super::{
    found,
    header::{id_of, BlockIdJson, HeaderJson},
    heights::given,
    refusal::Refusal,
    wire::Quoted,
    Asked,
};
use crate::{
    arguments::Arguments,
    backend::{BlockSummary, Heights},
    error::Error,
};
use icn_primitives::BlockNumber;
use serde::Serialize;
use std::ops::RangeInclusive;

/// Most blocks in one answer.
const BLOCKS_MAX: i64 = 20;

/// The answer to `blockchain`: the newest block first.
#[derive(Clone, Debug, Serialize)]
pub(super) struct BlockchainAnswer {
    last_height: Quoted<BlockNumber>,
    block_metas: Vec<MetaJson>,
}

#[derive(Clone, Debug, Serialize)]
struct MetaJson {
    block_id: BlockIdJson,
    block_size: Quoted<u64>,
    header: HeaderJson,
    num_txs: Quoted<u64>,
}

impl MetaJson {
    fn new(summary: &BlockSummary) -> Result<Self, Error> {
        Ok(Self {
            block_id: (&id_of(&summary.header, summary.parts)?).into(),
            block_size: Quoted(summary.bytes),
            header: (&summary.header).into(),
            num_txs: Quoted(summary.extrinsics),
        })
    }
}

pub(super) fn blockchain(asked: Asked<'_>, mut arguments: Arguments) -> Result<BlockchainAnswer, Error> {
    let chain = asked.tendermint;
    let heights = chain.heights();
    let (min, max) = (given(&mut arguments, "minHeight")?, given(&mut arguments, "maxHeight")?);
    let range = range(heights, min.unwrap_or(0), max.unwrap_or(0))?;
    let meta = |height| MetaJson::new(&found("block", height, chain.summary(height))?);
    let block_metas = range.rev().map(meta).collect::<Result<_, _>>()?;
    Ok(BlockchainAnswer { last_height: Quoted(heights.latest), block_metas })
}

/// The heights of the answer: from `min`, which is the oldest when it is 0, to `max`, which is the latest when it is 0; the
/// newest of them when they are too many.
fn range(heights: Heights, min: i64, max: i64) -> Result<RangeInclusive<BlockNumber>, Refusal> {
    let (oldest, latest) = (i64::from(heights.oldest), i64::from(heights.latest));
    if min < 0 || max < 0 {
        return Err(Refusal::Negative);
    }
    let max = if max == 0 { latest } else { max.min(latest) };
    let min = min.max(1).max(oldest).max(max - BLOCKS_MAX + 1);
    match (BlockNumber::try_from(min), BlockNumber::try_from(max)) {
        (Ok(from), Ok(to)) if from <= to => Ok(from..=to),
        _ => Err(Refusal::Backwards { min, max }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEIGHTS: Heights = Heights { oldest: 3, latest: 50 };

    #[test]
    fn a_range_is_what_is_kept_of_it_and_its_newest_twenty() {
        for (min, max, expected) in [
            (0, 0, 31..=50),
            (1, 10, 3..=10),
            (5, 7, 5..=7),
            (5, 40, 21..=40),
            (49, 1000, 49..=50),
            (1, i64::MAX, 31..=50),
            (3, 3, 3..=3),
        ] {
            assert_eq!(range(HEIGHTS, min, max), Ok(expected), "{min} {max}");
        }
    }

    #[test]
    fn a_range_that_holds_nothing_is_refused() {
        assert_eq!(range(HEIGHTS, -1, 0), Err(Refusal::Negative));
        assert_eq!(range(HEIGHTS, 0, -1), Err(Refusal::Negative));
        let words = |min, max| range(HEIGHTS, min, max).unwrap_err().to_string();
        assert_eq!(words(7, 5), "min height 7 can't be greater than max height 5");
        assert_eq!(words(0, 2), "min height 3 can't be greater than max height 2");
        assert_eq!(words(51, 60), "min height 51 can't be greater than max height 50");
        assert_eq!(words(i64::MAX, 60), format!("min height {} can't be greater than max height 50", i64::MAX));
        assert!(range(Heights { oldest: 0, latest: 0 }, 0, 0).is_err());
    }
}
