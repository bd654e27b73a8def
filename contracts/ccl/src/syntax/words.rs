//! Words of the language.

/// Words that are no names anywhere.
pub const RESERVED: [&str; 19] = [
    "and", "or", "not", "in", "if", "then", "else", "except", "for", "let", "match", "require", "emit", "return",
    "effect", "true", "false", "none", "band",
];

/// Reserved words that begin a value.
pub const BEGIN_VALUES: [&str; 5] = ["not", "if", "true", "false", "none"];

/// Words that begin an item which is no declaration.
pub const ITEMS: [&str; 18] = [
    "const",
    "param",
    "permission",
    "found",
    "record",
    "enum",
    "state",
    "drop",
    "event",
    "error",
    "fn",
    "view",
    "action",
    "on",
    "invariant",
    "entrench",
    "test",
    "import",
];

/// Kinds of declarations.
pub const KINDS: [&str; 15] = [
    "organization",
    "resource",
    "role",
    "class",
    "body",
    "process",
    "proposal",
    "election",
    "membership",
    "budget",
    "meter",
    "treasury",
    "dispute",
    "credential",
    "delegation",
];

/// Kinds of documents.
pub const DOCUMENTS: [&str; 7] = ["constitution", "bylaws", "charter", "policy", "contract", "agreement", "resolution"];

/// For whom a document is.
pub const SCOPES: [&str; 6] = ["individual", "cooperative", "community", "federation", "node", "guardian"];

/// Functions that walk a collection: `all(x in xs where e : e)`.
pub const WALKS: [&str; 6] = ["all", "any", "count", "sum", "list", "map"];

/// Whether a word is no name.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}
