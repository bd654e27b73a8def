//! Which binary makes which block.
//!
//! ```text
//! height       …   H-2   H-1 │  H    H+1   …
//! spec version  …   n     n  │  m     m    …        plan: (H, m)
//! ```
//!
//! A binary of version n stops before H, one of version m does nothing before it; no other binary makes any of these blocks.

/// Why a binary must not make a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError<BlockNumber: core::fmt::Debug + core::fmt::Display> {
    /// The plan wants another binary from this block on. The operator installs the release and starts the node again.
    #[error("block {height} needs a node of runtime version {planned}, this one has {running}: install that release")]
    UpgradeNeeded {
        /// The block.
        height: BlockNumber,
        /// The version that was planned for it.
        planned: u32,
        /// The version of this binary.
        running: u32,
    },
    /// The binary is the planned one, too soon. The operator runs the release before until the height is reached.
    #[error("runtime version {running} makes blocks from {planned_height} on, block {height} needs version {agreed}")]
    TooEarly {
        /// The block.
        height: BlockNumber,
        /// The first block of this binary.
        planned_height: BlockNumber,
        /// The version of the chain until then.
        agreed: u32,
        /// The version of this binary.
        running: u32,
    },
    /// No plan knows the binary. The operator installs the release of the chain's version.
    #[error("block {height} needs a node of runtime version {agreed}, this one has {running}: install that release")]
    Unplanned {
        /// The block.
        height: BlockNumber,
        /// The version of the chain.
        agreed: u32,
        /// The version of this binary.
        running: u32,
    },
}

/// Whether a binary of version `running` makes block `height` on a chain that has agreed on version `agreed`, and on `plan`:
/// from which height on another version is due.
///
/// # Errors
/// When another binary must make it.
pub fn check<N>(height: N, agreed: u32, plan: Option<(N, u32)>, running: u32) -> Result<(), VersionError<N>>
where
    N: Copy + Ord + core::fmt::Debug + core::fmt::Display,
{
    match plan {
        Some((planned_height, planned)) if height >= planned_height => {
            // The plan is carried out in its block, so that no later block finds it.
            if running == planned && height == planned_height {
                return Ok(());
            }
            Err(VersionError::UpgradeNeeded { height, planned, running })
        }
        _ if running == agreed => Ok(()),
        Some((planned_height, planned)) if running == planned => {
            Err(VersionError::TooEarly { height, planned_height, agreed, running })
        }
        _ => Err(VersionError::Unplanned { height, agreed, running }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_a_plan_the_agreed_version_makes_blocks() {
        assert_eq!(check(5u32, 1, None, 1), Ok(()));
        assert_eq!(check(5u32, 1, None, 2), Err(VersionError::Unplanned { height: 5, agreed: 1, running: 2 }));
        assert_eq!(check(5u32, 2, None, 1), Err(VersionError::Unplanned { height: 5, agreed: 2, running: 1 }));
    }

    #[test]
    fn the_old_version_stops_before_the_height() {
        let plan = Some((10u32, 2));
        assert_eq!(check(9, 1, plan, 1), Ok(()));
        assert_eq!(check(10, 1, plan, 1), Err(VersionError::UpgradeNeeded { height: 10, planned: 2, running: 1 }));
        assert_eq!(check(11, 1, plan, 1), Err(VersionError::UpgradeNeeded { height: 11, planned: 2, running: 1 }));
    }

    #[test]
    fn the_new_version_starts_at_the_height() {
        let plan = Some((10u32, 2));
        let early = VersionError::TooEarly { height: 9, planned_height: 10, agreed: 1, running: 2 };
        assert_eq!(check(9, 1, plan, 2), Err(early));
        assert_eq!(check(10, 1, plan, 2), Ok(()));
        assert_eq!(check(10, 1, plan, 3), Err(VersionError::UpgradeNeeded { height: 10, planned: 2, running: 3 }));
    }

    proptest! {
        #[test]
        fn at_most_one_version_makes_a_block(
            height in 0u32..20, agreed in 0u32..4, plan in proptest::option::of((0u32..20, 0u32..4)),
        ) {
            let fit: Vec<u32> = (0..4).filter(|running| check(height, agreed, plan, *running).is_ok()).collect();
            prop_assert!(fit.len() <= 1);
            // Every block up to and including the planned one has its version.
            prop_assert!(fit.len() == 1 || plan.is_some_and(|(planned, _)| height > planned));
        }
    }
}
