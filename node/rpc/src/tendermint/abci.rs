//! `abci_info` and `abci_query`: the application's state.
//!
//! A block's header commits to the state **after** that block, so what is answered and proven at a height verifies against
//! `app_hash` of the header of that same height. Chains of the Cosmos SDK need the header after it.

use super::{
    found,
    header::APP_PROTOCOL,
    heights::{given, within},
    refusal::Refusal,
    wire::{Base64, HexBytes, Quoted},
    Asked,
};
use crate::{
    arguments::Arguments,
    backend::{Chain, ReadError},
    error::Error,
};
use icn_primitives::{BlockNumber, Hash};
use serde::Serialize;

/// Most bytes of a storage key.
const KEY_BYTES_MAX: usize = 16 * 1024;

/// The kind of proof: `cosmos.ics23.v1.CommitmentProof` over a Jellyfish Merkle tree, `jmt::ics23_spec`.
const PROOF_TYPE: &str = "ics23:jmt";

/// Whose the codes of refused queries are.
const CODESPACE: &str = "icn";

/// The answer to `abci_info`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct InfoAnswer {
    response: InfoJson,
}

#[derive(Clone, Debug, Serialize)]
struct InfoJson {
    data: String,
    version: String,
    app_version: Quoted<u64>,
    last_block_height: Quoted<BlockNumber>,
    last_block_app_hash: Base64,
}

pub(super) fn abci_info(asked: Asked<'_>, _: Arguments) -> Result<InfoAnswer, Error> {
    let (chain, info) = (asked.tendermint, asked.context.chain.info());
    let latest = chain.heights().latest;
    let root = match latest {
        0 => chain.genesis().app_hash,
        latest => found("header", latest, chain.header(latest))?.0.app_hash,
    };
    let response = InfoJson {
        data: info.node_name.clone(),
        version: info.node_version.clone(),
        app_version: Quoted(APP_PROTOCOL),
        last_block_height: Quoted(latest),
        last_block_app_hash: Base64::of(root),
    };
    Ok(InfoAnswer { response })
}

/// The answer to `abci_query`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct QueryAnswer {
    response: QueryJson,
}

#[derive(Clone, Debug, Serialize)]
struct QueryJson {
    code: u32,
    log: String,
    info: &'static str,
    index: Quoted<u32>,
    key: Option<Base64>,
    value: Option<Base64>,
    #[serde(rename = "proofOps")]
    proof_ops: Option<ProofsJson>,
    height: Quoted<BlockNumber>,
    codespace: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct ProofsJson {
    ops: Vec<ProofJson>,
}

#[derive(Clone, Debug, Serialize)]
struct ProofJson {
    r#type: &'static str,
    key: Base64,
    data: Base64,
}

/// Why the application does not answer a query. The call itself succeeds: Tendermint only passes queries on.
#[derive(Debug, thiserror::Error)]
enum QueryRefusal {
    #[error("the path is not known here: storage is under /store, or /store/NAME/key with any name")]
    Path,
    #[error("the key is missing: data is a storage key of at least one byte, in hex")]
    Key,
    #[error(transparent)]
    Height(#[from] Refusal),
}

impl QueryRefusal {
    fn code(&self) -> u32 {
        match self {
            Self::Path => 1,
            Self::Key => 2,
            Self::Height(_) => 3,
        }
    }
}

impl From<QueryRefusal> for QueryJson {
    fn from(refusal: QueryRefusal) -> Self {
        Self {
            code: refusal.code(),
            log: refusal.to_string(),
            info: "",
            index: Quoted(0),
            key: None,
            value: None,
            proof_ops: None,
            height: Quoted(0),
            codespace: CODESPACE,
        }
    }
}

pub(super) fn abci_query(asked: Asked<'_>, mut arguments: Arguments) -> Result<QueryAnswer, Error> {
    let path: String = arguments.optional("path")?.unwrap_or_default();
    let HexBytes::<KEY_BYTES_MAX>(key) = arguments.optional("data")?.unwrap_or_default();
    let height = given(&mut arguments, "height")?.filter(|height| *height != 0);
    let prove = arguments.optional("prove")?.unwrap_or(false);
    let response = match checked(asked, &path, &key, height) {
        Err(refusal) => refusal.into(),
        Ok(height) => match answered(asked, key, height, prove) {
            Err(Error::Tendermint(refusal)) => QueryRefusal::from(refusal).into(),
            answer => answer?,
        },
    };
    Ok(QueryAnswer { response })
}

/// The height at which a query is answered.
fn checked(asked: Asked<'_>, path: &str, key: &[u8], height: Option<i64>) -> Result<BlockNumber, QueryRefusal> {
    if !is_storage(path) {
        return Err(QueryRefusal::Path);
    }
    if key.is_empty() {
        return Err(QueryRefusal::Key);
    }
    Ok(within(asked.tendermint.heights(), height)?)
}

/// Whether a path leads to the state: nothing, `/store`, or `/store/NAME/key` as the Cosmos SDK has it, the first slash as
/// one likes. There is one store, whatever it is called.
fn is_storage(path: &str) -> bool {
    let path = path.strip_prefix('/').unwrap_or(path);
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(""), None, ..) => true,
        (Some("store"), None, ..) => true,
        (Some("store"), Some(name), Some("key"), None) => !name.is_empty(),
        _ => false,
    }
}

fn answered(asked: Asked<'_>, key: Vec<u8>, height: BlockNumber, prove: bool) -> Result<QueryJson, Error> {
    let chain = asked.context.chain.as_ref();
    let block = found("block", height, chain.hash_at(height))?;
    let (value, proof_ops) = match prove {
        false => (found("state", height, value(chain, block, &key).map(Some))?, None),
        true => {
            let proof = found("state", height, chain.prove(block, &key).map(Some))?;
            let op = ProofJson { r#type: PROOF_TYPE, key: Base64::of(&key), data: Base64::of(proof.proof) };
            (proof.value, Some(ProofsJson { ops: vec![op] }))
        }
    };
    Ok(QueryJson {
        code: 0,
        log: if value.is_some() { "exists" } else { "does not exist" }.into(),
        info: "",
        index: Quoted(0),
        key: Some(Base64::of(key)),
        value: value.map(Base64::of),
        proof_ops,
        height: Quoted(height),
        codespace: "",
    })
}

fn value(chain: &dyn Chain, block: Hash, key: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
    Ok(chain.state(block)?.get(key)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_state_are_those_of_the_cosmos_sdk_and_none() {
        for path in ["", "/", "/store", "store", "/store/ibc/key", "store/ibc/key", "/store/main/key"] {
            assert!(is_storage(path), "{path}");
        }
        for path in ["/app/version", "/store/ibc", "/store//key", "/store/ibc/key/", "/store/ibc/subspace", "//", "key"]
        {
            assert!(!is_storage(path), "{path}");
        }
    }
}
