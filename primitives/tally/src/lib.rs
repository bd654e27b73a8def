//! Exact rules for votes, delegation and the allocation of budgets.
//!
//! Every rule is a [`Count`]: ballots and parameters that are counted into a *count sheet*, all steps of the count, from which
//! the outcome follows ([`CountSheet::outcome`]) and which anybody can check against the ballots ([`Count::verify`]). Sheets
//! are what is published and anchored.
//!
//! | decides | rules |
//! |---|---|
//! | yes or no | [`Motion`], [`ClassMotion`], [`Consent`], [`Conviction`] |
//! | which option | [`Approval`], [`Score`], [`Quadratic`], [`Borda`], [`Runoff`], [`Schulze`] |
//! | which persons | [`Stv`], [`Sortition`] |
//! | whose vote counts how often | [`Delegated`] |
//! | which projects | [`BudgetVote`] |
//!
//! Members, options and projects are numbers here: whoever calls keeps what they stand for. Equal ballots may be given as one
//! with a count. Numbers are integers or exact fractions, never floats; nothing is rounded but where a rule says so. Ties are
//! broken as the rule says, and the sheet tells of each. Lots are drawn from a [`Seed`].
//!
//! This crate never does I/O, knows no clock, and checks the size of everything first: whatever is put in, there is a sheet
//! or a [`TallyError`], never a panic. Its rules are numbered in `docs/spec/tally.md`. Start with `motion.rs`.

mod ballot;
mod budget;
mod classes;
mod consent;
mod conviction;
mod delegation;
mod error;
mod exact;
mod limits;
mod lot;
mod motion;
mod points;
mod quorum;
mod runoff;
mod schulze;
mod share;
mod sheet;
mod sortition;
mod stv;
mod tie;

pub use ballot::{Approvals, Points, Preferences, Ranking};
pub use budget::{
    BudgetRule, BudgetSheet, BudgetVote, Category, Completion, Phase, Price, Project, Purchase, Step, COMPLETION_ADD1,
    COMPLETION_ADD1U, COMPLETION_GREEDY, COMPLETION_NONE,
};
pub use classes::{ClassMotion, ClassSheet, ClassVotes, ClassesSheet};
pub use consent::{Consent, ConsentRule, ConsentSheet, Judged, Objection, ObjectionRule, Position, Verdict, Voice};
pub use conviction::{Conviction, ConvictionRule, ConvictionSheet, Convinced, Period, PeriodEnd};
pub use delegation::{Delegated, Delegation, DelegationRule, DelegationSheet, Fate, Vote, DEPTH_MAX};
pub use error::{Counted, TallyError};
pub use exact::Exact;
pub use limits::{
    BALLOTS_MAX, BITS_MAX, CANDIDATES_MAX, CLASSES_MAX, CREDITS_MAX, MARKS_MAX, MEMBERS_MAX, MONEY_MAX, OPTIONS_MAX,
    PAIRWISE_OPTIONS_MAX, POINTS_MAX, ROUNDS_MAX, VOTES_MAX,
};
pub use lot::Seed;
pub use motion::{Abstention, Base, Motion, MotionRule, MotionSheet, Threshold, Votes};
pub use points::{Approval, Bar, Borda, PointsSheet, Quadratic, Score, Standing};
pub use quorum::Quorum;
pub use runoff::{Credit, Round, Runoff, RunoffSheet};
pub use schulze::{Schulze, SchulzeOutcome, SchulzeSheet, Strength, DRAWS_MAX};
pub use share::Share;
pub use sheet::{Count, CountSheet};
pub use sortition::{Draw, Eligible, Sortition, SortitionSheet, Stratum, NAME_LEN_MAX};
pub use stv::{Action, Stage, Stv, StvSheet, Transfer, VOTE};
pub use tie::{Decider, Tie};

/// An option or candidate.
pub type OptionId = u64;
/// A project of a budget.
pub type ProjectId = u64;
/// A category of projects.
pub type CategoryId = u64;
/// A member.
pub type MemberId = u64;
/// A class of members.
pub type ClassId = u64;
/// An area of delegation.
pub type AreaId = u64;
