//! Keys as they are printed.

use crate::{
    cli::value::Shown,
    keys::{KeyKind, StoredKey},
};

/// The public part of a key, with the name by which others know it.
pub(super) fn key(key: &StoredKey, ss58_prefix: u16) -> Shown {
    let kind = key.public.kind();
    let identity = match kind {
        KeyKind::Consensus => ("address", key.public.validator_address().map_or(Shown::Null, Shown::Word)),
        KeyKind::Node => ("peer_id", key.public.peer_id().map_or(Shown::Null, Shown::word)),
        KeyKind::Account(_) => ("address", Shown::Word(key.public.ss58(ss58_prefix))),
    };
    Shown::map([
        ("name", Shown::Word(key.name.clone())),
        ("kind", Shown::word(kind.purpose())),
        ("scheme", Shown::word(kind.scheme())),
        ("public_key", Shown::hex(key.public.bytes())),
        identity,
        ("encrypted", Shown::Bool(key.is_encrypted)),
        ("file", Shown::word(key.path.display())),
    ])
}
