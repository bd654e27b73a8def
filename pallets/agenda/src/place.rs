//! Places in the queue, whose keys in storage sort as they do.

use crate::EntryId;
use codec::{Decode, Encode, MaxEncodedLen};
use icn_primitives::Moment;
use scale_info::TypeInfo;

/// A number whose encoding sorts as the number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct BigEndian([u8; 8]);

impl From<u64> for BigEndian {
    fn from(number: u64) -> Self {
        Self(number.to_be_bytes())
    }
}

impl From<BigEndian> for u64 {
    fn from(number: BigEndian) -> Self {
        u64::from_be_bytes(number.0)
    }
}

/// A place in the queue: earlier first, of the same time in the order of scheduling. Its encoding, the key in storage, sorts
/// the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Place {
    due: BigEndian,
    id: BigEndian,
}

impl Place {
    /// The place of an entry.
    pub fn new(due: Moment, id: EntryId) -> Self {
        Self { due: due.into(), id: id.into() }
    }

    /// When the entry is due.
    pub fn due(&self) -> Moment {
        self.due.into()
    }

    /// Which entry.
    pub fn id(&self) -> EntryId {
        self.id.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_place_is_eight_bytes_of_time_and_eight_of_id() {
        let encoded = Place::new(0x0102_0304_0506_0708, 0x1112_1314_1516_1718).encode();
        assert_eq!(encoded, [1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18]);
    }

    proptest! {
        #[test]
        fn encodings_sort_by_time_and_then_by_id(a: (u64, u64), b: (u64, u64)) {
            let (x, y) = (Place::new(a.0, a.1), Place::new(b.0, b.1));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(x.encode().cmp(&y.encode()), a.cmp(&b));
            prop_assert_eq!((x.due(), x.id()), a);
        }
    }
}
