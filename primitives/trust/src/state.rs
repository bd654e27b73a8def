//! That a state holds a value: ICS-23 proofs under a header's `app_hash`.

use ics23::{commitment_proof, CommitmentProof, HostFunctionsManager};
use prost::Message as _;
use sha2::{Digest, Sha256};

/// Largest proof that is looked at, in bytes: a path of 64 nodes with what stands beside it takes far less.
const PROOF_BYTES_MAX: usize = 64 * 1024;

/// Values up to this size stand in the tree themselves, larger ones by their hash.
const PLAIN_MAX: usize = 1024;

/// Why a state is not shown to hold a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The proof is no ICS-23 proof, or too large.
    #[error("the proof of the state is no proof of existence in ICS-23's form")]
    Malformed,
    /// It is about another key.
    #[error("the proof of the state is about another key")]
    OtherKey,
    /// It leads to another root, or is about another value.
    #[error("the proof of the state leads to another root, or is about another value")]
    OtherRoot,
}

/// What stands in the tree for a value: `0x00 ‖ value` up to 1 KiB, else `0x01 ‖ SHA-256(value)`.
fn leaf(value: &[u8]) -> Vec<u8> {
    match value.len() {
        0..=PLAIN_MAX => [&[0], value].concat(),
        _ => [&[1][..], &Sha256::digest(value)].concat(),
    }
}

/// Shows that the state with a root, the `app_hash` of a header, holds a value under a key.
///
/// # Errors
/// See [`StateError`].
pub fn verify_value(root: &[u8], key: &[u8], value: &[u8], proof: &[u8]) -> Result<(), StateError> {
    if proof.len() > PROOF_BYTES_MAX {
        return Err(StateError::Malformed);
    }
    let proof = CommitmentProof::decode(proof).map_err(|_| StateError::Malformed)?;
    match &proof.proof {
        Some(commitment_proof::Proof::Exist(exist)) if exist.key == key => {}
        Some(commitment_proof::Proof::Exist(_)) => return Err(StateError::OtherKey),
        _ => return Err(StateError::Malformed),
    }
    let root = root.to_vec();
    let holds = ics23::verify_membership::<HostFunctionsManager>(&proof, &jmt::ics23_spec(), &root, key, &leaf(value));
    holds.then_some(()).ok_or(StateError::OtherRoot)
}
