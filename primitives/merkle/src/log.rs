//! A log whose nodes are stored: proofs for any size that it ever had.
//!
//! [`append`] says which nodes are new; they are the roots of perfect subtrees and never change. Whoever stores them under
//! their [`Position`] can prove every leaf and every two sizes with at most two reads for each binary digit of the size, and
//! removes nothing when the log grows. The store may be longer than the size asked for, never shorter.

use crate::{
    consistency::Way,
    hash::bag,
    inclusion,
    position::{Position, Sibling},
    ConsistencyError, ConsistencyProof, Hash, InclusionError, InclusionProof, Range, RangeError,
};
use std::{collections::BTreeMap, convert::Infallible};

/// A store of the nodes of one log.
pub trait Nodes {
    /// Why the store cannot be read.
    type Error;

    /// The hash of a node; `None` when the log is not long enough to have it.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn get(&self, position: Position) -> Result<Option<Hash>, Self::Error>;
}

/// A store in memory.
impl Nodes for BTreeMap<Position, Hash> {
    type Error = Infallible;

    fn get(&self, position: Position) -> Result<Option<Hash>, Infallible> {
        Ok(BTreeMap::get(self, &position).copied())
    }
}

/// Why something about a log cannot be proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError<E> {
    /// The store cannot be read. The node's operator can mend it.
    #[error("the nodes of the log cannot be read")]
    Read(#[source] E),
    /// The log does not have the size asked for, or the store lost a node.
    #[error("node {0} is missing")]
    Missing(Position),
    /// Whoever asks means a leaf that is not there.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
    /// Whoever asks means sizes between which nothing can be proven.
    #[error(transparent)]
    Consistency(#[from] ConsistencyError),
}

/// Appends leaves, of which the leaf hashes are given, and says which nodes are new, each after those under it: at most two
/// for each leaf on average, and one more than the size has binary digits for a single leaf. All leaves are appended or none.
///
/// # Errors
/// [`RangeError::Full`].
pub fn append(range: &mut Range, leaves: &[Hash]) -> Result<Vec<(Position, Hash)>, RangeError> {
    let mut nodes = Vec::with_capacity(leaves.len().saturating_mul(2));
    range.append_noting(leaves, |position, hash| nodes.push((position, hash)))?;
    Ok(nodes)
}

/// The log as it was when it had this size.
///
/// # Errors
/// [`LogError::Read`] and [`LogError::Missing`].
pub fn range_at<N: Nodes + ?Sized>(nodes: &N, size: u64) -> Result<Range, LogError<N::Error>> {
    let peaks: Result<_, _> = Position::peaks(size).map(|peak| read(nodes, peak)).collect();
    Ok(Range::of_peaks(size, peaks?))
}

/// The proof of a leaf in the log as it was when it had this size.
///
/// # Errors
/// See [`LogError`].
pub fn prove_inclusion<N: Nodes + ?Sized>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<InclusionProof, LogError<N::Error>> {
    let siblings = inclusion::siblings(index, size)?;
    // The proof does not hold it, but without it the log may be one leaf short.
    read(nodes, Position::leaf(index))?;
    Ok(InclusionProof { index, size, path: read_path(nodes, &siblings, size)? })
}

/// The proof that the log, when it had `to` leaves, continued what it was when it had `from`.
///
/// # Errors
/// See [`LogError`].
pub fn prove_consistency<N: Nodes + ?Sized>(
    nodes: &N,
    from: u64,
    to: u64,
) -> Result<ConsistencyProof, LogError<N::Error>> {
    let way = Way::between(from, to)?;
    // Even where the proof does not hold it: without it the log may be shorter than the older tree.
    let start = read(nodes, way.start)?;
    let siblings = read_path(nodes, &way.siblings, to)?;
    let path = way.is_start_told.then_some(start).into_iter().chain(siblings).collect();
    Ok(ConsistencyProof { from, to, path })
}

fn read_path<N: Nodes + ?Sized>(nodes: &N, siblings: &[Sibling], size: u64) -> Result<Vec<Hash>, LogError<N::Error>> {
    siblings.iter().map(|sibling| subtree(nodes, sibling.position, size)).collect()
}

/// The hash of what a tree of this size has of a subtree: on the right edge, the root over the peaks that are within it.
fn subtree<N: Nodes + ?Sized>(nodes: &N, position: Position, size: u64) -> Result<Hash, LogError<N::Error>> {
    if position.is_within(size) {
        return read(nodes, position);
    }
    let within = Position::peaks(size).filter(|peak| peak.level < position.level);
    let peaks: Vec<_> = within.map(|peak| read(nodes, peak)).collect::<Result<_, _>>()?;
    Ok(bag(&peaks))
}

fn read<N: Nodes + ?Sized>(nodes: &N, position: Position) -> Result<Hash, LogError<N::Error>> {
    nodes.get(position).map_err(LogError::Read)?.ok_or(LogError::Missing(position))
}
