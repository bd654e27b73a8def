//! How nodes of one DAG, issuer and key follow each other (SPEC-DAG-15).

use crate::{cid::Cid, error::Error};

/// Checks that a node follows the last one.
pub(crate) fn check(last: Option<(u64, Cid)>, seq: u64, cid: Cid) -> Result<(), Error> {
    let want = match last {
        None => 0,
        Some((number, same)) if number == seq && same == cid => return Err(Error::Duplicate(cid)),
        Some((number, other)) if number == seq => return Err(Error::Equivocation(other, cid)),
        // After the last number of all nothing follows: what is asked for is then itself no successor.
        Some((number, _)) => number.checked_add(1).ok_or(Error::BadSequence { want: number, got: seq })?,
    };
    if seq == want {
        Ok(())
    } else {
        Err(Error::BadSequence { want, got: seq })
    }
}
