//! `chainSpec_v1_…`: what never changes.

use crate::{context::Context, error::Error};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use serde_json::Value;

/// The methods of the group.
///
/// # Errors
/// When two of them have one name.
pub(crate) fn module(context: &Context) -> Result<RpcModule<()>, RegisterMethodError> {
    let mut module = RpcModule::new(context.chain.info().clone());
    module.register_method("chainSpec_v1_chainName", |_, info, _| info.name.clone())?;
    module.register_method("chainSpec_v1_genesisHash", |_, info, _| Ok::<_, Error>(info.genesis_hash))?;
    module.register_method("chainSpec_v1_properties", |_, info, _| Value::Object(info.properties.clone()))?;
    Ok(module.remove_context())
}
