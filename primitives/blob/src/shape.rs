//! The one tree for so many bytes: how high it is, and what lies where in it (SPEC-BLOB-3).
//!
//! A block of *height* 0 is a chunk. An inner node of height `h` has parts of height `h - 1`, each full but the last.

use crate::{
    error::BlobError,
    limits::{BLOB_BYTES_MAX, CHUNK_BYTES, FANOUT},
};
use std::ops::Range;

/// Bytes below a full block of a height.
pub fn span(height: u32) -> u64 {
    FANOUT.saturating_pow(height).saturating_mul(CHUNK_BYTES)
}

/// Height of the root of a blob: 0 for one chunk.
pub fn height(size: u64) -> u32 {
    let mut height = 0;
    while span(height) < size {
        height += 1;
    }
    height
}

/// How many chunks a blob has; one of no bytes has one, which is empty.
pub fn chunks(size: u64) -> u64 {
    size.div_ceil(CHUNK_BYTES).max(1)
}

/// How many blocks a blob has, inner nodes included; equal ones are counted each time.
pub fn blocks(size: u64) -> u64 {
    (0..=height(size)).map(|height| size.div_ceil(span(height)).max(1)).sum()
}

/// Lengths of the parts of an inner node of `length` bytes and a height of at least 1, in their order.
pub fn part_lengths(length: u64, height: u32) -> impl ExactSizeIterator<Item = u64> {
    let span = span(height.saturating_sub(1));
    let count = usize::try_from(length.div_ceil(span)).unwrap_or(usize::MAX);
    (0..count).map(move |part| length.saturating_sub(span.saturating_mul(part as u64)).min(span))
}

/// The chunks that hold a range of bytes, by their number.
///
/// # Errors
/// [`BlobError::BadRange`].
pub fn chunks_of(size: u64, range: &Range<u64>) -> Result<Range<u64>, BlobError> {
    check_range(size, range)?;
    if range.is_empty() {
        return Ok(0..0);
    }
    Ok(range.start / CHUNK_BYTES..range.end.div_ceil(CHUNK_BYTES))
}

/// Whether a range lies in a blob.
///
/// # Errors
/// [`BlobError::BadRange`] when it does not, or runs backwards.
pub fn check_range(size: u64, range: &Range<u64>) -> Result<(), BlobError> {
    if range.start <= range.end && range.end <= size {
        return Ok(());
    }
    Err(BlobError::BadRange { start: range.start, end: range.end, size })
}

/// Whether a blob may have so many bytes.
///
/// # Errors
/// [`BlobError::TooLarge`] when it may not.
// SPEC-BLOB-2
pub fn check_size(bytes: u64) -> Result<(), BlobError> {
    if bytes <= BLOB_BYTES_MAX {
        return Ok(());
    }
    Err(BlobError::TooLarge { bytes, max: BLOB_BYTES_MAX })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_tree_is_as_high_as_its_bytes_need() {
        for (size, expected) in [
            (0, 0),
            (1, 0),
            (CHUNK_BYTES, 0),
            (CHUNK_BYTES + 1, 1),
            (span(1), 1),
            (span(1) + 1, 2),
            (BLOB_BYTES_MAX, 2),
        ] {
            assert_eq!(height(size), expected, "{size}");
        }
        assert_eq!(blocks(0), 1);
        assert_eq!(blocks(CHUNK_BYTES + 1), 3);
        assert_eq!(blocks(BLOB_BYTES_MAX), 4096 + 16 + 1);
    }

    #[test]
    fn a_blob_has_bounds() {
        assert_eq!(check_size(BLOB_BYTES_MAX), Ok(()));
        let (bytes, max) = (BLOB_BYTES_MAX + 1, BLOB_BYTES_MAX);
        assert_eq!(check_size(bytes), Err(BlobError::TooLarge { bytes, max }));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_all_but_the_last_are_full(size in CHUNK_BYTES + 1..=BLOB_BYTES_MAX) {
            let height = height(size);
            let lengths: Vec<u64> = part_lengths(size, height).collect();
            prop_assert!(lengths.len() > 1 && lengths.len() as u64 <= FANOUT);
            prop_assert_eq!(lengths.iter().sum::<u64>(), size);
            prop_assert!(lengths.iter().rev().skip(1).all(|length| *length == span(height - 1)));
            prop_assert!(lengths.iter().all(|length| *length > 0));
        }

        #[test]
        fn a_range_is_held_by_the_chunks_that_it_touches(
            size in 0..4 * CHUNK_BYTES,
            start in 0..5 * CHUNK_BYTES,
            end in 0..5 * CHUNK_BYTES,
        ) {
            match chunks_of(size, &(start..end)) {
                Err(error) => {
                    prop_assert_eq!(error, BlobError::BadRange { start, end, size });
                    prop_assert!(start > end || end > size);
                }
                Ok(chunks) => {
                    let touched = (0..super::chunks(size))
                        .filter(|chunk| start.max(chunk * CHUNK_BYTES) < end.min((chunk + 1) * CHUNK_BYTES));
                    prop_assert_eq!(chunks.collect::<Vec<_>>(), touched.collect::<Vec<_>>());
                }
            }
        }
    }
}
