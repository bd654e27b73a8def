//! Why bytes are no message.

use crate::Address;

/// Why bytes are no message, or a value cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// There are too many bytes.
    #[error("a {kind} of {bytes} bytes, which may have {bytes_max}")]
    TooLarge {
        /// Kind of message.
        kind: &'static str,
        /// Its bytes.
        bytes: usize,
        /// Most that it may have.
        bytes_max: usize,
    },
    /// They are no Protocol Buffers.
    #[error(transparent)]
    Protobuf(#[from] prost::DecodeError),
    /// A field is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Bytes of a field are not as many as they must be.
    #[error("{field} has {bytes} bytes")]
    Length {
        /// The field.
        field: &'static str,
        /// Its bytes.
        bytes: usize,
    },
    /// A number is out of bounds.
    #[error("{field} is {value}, which is out of bounds")]
    Bounds {
        /// The field.
        field: &'static str,
        /// The number.
        value: u64,
    },
    /// A round is nil where there must be one.
    #[error("{0} is nil")]
    NilRound(&'static str),
    /// A kind is none that is known.
    #[error("{field} is of unknown kind {value}")]
    Kind {
        /// The field.
        field: &'static str,
        /// The number.
        value: i32,
    },
    /// A list is empty or too long.
    #[error("{count} {field}")]
    Count {
        /// The list.
        field: &'static str,
        /// Its entries.
        count: usize,
    },
    /// Somebody signs twice in a certificate.
    #[error("validator {address} is there twice")]
    Twice {
        /// Who.
        address: Address,
    },
    /// Heights do not follow each other.
    #[error("height {height} is not the one after the one before it")]
    Order {
        /// The first that is out of order.
        height: u64,
    },
    /// The length of a block and the number of its parts do not go together, or the two rounds of a proposal.
    #[error("the fields of a proposal's first part contradict each other")]
    Unsound,
    /// Bytes are no name of a peer.
    #[error("bytes that name no peer")]
    PeerId,
    /// A vote has an extension. They are disabled.
    #[error("a vote with an extension")]
    Extension,
    /// The same message has another encoding.
    #[error("the encoding is not the canonical one")]
    NotCanonical,
}
