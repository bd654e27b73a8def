//! The height of a block.

use icn_primitives::BlockNumber;
use std::fmt;

/// The height of a block, 1 for the first that validators sign. Blocks have 32 bits for it; the engine counts in 64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(pub u64);

impl Height {
    /// The number of the block, if a block can have it.
    pub fn number(self) -> Option<BlockNumber> {
        BlockNumber::try_from(self.0).ok()
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u64> for Height {
    fn from(height: u64) -> Self {
        Self(height)
    }
}

impl From<Height> for u64 {
    fn from(height: Height) -> Self {
        height.0
    }
}

impl malachitebft_core_types::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    /// Saturates: what is counted up may have come from a stranger, and no block is near the end.
    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}
