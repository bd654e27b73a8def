//! Why a count was refused.

/// What there is a limit of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Options, candidates or projects.
    Options,
    /// Different ballots.
    Ballots,
    /// Votes, where a ballot stands for several.
    Votes,
    /// Marks on all ballots together.
    Marks,
    /// Members.
    Members,
    /// Delegations.
    Delegations,
    /// Classes or categories.
    Classes,
    /// Seats.
    Seats,
    /// Points that one mark may give.
    Points,
    /// Credits of a voter.
    Credits,
    /// Units of money.
    Money,
    /// Rounds of a completion, or steps of time.
    Rounds,
}

/// Why a count was refused. All of them are for the caller to mend: the same input fails on every node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TallyError {
    /// An input is larger than the rule takes.
    #[error("{count} {what:?}, of at most {max}")]
    TooMany {
        /// Of what.
        what: Counted,
        /// How many there were, or the first number that was too many.
        count: u64,
        /// How many there may be.
        max: u64,
    },
    /// A fraction needs more than [`crate::BITS_MAX`] bits.
    #[error("a fraction of the count needs {bits} bits, of at most {max}", max = crate::BITS_MAX)]
    TooComplex {
        /// Bits of its numerator or denominator.
        bits: u64,
    },
    /// A denominator is zero, or a share is more than the whole.
    #[error("{num}/{den} is no share")]
    NoShare {
        /// Numerator.
        num: u64,
        /// Denominator.
        den: u64,
    },
    /// An option, project, class or member is listed twice.
    #[error("{id} is there twice")]
    Repeated {
        /// Which.
        id: u64,
    },
    /// Somebody who is listed twice for a draw.
    #[error("place {place} of the sorted list repeats the one before it")]
    RepeatedName {
        /// Place in the sorted list.
        place: u64,
    },
    /// A ballot or a delegation names what is not listed.
    #[error("{id} is not listed")]
    Unknown {
        /// Which.
        id: u64,
    },
    /// A ballot marks an option twice.
    #[error("ballot {ballot} marks {option} twice")]
    MarkedTwice {
        /// Place of the ballot.
        ballot: u64,
        /// The option.
        option: u64,
    },
    /// A ballot gives more points than it may.
    #[error("ballot {ballot} gives {points} points, of at most {max}")]
    TooManyPoints {
        /// Place of the ballot.
        ballot: u64,
        /// What it gives: points of one mark, or the cost of all votes.
        points: u64,
        /// What it may give.
        max: u64,
    },
    /// More are counted than are eligible.
    #[error("{cast} were cast by {eligible} who are eligible")]
    MoreThanEligible {
        /// Cast, all kinds.
        cast: u64,
        /// Eligible.
        eligible: u64,
    },
    /// A seat, a cost, a half-life or a count that must be at least one is zero.
    #[error("{what:?} must not be zero")]
    Zero {
        /// Of what.
        what: Counted,
    },
    /// The lower bound is above the upper one, or the floors are above the whole.
    #[error("at least {floor} of at most {ceiling}")]
    Bounds {
        /// Lower bound.
        floor: u64,
        /// Upper bound.
        ceiling: u64,
    },
    /// A count sheet is not the one of these ballots.
    #[error("the count sheet is not the one of these ballots")]
    Mismatch,
}
