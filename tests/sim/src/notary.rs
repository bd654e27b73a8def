//! What must never happen to epochs: a bundle of a block that is not final, signed or sealed, two bundles of one epoch, a seal of the
//! wrong signers, and bundles that do not follow each other.

use crate::{judge::Decided, process::Shell};
use icn_dag::{Cid, Epoch};
use icn_executor::ExecutorError;
use icn_primitives::BlockNumber;
use icn_storage::{records::LogReadError, StorageError};
use icn_trust::{bls::PublicKey, Bundle, Partial, SealedBundle, Signers};
use std::collections::BTreeMap;

/// Why a look at epochs finds something.
#[derive(Debug)]
pub enum Finding {
    /// The node's disk failed.
    Disk(String),
    /// It never may be.
    Never(String),
}

impl From<StorageError> for Finding {
    fn from(error: StorageError) -> Self {
        Self::Disk(error.to_string())
    }
}

impl From<ExecutorError> for Finding {
    fn from(error: ExecutorError) -> Self {
        Self::Disk(error.to_string())
    }
}

impl From<String> for Finding {
    fn from(words: String) -> Self {
        Self::Never(words)
    }
}

/// Follows the epochs as somebody outside would, and remembers what honest signers signed.
#[derive(Default)]
pub struct Notary {
    /// The last block that was looked at.
    seen: BlockNumber,
    /// Who seals the epoch that is closing, as that block had it.
    closing: Option<(Epoch, Signers)>,
    /// What honest keys signed.
    signed: BTreeMap<(PublicKey, Epoch), Cid>,
    /// The bundle that was sealed last.
    last: Option<Bundle>,
    /// Epochs that were sealed.
    pub sealed: u64,
    /// Of these, by others than those that the bundle before names.
    pub renewed: u64,
    /// Bundles that name other signers than the one before.
    pub changed: u64,
}

impl Notary {
    /// Whether an epoch is closing that the holders of these keys can seal by themselves.
    pub fn can_be_sealed_by(&self, keys: &[PublicKey]) -> bool {
        self.closing.as_ref().is_some_and(|(_, signers)| {
            let honest = signers.list.iter().filter(|signer| keys.contains(&signer.key));
            signers.is_quorum(honest.map(|signer| u128::from(signer.power)).sum())
        })
    }

    /// An honest node commits a block. Each block is looked at once, by the first node whose disk does not fail meanwhile.
    pub fn committed(&mut self, shell: &Shell, decided: &BTreeMap<u64, Decided>) -> Result<(), Finding> {
        for height in self.seen + 1..=shell.parts().chain.store().head().number {
            self.look(shell, height, decided)?;
            self.seen = height;
        }
        Ok(())
    }

    fn look(&mut self, shell: &Shell, height: BlockNumber, decided: &BTreeMap<u64, Decided>) -> Result<(), Finding> {
        let (store, executor) = (shell.parts().chain.store(), shell.parts().chain.executor());
        let state = store.state_at(height)?;
        let status = executor.epoch_status(&*state)?;
        if let Some((epoch, cid)) = status.sealed {
            if self.last.as_ref().is_none_or(|last| last.epoch < epoch) {
                let sealed = executor.sealed_epoch(&*state, epoch)?;
                let sealed = sealed.ok_or_else(|| format!("the bundle of epoch {epoch} is sealed and not kept"))?;
                if sealed.bundle.cid().ok() != Some(cid) {
                    return Err(format!("the bundle of epoch {epoch} has another name than the state says").into());
                }
                let from = sealed.records_before;
                let consistency = match from {
                    0 => None,
                    from => Some(store.records().prove_consistency_of_all(from, sealed.bundle.records.size).map_err(
                        |error| match error {
                            LogReadError::Read(error) => Finding::from(error),
                            error => Finding::Never(format!("the log of all records is broken: {error}")),
                        },
                    )?),
                };
                let sealed = SealedBundle { bundle: sealed.bundle, consistency, seal: sealed.seal };
                self.follow(sealed, height, decided)?;
            }
        }
        self.closing = status.closing.map(|closing| (closing.epoch, closing.signers));
        Ok(())
    }

    /// A bundle was sealed in the block `by`.
    fn follow(
        &mut self,
        sealed: SealedBundle,
        by: BlockNumber,
        decided: &BTreeMap<u64, Decided>,
    ) -> Result<(), Finding> {
        let bundle = &sealed.bundle;
        let (epoch, height) = (bundle.epoch, bundle.height);
        let block = decided.get(&u64::from(height)).filter(|_| height < by);
        let block = block.ok_or_else(|| format!("epoch {epoch} is sealed by block {height}, which is not final"))?;
        if (block.hash.0, block.root.0) != (bundle.block, bundle.state_root) {
            return Err(format!("epoch {epoch} is sealed for another block {height} than was decided").into());
        }
        let Some((_, signers)) = self.closing.clone().filter(|(closing, _)| *closing == epoch) else {
            return Err(format!("epoch {epoch} is sealed and was not closing").into());
        };
        let message = bundle.message().map_err(|error| error.to_string())?;
        sealed.seal.verify(&signers, &message).map_err(|error| format!("the seal of epoch {epoch}: {error}"))?;
        match &self.last {
            Some(last) if last.signers == signers => {
                sealed.verify(last, bundle.time).map_err(|error| format!("the bundle of epoch {epoch}: {error}"))?;
            }
            Some(_) => self.renewed += 1,
            None if epoch == 0 => {}
            None => return Err(format!("the first bundle is that of epoch {epoch}").into()),
        }
        self.sealed += 1;
        self.changed += u64::from(bundle.signers != signers);
        self.last = Some(sealed.bundle);
        Ok(())
    }

    /// An honest signer lets its signature leave.
    pub fn signed(&mut self, partial: &Partial, shell: &Shell) -> Result<(), Finding> {
        let (store, executor) = (shell.parts().chain.store(), shell.parts().chain.executor());
        let latest = store.latest();
        let Partial { epoch, bundle, key, .. } = partial;
        if let Some(before) = self.signed.insert((*key, *epoch), *bundle).filter(|before| before != bundle) {
            return Err(format!("{key} signed two bundles of epoch {epoch}: {before} and {bundle}").into());
        }
        let open = match executor.closed_at(&*latest)? {
            Some(height) => self.closing_of(shell, height)?,
            None => None,
        };
        match open {
            Some(cid) if cid == *bundle => Ok(()),
            // It was sealed meanwhile.
            _ if executor.sealed_epoch(&*latest, *epoch)?.is_some_and(|sealed| sealed.cid == *bundle) => Ok(()),
            _ => Err(format!("{key} signed the bundle {bundle} of epoch {epoch}, whose block is not final").into()),
        }
    }

    /// The bundle of the block that closed an epoch, which is decided.
    fn closing_of(&self, shell: &Shell, height: BlockNumber) -> Result<Option<Cid>, Finding> {
        let (store, executor) = (shell.parts().chain.store(), shell.parts().chain.executor());
        let Some(header) = store.header(height)? else { return Ok(None) };
        if store.commit_of(height)?.is_none() {
            return Ok(None);
        }
        let closing = executor.closing_bundle(&*store.latest(), &header)?;
        Ok(closing.and_then(|(bundle, _)| bundle.cid().ok()))
    }
}
