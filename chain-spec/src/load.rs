//! Reading a genesis document.

use crate::{build, check, ChainSpec, SpecError};
use std::{fs::File, io::Read, path::Path};

/// The most a genesis document may have, in bytes: some 100,000 accounts.
pub const DOCUMENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Reads and checks a document.
///
/// # Errors
/// When the file cannot be read, is too large, or is no valid document.
pub fn load(path: &Path) -> Result<ChainSpec, SpecError> {
    let read = |source| SpecError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(read)?.take(DOCUMENT_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(read)?;
    if bytes.len() as u64 > DOCUMENT_BYTES_MAX {
        return Err(SpecError::TooLarge { path: path.to_owned(), max: DOCUMENT_BYTES_MAX });
    }
    parse(&bytes)
}

/// Reads and checks a document from its bytes.
///
/// # Errors
/// When it is no valid document.
pub fn parse(bytes: &[u8]) -> Result<ChainSpec, SpecError> {
    let spec = serde_json::from_slice(bytes).map_err(SpecError::Document)?;
    check(&spec)?;
    Ok(spec)
}

/// The chain that a user means: a built-in one by its name, or a document by its path.
///
/// # Errors
/// When there is neither, or the document is not valid.
pub fn resolve(chain: &str) -> Result<ChainSpec, SpecError> {
    if let Some(spec) = build::builtin(chain) {
        return Ok(spec);
    }
    let path = Path::new(chain);
    if !path.exists() {
        return Err(SpecError::UnknownChain { name: chain.into(), known: build::builtin_names().join(", ") });
    }
    load(path)
}
