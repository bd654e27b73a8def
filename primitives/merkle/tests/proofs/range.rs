//! Ranges: the same root as the tree, however the leaves came.

use crate::samples::{leaf_hashes, leaves, sizes};
use icn_merkle::{leaf_hash, log, tree, Range, RangeError, EMPTY_ROOT};
use proptest::{prelude::*, sample::Index};

proptest! {
    #[test]
    fn its_root_is_the_trees_however_the_leaves_are_batched(size in sizes(), cuts: Vec<Index>) {
        let (leaves, mut range) = (leaves(size), Range::default());
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(leaves.len())).chain([0, leaves.len()]).collect();
        cuts.sort();
        for cut in cuts.windows(2) {
            range.append_batch(&leaf_hashes(&leaves[cut[0]..cut[1]])).unwrap();
            prop_assert_eq!(range.head(), tree::head(&leaves[..cut[1]]));
        }
        let mut one_by_one = Range::default();
        leaves.iter().for_each(|leaf| one_by_one.append(leaf_hash(leaf)).unwrap());
        prop_assert_eq!(&one_by_one, &range);
        prop_assert_eq!(Range::new(range.size(), range.peaks().to_vec()), Ok(range));
    }

    #[test]
    fn a_log_appends_what_a_range_appends(size in sizes()) {
        let hashes = leaf_hashes(&leaves(size));
        let (mut range, mut logged) = (Range::default(), Range::default());
        range.append_batch(&hashes).unwrap();
        let nodes = log::append(&mut logged, &hashes).unwrap();
        prop_assert_eq!(range, logged);
        let below = |level| nodes.iter().filter(|(position, _)| position.level < level).count();
        prop_assert_eq!(nodes.len(), 2 * size as usize - size.count_ones() as usize);
        prop_assert_eq!(below(1), size as usize);
    }
}

#[test]
fn an_empty_range_has_the_root_of_nothing() {
    let range = Range::default();
    assert_eq!((range.size(), range.peaks(), range.root()), (0, &[][..], EMPTY_ROOT));
    assert_eq!(Range::new(0, vec![]), Ok(range));
}

#[test]
fn peaks_are_as_many_as_the_size_has_ones() {
    assert_eq!(Range::new(5, vec![[1; 32]]), Err(RangeError::Peaks { size: 5, peaks: 1 }));
    assert_eq!(Range::new(5, vec![[1; 32]; 3]), Err(RangeError::Peaks { size: 5, peaks: 3 }));
    assert_eq!(Range::new(0, vec![[1; 32]]), Err(RangeError::Peaks { size: 0, peaks: 1 }));
    assert_eq!(Range::new(5, vec![[1; 32]; 2]).unwrap().peaks(), [[1; 32]; 2]);
    assert!(Range::new(u64::MAX, vec![[1; 32]; 64]).is_ok());
}

#[test]
fn a_full_log_takes_all_of_a_batch_or_nothing() {
    let almost = Range::new(u64::MAX - 1, vec![[1; 32]; 63]).unwrap();
    let mut range = almost.clone();
    let full = |size, leaves| Err(RangeError::Full { size, leaves });
    assert_eq!(range.append_batch(&[[2; 32]; 2]), full(u64::MAX - 1, 2));
    assert_eq!(range, almost);
    range.append([2; 32]).unwrap();
    assert_eq!((range.size(), range.peaks().len()), (u64::MAX, 64));
    assert_eq!(range.append([3; 32]), full(u64::MAX, 1));
    assert_eq!(log::append(&mut range, &[[3; 32]]).unwrap_err(), RangeError::Full { size: u64::MAX, leaves: 1 });
    assert_eq!(range.append_batch(&[]), Ok(()));
}
