//! Codes and words of every error that goes over the wire, Substrate's and JSON-RPC's own where they have one.
//!
//! `docs/spec/rpc.md` repeats the table; a test compares the two.

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// JSON-RPC error code.
    pub code: i32,
    /// The message; `…` stands for what differs from case to case.
    pub words: &'static str,
    /// When it is answered and what to do.
    pub meaning: &'static str,
}

macro_rules! table {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $words:literal, $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Row = Row { code: $code, words: $words, meaning: $meaning };
        )*
        /// Every row, in the order of the documentation.
        pub const TABLE: &[Row] = &[$($name),*];
    };
}

table! {
    PARSE = -32700, "Parse error", "The request is no JSON.";
    INVALID_REQUEST = -32600, "Invalid request", "The request is JSON but no JSON-RPC 2.0 request.";
    METHOD_NOT_FOUND = -32601, "Method not found", "`rpc_methods` does not list the method.";
    UNSAFE = -32601, "RPC call is unsafe to be called externally", "The method is the operator's; it is not offered here.";
    INVALID_PARAMS = -32602, "Invalid params", "The parameters are of another number or type; the data says what was expected.";
    INTERNAL = -32603, "Internal error", "The node failed, and its log says how; or a Tendermint method has no answer, and the data says why.";
    TOO_MANY_SUBSCRIPTIONS = -32006, "Too many subscriptions on the connection", "Unsubscribe from something first.";
    OVERSIZED_REQUEST = -32007, "Request is too big", "The request has more bytes than the limit in the data.";
    OVERSIZED_RESPONSE = -32008, "Response is too big", "The answer has more bytes than the limit in the data; ask for less.";
    BUSY = -32009, "Server is busy, try again later", "Every worker thread is taken and so is the queue before them.";
    OVERSIZED_BATCH = -32010, "The batch request was too large", "The batch has more calls than the limit in the data.";
    OVERSIZED_BATCH_RESPONSE = -32011, "The batch response was too large", "The answers of the batch have more bytes than the limit; split it.";
    RATE_LIMIT = -32999, "RPC rate limit exceeded", "The connection makes more calls a second than its share; slow down.";
    TOO_MANY_FOLLOWS = -32800, "Maximum number of chainHead_follow has been reached", "The connection follows as often as it may.";
    UNPINNED_BLOCK = -32801, "Invalid block hash", "The follow does not pin the block.";
    RUNTIME_CALL = -32802, "Invalid runtime call: …", "The follow was made without runtime, or the runtime has no such method.";
    INVALID_CONTINUE = -32803, "Invalid operation: it does not wait to be continued", "Only an operation that reported `operationWaitingForContinue` can be continued.";
    DUPLICATE_HASHES = -32804, "Received duplicate hashes for the same block", "A block can be unpinned once.";
    QUERY = 1, "Unable to …", "The runtime failed on the extrinsic or account; the data says how.";
    UNDECODABLE = 2, "Unable to decode the runtime's answer.", "The runtime answered another type than the method promises.";
    BAD_FORMAT = 1001, "Extrinsic has invalid format: …", "The bytes are no extrinsic: undecodable, too large or too deeply nested.";
    INVALID_TRANSACTION = 1010, "Invalid Transaction", "The runtime refuses it; the data says why.";
    UNKNOWN_TRANSACTION = 1011, "Unknown Transaction Validity", "The runtime cannot tell whether it is valid; the data says why.";
    TEMPORARILY_BANNED = 1012, "Transaction is temporarily banned", "It was invalid or broke the runtime a short while ago; try later.";
    ALREADY_IMPORTED = 1013, "Transaction Already Imported", "The pool has it; the data is its hash.";
    TOO_LOW_PRIORITY = 1014, "Priority is too low: (… vs …)", "The pool holds one of the same sender and nonce that pays as much; raise the tip.";
    IMMEDIATELY_DROPPED = 1016, "Immediately Dropped", "The pool is full of transactions that pay as much; try later or raise the tip.";
    STOPPING = 1040, "The node is stopping", "Ask another node, or again in a while.";
    BLOCK_RANGE = 4001, "Cannot resolve a block range […...…]. …", "A block of the range is unknown, or it runs backwards.";
    COUNT = 4002, "count exceeds maximum value. value: …, max: …", "Ask for fewer keys or blocks.";
    READ = 4003, "Client error: …", "The block is unknown, its state is no longer kept, or the runtime call failed.";
    RECORD = 5001, "Record refused: …", "A signed record breaks a rule; the data is the code of the rule, as the specification of DAGs lists them.";
    RECORDS_FULL = 5002, "Too many records wait to be final", "Here, or of this issuer; try again after the next blocks.";
    READER_SIGNATURE = 5003, "The proof of who reads does not hold: …", "The signature is not the key's over this chain, the record and the expiry; sign again.";
    READER_EXPIRY = 5004, "The proof of who reads does not hold: …", "It has expired, or expires too late; sign again with an expiry within ten minutes.";
    READER_UNKNOWN = 5005, "This key may not write the DAG", "So the record's payload is not for it. Without a proof the header is answered.";
    BLOB_NOT_FOUND = 5021, "Blob not found: …", "The node does not have it; `icn_blobFetch` fetches it from others.";
    BLOB_CORRUPT = 5022, "Blob corrupt: …", "Stored bytes do not hash to their name: put the blob again, or ask another node. Or the bytes of an upload are not those of its permit.";
    BLOB_TOO_LARGE = 5023, "Blob too large: …", "More bytes than a blob may have, or than the permit says.";
    BLOB_NOT_CANONICAL = 5024, "Not a blob: …", "The name is that of other data, such as a record.";
    BLOB_RANGE = 5025, "Range outside of the blob: …", "Ask for bytes that the blob has; `icn_blobInfo` says how many.";
    BLOB_PERMIT = 5026, "Permit refused: …", "It is over, ends too late, or its signature is wrong; sign another.";
    BLOB_NOT_AUTHORISED = 5027, "Not authorised: …", "The key does not write the DAG for the owner; the owner of the DAG lists it.";
    BLOB_QUOTA = 5028, "Quota exceeded: …", "The owner has no room left at this node; the data is how many bytes are left.";
    BLOB_FULL = 5029, "No room for blobs: …", "The node keeps as much as it may; ask another node.";
    BLOB_NO_PROVIDER = 5030, "No peer has the blob: …", "All peers that are connected said no; try later, or ask another node.";
    BLOB_TIMEOUT = 5031, "No peer answered for the blob: …", "Peers that may have it do not answer; try again.";
    BLOB_UPLOAD = 5032, "Unknown upload: …", "It never began, is finished, or was forgotten; begin anew.";
    BLOB_OFFSET = 5033, "Wrong offset: …", "Bytes are taken in their order; the data is the offset to go on from.";
    BLOB_BUSY = 5034, "Too many uploads or fetches are under way", "Of this owner, or at this node; try again when some have ended.";
    DEVELOPMENT = 6001, "…", "No block was made; the words say why.";
}
