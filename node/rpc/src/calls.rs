//! Registering methods: parameters are read on the server's thread, the work is done on a worker.

use crate::{arguments::Arguments, context::Context, error::Error, hex::HexHash, server::Share};
use icn_primitives::Hash;
use jsonrpsee::{
    core::{server::SubscriptionMessage, RegisterMethodError, SubscriptionError},
    server::{IntoSubscriptionCloseResponse, RpcModule, SubscriptionCloseResponse, SubscriptionSink, TrySendError},
    types::ErrorObjectOwned,
};
use serde::Serialize;
use serde_json::value::RawValue;

/// Registers a call whose work may block.
pub(crate) fn blocking<T, W>(
    module: &mut RpcModule<Context>,
    name: &'static str,
    parameters: &'static [&'static str],
    work: W,
) -> Result<(), RegisterMethodError>
where
    T: Serialize + Clone + Send + 'static,
    W: Fn(&Context, Arguments) -> Result<T, Error> + Copy + Send + Sync + 'static,
{
    module.register_async_method(name, move |params, context, _| async move {
        let arguments = Arguments::new(&params, parameters)?;
        let workers = context.workers.clone();
        workers.run(move || work(&context, arguments)).await?.map_err(ErrorObjectOwned::from)
    })?;
    Ok(())
}

/// Registers a call that answers from memory.
pub(crate) fn immediate<T, W>(
    module: &mut RpcModule<Context>,
    name: &'static str,
    parameters: &'static [&'static str],
    work: W,
) -> Result<(), RegisterMethodError>
where
    T: Serialize + Clone + Send + 'static,
    W: Fn(&Context, Arguments) -> Result<T, Error> + Copy + Send + Sync + 'static,
{
    module.register_method(name, move |params, context, _| {
        let arguments = Arguments::new(&params, parameters)?;
        work(context, arguments).map_err(ErrorObjectOwned::from)
    })?;
    Ok(())
}

/// Registers further names of a method.
pub(crate) fn aliases(
    module: &mut RpcModule<Context>,
    name: &'static str,
    aliases: &[&'static str],
) -> Result<(), RegisterMethodError> {
    aliases.iter().try_for_each(|alias| module.register_alias(alias, name))
}

/// Why a subscription ends before its client ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Ended {
    /// The client left or unsubscribed, or there is nothing more to say.
    #[error("the subscription has ended")]
    Quietly,
    /// Messages wait for the client up to the limit.
    #[error("the subscription was dropped: its reader is too slow")]
    SlowReader,
    /// The node cannot go on with it.
    #[error("the subscription was dropped: the node could not read what it reports")]
    Failed,
}

impl IntoSubscriptionCloseResponse for Ended {
    fn into_response(self) -> SubscriptionCloseResponse {
        match self {
            Self::Quietly => SubscriptionCloseResponse::None,
            ended => SubscriptionCloseResponse::NotifErr(SubscriptionError::from(ended)),
        }
    }
}

/// Sends a notification if there is room for it.
pub(crate) fn notify(sink: &mut SubscriptionSink, content: &impl Serialize) -> Result<(), Ended> {
    let json = serde_json::value::to_raw_value(content).map_err(|_| Ended::Failed)?;
    send(sink, json)
}

/// As [`notify`], for what may be large: it must also fit what the connection may leave unread.
pub(crate) fn notify_within(
    share: Option<&Share>,
    sink: &mut SubscriptionSink,
    content: &impl Serialize,
) -> Result<(), Ended> {
    let json = serde_json::value::to_raw_value(content).map_err(|_| Ended::Failed)?;
    match share.is_none_or(|share| share.try_add_unsent(json.get().len())) {
        true => send(sink, json),
        false => Err(Ended::SlowReader),
    }
}

fn send(sink: &mut SubscriptionSink, json: Box<RawValue>) -> Result<(), Ended> {
    sink.try_send(SubscriptionMessage::from(json)).map_err(|error| match error {
        TrySendError::Closed(_) => Ended::Quietly,
        TrySendError::Full(_) => Ended::SlowReader,
    })
}

impl Context {
    /// Runs `work` on a worker, with this context.
    ///
    /// # Errors
    /// As `work`, or as [`crate::Workers::run`].
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let context = self.clone();
        self.workers.run(move || work(&context)).await?
    }

    /// The block a client means: the one it names, else the highest.
    pub(crate) fn block_or_head(&self, named: Option<HexHash>) -> Hash {
        named.map_or_else(|| self.chain.head().hash, |HexHash(hash)| hash)
    }
}
