//! Keys of `blob index`. DIDs stand in them as their SHA-256, so that all keys of a kind have one length.

use icn_dag::{cid::CID_BYTES, Cid, Did};
use sha2::{Digest, Sha256};

const BLOB: u8 = 0;
const HELD: u8 = 1;
const PINNED: u8 = 2;
const USED: u8 = 3;
const COUNT: u8 = 4;
const STAGED: u8 = 5;

/// A key of `blob index`.
///
/// | first byte | what follows | value |
/// |---|---|---|
/// | 0, blob | CID of a root | SCALE of `BlobInfo` |
/// | 1, held | CID of a root ‖ owner | SCALE of `Held`: an owner who is charged for it |
/// | 2, pinned | CID of a root ‖ owner, or zeros for the node's operator | SCALE of `Pin` |
/// | 3, used | 0, 1, or 2 ‖ owner | bytes of all blobs, of those that nobody holds, of those that an owner holds; `u64` |
/// | 4, count | CID of a block | how many blobs have the block, `u32` |
/// | 5, staged | CID of a block ‖ number of what is being put, 8 bytes, big-endian | nothing |
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum BlobKey<'a> {
    Blob(Cid),
    Held { root: Cid, owner: &'a Did },
    Pinned { root: Cid, owner: Option<&'a Did> },
    Used(Account<'a>),
    Count(Cid),
    Staged { block: Cid, staging: u64 },
}

/// Whose bytes are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// All that is here.
    All,
    /// Blobs that no owner put: this node fetched them from others.
    Nobody,
    /// Those of an owner, whoever else holds them.
    Owner(&'a Did),
}

fn hash(did: &Did) -> [u8; 32] {
    Sha256::digest(did.as_str()).into()
}

impl BlobKey<'_> {
    /// What the keys of blobs start with.
    pub const BLOB_PREFIX: [u8; 1] = [BLOB];

    /// What the keys of counts start with.
    pub const COUNT_PREFIX: [u8; 1] = [COUNT];

    /// What the keys of blocks start with that belong to what is being put.
    pub const STAGED_PREFIX: [u8; 1] = [STAGED];

    /// The key.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Blob(root) => [&[BLOB][..], root.as_bytes()].concat(),
            Self::Held { root, owner } => [&Self::held_prefix(root)[..], &hash(owner)].concat(),
            Self::Pinned { root, owner } => [&Self::pinned_prefix(root)[..], &owner.map_or([0; 32], hash)].concat(),
            Self::Used(Account::All) => vec![USED, 0],
            Self::Used(Account::Nobody) => vec![USED, 1],
            Self::Used(Account::Owner(owner)) => [&[USED, 2][..], &hash(owner)].concat(),
            Self::Count(block) => [&[COUNT][..], block.as_bytes()].concat(),
            Self::Staged { block, staging } => [&Self::staged_prefix(block)[..], &staging.to_be_bytes()].concat(),
        }
    }

    /// What the keys of those who hold a blob start with.
    pub fn held_prefix(root: &Cid) -> Vec<u8> {
        [&[HELD][..], root.as_bytes()].concat()
    }

    /// What the keys of a blob's pins start with.
    pub fn pinned_prefix(root: &Cid) -> Vec<u8> {
        [&[PINNED][..], root.as_bytes()].concat()
    }

    /// What the keys start with that say that a block belongs to what is being put.
    pub fn staged_prefix(block: &Cid) -> Vec<u8> {
        [&[STAGED][..], block.as_bytes()].concat()
    }

    /// The CID after the first byte of a key.
    pub fn cid_of(key: &[u8]) -> Option<Cid> {
        Cid::try_from(key.get(1..1 + CID_BYTES)?).ok()
    }
}
