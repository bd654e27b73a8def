//! The last-signed guard: a validator never signs two different things in one step, nor goes back.
//!
//! Every vote and proposal passes here twice: when it is signed, and when it is sent.
//!
//! ```text
//! sign (height, round, step)      before the last       refused
//!                                 the last, same bytes  the same signature again
//!                                 the last, other bytes refused: that would be a double vote
//!                                 after the last        signed, and the last from now on
//! engine: write and sync the log
//! keep (height, round, step)      write and sync the guard, unless it is kept already ─▶ send
//! ```
//!
//! It protects the key where the engine's log cannot: when the log was reset, a backup was restored, or two nodes were given one key
//! and one guard. It is written after the log, so that a crash between the two leaves a vote that the log repeats, never one that only
//! the guard knows: the engine would come to another one, be refused, and stop at every start. A write that fails leaves it unknown
//! what is on disk, so nothing is signed after it until the node starts again.

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
    /// What was signed last.
    last: Option<Record>,
    /// What the store holds.
    kept: Option<Position>,
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
        let kept = last.as_ref().map(|record| record.position);
        Ok(Self { chain_id: chain_id.to_owned(), key, last, kept, store, failed: false })
    }

    /// What was signed last; `None` when nothing was.
    pub fn position(&self) -> Option<Position> {
        self.last.as_ref().map(|record| record.position)
    }

    /// Height of what was signed last.
    pub fn height(&self) -> Option<u64> {
        self.position().map(|position| position.height)
    }

    /// The height up to which this validator has to follow without a vote, since it does not know any more what it signed there: its
    /// store ends more than a block before, or the engine's log does not hold what was signed last, because they were put back from a
    /// copy or removed. `is_logged` says whether the log holds a record. `None` when it can vote on the block after `head`.
    ///
    /// # Errors
    /// Those of `is_logged`.
    pub fn follow_until<E>(
        &self,
        head: u64,
        is_logged: impl FnOnce(&Record) -> Result<bool, E>,
    ) -> Result<Option<u64>, E> {
        let Some(last) = self.last.as_ref().filter(|last| last.position.height > head) else { return Ok(None) };
        let height = last.position.height;
        Ok((height > head + 1 || !is_logged(last)?).then_some(height))
    }

    /// The signature for a step: made by `sign`, or the one that was made for the same bytes before. It must not be sent before
    /// [`Self::keep`].
    ///
    /// # Errors
    /// See [`GuardError`]; `E` when `sign` fails.
    pub fn sign<E: From<GuardError>>(
        &mut self,
        position: Position,
        sign_bytes: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<SignatureBytes, E>,
    ) -> Result<SignatureBytes, E> {
        if let Some(signature) = self.signed(position, sign_bytes)? {
            return Ok(signature);
        }
        let signature = sign(sign_bytes)?;
        self.last = Some(self.record(position, sign_bytes, signature));
        Ok(signature)
    }

    /// Makes durable that a signature may have left. What is before the last that was kept left earlier, and is let through: the
    /// engine sends its log again after a restart. What was signed before a restart and is not kept yet is taken from its log.
    ///
    /// # Errors
    /// [`GuardError::DoubleSign`] when other bytes were signed for the step; [`GuardError::Failed`] and [`GuardError::Store`] when
    /// it is unknown what is kept.
    pub fn keep(&mut self, position: Position, sign_bytes: &[u8], signature: SignatureBytes) -> Result<(), GuardError> {
        if self.failed {
            return Err(GuardError::Failed);
        }
        if self.kept.is_some_and(|kept| position < kept) {
            return Ok(());
        }
        if self.last.as_ref().is_some_and(|last| last.position == position && last.sign_bytes != sign_bytes) {
            return Err(GuardError::DoubleSign { position });
        }
        if self.kept == Some(position) {
            return Ok(());
        }
        // Not the last that was signed, which may be later: the engine's log may not hold that one yet.
        let record = self.record(position, sign_bytes, signature);
        if let Err(error) = self.store.save(&record) {
            self.failed = true;
            return Err(error.into());
        }
        self.kept = Some(position);
        if self.position().is_none_or(|last| last < position) {
            self.last = Some(record);
        }
        Ok(())
    }

    /// The signature that was made for a step, when it is the last; `None` when the step is later.
    fn signed(&self, position: Position, sign_bytes: &[u8]) -> Result<Option<SignatureBytes>, GuardError> {
        if self.failed {
            return Err(GuardError::Failed);
        }
        match &self.last {
            Some(last) if position < last.position => {
                Err(GuardError::Regression { asked: position, last: last.position })
            }
            Some(last) if position == last.position && last.sign_bytes == sign_bytes => Ok(Some(last.signature)),
            Some(last) if position == last.position => Err(GuardError::DoubleSign { position }),
            _ => Ok(None),
        }
    }

    fn record(&self, position: Position, sign_bytes: &[u8], signature: SignatureBytes) -> Record {
        let (chain_id, key, sign_bytes) = (self.chain_id.clone(), self.key, sign_bytes.to_vec());
        Record { chain_id, key, position, sign_bytes, signature }
    }
}
