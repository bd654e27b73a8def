//! Blocks that are right but for the signature of a transaction.

use crate::process::Shell;
use codec::{Compact, Decode as _};
use icn_consensus::application::Proposed;
use icn_executor::{BuildLimits, Inherents, Parent, Refusal, TransactionSource};
use icn_mempool::Ready;
use icn_primitives::{
    block::{record, ConsensusRoots},
    Block, ConsensusDigest, ConsensusRecord, Extrinsic, Hash, Hashing, Moment,
};
use sp_runtime::{traits::Hash as _, StateVersion};
use std::ops::Range;

/// Where the signature of an Ed25519 transaction is: after its length, version, sender and the kind of signature.
fn signature(extrinsic: &[u8]) -> Option<Range<usize>> {
    let mut rest = extrinsic;
    Compact::<u32>::decode(&mut rest).ok()?;
    let start = extrinsic.len() - rest.len() + 1 + 33 + 1;
    (extrinsic.len() > start + 64).then_some(start..start + 64)
}

/// A transaction without its signature.
pub fn content(extrinsic: &Extrinsic) -> Option<Vec<u8>> {
    let mut bytes = extrinsic.bytes().to_vec();
    bytes[signature(extrinsic.bytes())?].fill(0);
    Some(bytes)
}

struct Source(Ready);

impl TransactionSource for Source {
    fn next(&mut self) -> Option<(Hash, Extrinsic)> {
        self.0.next().map(|pooled| (pooled.hash, pooled.extrinsic.clone()))
    }

    fn refused(&mut self, hash: Hash, _: Refusal) {
        self.0.skip_sender(hash);
    }
}

/// A block on the head in which the signature of the first transaction is wrong, and every header is what that block would have;
/// `None` when no transaction waits.
pub fn forged(shell: &Shell, height: u64, round: u32, time: Moment) -> Option<Proposed> {
    let parts = shell.parts();
    let (store, executor) = (parts.chain.store(), parts.chain.executor());
    let latest = store.latest();
    let parent = Parent::of(&latest.head().record).ok()?;
    let commit = store.commit_of(parent.number).ok()?;
    let digest = ConsensusDigest { time, proposer: parts.sealer.address };
    let said = ConsensusRecord { commit, ..Default::default() };
    let inherents = Inherents { digest, record: said, anchors: Default::default(), seal: None };
    let mut source = Source(parts.pool.ready());
    let built = executor.build(&parent, &latest, &inherents, &mut source, BuildLimits::default()).ok()?;
    let Block { mut header, mut extrinsics } = built.record.block;
    let mut bytes = extrinsics.get(icn_executor::inherent::COUNT)?.bytes().to_vec();
    let place = signature(&bytes)?.start;
    bytes[place] ^= 1;
    extrinsics[icn_executor::inherent::COUNT] = Extrinsic::from_encoded(bytes);
    let all = extrinsics.iter().map(|extrinsic| extrinsic.bytes().to_vec()).collect();
    header.extrinsics_root = Hashing::ordered_trie_root(all, StateVersion::V1);
    let headers = built.record.tendermint;
    let roots = ConsensusRoots {
        validators: headers.validators_hash,
        next_validators: headers.next_validators_hash,
        last_commit: headers.last_commit_hash,
        evidence: headers.evidence_hash,
    };
    let forged = record(Block { header, extrinsics }, &digest, parent.id, executor.context(), &roots);
    let target = forged.target().ok()??;
    let block = codec::Encode::encode(&forged.block);
    let init = parts.sealer.seal((height, round), None, target, block.len() as u32).ok()?;
    Some(Proposed { init, block: block.into(), valid: false })
}
