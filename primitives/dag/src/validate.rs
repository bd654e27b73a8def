//! The rules of a node, in their order (SPEC-DAG-12): what is cheap and what needs no trust come first.
//!
//! ```text
//! bytes ── bounded? canonical? well-formed? ──> node
//!       ── known? ── parents ── sequence, epoch, time ── key ── signature ── permission ── payload ──> valid
//! ```
//!
//! The rules of the state, what a proposal or a ballot means, come after these and are not here.

use crate::{
    cid::Cid,
    did::Did,
    error::Error,
    header::Header,
    key::Key,
    limits::TIME_AHEAD_MAX,
    node::{Node, Proof},
    schema,
    scope::Scope,
    sequence,
    words::Kind,
    BlockNumber, Epoch, Moment,
};

/// What is known of a node that others follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParentInfo {
    /// Its DAG.
    pub dag: Did,
    /// Its epoch.
    pub epoch: Epoch,
    /// Its time.
    pub time: Moment,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStatus {
    /// Nobody has the DID.
    UnknownIssuer,
    /// The issuer has never had the key.
    UnknownKey,
    /// The issuer had the key at another time only, or has lost it since.
    Revoked,
    /// The key signs for the issuer.
    Valid,
}

/// What nodes are judged by. All answers come from one state, so that every node of the network gives the same.
pub trait View {
    /// Whether a node is known.
    fn contains(&self, cid: &Cid) -> bool;

    /// What is known of a node that is named as a parent.
    fn parent(&self, cid: &Cid) -> Option<ParentInfo>;

    /// The last sequence number of a DAG, issuer and key, with its node. Without a key: among the nodes that blocks emitted.
    fn last(&self, dag: &Did, issuer: &Did, key: Option<&Key>) -> Option<(u64, Cid)>;

    /// Whether a key signs for an issuer in an epoch. A key that was lost since is revoked, whatever the epoch: its thief
    /// would date nodes back.
    fn key(&self, issuer: &Did, key: &Key, epoch: Epoch) -> KeyStatus;

    /// Whether the block of a height emitted a node.
    fn emitted(&self, height: BlockNumber, cid: &Cid) -> bool;

    /// Whether an issuer has a role in a scope that may make nodes of a kind, and the scope may do so in this DAG: whoever
    /// has a role somewhere has none everywhere.
    fn may_write(&self, dag: &Did, issuer: &Did, scope: &Scope, kind: Kind) -> bool;
}

/// The block in which a node is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Its time.
    pub time: Moment,
    /// Its epoch.
    pub epoch: Epoch,
}

/// Decodes a node and checks all its rules but those of the state.
///
/// # Errors
/// The first rule that does not hold, in the order of SPEC-DAG-12.
pub fn validate(bytes: &[u8], view: &impl View, now: Now) -> Result<Node, Error> {
    let node = Node::decode(bytes)?;
    check(&node, view, now)?;
    Ok(node)
}

/// Checks the rules of a node that is decoded.
///
/// # Errors
/// As [`validate`].
pub fn check(node: &Node, view: &impl View, now: Now) -> Result<(), Error> {
    check_with(node, view, now, || node.verify())
}

/// The same of a node whose signature was verified before, out of the way of others; `verified` says what came of it.
///
/// # Errors
/// As [`validate`].
pub fn check_with(
    node: &Node,
    view: &impl View,
    now: Now,
    verified: impl FnOnce() -> Result<(), Error>,
) -> Result<(), Error> {
    let header = node.header();
    if view.contains(&node.cid()) {
        return Err(Error::Duplicate(node.cid()));
    }
    let parents = known_parents(header, view)?;
    let last = view.last(&header.dag, &header.issuer, header.author.key());
    sequence::check(last, header.seq, node.cid())?;
    check_epoch(header, &parents, now)?;
    check_time(header, &parents, now)?;
    check_proof(node, view, verified)?;
    schema::check(node)
}

/// Checks what can be checked of a signed node alone: its signature and what its payload must be. Whether its issuer has the key,
/// and may write, is not looked at.
///
/// # Errors
/// [`Error::BadSignature`] and [`Error::BadPayload`].
pub fn check_alone(node: &Node) -> Result<(), Error> {
    node.verify()?;
    schema::check(node)
}

/// As [`check_alone`], for a node that is in a log of final records: an emitted one is there because a block emitted it.
///
/// # Errors
/// As [`check_alone`].
pub fn check_final(node: &Node) -> Result<(), Error> {
    match node.proof() {
        Proof::Signed { .. } => check_alone(node),
        Proof::Emitted { .. } => schema::check(node),
    }
}

/// SPEC-DAG-13, SPEC-DAG-14.
fn known_parents(header: &Header, view: &impl View) -> Result<Vec<ParentInfo>, Error> {
    let known = header.parents.iter().map(|cid| view.parent(cid).ok_or(Error::UnknownParent(*cid)));
    let parents: Vec<ParentInfo> = known.collect::<Result<_, _>>()?;
    let foreign = header.parents.iter().zip(&parents).find(|(_, parent)| parent.dag != header.dag);
    let is_tied = header.kind == Kind::Link && parents.iter().any(|parent| parent.dag == header.dag);
    match foreign {
        Some((cid, _)) if !is_tied => Err(Error::CycleOrForeignParent(*cid)),
        _ => Ok(parents),
    }
}

/// SPEC-DAG-16.
fn check_epoch(header: &Header, parents: &[ParentInfo], now: Now) -> Result<(), Error> {
    let min = parents.iter().map(|parent| parent.epoch).max().unwrap_or(0);
    let (max, got) = (now.epoch, header.epoch);
    if got < min || got > max {
        return Err(Error::BadEpoch { min, max, got });
    }
    Ok(())
}

/// SPEC-DAG-17.
fn check_time(header: &Header, parents: &[ParentInfo], now: Now) -> Result<(), Error> {
    let min = parents.iter().map(|parent| parent.time).max().unwrap_or(0);
    let (max, got) = (now.time.saturating_add(TIME_AHEAD_MAX), header.time);
    if got < min || got > max {
        return Err(Error::BadTime { min, max, got });
    }
    Ok(())
}

/// SPEC-DAG-18, SPEC-DAG-10, SPEC-DAG-19; and SPEC-DAG-11 for what a block emitted, which has made sure of the rights itself.
fn check_proof(node: &Node, view: &impl View, verified: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
    let Header { dag, issuer, scope, kind, epoch, .. } = node.header();
    match node.proof() {
        Proof::Emitted { height } if view.emitted(*height, &node.cid()) => Ok(()),
        Proof::Emitted { height } => Err(Error::NotEmitted { height: *height }),
        Proof::Signed { key, .. } => {
            check_key(issuer, key, *epoch, view)?;
            verified()?;
            if view.may_write(dag, issuer, scope, *kind) {
                Ok(())
            } else {
                Err(Error::Unauthorised { scope: scope.clone(), kind: *kind })
            }
        }
    }
}

fn check_key(issuer: &Did, key: &Key, epoch: Epoch, view: &impl View) -> Result<(), Error> {
    if !issuer.is_icn() && issuer.key().as_ref() != Some(key) {
        return Err(Error::UnknownKey(*key));
    }
    match view.key(issuer, key, epoch) {
        KeyStatus::Valid => Ok(()),
        KeyStatus::Revoked => Err(Error::KeyRevoked(*key)),
        KeyStatus::UnknownKey => Err(Error::UnknownKey(*key)),
        KeyStatus::UnknownIssuer => Err(Error::UnknownIssuer(issuer.clone())),
    }
}
