//! The other side of a contract's imports, and what ends a run before its end.

use std::{any::Any, fmt};

/// Answers the calls that a contract makes.
pub trait Host {
    /// Answers a call of the function with this number in the interface. There are as many arguments and results as the
    /// function has; results are zero before. An error ends the run.
    fn call(&mut self, function: usize, args: &[u64], results: &mut [u64], guest: &mut dyn Guest) -> Result<(), Stop>;
}

/// The contract that is waiting for an answer.
pub trait Guest {
    /// Bytes of its memory. Whatever is not wholly inside ends the run as [`TrapReason::OutOfBounds`].
    fn read(&self, ptr: u32, len: u32) -> Result<&[u8], Stop>;

    /// Writes into its memory, all bytes or none.
    fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop>;

    /// Takes fuel from it, and ends the run as [`TrapReason::OutOfFuel`] when there is not as much.
    fn charge(&mut self, fuel: u64) -> Result<(), Stop>;

    /// The fuel that it has left.
    fn fuel(&mut self) -> u64;
}

/// Why a run ended before its end.
pub enum Stop {
    /// The contract did what it must not. Whoever pays pays the whole limit.
    Trap(TrapReason),
    /// The host ended it, for a reason of its own: see [`Stop::reason`].
    Host(Box<dyn Any + Send>),
}

impl Stop {
    /// The host's own reason.
    pub fn host(reason: impl Any + Send) -> Self {
        Self::Host(Box::new(reason))
    }

    /// The host's own reason, as it was given; a trap, or a reason of another type, comes back.
    pub fn reason<R: Any>(self) -> Result<R, Self> {
        match self {
            Self::Host(reason) => reason.downcast().map(|reason| *reason).map_err(Self::Host),
            trap => Err(trap),
        }
    }
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Trap(reason) => f.debug_tuple("Trap").field(reason).finish(),
            Self::Host(_) => f.write_str("Host(..)"),
        }
    }
}

/// What a contract can do wrong while it runs. All engines have the same reason for the same run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrapReason {
    /// It came to an `unreachable`.
    #[error("came to a place that its author ruled out")]
    Unreachable,
    /// It needed more fuel than it was given.
    #[error("out of fuel")]
    OutOfFuel,
    /// It began with, or grew to, more memory than a run may have.
    #[error("out of memory")]
    OutOfMemory,
    /// Its calls were nested too deep for what their frames need.
    #[error("calls nested too deep")]
    TooDeep,
    /// It divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A quotient did not fit its type.
    #[error("integer overflow")]
    Overflow,
    /// It, or a pointer that it gave to the host, reached outside of its memory or table.
    #[error("access out of bounds")]
    OutOfBounds,
    /// It called a place of its table where there is no function, or one of another type.
    #[error("no such function in the table")]
    NoFunction,
}
