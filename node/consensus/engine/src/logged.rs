//! Looking into the engine's log before the engine opens it.

use std::{io, path::Path};

/// The height of which the log at `path` has entries; `None` when it has none, or is missing.
///
/// # Errors
/// When the log cannot be read, is damaged, or is another process's.
pub fn logged_height(path: &Path) -> io::Result<Option<u64>> {
    if !path.try_exists()? {
        return Ok(None);
    }
    let log = malachitebft_wal::Log::open(path)?;
    Ok((!log.is_empty()).then(|| log.sequence()))
}
