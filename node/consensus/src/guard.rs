//! The last-signed guard: a validator never signs two different things in one step, nor goes back.
//!
//! Every vote and proposal passes here. The guard knows the last that was signed, and it is on disk before the signature leaves:
//!
//! ```text
//! asked for (height, round, step)      before the last     refused
//!                                      the last, same bytes  the same signature again
//!                                      the last, other bytes refused: that would be a double vote
//!                                      after the last      sign ─▶ write and sync ─▶ hand out
//! ```
//!
//! It protects the key where the engine's log cannot: when the log was reset, a backup was restored, or two nodes were given one key
//! and one guard. A write that fails leaves it unknown what is on disk, so nothing is signed after it until the node starts again.

mod error;
mod file;
mod memory;
mod record;

#[cfg(test)]
mod tests;

pub use error::{GuardError, GuardStoreError};
pub use file::FileGuard;
pub use memory::MemoryGuard;
pub use record::{Position, Record, Step, CHAIN_ID_BYTES_MAX, SIGN_BYTES_MAX};

use icn_primitives::votes::SignatureBytes;

/// Where the last that was signed is kept.
pub trait GuardStore: Send {
    /// The last record that was saved; `None` when there was none.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError>;

    /// Keeps a record. When it returns, no crash can lose it.
    ///
    /// # Errors
    /// When it is unknown whether the record is kept.
    fn save(&mut self, record: &Record) -> Result<(), GuardStoreError>;
}

/// The guard of one key on one chain.
pub struct Guard {
    chain_id: String,
    key: [u8; 32],
    last: Option<Record>,
    store: Box<dyn GuardStore>,
    failed: bool,
}

impl Guard {
    /// Opens the guard of a key.
    ///
    /// # Errors
    /// When the store cannot be read, or what it holds was signed on another chain or by another key.
    pub fn open(chain_id: &str, key: [u8; 32], mut store: Box<dyn GuardStore>) -> Result<Self, GuardError> {
        let last = store.load()?;
        if let Some(record) = &last {
            if record.chain_id != chain_id {
                let (guarded, chain_id) = (record.chain_id.clone(), chain_id.to_owned());
                return Err(GuardError::OtherChain { guarded, chain_id });
            }
            if record.key != key {
                return Err(GuardError::OtherKey { guarded: record.key, key });
            }
        }
        Ok(Self { chain_id: chain_id.to_owned(), key, last, store, failed: false })
    }

    /// What was signed last; `None` when nothing was.
    pub fn position(&self) -> Option<Position> {
        self.last.as_ref().map(|record| record.position)
    }

    /// Height of what was signed last. A store of blocks that is more than one block behind it was restored from a backup: the
    /// node has to catch up before it signs.
    pub fn height(&self) -> Option<u64> {
        self.position().map(|position| position.height)
    }

    /// The signature for a step: made by `sign` and kept, or the one that was made for the same bytes before.
    ///
    /// # Errors
    /// See [`GuardError`]; `E` when `sign` fails.
    pub fn sign<E: From<GuardError>>(
        &mut self,
        position: Position,
        sign_bytes: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<SignatureBytes, E>,
    ) -> Result<SignatureBytes, E> {
        if self.failed {
            return Err(GuardError::Failed.into());
        }
        if let Some(last) = &self.last {
            if position < last.position {
                return Err(GuardError::Regression { asked: position, last: last.position }.into());
            }
            if position == last.position {
                return if last.sign_bytes == sign_bytes {
                    Ok(last.signature)
                } else {
                    Err(GuardError::DoubleSign { position }.into())
                };
            }
        }
        let signature = sign(sign_bytes)?;
        let (chain_id, key, sign_bytes) = (self.chain_id.clone(), self.key, sign_bytes.to_vec());
        let record = Record { chain_id, key, position, sign_bytes, signature };
        self.store.save(&record).map_err(|error| {
            self.failed = true;
            GuardError::from(error)
        })?;
        self.last = Some(record);
        Ok(signature)
    }
}
