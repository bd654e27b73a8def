//! How a call ended.

use icn_ccl::{manifest::Purpose, program::InForce, value::Value};
use icn_covm::TrapReason;
use serde::Serialize;
use std::fmt;

/// Something that code told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its values, by name, in letters.
    pub fields: Vec<(String, String)>,
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        write!(formatter, "{}({})", self.name, fields.join(", "))
    }
}

/// Why the organisation does not do what code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[allow(missing_docs)]
pub enum Denied {
    #[error("the account has not as much")]
    InsufficientBalance,
    #[error("holders may not give this resource to each other")]
    NotTransferable,
    #[error("only its holder can move what an account holds")]
    NotYours,
    #[error("an amount is not negative")]
    NegativeAmount,
    #[error("there would be more of the resource than its cap")]
    CapExceeded,
    #[error("nobody may hold as much")]
    HoldExceeded,
    #[error("the treasury does not hold this resource")]
    NotHeld,
    #[error("the budget is not in its period")]
    PeriodClosed,
    #[error("this is no member")]
    NotMember,
    #[error("this is a member already")]
    AlreadyMember,
    #[error("all seats of the role are taken")]
    NoSeat,
    #[error("this role is not assigned by hand")]
    NotAssignable,
    #[error("the role is held already")]
    AlreadyHeld,
    #[error("the role is not held")]
    NotInRole,
    #[error("something is set aside under this name already")]
    LockTaken,
    #[error("nothing is set aside under this name")]
    UnknownLock,
    #[error("there is no such authorisation")]
    UnknownAuthorisation,
    #[error("the authorisation is used up or has lapsed")]
    AuthorisationSpent,
    #[error("there is no such credential")]
    UnknownCredential,
    #[error("there is no such proposal")]
    UnknownProposal,
    #[error("this content is not here")]
    ContentMissing,
    #[error("a time in the past")]
    PastTime,
    #[error("too many of these are kept")]
    TooMany,
    #[error("this is not done here")]
    NotHere,
}

impl Denied {
    /// All, by their code.
    pub const ALL: [Self; 24] = [
        Self::InsufficientBalance,
        Self::NotTransferable,
        Self::NotYours,
        Self::NegativeAmount,
        Self::CapExceeded,
        Self::HoldExceeded,
        Self::NotHeld,
        Self::PeriodClosed,
        Self::NotMember,
        Self::AlreadyMember,
        Self::NoSeat,
        Self::NotAssignable,
        Self::AlreadyHeld,
        Self::NotInRole,
        Self::LockTaken,
        Self::UnknownLock,
        Self::UnknownAuthorisation,
        Self::AuthorisationSpent,
        Self::UnknownCredential,
        Self::UnknownProposal,
        Self::ContentMissing,
        Self::PastTime,
        Self::TooMany,
        Self::NotHere,
    ];

    /// Its stable number.
    pub fn code(self) -> u32 {
        Self::ALL.iter().position(|denied| *denied == self).and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
    }
}

/// Why a call did not succeed. Nothing that it did is kept.
///
/// What is refused or fails costs the fuel that it used; what traps costs the whole limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Refused: there is nothing of that name to call.
    NoEntryPoint(String),
    /// Refused: it is not in force at this time.
    NotInForce {
        /// What is called or proposed.
        name: String,
        /// When it is.
        in_force: InForce,
    },
    /// Refused: the caller does not hold the permission.
    Unauthorised {
        /// The permission.
        permission: String,
    },
    /// Refused: an argument is not of its type, or a negative amount.
    BadArgument {
        /// The parameter.
        name: String,
    },
    /// Refused: what the proposal requires does not hold.
    NotAdmissible(String),
    /// Failed: a `require` did not hold.
    RequireFailed(Event),
    /// Failed: an invariant would not hold any more.
    InvariantBroken(String),
    /// Failed: the organisation does not do it.
    HostDenied(Denied),
    /// Failed: a number does not fit.
    Overflow,
    /// Failed: something was divided by nothing.
    DivByZero,
    /// Failed: something was taken that is not there.
    KeyMissing,
    /// Trapped: the sandbox ended it.
    Trapped(TrapReason),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEntryPoint(name) => write!(formatter, "refused: there is no `{name}` to call"),
            Self::NotInForce { name, in_force } => {
                let when = icn_ccl::explain::in_force(*in_force).unwrap_or_default();
                write!(formatter, "refused: `{name}` is in force {when} (NotInForce)")
            }
            Self::Unauthorised { permission } => {
                write!(formatter, "refused: the caller does not hold the permission `{permission}`")
            }
            Self::BadArgument { name } => write!(formatter, "refused: the argument `{name}` is not allowed"),
            Self::NotAdmissible(proposal) => {
                write!(formatter, "refused: what the proposal `{proposal}` requires does not hold (NotAdmissible)")
            }
            Self::RequireFailed(event) => write!(formatter, "failed: {event}"),
            Self::InvariantBroken(name) => write!(formatter, "failed: the invariant `{name}` would not hold"),
            Self::HostDenied(denied) => write!(formatter, "failed: {denied} ({denied:?})"),
            Self::Overflow => formatter.write_str("failed: a number does not fit (Overflow)"),
            Self::DivByZero => formatter.write_str("failed: divided by nothing (DivByZero)"),
            Self::KeyMissing => formatter.write_str("failed: something was taken that is not there (KeyMissing)"),
            Self::Trapped(reason) => write!(formatter, "trapped: {reason} ({reason:?})"),
        }
    }
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it gave, or why not.
    pub result: Result<Value, Failure>,
    /// What it told, in order; nothing, if it did not succeed.
    pub events: Vec<Event>,
    /// Units of fuel.
    pub fuel: u64,
    /// The statements that ran, if the code was compiled with its lines.
    pub lines: Vec<Line>,
}

/// A statement that ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The byte of the source where it begins.
    pub at: u32,
    /// Units of fuel until the next statement began, or the code ended.
    pub fuel: u64,
}

/// A call, as it was made and ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// What was called.
    pub purpose: Purpose,
    /// Its name.
    pub name: String,
    /// As whom.
    pub caller: String,
    /// With what.
    pub args: Vec<Value>,
    /// How it ended.
    pub outcome: Outcome,
    /// The byte of the source where the statement of a test begins that made it.
    pub from: u32,
}
