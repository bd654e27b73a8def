//! Tendermint's RPC, in CometBFT 0.38's JSON: what light clients, relayers and explorers of that family ask.
//!
//! Hashes here are those of Tendermint headers. [`heights`] says which block a client means, [`wire`] how values are written,
//! [`refusal`] what is answered instead. The other files hold one family of methods each. Everything that is asked of the
//! node is in [`Tendermint`].

mod abci;
mod block;
mod blockchain;
mod commit;
mod evidence;
mod genesis;
mod header;
mod heights;
mod net_info;
mod node;
mod parameters;
mod refusal;
mod status;
mod validators;
mod wire;

pub use refusal::Refusal;

use crate::{
    arguments::Arguments,
    backend::{ReadError, Tendermint},
    calls::{blocking, immediate},
    context::Context,
    error::Error,
};
use icn_primitives::BlockNumber;
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;
use serde_json::{Map, Value};

/// Registers the methods, if the node shows its chain to Tendermint's clients.
pub(crate) fn register(module: &mut RpcModule<Context>, shown: bool) -> Result<(), RegisterMethodError> {
    if !shown {
        return Ok(());
    }
    immediate(module, "health", &[], |_, _| Ok(Map::<String, Value>::new()))?;
    call(module, "status", &[], status::status)?;
    call(module, "net_info", &[], net_info::net_info)?;
    call(module, "genesis", &[], genesis::genesis)?;
    call(module, "consensus_params", &["height"], parameters::consensus_params)?;
    call(module, "commit", &["height"], commit::commit)?;
    call(module, "validators", &["height", "page", "per_page"], validators::validators)?;
    call(module, "block", &["height"], block::block)?;
    call(module, "blockchain", &["minHeight", "maxHeight"], blockchain::blockchain)?;
    call(module, "abci_info", &[], abci::abci_info)?;
    call(module, "abci_query", &["path", "data", "height", "prove"], abci::abci_query)
}

/// What a method of this group is given: Tendermint's view, and the node's other ones.
#[derive(Clone, Copy)]
struct Asked<'a> {
    tendermint: &'a dyn Tendermint,
    context: &'a Context,
}

fn call<T, W>(
    module: &mut RpcModule<Context>,
    name: &'static str,
    parameters: &'static [&'static str],
    work: W,
) -> Result<(), RegisterMethodError>
where
    T: Serialize + Clone + Send + 'static,
    W: Fn(Asked<'_>, Arguments) -> Result<T, Error> + Copy + Send + Sync + 'static,
{
    blocking(module, name, parameters, move |context, arguments| {
        let tendermint = context.tendermint.as_deref().ok_or(Error::Internal)?;
        work(Asked { tendermint, context }, arguments)
    })
}

/// What was read at a height that the node is expected to have.
fn found<T>(what: &'static str, height: BlockNumber, read: Result<Option<T>, ReadError>) -> Result<T, Error> {
    match read {
        Ok(Some(found)) => Ok(found),
        Ok(None) | Err(ReadError::UnknownBlock(_)) => Err(Refusal::Missing { what, height }.into()),
        // What is missing may be of the height before, when that is what decides.
        Err(ReadError::Pruned { oldest, .. }) => {
            Err(Refusal::TooLow { height: height.into(), oldest: oldest.max(height.saturating_add(1)) }.into())
        }
        Err(error @ ReadError::State(_)) => Err(error.into()),
    }
}

/// Ends a call whose answer would be wrong, for a reason that only the operator can mend.
fn broken(height: u64, reason: impl std::fmt::Display) -> Error {
    tracing::error!(height, %reason, "a block cannot be shown to Tendermint's clients");
    Error::Internal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(read: Result<Option<()>, ReadError>) -> String {
        match found("state", 7, read) {
            Err(Error::Tendermint(refusal)) => refusal.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_kept_is_refused_with_a_height_that_may_be() {
        let pruned = |number, oldest| refusal(Err(ReadError::Pruned { number, oldest }));
        assert_eq!(pruned(7, 20), "height 7 is not available, lowest height is 20");
        assert_eq!(pruned(6, 7), "height 7 is not available, lowest height is 8");
        assert_eq!(refusal(Ok(None)), "the state of height 7 is not available");
    }

    #[test]
    fn a_store_that_fails_is_not_a_refusal() {
        let failed = ReadError::State(icn_primitives::StateError("disk".into()));
        assert!(matches!(found::<()>("state", 7, Err(failed)), Err(Error::Read(_))));
    }
}
