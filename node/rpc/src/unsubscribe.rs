//! Unsubscribing as the JSON-RPC interface specification has it: the answer is `null`, not whether there was a subscription.

use crate::{arguments::Arguments, error::Error};
use jsonrpsee::{
    core::RegisterMethodError, types::Params, ConnectionId, MethodCallback, MethodResponse, ResponsePayload, RpcModule,
};
use serde_json::Value;
use std::sync::Arc;

/// What a name that is no active subscription gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// `null`, like any other.
    Ignored,
    /// An error, invalid parameters.
    Refused,
}

/// Makes the unsubscribe method `name` of `module` answer `null`. It has one parameter, `parameter[0]`. `also` is called
/// with the connection and the subscription's name.
///
/// # Errors
/// When the module has no such method.
pub(crate) fn answer_null<C: Send + Sync + 'static>(
    module: &mut RpcModule<C>,
    name: &'static str,
    parameter: &'static [&'static str; 1],
    stranger: Stranger,
    also: impl Fn(ConnectionId, &str) + Send + Sync + 'static,
) -> Result<(), RegisterMethodError> {
    let Some(MethodCallback::Unsubscription(remove)) = module.remove_method(name) else {
        return Err(RegisterMethodError::MethodNotFound(name.into()));
    };
    let callback = MethodCallback::Unsubscription(Arc::new(move |id, params, connection, max, extensions| {
        let subscription =
            Arguments::new(&params, parameter).and_then(|mut given| given.required::<String>(parameter[0]));
        let subscription = match subscription {
            Ok(subscription) => subscription,
            Err(error) => return MethodResponse::error(id, error).with_extensions(extensions),
        };
        let array = Value::from(vec![subscription.as_str()]).to_string();
        let answer = remove(id.clone(), Params::new(Some(&array)), connection, max, extensions.clone());
        also(connection, &subscription);
        if stranger == Stranger::Refused && !was_active(&answer) {
            let error = Error::InvalidParams(format!("{}: there is no such active subscription", parameter[0]));
            return MethodResponse::error(id, error).with_extensions(extensions);
        }
        MethodResponse::response(id, ResponsePayload::success(()), max).with_extensions(extensions)
    }));
    module.verify_and_insert(name, callback).map(|_| ())
}

/// Reads the `bool` that the server's own unsubscribe answers.
fn was_active(answer: &MethodResponse) -> bool {
    serde_json::from_str::<Value>(answer.as_ref()).is_ok_and(|answer| answer["result"] == true)
}
