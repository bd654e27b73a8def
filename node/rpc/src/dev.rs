//! `dev_*`: blocks and time by hand, on Development chains only.

use crate::{
    arguments::Arguments,
    backend::{BlockRef, Development},
    calls::blocking,
    context::Context,
    error::Error,
    hex::NumberOrHex,
};
use icn_primitives::{BlockNumber, Hash};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;

/// Registers the methods where the chain is for development, none elsewhere.
pub(crate) fn register(module: &mut RpcModule<Context>, development: bool) -> Result<(), RegisterMethodError> {
    if !development {
        return Ok(());
    }
    blocking(module, "dev_newBlock", &[], |context, _| Ok(MadeBlock::from(by_hand(context)?.new_block()?)))?;
    blocking(module, "dev_advanceTime", &["milliseconds"], |context, mut arguments: Arguments| {
        let by: NumberOrHex = arguments.required("milliseconds")?;
        Ok(MadeBlock::from(by_hand(context)?.advance_time(by.0)?))
    })
}

fn by_hand(context: &Context) -> Result<&dyn Development, Error> {
    context.development.as_deref().ok_or(Error::Unsafe)
}

/// The block that was made.
#[derive(Clone, Debug, Serialize)]
struct MadeBlock {
    hash: Hash,
    number: BlockNumber,
}

impl From<BlockRef> for MadeBlock {
    fn from(block: BlockRef) -> Self {
        Self { hash: block.hash, number: block.number }
    }
}
