//! What can go wrong between the editor and the server.

use lsp_server::{ErrorCode, ProtocolError, ResponseError};

/// Why the server ended otherwise than an editor ends it. The editor can start it anew.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The editor does not follow the protocol.
    #[error("the editor does not follow the protocol")]
    Protocol(#[from] ProtocolError),
    /// The editor went away without `shutdown` and `exit`.
    #[error("the editor ended the connection without `shutdown` and `exit`")]
    Disconnected,
    /// The thread that serves could not be started, or the standard streams failed.
    #[error("the standard streams or the thread that serves failed")]
    Io(#[from] std::io::Error),
}

/// Why a request has no answer. The editor shows its words.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The server has no such request.
    #[error("there is no request `{0}`")]
    UnknownMethod(String),
    /// The parameters are not those of the request.
    #[error("the parameters of `{method}` cannot be read: {source}")]
    Params {
        /// Of which request.
        method: String,
        /// What they lack.
        source: serde_json::Error,
    },
    /// The document is not open.
    #[error("the document is not open")]
    NotOpen,
    /// What stands there cannot be renamed.
    #[error("{0}")]
    Rename(#[from] crate::rename::Refused),
    /// After `shutdown` only `exit` follows.
    #[error("the server was asked to shut down")]
    ShutDown,
    /// A mistake of the server.
    #[error("the server failed at `{0}`")]
    Failed(String),
}

impl Refusal {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownMethod(_) => ErrorCode::MethodNotFound,
            Self::Params { .. } | Self::NotOpen => ErrorCode::InvalidParams,
            Self::Rename(_) => ErrorCode::RequestFailed,
            Self::ShutDown => ErrorCode::InvalidRequest,
            Self::Failed(_) => ErrorCode::InternalError,
        }
    }
}

impl From<Refusal> for ResponseError {
    fn from(refusal: Refusal) -> Self {
        Self { code: refusal.code() as i32, message: refusal.to_string(), data: None }
    }
}
