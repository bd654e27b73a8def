//! Why a Tendermint method has no answer, in CometBFT's words: some clients read them.

use icn_primitives::BlockNumber;

/// Why a Tendermint method has no answer. It is sent as CometBFT sends it: as an internal error, with these words as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The first height is 1.
    #[error("height must be greater than 0, but got {height}")]
    NotPositive {
        /// Height asked for.
        height: i64,
    },
    /// The chain is not there yet; light clients take the latest height from these words.
    #[error("height {height} must be less than or equal to the current blockchain height {latest}")]
    TooHigh {
        /// Height asked for.
        height: i64,
        /// The highest that is answered.
        latest: BlockNumber,
    },
    /// The height is no longer kept; an archive node has it.
    #[error("height {height} is not available, lowest height is {oldest}")]
    TooLow {
        /// Height asked for.
        height: i64,
        /// The lowest that is kept.
        oldest: BlockNumber,
    },
    /// Nothing was decided yet.
    #[error("there is no block yet")]
    NoBlock,
    /// The node has the height, but not this of it.
    #[error("the {what} of height {height} is not available")]
    Missing {
        /// What of it.
        what: &'static str,
        /// Height asked for.
        height: BlockNumber,
    },
    /// A list has no such page.
    #[error("page should be within [1, {pages}] range, given {page}")]
    NoPage {
        /// Page asked for.
        page: i64,
        /// Number of pages.
        pages: usize,
    },
    /// A bound of a range is below 0.
    #[error("heights must be non-negative")]
    Negative,
    /// A range runs backwards, or holds nothing that is kept.
    #[error("min height {min} can't be greater than max height {max}")]
    Backwards {
        /// First height, within what is kept.
        min: i64,
        /// Last height, within what is kept.
        max: i64,
    },
}
