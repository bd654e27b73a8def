//! Looking into the engine's log before the engine opens it.

use crate::codec::Codec;
use icn_consensus::{
    guard::Record,
    signing::{proposal_sign_bytes, vote_sign_bytes},
    IcnContext,
};
use malachitebft_core_consensus::Input;
use malachitebft_engine::wal::log_entries;
use std::{io, path::Path};

/// Whether the log at `path` holds what a guard keeps. There is nothing in a log that is missing.
///
/// # Errors
/// When the log cannot be read, is damaged, or is another process's.
pub fn log_holds(path: &Path, record: &Record) -> io::Result<bool> {
    if !path.try_exists()? {
        return Ok(false);
    }
    let mut log = malachitebft_wal::Log::open(path)?;
    if log.sequence() != record.position.height || log.is_empty() {
        return Ok(false);
    }
    let codec = Codec::default();
    let entries = log_entries(&mut log, &codec).map_err(io::Error::other)?;
    for entry in entries {
        if is_entry_of(&entry?, record) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether an entry of the log is what a guard keeps.
pub fn is_entry_of(entry: &Input<IcnContext>, record: &Record) -> bool {
    let (bytes, signature) = match entry {
        Input::Vote(vote) => (vote_sign_bytes(&record.chain_id, vote), &vote.signature),
        Input::Proposal(proposal) => (proposal_sign_bytes(&record.chain_id, proposal), &proposal.signature),
        _ => return false,
    };
    bytes.is_ok_and(|bytes| bytes == record.sign_bytes) && signature.to_bytes() == record.signature
}
