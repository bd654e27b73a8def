//! What every rule has: something that is counted, and a sheet of the count that anybody can check.

use crate::TallyError;
use serde::{de::DeserializeOwned, Serialize};

/// All steps of a count, as they are published.
pub trait CountSheet: Clone + PartialEq + Serialize + DeserializeOwned {
    /// What was decided.
    type Outcome;

    /// The outcome, computed from the steps. It says what the sheet says, also when the sheet is not that of the ballots.
    fn outcome(&self) -> Self::Outcome;
}

/// Ballots and the rule they are counted by.
pub trait Count {
    /// The steps of the count.
    type Sheet: CountSheet;

    /// Counts.
    ///
    /// # Errors
    /// What the input is refused for; see [`TallyError`].
    fn count(&self) -> Result<Self::Sheet, TallyError>;

    /// Checks a sheet of somebody else against the ballots, by counting again, and tells what it decided.
    ///
    /// # Errors
    /// [`TallyError::Mismatch`], and those of [`Count::count`].
    fn verify(&self, sheet: &Self::Sheet) -> Result<<Self::Sheet as CountSheet>::Outcome, TallyError> {
        match self.count()? == *sheet {
            true => Ok(sheet.outcome()),
            false => Err(TallyError::Mismatch),
        }
    }
}
