//! `chainHead_v1_…`: following the head of the chain, and asking about the blocks that were announced.
//!
//! Blocks are final when they are decided, so each one is announced by `newBlock`, `bestBlockChanged` and `finalized` in that
//! order, and none is ever pruned. [`follow`] is the subscription; [`methods`] are the calls beside it, which name it;
//! [`operation`] is what they start. The specification is <https://paritytech.github.io/json-rpc-interface-spec/>.

mod events;
mod follow;
mod follows;
mod methods;
mod operation;
mod pins;
mod work;

use crate::{
    arguments::Arguments,
    context::Context,
    unsubscribe::{answer_null, Stranger},
};
use follows::Follows;
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use std::sync::Arc;

/// What the methods of the group share.
#[derive(Clone, Debug)]
struct ChainHead {
    context: Context,
    follows: Arc<Follows>,
}

/// The methods of the group.
///
/// # Errors
/// When two of them have one name.
pub(crate) fn module(context: &Context) -> Result<RpcModule<()>, RegisterMethodError> {
    let follows = Arc::new(Follows::new(context.limits.follows_per_connection));
    let mut module = RpcModule::new(ChainHead { context: context.clone(), follows: follows.clone() });
    register_follow(&mut module, follows)?;
    methods::register(&mut module)?;
    Ok(module.remove_context())
}

fn register_follow(module: &mut RpcModule<ChainHead>, follows: Arc<Follows>) -> Result<(), RegisterMethodError> {
    module.register_subscription(
        "chainHead_v1_follow",
        "chainHead_v1_followEvent",
        "chainHead_v1_unfollow",
        |params, pending, group, extensions| async move {
            let with_runtime =
                Arguments::new(&params, &["withRuntime"]).and_then(|mut given| given.required("withRuntime"));
            match with_runtime {
                Ok(with_runtime) => {
                    follow::serve(group.context.clone(), group.follows.clone(), with_runtime, pending, &extensions)
                        .await;
                }
                Err(error) => pending.reject(error).await,
            }
        },
    )?;
    answer_null(module, "chainHead_v1_unfollow", &["followSubscription"], Stranger::Ignored, move |connection, name| {
        follows.remove(connection, name)
    })
}
