//! SCALE of bounded lists of hashes.

use crate::Hash;
use codec::{Compact, Decode, Encode, Input};

/// Reads a list of hashes, unless it says that there are more or fewer than there may be.
pub(crate) fn read_hashes<I: Input>(
    input: &mut I,
    may_have: impl FnOnce(usize) -> bool,
) -> Result<Vec<Hash>, codec::Error> {
    let Compact(count) = Compact::<u32>::decode(input)?;
    let count = count as usize;
    if !may_have(count) {
        return Err("a number of hashes that cannot be".into());
    }
    input.on_before_alloc_mem(count * size_of::<Hash>())?;
    (0..count).map(|_| Hash::decode(input)).collect()
}

/// The most bytes that so many hashes take, with their number before them.
pub(crate) fn hashes_len_max(hashes: usize) -> usize {
    Compact(hashes as u32).encoded_size() + hashes * size_of::<Hash>()
}
