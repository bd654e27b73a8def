//! The weights of following other federations. What is brought is bounded in bytes, and its cost by the signatures that it can hold.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What each piece of work costs.
pub trait WeightInfo {
    /// Call `trust`, with so many bytes.
    fn trust(bytes: u32) -> Weight;
    /// Call `follow_bundles`, with so many bytes.
    fn follow_bundles(bytes: u32) -> Weight;
    /// Call `follow_block`, with so many bytes.
    fn follow_block(bytes: u32) -> Weight;
    /// Call `accept`, with so many bytes.
    fn accept(bytes: u32) -> Weight;
    /// Call `report_fork`, with so many bytes.
    fn report_fork(bytes: u32) -> Weight;
    /// Call `freeze`.
    fn freeze() -> Weight;
    /// Call `thaw`, with so many bytes.
    fn thaw(bytes: u32) -> Weight;
    /// Call `forget`.
    fn forget() -> Weight;
}

/// Decoding and hashing a byte.
const BYTE: u64 = 20_000;

/// An Ed25519 signature: a commit has one in about 100 bytes, and the light client verifies each twice.
const SIGNATURE_OF_BYTES: u64 = 100;
const SIGNATURE: u64 = 120_000_000;

/// A seal: two pairings for each bundle, and a point to decompress for each signer, whose key takes more than 48 bytes in the bundle
/// before.
const SEAL: u64 = 2_000_000_000;
const SIGNER: u64 = 40_000_000;

fn bytes_read(bytes: u32) -> Weight {
    Weight::from_parts(BYTE, 0).saturating_mul(bytes.into())
}

impl WeightInfo for () {
    fn trust(bytes: u32) -> Weight {
        // What was kept is removed.
        bytes_read(bytes).saturating_add(RocksDbWeight::get().reads_writes(300, 20))
    }

    fn follow_bundles(bytes: u32) -> Weight {
        let bundles = crate::BUNDLES_PER_CALL as u64;
        // A seal names a signer in two bytes.
        let signers = Weight::from_parts(SIGNER, 0).saturating_mul(u64::from(bytes) / 50 + 1_000);
        bytes_read(bytes)
            .saturating_add(Weight::from_parts(SEAL, 0).saturating_mul(bundles))
            .saturating_add(signers)
            .saturating_add(RocksDbWeight::get().reads_writes(3, 17))
    }

    fn follow_block(bytes: u32) -> Weight {
        let signatures = u64::from(bytes) / SIGNATURE_OF_BYTES + 1;
        bytes_read(bytes)
            .saturating_add(Weight::from_parts(2 * SIGNATURE, 0).saturating_mul(signatures))
            .saturating_add(RocksDbWeight::get().reads_writes(20, 3))
    }

    fn accept(bytes: u32) -> Weight {
        bytes_read(bytes)
            .saturating_add(Weight::from_parts(SIGNATURE, 0))
            .saturating_add(RocksDbWeight::get().reads_writes(70, 2))
    }

    fn report_fork(bytes: u32) -> Weight {
        Self::follow_bundles(bytes).max(Self::follow_block(bytes))
    }

    fn freeze() -> Weight {
        RocksDbWeight::get().reads_writes(1, 1)
    }

    fn thaw(bytes: u32) -> Weight {
        Self::trust(bytes).saturating_add(RocksDbWeight::get().reads_writes(34, 34))
    }

    fn forget() -> Weight {
        let entries = u64::from(crate::FORGOTTEN_PER_CALL) + 40;
        RocksDbWeight::get().reads_writes(entries, entries)
    }
}
