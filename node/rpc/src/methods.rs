//! Which methods the server has.

use crate::{
    archive, author, blob, chain, chain_head, chain_spec, childstate, context::Context, dag, dev, icn, payment, state,
    system, tendermint, transaction, transaction_watch, trust,
};
use jsonrpsee::{core::RegisterMethodError, server::RpcModule};
use serde::Serialize;

/// Groups of methods that can be switched off. Clients choose their way by the prefixes that `rpc_methods` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// `author_`, `chain_`, `childstate_`, `payment_`, `state_`, `system_`.
    pub legacy: bool,
    /// `chainHead_v1_`, `chainSpec_v1_`, `transaction_v1_`, `transactionWatch_v1_`, `archive_v1_`.
    pub modern: bool,
}

impl Default for Groups {
    fn default() -> Self {
        Self { legacy: true, modern: true }
    }
}

/// `rpc_methods`: what is offered, in the order of the names.
#[derive(Clone, Debug, Serialize)]
struct Offered {
    version: u32,
    methods: Vec<&'static str>,
}

/// All methods of the groups that are on, those of `icn_`, those of records and of blobs if the node keeps them, those of epochs if it
/// follows them, Tendermint's if the node shows its chain so, and `dev_` on Development chains.
///
/// # Errors
/// When two methods have one name.
pub fn methods(groups: Groups, context: &Context) -> Result<RpcModule<Context>, RegisterMethodError> {
    let mut module = RpcModule::new(context.clone());
    if groups.legacy {
        author::register(&mut module)?;
        chain::register(&mut module)?;
        childstate::register(&mut module)?;
        payment::register(&mut module)?;
        state::register(&mut module)?;
        system::register(&mut module, context)?;
    }
    if groups.modern {
        module.merge(archive::module(context)?)?;
        module.merge(chain_head::module(context)?)?;
        module.merge(chain_spec::module(context)?)?;
        module.merge(transaction::module(context)?)?;
        module.merge(transaction_watch::module(context)?)?;
    }
    icn::register(&mut module)?;
    dag::register(&mut module, context.records.is_some())?;
    trust::register(&mut module, context.epochs.is_some())?;
    blob::register(&mut module, context.blobs.is_some())?;
    tendermint::register(&mut module, context.tendermint.is_some())?;
    dev::register(&mut module, context.development.is_some())?;
    list(&mut module)?;
    Ok(module)
}

fn list(module: &mut RpcModule<Context>) -> Result<(), RegisterMethodError> {
    let mut names: Vec<&'static str> = module.method_names().chain(["rpc_methods"]).collect();
    names.sort_unstable();
    let offered = Offered { version: 1, methods: names };
    module.register_method("rpc_methods", move |_, _, _| Ok::<_, crate::Error>(offered.clone()))?;
    Ok(())
}
