//! What is kept of a blob beside its blocks.

use codec::{Decode, Encode};
use icn_dag::{Did, Moment};

/// Most bytes of a pin's reason.
pub const PIN_REASON_BYTES_MAX: usize = 256;

/// A blob that is here, whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BlobInfo {
    /// Its bytes.
    pub size: u64,
    /// When it came, milliseconds since the Unix epoch.
    pub put: Moment,
    /// Since when it was seen that nothing needs it: no pin and no record. `None` while something does.
    pub idle_since: Option<Moment>,
}

/// An owner who is charged for a blob.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Held {
    /// Who.
    pub owner: Did,
    /// Since when.
    pub since: Moment,
}

/// Somebody's word that a blob is to stay.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pin {
    /// For whom; `None` for the node's operator.
    pub owner: Option<Did>,
    /// Until when; `None` for as long as it is not taken away.
    pub until: Option<Moment>,
    /// Why, for people: UTF-8, at most [`PIN_REASON_BYTES_MAX`] bytes.
    pub reason: String,
}

impl Pin {
    /// Whether it holds at a time.
    pub fn holds(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}
