//! An owner who puts blobs at nodes.

use crate::{client::Node, scribe::Scribe};
use icn_blob::{builder::root_of, Permit, Root};
use icn_dag::Cid;
use jsonrpsee::{
    core::client::{ClientT as _, Error},
    rpc_params,
};
use serde_json::{json, Value};

/// Bytes of one call.
pub const CALL_BYTES: usize = icn_rpc::BLOB_CALL_BYTES_MAX;

/// Bytes that follow from a seed, no chunk of which is like another.
pub fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// The name of some bytes.
pub fn name(bytes: &[u8]) -> Cid {
    root_of(bytes).expect("small").cid
}

/// A permit as nodes take it.
pub fn shown(permit: &Permit) -> Value {
    let hex = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
    json!({
        "root": permit.root.cid, "size": permit.root.size, "owner": permit.owner, "dag": permit.dag,
        "key": hex(&permit.key.0), "expiry": permit.expiry, "signature": hex(&permit.signature),
    })
}

impl Scribe {
    /// What this writer signs for a blob, good for a minute.
    pub async fn permit(&self, node: &Node, root: Root) -> Permit {
        let expiry = self.next(node).await.time + 60_000;
        self.permit_until(node, root, expiry)
    }

    /// Begins to put a blob of this root; the upload's name, unless the blob is there.
    ///
    /// # Errors
    /// When the node refuses.
    pub async fn begin(&self, node: &Node, root: Root) -> Result<Option<String>, Error> {
        let permit = self.permit(node, root).await;
        let begun: Value = node.client.request("icn_blobBegin", rpc_params![shown(&permit)]).await?;
        Ok(begun["upload"].as_str().map(str::to_owned))
    }

    /// Puts a blob; its name.
    ///
    /// # Errors
    /// When the node refuses.
    pub async fn upload(&self, node: &Node, bytes: &[u8]) -> Result<Cid, Error> {
        let root = root_of(bytes).expect("small");
        let Some(upload) = self.begin(node, root).await? else { return Ok(root.cid) };
        send(node, &upload, bytes).await?;
        node.client.request("icn_blobFinish", rpc_params![upload]).await
    }
}

/// Gives a node the bytes of an upload.
///
/// # Errors
/// When the node refuses.
pub async fn send(node: &Node, upload: &str, bytes: &[u8]) -> Result<(), Error> {
    let mut offset = 0_u64;
    for piece in bytes.chunks(CALL_BYTES) {
        let data = format!("0x{}", hex::encode(piece));
        offset = node.client.request("icn_blobPut", rpc_params![upload, offset, data]).await?;
    }
    Ok(())
}

/// The code of a refusal.
///
/// # Panics
/// When it is none.
pub fn code<T: std::fmt::Debug>(refused: Result<T, Error>) -> i32 {
    match refused {
        Err(Error::Call(error)) => error.code(),
        other => panic!("{other:?}"),
    }
}

/// Waits until a node has a blob, fetched from others if need be; its size.
///
/// # Errors
/// When the node cannot fetch it.
pub async fn fetch(node: &Node, cid: &Cid) -> Result<u64, Error> {
    let waiting = async {
        let mut look = tokio::time::interval(std::time::Duration::from_millis(5));
        loop {
            look.tick().await;
            let fetch: Value = node.client.request("icn_blobFetch", rpc_params![cid.to_string()]).await?;
            if fetch["here"] == true {
                return Ok(fetch["size"].as_u64().expect("it is known"));
            }
        }
    };
    tokio::time::timeout(crate::client::PATIENCE, waiting).await.expect("it is fetched or not in time")
}
