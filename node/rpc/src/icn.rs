//! `icn_*`: what Substrate has no method for.

use crate::{
    arguments::{Argument, Arguments},
    backend::StateProof,
    calls::blocking,
    context::Context,
    error::Error,
    hex::{Hex, Key},
};
use icn_primitives::{BlockNumber, Hash};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::{Deserialize, Serialize};

/// Keys proven in one call.
const PROOFS_MAX: u64 = 64;

/// Registers the methods.
pub(crate) fn register(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    blocking(module, "icn_stateProof", &["keys", "at"], state_proof)
}

/// A proof for one key or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Keys {
    One(Key),
    Many(Vec<Key>),
}

impl Argument for Keys {}

/// One answer or one for each key.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Proofs {
    One(Box<ProofJson>),
    Many(Vec<ProofJson>),
}

#[derive(Clone, Debug, Serialize)]
struct BlockJson {
    hash: Hash,
    number: BlockNumber,
}

/// A [`StateProof`] on the wire.
#[derive(Clone, Debug, Serialize)]
struct ProofJson {
    block: BlockJson,
    root: Hash,
    value: Option<Hex>,
    leaf: Option<Hex>,
    proof: Hex,
}

impl From<StateProof> for ProofJson {
    fn from(proof: StateProof) -> Self {
        Self {
            block: BlockJson { hash: proof.block.hash, number: proof.block.number },
            root: proof.root,
            value: proof.value.map(Hex),
            leaf: proof.leaf.map(Hex),
            proof: Hex(proof.proof),
        }
    }
}

fn state_proof(context: &Context, mut arguments: Arguments) -> Result<Proofs, Error> {
    let keys: Keys = arguments.required("keys")?;
    let block = context.block_or_head(arguments.optional("at")?);
    let is_empty = match &keys {
        Keys::One(key) => key.0.is_empty(),
        Keys::Many(keys) => keys.iter().any(|key| key.0.is_empty()),
    };
    if is_empty {
        return Err(Error::InvalidParams("expected storage keys of at least one byte".into()));
    }
    let prove = |key: &Key| Ok(ProofJson::from(context.chain.prove(block, &key.0)?));
    match keys {
        Keys::One(key) => Ok(Proofs::One(Box::new(prove(&key)?))),
        Keys::Many(keys) if keys.len() as u64 > PROOFS_MAX => {
            Err(Error::InvalidCount { value: keys.len() as u64, max: PROOFS_MAX })
        }
        Keys::Many(keys) => keys.iter().map(prove).collect::<Result<_, Error>>().map(Proofs::Many),
    }
}
