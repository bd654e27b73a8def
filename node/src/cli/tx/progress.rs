//! Following a transaction from the pool to a final block.

use super::{outcome::Outcome, Signed};
use crate::cli::{
    client::{BlockId, ClientError, Connection},
    output::note,
};
use subxt::{
    error::{BackendError, ExtrinsicError, RpcError},
    tx::TransactionStatus,
};

/// Sends a transaction and waits until its block is final; tells the steps on standard error when `tell`.
///
/// # Errors
/// When the node refuses it, or it leaves the pool without reaching a block.
pub(super) async fn follow(connection: &Connection, signed: &Signed, tell: bool) -> Result<Outcome, ClientError> {
    let tell = |text: &str| match tell {
        true => note(text).map_err(ClientError::Terminal),
        false => Ok(()),
    };
    let mut progress = signed.submit_and_watch().await.map_err(refused)?;
    while let Some(status) = progress.next().await {
        match status.map_err(|error| ClientError::read("the transaction's progress")(error.into()))? {
            TransactionStatus::Validated => tell("ready: in the pool")?,
            TransactionStatus::Broadcasted => tell("broadcast to peers")?,
            TransactionStatus::NoLongerInBestBlock => tell("its block was retracted; back in the pool")?,
            TransactionStatus::InBestBlock(block) => tell(&format!("in block {:?}", block.block_hash()))?,
            TransactionStatus::InFinalizedBlock(block) => {
                tell(&format!("finalized in block {:?}", block.block_hash()))?;
                let at = connection.at(BlockId::Hash(block.block_hash())).await?;
                let events = block.fetch_events().await;
                let events = events.map_err(|error| ClientError::read("the transaction's events")(error.into()))?;
                return Outcome::new(&at, &events);
            }
            TransactionStatus::Error { message } | TransactionStatus::Dropped { message } => {
                return Err(ClientError::Dropped { reason: message });
            }
            TransactionStatus::Invalid { message } => return Err(ClientError::Refused { reason: message }),
        }
    }
    Err(ClientError::Dropped { reason: "the node ended the subscription".into() })
}

/// The node's own words, where it refused the submission.
fn refused(error: ExtrinsicError) -> ClientError {
    match error {
        ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(
            subxt::rpcs::Error::User(user),
        ))) => {
            let data = user.data.as_ref().map(|data| data.get().trim_matches('"').to_owned());
            let details = data.map_or(String::new(), |data| format!(": {data}"));
            ClientError::Refused { reason: format!("{}{details} (code {})", user.message, user.code) }
        }
        other => ClientError::Build(Box::new(other)),
    }
}
