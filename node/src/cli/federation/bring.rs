//! `icn federation follow`, `accept` and `report`: what anybody brings of a peer, in files.

use super::{encoded, named};
use crate::cli::{dag::DagError, trust::read, tx::SubmitArgs};
use icn_dag::Did;
use icn_trust::{
    BlockFile, BlockProof, BundledRecord, Path as TrustPath, Place, RecordProof, SealedBundle, ValueProof,
};
use pallet_federation::{BlockStep, Claim, Fork, BUNDLES_PER_CALL};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Bring the bundles or the block after what is known of a peer
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn federation follow did:icn:mill:… chain.json --signer //Bob
  icn federation follow did:icn:mill:… block.json --from known-block.json --signer //Bob")]
pub(super) struct FollowArgs {
    /// The federation
    #[arg(value_name = "DID")]
    peer: Did,

    /// File of `icn trust chain`, `icn trust bundle` or `icn trust block`
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The block that is known of the peer, when FILE is a block
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Have a record, or a value of a peer's state, accepted
///
/// The peer has to be followed up to the bundle or block that the proof is by; `icn federation peer list` shows the heights.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn dag prove bafyrei… --by bundle --url ws://mill.example:9944 --out proof.json
  icn federation accept did:icn:mill:… proof.json --signer //Bob")]
pub(super) struct AcceptArgs {
    /// The federation
    #[arg(value_name = "DID")]
    peer: Did,

    /// The proof, of `icn dag prove` or `icn trust value`
    #[arg(value_name = "FILE")]
    proof: PathBuf,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// Show that a peer forked: another bundle of an epoch, or another block of a height, than was followed
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn federation report did:icn:mill:… other-bundle.json --signer //Bob
  icn federation report did:icn:mill:… other-block.json --from known-block.json --signer //Bob")]
pub(super) struct ReportArgs {
    /// The federation
    #[arg(value_name = "DID")]
    peer: Did,

    /// The other bundle or block
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// A lower block that is known of the peer, when FILE is a block
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// What can be followed.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Later {
    Chain(Vec<SealedBundle>),
    Bundle(Box<SealedBundle>),
    Block(Box<BlockProof>),
}

/// What can be accepted.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Proof {
    Record(Box<RecordProof>),
    BundledRecord(Box<BundledRecord>),
    Value(Box<ValueProof>),
}

/// A step from a known block, in a file, to a block.
fn step(from: Option<&Path>, block: BlockProof) -> Result<BlockStep, DagError> {
    let known: BlockProof = read(from.ok_or(DagError::NoKnownBlock)?, "block")?;
    let from = known.height();
    Ok(BlockStep { from, block: block.into(), next_validators: BlockFile::from(known).next_validators })
}

impl FollowArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        match read::<Later>(&self.file, "bundle, chain of bundles, or block")? {
            Later::Chain(bundles) => follow_bundles(&self.submit, &self.peer, &bundles).await,
            Later::Bundle(bundle) => follow_bundles(&self.submit, &self.peer, &[*bundle]).await,
            Later::Block(block) => follow_block(&self.submit, &self.peer, &step(self.from.as_deref(), *block)?).await,
        }
    }
}

/// Brings bundles, as many as fit into each call.
pub(super) async fn follow_bundles(submit: &SubmitArgs, peer: &Did, bundles: &[SealedBundle]) -> Result<(), DagError> {
    for some in bundles.chunks(BUNDLES_PER_CALL) {
        submit.run("Federation.follow_bundles", &[named(peer), encoded("bundles", &some.to_vec())]).await?;
    }
    Ok(())
}

/// Brings a block.
pub(super) async fn follow_block(submit: &SubmitArgs, peer: &Did, step: &BlockStep) -> Result<(), DagError> {
    Ok(submit.run("Federation.follow_block", &[named(peer), encoded("step", step)]).await?)
}

/// Shows a fork.
pub(super) async fn report(submit: &SubmitArgs, peer: &Did, fork: &Fork) -> Result<(), DagError> {
    Ok(submit.run("Federation.report_fork", &[named(peer), encoded("fork", fork)]).await?)
}

impl AcceptArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let (height, claim) = match read::<Proof>(&self.proof, "proof")? {
            Proof::Record(proof) => {
                let place = Place::Dag { inclusion: proof.inclusion, log: proof.log.0, log_proof: proof.log_proof.0 };
                (proof.block.height(), Claim::Record { record: proof.record.0, place })
            }
            Proof::BundledRecord(proof) => {
                let claim = Claim::Record { record: proof.record.0, place: Place::All(proof.inclusion) };
                (last_height(&proof.bundles)?, claim)
            }
            Proof::Value(proof) => {
                let height = match &proof.path {
                    TrustPath::Block(block) => block.height(),
                    TrustPath::Bundles(bundles) => last_height(bundles)?,
                };
                (height, Claim::Value { key: proof.key.0, value: proof.value.0, proof: proof.proof.0 })
            }
        };
        let arguments = [named(&self.peer), format!("height={height}"), encoded("claim", &claim)];
        Ok(self.submit.run("Federation.accept", &arguments).await?)
    }
}

/// The height of the last of some bundles.
fn last_height(bundles: &[SealedBundle]) -> Result<u64, DagError> {
    let last = bundles.last().ok_or(DagError::NoBundles)?;
    Ok(last.bundle.height.into())
}

impl ReportArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let fork = match read::<Later>(&self.file, "bundle or block")? {
            Later::Chain(bundles) => Fork::Bundle(bundles.into_iter().next_back().ok_or(DagError::NoBundles)?),
            Later::Bundle(bundle) => Fork::Bundle(*bundle),
            Later::Block(block) => Fork::Block(step(self.from.as_deref(), *block)?),
        };
        report(&self.submit, &self.peer, &fork).await
    }
}
