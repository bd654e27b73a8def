//! `icn federation` and `icn relay`: other federations, as this chain follows them.

mod bring;
mod peer;
mod relay;

pub use relay::RelayArgs;

use super::{
    client::{ClientError, Connection},
    dag::DagError,
    CliError,
};
use codec::{DecodeAll as _, Encode};
use icn_dag::Did;
use pallet_federation::PeerInfo;

/// The runtime API that lists peers.
const PEERS: &str = "FederationApi_peers";

/// Trust other federations, follow their history, and accept what is shown by it
///
/// A peer is trusted by the chain's privileged origin, from a bundle or a block of it on. Whatever comes after, anybody brings: `icn relay`
/// does it all the time.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn federation peer add did:icn:mill:… --trusted bundle.json --signer //Alice
  icn federation peer list
  icn relay --from ws://mill.example:9944 --signer //Bob
  icn federation accept did:icn:mill:… proof.json --signer //Bob
  icn federation report did:icn:mill:… other-bundle.json --signer //Bob")]
pub struct FederationArgs {
    #[command(subcommand)]
    command: FederationCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum FederationCommand {
    Peer(Box<peer::PeerArgs>),
    Follow(Box<bring::FollowArgs>),
    Accept(Box<bring::AcceptArgs>),
    Report(Box<bring::ReportArgs>),
}

impl FederationArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer, a file is not what it should be, or the chain refuses it.
    pub async fn run(&self) -> Result<(), CliError> {
        match &self.command {
            FederationCommand::Peer(args) => Ok(args.run().await?),
            FederationCommand::Follow(args) => Ok(args.run().await?),
            FederationCommand::Accept(args) => Ok(args.run().await?),
            FederationCommand::Report(args) => Ok(args.run().await?),
        }
    }
}

/// All peers of a chain.
async fn peers(connection: &Connection) -> Result<Vec<PeerInfo>, DagError> {
    let bytes = connection.call_runtime(PEERS).await?;
    let peers = Vec::<PeerInfo>::decode_all(&mut &bytes[..]);
    Ok(peers.map_err(|_| ClientError::Answer { method: PEERS })?)
}

/// An argument that names a peer.
fn named(peer: &Did) -> String {
    format!("peer=\"{peer}\"")
}

/// Something in SCALE, as an argument that takes bytes.
fn encoded(name: &str, something: &impl Encode) -> String {
    format!("{name}=0x{}", hex::encode(something.encode()))
}
