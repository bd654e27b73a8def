//! What goes wrong between a command and a node.

use super::{lookup::LookupError, signer::SignerError, BlockId};
use crate::cli::value::{ArgumentError, LiteralError};
use std::path::PathBuf;
use subxt::error::{OnlineClientAtBlockError, OnlineClientError};

/// Why a client command failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is of another protocol.
    #[error("{url} is not a WebSocket address; write ws://HOST:PORT or wss://HOST:PORT")]
    NotWebSocket {
        /// As given.
        url: String,
    },
    /// Nothing answers.
    #[error("no node answers at {url}; start one with `icn dev`, or name another with --url")]
    NoNode {
        /// Address tried.
        url: String,
        /// What the connection said.
        source: Box<subxt::rpcs::Error>,
    },
    /// Something answers, but not as a node does.
    #[error("what answers at {url} is not a node that this command understands")]
    NotANode {
        /// Address tried.
        url: String,
        /// What was unexpected.
        source: Box<OnlineClientError>,
    },
    /// The node does not have the block.
    #[error("the node has no {block}; `icn block latest` shows the highest")]
    UnknownBlock {
        /// As asked for.
        block: BlockId,
    },
    /// The block could not be read.
    #[error("{block} cannot be read")]
    Block {
        /// As asked for.
        block: BlockId,
        /// What the client said.
        source: Box<OnlineClientAtBlockError>,
    },
    /// A plain RPC call failed.
    #[error("the node did not answer {method}")]
    Rpc {
        /// The method.
        method: &'static str,
        /// What the node said.
        source: subxt::rpcs::Error,
    },
    /// The node refuses what it is asked.
    #[error("the node refuses {method}: {reason}")]
    NodeRefuses {
        /// The method.
        method: &'static str,
        /// The node's words.
        reason: String,
    },
    /// The node's answer is not what this version understands.
    #[error("the answer to {method} is not understood: is the node of another version?")]
    Answer {
        /// The method.
        method: &'static str,
    },
    /// Something that the node was asked for did not arrive or did not decode.
    #[error("{what} cannot be read from the node")]
    Read {
        /// What was asked for.
        what: String,
        /// What the client said.
        source: Box<subxt::Error>,
    },
    /// No such pallet, item, call or API.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// An argument is not written as `name=value`, or its value is malformed.
    #[error("the value of {name} is malformed")]
    Literal {
        /// Name or position of the argument.
        name: String,
        /// Where and why.
        source: LiteralError,
    },
    /// An argument does not fit its type.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// An argument fits its type by every rule known here, and does not encode.
    #[error("the value of {name} does not encode")]
    Encode {
        /// Name of the argument.
        name: String,
        /// What the encoder said.
        source: Box<subxt::ext::scale_encode::Error>,
    },
    /// Too many or too few keys or arguments.
    #[error("{item} takes {expected}, got {got}")]
    ArgumentCount {
        /// The item.
        item: String,
        /// What it takes, in words.
        expected: String,
        /// How many were given.
        got: usize,
    },
    /// A call's argument is not written as `name=value`.
    #[error("{argument} is not an argument; write NAME=VALUE")]
    NotNamed {
        /// As given.
        argument: String,
    },
    /// The signer cannot be used.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The transaction could not be made.
    #[error("the transaction cannot be built")]
    Build(#[source] Box<subxt::error::ExtrinsicError>),
    /// The node refused the transaction.
    #[error("the node refused the transaction: {reason}")]
    Refused {
        /// The node's words.
        reason: String,
    },
    /// The runtime says it is not valid now.
    #[error("the transaction is not valid: {reason}")]
    Invalid {
        /// The reason, and what to do.
        reason: String,
    },
    /// It went into the pool and did not come out in a block.
    #[error("the transaction left the pool without reaching a block: {reason}")]
    Dropped {
        /// The node's words.
        reason: String,
    },
    /// It is in a block, and its call failed; the fee is paid.
    #[error("the call failed in block {block}: {reason}")]
    CallFailed {
        /// Height of the block.
        block: String,
        /// `Pallet.Error` and what its documentation says.
        reason: String,
    },
    /// It is in a block and succeeded, and a call inside of it failed.
    #[error("the transaction succeeded in block {block}, and a call inside of it failed: {reason}")]
    InnerCallFailed {
        /// Height of the block.
        block: String,
        /// The event that tells of it, and the error.
        reason: String,
    },
    /// A question needs a terminal.
    #[error("nobody can be asked to confirm; add --yes to send without asking")]
    NoTerminal,
    /// The user said no.
    #[error("not sent")]
    Declined,
    /// Standard output or input failed.
    #[error("the terminal cannot be used")]
    Terminal(#[source] std::io::Error),
    /// A file given by the user cannot be read.
    #[error("{} cannot be read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ClientError {
    /// The error of a failed look at a block.
    pub fn at_block(block: BlockId, source: OnlineClientAtBlockError) -> Self {
        match source {
            OnlineClientAtBlockError::BlockNotFound { .. } | OnlineClientAtBlockError::BlockHeaderNotFound { .. } => {
                Self::UnknownBlock { block }
            }
            source => Self::Block { block, source: Box::new(source) },
        }
    }

    /// The error of a failed read of `what`.
    pub fn read(what: impl Into<String>) -> impl FnOnce(subxt::Error) -> Self {
        let what = what.into();
        |source| Self::Read { what, source: Box::new(source) }
    }
}
