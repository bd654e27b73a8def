//! Which of the latest blocks a validator signed.

use codec::{Decode, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Blocks that are remembered.
pub const WINDOW: u32 = 128;

/// A bit for each of the last [`WINDOW`] blocks that the validator was to sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Attendance {
    /// Bit 0 is the latest block; a bit is set when the commit that is on the chain has the validator's signature.
    signed: u128,
    /// How many bits count, at most [`WINDOW`].
    seen: u8,
}

impl Attendance {
    /// With one more block.
    pub fn after(self, signed: bool) -> Self {
        let seen = u32::from(self.seen).saturating_add(1).min(WINDOW) as u8;
        Self { signed: self.signed << 1 | u128::from(signed), seen }
    }

    /// Blocks it did not sign, of those that are remembered.
    pub fn missed(&self) -> u32 {
        u32::from(self.seen).saturating_sub(self.signed.count_ones())
    }

    /// Whether no bit is set that does not count.
    pub fn is_sound(&self) -> bool {
        let seen = u32::from(self.seen);
        seen == WINDOW || seen < WINDOW && self.signed >> seen == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_last_blocks_count(blocks in proptest::collection::vec(any::<bool>(), 0..300)) {
            let attendance = blocks.iter().fold(Attendance::default(), |attendance, signed| attendance.after(*signed));
            let missed = blocks.iter().rev().take(WINDOW as usize).filter(|signed| !**signed).count();
            prop_assert_eq!(attendance.missed() as usize, missed);
            prop_assert!(attendance.is_sound());
        }
    }

    #[test]
    fn bits_that_do_not_count_are_unsound() {
        assert!(!Attendance { signed: 0b100, seen: 2 }.is_sound());
        assert!(!Attendance { signed: 0, seen: 129 }.is_sound());
        assert!(Attendance { signed: u128::MAX, seen: 128 }.is_sound());
    }

    #[test]
    fn an_attendance_keeps_its_format() {
        let attendance = Attendance { signed: 0x0201, seen: 3 };
        assert_eq!(attendance.encode(), [&[1, 2][..], &[0; 14], &[3]].concat());
    }
}
