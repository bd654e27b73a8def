//! `icn trust bundle` and `icn trust chain`: bundles, in files.

use super::write;
use crate::cli::{
    client::{Connection, NodeArgs},
    dag::DagError,
};
use icn_trust::SealedBundle;
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use subxt::rpcs::rpc_params;

/// How long to wait before a bundle is asked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Write the bundle of an epoch, to be trusted
///
/// It is as trustworthy as the node that tells it: ask your own, or compare with others.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust bundle --out trusted.json       the one that was sealed last
  icn trust bundle 0 > trusted.json
  icn trust bundle 4 --wait 60 --out trusted.json     as soon as it is sealed")]
pub(super) struct BundleArgs {
    /// The epoch [default: the one that was sealed last]
    #[arg(value_name = "EPOCH")]
    epoch: Option<u64>,

    /// Wait for so many seconds until the epoch is sealed
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    node: NodeArgs,
}

/// Write the bundles after one that is trusted
///
/// `icn trust verify chain.json --from trusted.json` shows that they lead from it, without any node.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn trust chain --from 3 --out chain.json          up to the one that was sealed last
  icn trust chain --from 3 --to 5 --out chain.json")]
pub(super) struct ChainArgs {
    /// The epoch that is trusted
    #[arg(long, value_name = "EPOCH")]
    from: u64,

    /// The last epoch [default: the one that was sealed last]
    #[arg(long, value_name = "EPOCH")]
    to: Option<u64>,

    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    node: NodeArgs,
}

impl BundleArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let end = Instant::now() + Duration::from_secs(self.wait);
        let bundle = loop {
            let bundle: Option<SealedBundle> = connection.ask("icn_trustBundle", rpc_params![self.epoch]).await?;
            match bundle {
                Some(bundle) => break bundle,
                None if Instant::now() >= end => return Err(DagError::NoBundle { epoch: self.epoch }),
                None => tokio::time::sleep(LOOK_AGAIN).await,
            }
        };
        write(&bundle, self.out.as_deref(), &format!("the bundle of epoch {}", bundle.bundle.epoch))
    }
}

impl ChainArgs {
    pub(super) async fn run(&self) -> Result<(), DagError> {
        let connection = self.node.connect().await?;
        let to = match self.to {
            Some(to) => to,
            None => last_sealed(&connection).await?,
        };
        let bundles = chain(&connection, self.from, to).await?;
        write(&bundles, self.out.as_deref(), &format!("{} bundles", bundles.len()))
    }
}

/// The epoch that was sealed last.
///
/// # Errors
/// When none is, or the node does not answer.
pub(in crate::cli) async fn last_sealed(connection: &Connection) -> Result<u64, DagError> {
    let bundle: Option<SealedBundle> = connection.ask("icn_trustBundle", rpc_params![]).await?;
    Ok(bundle.ok_or(DagError::NoBundle { epoch: None })?.bundle.epoch)
}

/// The bundles after an epoch, up to another.
///
/// # Errors
/// When one of them is not kept, or the node does not answer.
pub(in crate::cli) async fn chain(connection: &Connection, after: u64, to: u64) -> Result<Vec<SealedBundle>, DagError> {
    let mut bundles: Vec<SealedBundle> = Vec::new();
    let mut next = after.saturating_add(1);
    while next <= to {
        let more: Vec<SealedBundle> = connection.ask("icn_trustChain", rpc_params![next, to]).await?;
        if more.is_empty() {
            return Err(DagError::NoBundle { epoch: Some(next) });
        }
        next = next.saturating_add(more.len() as u64);
        bundles.extend(more);
    }
    Ok(bundles)
}
