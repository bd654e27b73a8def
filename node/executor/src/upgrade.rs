//! Whether this binary may make the next block.

use crate::{session::Session, ExecutorError};
use icn_primitives::BlockNumber;
use icn_runtime::Upgrade;

/// Checks that this binary's runtime is the one the chain agreed on for the block at `height`.
pub(crate) fn check<U>(session: &mut Session<'_, U>, height: BlockNumber) -> Result<(), ExecutorError> {
    let judged = session
        .enter(|| Upgrade::ensure_version(height))
        .map_err(|stopped| ExecutorError::of(stopped, "reading the upgrade plan"))?;
    Ok(judged?)
}
