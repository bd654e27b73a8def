//! A bounded set, written as a list in ascending order.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use std::ops::Deref;

/// Why values are no such set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AscendingError {
    /// There are too many.
    #[error("there are more values than the list may have")]
    TooMany,
    /// One is not greater than the one before it.
    #[error("a value is not greater than the one before it")]
    NotAscending,
}

/// At most `N` values, each greater than the one before it, so that a set is written in one way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, TypeInfo, MaxEncodedLen)]
pub struct Ascending<T, const N: u32>(BoundedVec<T, ConstU32<N>>);

impl<T: Ord, const N: u32> Ascending<T, N> {
    /// The set of some values, in any order. A value that is there twice is taken once.
    ///
    /// # Errors
    /// [`AscendingError::TooMany`].
    pub fn sorted(values: impl IntoIterator<Item = T>) -> Result<Self, AscendingError> {
        let mut values: Vec<T> = values.into_iter().collect();
        values.sort_unstable();
        values.dedup();
        Self::new(values)
    }

    /// The set of values that are in order.
    ///
    /// # Errors
    /// See [`AscendingError`].
    pub fn new(values: Vec<T>) -> Result<Self, AscendingError> {
        if !values.is_sorted_by(|one, next| one < next) {
            return Err(AscendingError::NotAscending);
        }
        BoundedVec::try_from(values).map(Self).map_err(|_| AscendingError::TooMany)
    }
}

impl<T, const N: u32> Default for Ascending<T, N> {
    fn default() -> Self {
        Self(BoundedVec::new())
    }
}

impl<T, const N: u32> Deref for Ascending<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Decode + Ord, const N: u32> Decode for Ascending<T, N> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let values = BoundedVec::<T, ConstU32<N>>::decode(input)?;
        Self::new(values.into_inner()).map_err(|_| "values are not in ascending order".into())
    }
}

impl<T: DecodeWithMemTracking + Ord, const N: u32> DecodeWithMemTracking for Ascending<T, N> {}
