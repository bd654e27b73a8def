//! `icn federation peer`: who is followed, and from where on.

use super::peers;
use crate::cli::{client::NodeArgs, dag::DagError, output::OutputArgs, trust::read, tx::SubmitArgs, value::Shown};
use codec::Encode as _;
use icn_dag::Did;
use icn_trust::Trusted;
use pallet_federation::{PeerInfo, Reason, TrustedPoint};
use std::path::PathBuf;

/// List the peers, and change who they are
///
/// Changes need the chain's privileged origin: they are sent as `Sudo.sudo`, by whoever holds the sudo key.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn federation peer list
  icn federation peer add did:icn:mill:… --trusted bundle.json --signer //Alice
  icn federation peer freeze did:icn:mill:… --signer //Alice
  icn federation peer thaw did:icn:mill:… --trusted newer.json --signer //Alice
  icn federation peer remove did:icn:mill:… --signer //Alice")]
pub(super) struct PeerArgs {
    #[command(subcommand)]
    command: PeerCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum PeerCommand {
    List(ListArgs),
    /// Trust a peer from a point of its history on
    #[command(after_help = "\
Example:
  icn federation peer add did:icn:mill:… --trusted bundle.json --signer //Alice")]
    Add(PointArgs),
    /// Accept nothing of a peer until it is thawed
    #[command(after_help = "Example:\n  icn federation peer freeze did:icn:mill:… --signer //Alice")]
    Freeze(NameArgs),
    /// Trust a frozen peer again, from a newer point of its history on
    #[command(after_help = "\
Example:
  icn federation peer thaw did:icn:mill:… --trusted newer.json --signer //Alice")]
    Thaw(PointArgs),
    /// Forget a peer; what was accepted of it stays accepted
    #[command(after_help = "Example:\n  icn federation peer remove did:icn:mill:… --signer //Alice")]
    Remove(NameArgs),
}

/// List the peers, how far they are followed, and which are frozen
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Example:\n  icn federation peer list --output json | jq -r '.[].peer'")]
struct ListArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// A peer, and a point of its history that is trusted from now on: a bundle (`icn trust bundle`) or a block (`icn trust block`) that
/// came from somebody trusted. A peer may have one of each.
#[derive(Clone, Debug, clap::Args)]
struct PointArgs {
    /// The federation, as `icn trust show` names it
    #[arg(value_name = "DID")]
    peer: Did,

    /// File with the bundle (`icn trust bundle`) or block (`icn trust block`), from somebody you trust; a peer may have one of each
    #[arg(long, value_name = "FILE")]
    trusted: PathBuf,

    #[command(flatten)]
    submit: SubmitArgs,
}

/// A peer.
#[derive(Clone, Debug, clap::Args)]
struct NameArgs {
    /// The federation
    #[arg(value_name = "DID")]
    peer: Did,

    #[command(flatten)]
    submit: SubmitArgs,
}

impl PeerArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        match &self.command {
            PeerCommand::List(args) => args.run().await,
            PeerCommand::Add(args) => args.run("trust").await,
            PeerCommand::Thaw(args) => args.run("thaw").await,
            PeerCommand::Freeze(args) => args.run("freeze").await,
            PeerCommand::Remove(args) => args.run("forget").await,
        }
    }
}

/// Sends a call of the pallet by the privileged origin.
async fn privileged(submit: &SubmitArgs, call: &str, fields: &str) -> Result<(), DagError> {
    Ok(submit.run("Sudo.sudo", &[format!("call=Federation.{call}{{{fields}}}")]).await?)
}

impl PointArgs {
    async fn run(&self, call: &str) -> Result<(), DagError> {
        let point = match read::<Trusted>(&self.trusted, "trusted block or bundle")? {
            Trusted::Bundle(bundle) => TrustedPoint::Bundle(bundle),
            Trusted::Block(block) => TrustedPoint::Block(block.into()),
        };
        let point = hex::encode(point.encode());
        privileged(&self.submit, call, &format!("peer: \"{}\", point: 0x{point}", self.peer)).await
    }
}

impl NameArgs {
    async fn run(&self, call: &str) -> Result<(), DagError> {
        privileged(&self.submit, call, &format!("peer: \"{}\"", self.peer)).await
    }
}

impl ListArgs {
    async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let shown = peers(&connection).await?.iter().map(shown).collect();
        Ok(self.output.print(&Shown::List(shown))?)
    }
}

fn shown(peer: &PeerInfo) -> Shown {
    let bundle = peer.bundle.as_ref().map(|(epoch, cid, height, until)| {
        Shown::map([
            ("epoch", Shown::wide(*epoch)),
            ("bundle", Shown::word(cid)),
            ("height", Shown::integer(*height)),
            ("valid_until", Shown::wide(*until)),
        ])
    });
    let block = peer.block.as_ref().map(|(chain, height, hash)| {
        Shown::map([
            ("chain_id", Shown::Word(chain.clone())),
            ("height", Shown::wide(*height)),
            ("hash", Shown::hex(hash)),
        ])
    });
    let frozen = peer.frozen.as_ref().map(|reason| match reason {
        Reason::TwoBundles { epoch } => Shown::Text(format!("it sealed two bundles of epoch {epoch}")),
        Reason::TwoBlocks { height } => Shown::Text(format!("it made two blocks of height {height} final")),
        Reason::ByGovernance { height } => Shown::Text(format!("by governance, in block {height}")),
    });
    Shown::map([
        ("peer", Shown::word(&peer.peer)),
        ("bundle", bundle.unwrap_or(Shown::Null)),
        ("block", block.unwrap_or(Shown::Null)),
        ("heights", Shown::List(peer.heights.iter().map(|height| Shown::wide(*height)).collect())),
        ("receipts", Shown::wide(peer.receipts)),
        ("frozen", frozen.unwrap_or(Shown::Null)),
    ])
}
