//! Places of nodes in a tree, and the ways between them.

use std::fmt;

/// The place of a perfect subtree: the `index`th from the left of those with 2^`level` leaves. Its hash never changes once
/// the log is long enough to hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Height above the leaves, at most 63.
    pub level: u8,
    /// Number of subtrees of this level to the left.
    pub index: u64,
}

/// On which side of a way up a sibling stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Left,
    Right,
}

/// A subtree beside a way up. On the right edge of the tree it may have fewer leaves than a perfect one at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sibling {
    pub(crate) side: Side,
    pub(crate) position: Position,
}

impl Position {
    /// The place of a leaf.
    pub const fn leaf(index: u64) -> Self {
        Self { level: 0, index }
    }

    /// The node of which this one is a child.
    pub(crate) fn parent(self) -> Self {
        Self { level: self.level.saturating_add(1), index: self.index / 2 }
    }

    /// Whether a tree of this size has all leaves of the subtree.
    pub(crate) fn is_within(self, size: u64) -> bool {
        size.checked_shr(self.level.into()).is_some_and(|whole| self.index < whole)
    }

    /// The peaks of a tree of this size, the largest first.
    pub(crate) fn peaks(size: u64) -> impl Iterator<Item = Self> {
        let levels = (0..64u8).rev().filter(move |level| size >> level & 1 == 1);
        levels.map(move |level| Self { level, index: (size >> level) - 1 })
    }

    /// The last peak of a tree of this size; `None` when it has no leaves.
    pub(crate) fn last_peak(size: u64) -> Option<Self> {
        let index = size.checked_shr(size.trailing_zeros())?.checked_sub(1)?;
        Some(Self { level: size.trailing_zeros() as u8, index })
    }

    /// The siblings on the way from here to the root of a tree of `size` leaves, which has this position; the lowest first.
    /// A node on the right edge that has no sibling stands for its parent too.
    pub(crate) fn siblings(self, size: u64) -> Vec<Sibling> {
        let mut siblings = Vec::new();
        let mut node = self;
        let mut last = size.saturating_sub(1).checked_shr(self.level.into()).unwrap_or(0);
        while last > 0 {
            if node.index % 2 == 1 {
                siblings.push(Sibling { side: Side::Left, position: Self { index: node.index - 1, ..node } });
            } else if node.index < last {
                siblings.push(Sibling { side: Side::Right, position: Self { index: node.index + 1, ..node } });
            }
            node = node.parent();
            last /= 2;
        }
        siblings
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of level {}", self.index, self.level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CONSISTENCY_HASHES_MAX, INCLUSION_HASHES_MAX};

    fn at(level: u8, index: u64) -> Position {
        Position { level, index }
    }

    #[test]
    fn peaks_follow_the_binary_digits_of_the_size() {
        let peaks = |size| Position::peaks(size).collect::<Vec<_>>();
        assert_eq!(peaks(0), []);
        assert_eq!(peaks(1), [at(0, 0)]);
        assert_eq!(peaks(13), [at(3, 0), at(2, 2), at(0, 12)]);
        assert_eq!(peaks(u64::MAX).len(), 64);
        for size in [1, 2, 3, 12, 13, 1 << 63, u64::MAX - 1, u64::MAX] {
            assert_eq!(Position::last_peak(size), Position::peaks(size).last());
            assert!(Position::peaks(size).all(|peak| peak.is_within(size)));
        }
        assert_eq!(Position::last_peak(0), None);
    }

    #[test]
    fn a_perfect_subtree_is_within_trees_that_have_its_last_leaf() {
        assert!(at(2, 1).is_within(8));
        assert!(!at(2, 1).is_within(7));
        assert!(at(63, 0).is_within(1 << 63));
        assert!(!at(63, 1).is_within(u64::MAX));
        assert!(!at(0, u64::MAX).is_within(u64::MAX));
        assert!(!at(64, 0).is_within(u64::MAX) && !at(255, u64::MAX).is_within(u64::MAX));
    }

    #[test]
    fn the_longest_ways_are_those_of_the_largest_tree() {
        assert_eq!(at(0, 0).siblings(u64::MAX).len(), INCLUSION_HASHES_MAX);
        assert_eq!(Position::last_peak(3).unwrap().siblings(u64::MAX).len() + 1, CONSISTENCY_HASHES_MAX);
        assert_eq!(at(0, u64::MAX - 1).siblings(u64::MAX).len(), 63);
        assert_eq!(at(63, 0).siblings(u64::MAX), [Sibling { side: Side::Right, position: at(63, 1) }]);
    }

    #[test]
    fn the_last_leaf_of_seven_skips_levels_where_it_has_no_sibling() {
        let left = |position| Sibling { side: Side::Left, position };
        assert_eq!(at(0, 6).siblings(7), [left(at(1, 2)), left(at(2, 0))]);
        assert_eq!(at(0, 0).siblings(1), []);
    }
}
