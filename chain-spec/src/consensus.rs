//! The consensus parameters, as Tendermint commits to them.

use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_REF_TIME_MAX},
    Hash,
};
use sha2::{Digest, Sha256};

/// `consensus_hash` of every header: SHA-256 of the protobuf `HashedParams`, with the bytes of a block and, as gas, its
/// reference time in picoseconds.
pub fn consensus_hash() -> Hash {
    hash_params(BLOCK_BYTES_MAX.into(), BLOCK_REF_TIME_MAX as i64)
}

/// CometBFT's `ConsensusParams.Hash`.
fn hash_params(block_max_bytes: i64, block_max_gas: i64) -> Hash {
    let mut message = Vec::new();
    put_int64(1, block_max_bytes, &mut message);
    put_int64(2, block_max_gas, &mut message);
    <[u8; 32]>::from(Sha256::digest(message)).into()
}

/// A protobuf `int64` field; zero is left out.
fn put_int64(field: u8, value: i64, message: &mut Vec<u8>) {
    if value == 0 {
        return;
    }
    // Protobuf writes a negative number as its two's complement.
    let mut rest = value as u64;
    message.push(field << 3);
    while rest >= 0x80 {
        message.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    message.push(rest as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_cometbft_defaults_is_theirs() {
        let hash = hash_params(22_020_096, -1);
        let known = "048091bc7ddc283f77bfbf91d73c44da58c3df8a9cbc867405d8b7f3daada22f";
        assert_eq!(hex::encode(hash), known);
    }

    #[test]
    fn the_parameters_of_this_chain_do_not_change_unannounced() {
        let message = hex::decode("08808080021080a094a58d1d").unwrap();
        assert_eq!(consensus_hash(), Hash::from(<[u8; 32]>::from(Sha256::digest(message))));
    }
}
