//! What consensus is about.

use icn_primitives::Target;
use std::fmt;

/// A block by its Tendermint name, with its time: the engine's value, and its own identifier. In text it is the first bytes of
/// the hash, since the engine logs it with every vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockRef(pub Target);

impl fmt::Display for BlockRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Target> for BlockRef {
    fn from(target: Target) -> Self {
        Self(target)
    }
}

impl malachitebft_core_types::Value for BlockRef {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}
