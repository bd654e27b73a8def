//! The updates that both trees are given: batches of new values for accounts of a large map. `benches/nomt` includes this
//! file, so it uses nothing but the standard library.

/// Keys written in a batch; a few of them twice.
pub(crate) const BATCH: u64 = 5_000;

/// Batches measured.
pub(crate) const BATCHES: u64 = 20;

/// Batches before the measured ones.
pub(crate) const WARM_UP: u64 = 3;

/// An account's key as FRAME lays it out: pallet, item, hash, account.
pub(crate) fn key(index: u64) -> Vec<u8> {
    let mut key = vec![0x26; 16];
    key.extend([0xb9; 16]);
    let account = account(index);
    key.extend(&account[..16]);
    key.extend(account);
    key
}

/// The value of an account after a batch: the size of FRAME's account.
pub(crate) fn value(index: u64, batch: u64) -> Vec<u8> {
    let mut value = vec![0; 80];
    value[..8].copy_from_slice(&index.to_le_bytes());
    value[8..16].copy_from_slice(&batch.to_le_bytes());
    value
}

/// The accounts that a batch writes, sorted and each once.
pub(crate) fn batch(keys: u64, batch: u64) -> Vec<u64> {
    let mut accounts: Vec<u64> = (0..BATCH).map(|place| mix(batch * BATCH + place) % keys).collect();
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}

/// 32 bytes that differ for each index.
fn account(index: u64) -> [u8; 32] {
    let mut account = [0; 32];
    for (part, bytes) in account.chunks_exact_mut(8).enumerate() {
        bytes.copy_from_slice(&mix(index * 4 + part as u64 + 1).to_le_bytes());
    }
    account
}

/// The finalizer of SplitMix64, a bijection.
fn mix(number: u64) -> u64 {
    let mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
