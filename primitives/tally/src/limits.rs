//! How large an input may be. Every rule checks its input against these before it works on it.

use crate::{Counted, TallyError};

/// Most options, candidates or projects of a rule that goes through them one by one.
pub const OPTIONS_MAX: u64 = 2_000;
/// Most candidates of a rule that counts in rounds, and has a tie looked up in all rounds before.
pub const CANDIDATES_MAX: u64 = 500;
/// Most options of a rule that compares every pair by way of every third.
pub const PAIRWISE_OPTIONS_MAX: u64 = 200;
/// Most ballots that differ, or are listed apart.
pub const BALLOTS_MAX: u64 = 1 << 20;
/// Most votes, where a ballot stands for several.
pub const VOTES_MAX: u64 = 1 << 40;
/// Most marks on all ballots together.
pub const MARKS_MAX: u64 = 1 << 24;
/// Most members that delegate, vote or are drawn.
pub const MEMBERS_MAX: u64 = 1 << 20;
/// Most classes of members or categories of projects.
pub const CLASSES_MAX: u64 = 1_000;
/// Most points that one mark of a score ballot may give.
pub const POINTS_MAX: u64 = 1_000;
/// Most credits of a quadratic ballot.
pub const CREDITS_MAX: u64 = 1_000_000_000_000;
/// Most units of a budget, and of the cost of a project.
pub const MONEY_MAX: u64 = 1 << 53;
/// Most rounds in which endowments are raised, and most steps of conviction.
pub const ROUNDS_MAX: u64 = 1 << 17;
/// Most bits of a numerator or denominator.
pub const BITS_MAX: u64 = 4_096;

/// That there are not too many.
pub(crate) fn at_most(what: Counted, count: u64, max: u64) -> Result<(), TallyError> {
    match count <= max {
        true => Ok(()),
        false => Err(TallyError::TooMany { what, count, max }),
    }
}

/// That there is at least one.
pub(crate) fn not_zero(what: Counted, count: u64) -> Result<(), TallyError> {
    match count {
        0 => Err(TallyError::Zero { what }),
        _ => Ok(()),
    }
}

/// That a fraction does not need more.
pub(crate) fn at_most_bits(bits: u64) -> Result<(), TallyError> {
    match bits <= BITS_MAX {
        true => Ok(()),
        false => Err(TallyError::TooComplex { bits }),
    }
}
