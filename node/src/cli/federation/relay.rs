//! `icn relay`: brings what comes after, again and again.

use super::{
    bring::{follow_block, follow_bundles, report},
    peers,
};
use crate::cli::{
    client::{ClientError, Connection, NodeArgs},
    dag::DagError,
    output::note,
    signals::Signals,
    trust::{block_proof, chain, latest_height},
    tx::SubmitArgs,
    CliError,
};
use icn_dag::Did;
use icn_trust::{verify_block, BlockError, BlockFile, BlockProof, Policy, SealedBundle};
use pallet_federation::{BlockStep, Fork, PeerInfo};
use std::time::Duration;
use subxt::rpcs::rpc_params;
use tendermint::Time;

/// Bring another federation's bundles and blocks to this chain, again and again, until Ctrl-C
///
/// The peer has to be trusted already (`icn federation peer add`); it is followed by what it is trusted by, bundles or blocks or both. The
/// signer pays the fees. When the other federation shows another bundle than was followed, that is reported, and the peer frozen.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn relay --from ws://mill.example:9944 --signer key:relayer
  icn relay --from ws://127.0.0.1:9945 --url ws://127.0.0.1:9944 --signer //Bob --once
  icn relay --from ws://mill.example:9944 --signer key:relayer --every 300")]
pub struct RelayArgs {
    /// WebSocket address of a node of the other federation
    #[arg(long, value_name = "URL")]
    from: String,

    /// The other federation [default: the one that the node is of]
    #[arg(long, value_name = "DID")]
    peer: Option<Did>,

    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    every: u64,

    /// Look once, and end
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    submit: SubmitArgs,
}

impl RelayArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When it looks once and something fails; otherwise a failure is told, and it looks again.
    pub async fn run(&self) -> Result<(), CliError> {
        let mut signals = Signals::listen()?;
        loop {
            match self.look().await {
                Err(error) if self.once => return Err(error.into()),
                Err(error) => note(&format!("nothing was brought: {error}"))?,
                Ok(()) if self.once => return Ok(()),
                Ok(()) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(self.every.max(1))) => {}
                () = signals.next() => return Ok(()),
            }
        }
    }

    /// Brings what there is.
    async fn look(&self) -> Result<(), DagError> {
        let source = NodeArgs { url: Some(self.from.clone()) }.connect().await?;
        let target = self.submit.node().connect().await?;
        let peer = match &self.peer {
            Some(peer) => peer.clone(),
            None => federation(&source).await?,
        };
        let known = peers(&target).await?.into_iter().find(|known| known.peer == peer);
        let known = known.ok_or_else(|| DagError::NoPeer { peer: peer.to_string() })?;
        if known.frozen.is_some() {
            return Err(DagError::Frozen { peer: peer.to_string() });
        }
        self.bundles(&source, &known).await?;
        self.blocks(&source, &known).await
    }

    async fn bundles(&self, source: &Connection, known: &PeerInfo) -> Result<(), DagError> {
        let Some((epoch, cid, ..)) = &known.bundle else { return Ok(()) };
        let last: Option<SealedBundle> = source.ask("icn_trustBundle", rpc_params![]).await?;
        let Some(last) = last else { return Ok(()) };
        let same: Option<SealedBundle> = source.ask("icn_trustBundle", rpc_params![epoch]).await?;
        if let Some(other) = same.filter(|same| same.bundle.cid().ok() != Some(*cid)) {
            note(&format!("the other federation shows another bundle of epoch {epoch} than was followed"))?;
            return report(&self.submit, &known.peer, &Fork::Bundle(other)).await;
        }
        let bundles = chain(source, *epoch, last.bundle.epoch).await?;
        if !bundles.is_empty() {
            note(&format!("{} bundles after epoch {epoch}", bundles.len()))?;
        }
        follow_bundles(&self.submit, &known.peer, &bundles).await
    }

    async fn blocks(&self, source: &Connection, known: &PeerInfo) -> Result<(), DagError> {
        let Some((_, height, _)) = known.block else { return Ok(()) };
        let last = latest_height(source).await?.into();
        if last <= height {
            return Ok(());
        }
        note(&format!("block {last} after block {height}"))?;
        let mut from = block_at(source, height).await?;
        // The furthest block that the known validators vouch for, then on from there.
        while from.height() < last {
            let mut goal = block_at(source, last).await?;
            while let Err(BlockError::TooLittleTrust) = verify_block(&from, &goal, ANY_AGE, Time::now()) {
                let between = from.height().midpoint(goal.height()).max(from.height() + 1);
                goal = block_at(source, between).await?;
            }
            let next_validators = BlockFile::from(from.clone()).next_validators;
            let step = BlockStep { from: from.height(), block: goal.clone().into(), next_validators };
            follow_block(&self.submit, &known.peer, &step).await?;
            from = goal;
        }
        Ok(())
    }
}

/// The chain that is brought to judges how old is too old.
const ANY_AGE: Policy = Policy { trusting_period: Duration::from_secs(100 * 365 * 24 * 3600) };

async fn block_at(source: &Connection, height: u64) -> Result<BlockProof, DagError> {
    let height = u32::try_from(height).map_err(|_| ClientError::Answer { method: "commit" })?;
    Ok(block_proof(source, height).await?)
}

/// The federation that a node is of.
async fn federation(source: &Connection) -> Result<Did, DagError> {
    let epochs = source.json("icn_epoch").await?;
    let federation = epochs.get("federation").and_then(|federation| federation.as_str());
    let federation = federation.and_then(|federation| federation.parse().ok());
    Ok(federation.ok_or(ClientError::Answer { method: "icn_epoch" })?)
}
