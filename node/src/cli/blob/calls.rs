//! The node's methods, with their refusals as errors that name the fix.

use super::BlobError;
use crate::cli::client::Connection;
use serde::{de::DeserializeOwned, Deserialize};
use subxt::rpcs::client::RpcParams;

/// Bytes of one call.
pub(super) const CALL_BYTES: u64 = icn_rpc::BLOB_CALL_BYTES_MAX as u64;

/// Calls a method; its answer.
pub(super) async fn ask<T: DeserializeOwned>(
    connection: &Connection,
    method: &'static str,
    parameters: RpcParams,
) -> Result<T, BlobError> {
    Ok(connection.try_ask(method, parameters).await??)
}

/// Bytes of a blob, as the node gives them.
#[derive(Deserialize)]
pub(super) struct Piece {
    pub(super) size: u64,
    data: String,
}

impl Piece {
    /// The bytes.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, BlobError> {
        let digits = self.data.strip_prefix("0x").unwrap_or(&self.data);
        let answer = |_| crate::cli::client::ClientError::Answer { method: "icn_blobGet" };
        Ok(hex::decode(digits).map_err(answer)?)
    }
}
