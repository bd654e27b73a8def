//! Naming a block on the command line.

use std::{fmt, str::FromStr};
use subxt::utils::H256;

/// A block as people name it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlockId {
    /// The latest finalized one.
    #[default]
    Latest,
    /// By height.
    Number(u32),
    /// By the hash of its FRAME header.
    Hash(H256),
}

/// The text names no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name a block by its height, by its hash (0x and 64 hex digits), or as `latest`")]
pub struct BlockIdError;

impl FromStr for BlockId {
    type Err = BlockIdError;

    fn from_str(text: &str) -> Result<Self, BlockIdError> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        if let Some(digits) = text.strip_prefix("0x") {
            let mut hash = [0; 32];
            hex::decode_to_slice(digits, &mut hash).map_err(|_| BlockIdError)?;
            return Ok(Self::Hash(hash.into()));
        }
        text.replace('_', "").parse().map(Self::Number).map_err(|_| BlockIdError)
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest => write!(f, "the latest block"),
            Self::Number(number) => write!(f, "block {number}"),
            Self::Hash(hash) => write!(f, "block {hash:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_named_by_height_hash_or_latest() {
        assert_eq!("latest".parse(), Ok(BlockId::Latest));
        assert_eq!("1_000".parse(), Ok(BlockId::Number(1000)));
        assert_eq!(format!("0x{}", "ab".repeat(32)).parse(), Ok(BlockId::Hash([0xab; 32].into())));
        for text in ["", "best", "-1", "4294967296", "0x00", "0xzz"] {
            assert_eq!(text.parse::<BlockId>(), Err(BlockIdError), "{text}");
        }
    }
}
