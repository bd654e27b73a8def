//! Keys of `record index`. DIDs stand in them as their SHA-256, so that all keys of a kind have one length.

use codec::Encode;
use icn_dag::{cid::CID_BYTES, Cid, Did, Epoch, Key, Kind, Moment};
use icn_merkle::Position;
use sha2::{Digest, Sha256};

const WAITING: u8 = 0;
const ANCHORED: u8 = 1;
const PLACE: u8 = 2;
const LOG_NODE: u8 = 3;
const LOG: u8 = 4;
const CHILD: u8 = 5;
const TIP: u8 = 6;
const LISTED: u8 = 7;
const EVIDENCE: u8 = 8;
const PROPOSED: u8 = 9;
const ALL_NODE: u8 = 16;
const ALL: u8 = 17;
const TIME: u8 = 10;
const KEPT: u8 = 11;
const LACKING: u8 = 12;
const LINKS: u8 = 13;
const LINKED: u8 = 18;

/// A key of `record index`.
///
/// | first byte | what follows | value |
/// |---|---|---|
/// | 0, waiting | CID of a record that waits to be final | nothing |
/// | 1, anchored | CID of a final record | SCALE of `Anchored` |
/// | 2, place | DAG ‖ place in its log | CID |
/// | 3, log node | DAG ‖ level ‖ index | hash of a perfect subtree of the log |
/// | 4, log | DAG | SCALE of the log's `Range` |
/// | 5, child | CID ‖ CID of a record that names it as parent | nothing |
/// | 6, tip | DAG ‖ CID of a record that none here follows | nothing |
/// | 7, listed | list ‖ time ‖ CID | nothing |
/// | 8, evidence | DAG ‖ key | SCALE of `Equivocation` |
/// | 9, proposed | CID of a record that is here because a proposed block lists it | nothing |
/// | 16, node of all | level ‖ index | hash of a perfect subtree of the log of all records |
/// | 17, all | | SCALE of that log's `Range` |
/// | 10, time | CID of a record that waits or is final | its time |
/// | 11, kept | epoch ‖ CID of a final record that is here | nothing |
/// | 12, lacking | epoch ‖ CID of a final record that is not here and was never here | nothing |
/// | 13, links | time ‖ CID of a record that waits or is final | SCALE of `Links` |
/// | 18, linked | CID ‖ CID of a record whose payload or references link to it | nothing |
///
/// Places, indices, times and epochs are 8 bytes, big-endian.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum RecordKey<'a> {
    Waiting(Cid),
    Anchored(Cid),
    Place { dag: &'a Did, place: u64 },
    LogNode { dag: &'a Did, position: Position },
    Log(&'a Did),
    Child { parent: Cid, child: Cid },
    Tip { dag: &'a Did, cid: Cid },
    Listed { list: RecordList<'a>, time: Moment, cid: Cid },
    Evidence { dag: &'a Did, key: &'a Key },
    Proposed(Cid),
    AllNode(Position),
    All,
    Time(Cid),
    Kept { epoch: Epoch, cid: Cid },
    Lacking { epoch: Epoch, cid: Cid },
    Links { time: Moment, cid: Cid },
    Linked { to: Cid, record: Cid },
}

/// A list of records by time: those of a DAG (0), of an issuer (1), of a kind in a DAG (2), that speak for somebody (3), or that refer to
/// a CID (4).
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum RecordList<'a> {
    Dag(&'a Did),
    Issuer(&'a Did),
    Kind(&'a Did, Kind),
    Scope(&'a Did),
    Referring(&'a Cid),
}

fn hash(did: &Did) -> [u8; 32] {
    Sha256::digest(did.as_str()).into()
}

impl RecordList<'_> {
    /// What the keys of the list start with.
    pub fn prefix(&self) -> Vec<u8> {
        match self {
            Self::Dag(dag) => [&[LISTED, 0][..], &hash(dag)].concat(),
            Self::Issuer(issuer) => [&[LISTED, 1][..], &hash(issuer)].concat(),
            Self::Kind(dag, kind) => [&[LISTED, 2][..], &hash(dag), &kind.encode()].concat(),
            Self::Scope(scope) => [&[LISTED, 3][..], &hash(scope)].concat(),
            Self::Referring(cid) => [&[LISTED, 4][..], cid.as_bytes()].concat(),
        }
    }
}

impl RecordKey<'_> {
    /// What the keys of records that wait start with.
    pub const WAITING_PREFIX: [u8; 1] = [WAITING];

    /// What the keys of records start with that a proposed block lists.
    pub const PROPOSED_PREFIX: [u8; 1] = [PROPOSED];

    /// What the keys of final records start with that are here, by epoch.
    pub const KEPT_PREFIX: [u8; 1] = [KEPT];

    /// What the keys of final records start with that are not here, by epoch.
    pub const LACKING_PREFIX: [u8; 1] = [LACKING];

    /// What the keys of lists start with.
    pub const LISTED_PREFIX: [u8; 1] = [LISTED];

    /// What the keys of final records start with.
    pub const ANCHORED_PREFIX: [u8; 1] = [ANCHORED];

    /// The key.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Waiting(cid) => [&[WAITING][..], cid.as_bytes()].concat(),
            Self::Anchored(cid) => [&[ANCHORED][..], cid.as_bytes()].concat(),
            Self::Place { dag, place } => [&[PLACE][..], &hash(dag), &place.to_be_bytes()].concat(),
            Self::LogNode { dag, position: Position { level, index } } => {
                [&[LOG_NODE][..], &hash(dag), &[*level], &index.to_be_bytes()].concat()
            }
            Self::Log(dag) => [&[LOG][..], &hash(dag)].concat(),
            Self::Child { parent, child } => [&Self::children_prefix(parent)[..], child.as_bytes()].concat(),
            Self::Tip { dag, cid } => [&Self::tips_prefix(dag)[..], cid.as_bytes()].concat(),
            Self::Listed { list, time, cid } => [&list.prefix()[..], &time.to_be_bytes(), cid.as_bytes()].concat(),
            Self::Evidence { dag, key } => [&[EVIDENCE][..], &hash(dag), &key.0].concat(),
            Self::Proposed(cid) => [&[PROPOSED][..], cid.as_bytes()].concat(),
            Self::AllNode(Position { level, index }) => [&[ALL_NODE, *level][..], &index.to_be_bytes()].concat(),
            Self::All => vec![ALL],
            Self::Time(cid) => [&[TIME][..], cid.as_bytes()].concat(),
            Self::Kept { epoch, cid } => [&[KEPT][..], &epoch.to_be_bytes(), cid.as_bytes()].concat(),
            Self::Lacking { epoch, cid } => [&[LACKING][..], &epoch.to_be_bytes(), cid.as_bytes()].concat(),
            Self::Links { time, cid } => [&[LINKS][..], &time.to_be_bytes(), cid.as_bytes()].concat(),
            Self::Linked { to, record } => [&Self::linked_prefix(to)[..], record.as_bytes()].concat(),
        }
    }

    /// What the keys of a record's children start with.
    pub fn children_prefix(parent: &Cid) -> Vec<u8> {
        [&[CHILD][..], parent.as_bytes()].concat()
    }

    /// What the keys of the records that link to something start with.
    pub fn linked_prefix(to: &Cid) -> Vec<u8> {
        [&[LINKED][..], to.as_bytes()].concat()
    }

    /// What the keys of a DAG's tips start with.
    pub fn tips_prefix(dag: &Did) -> Vec<u8> {
        [&[TIP][..], &hash(dag)].concat()
    }

    /// What the keys of the places in a DAG's log start with.
    pub fn places_prefix(dag: &Did) -> Vec<u8> {
        [&[PLACE][..], &hash(dag)].concat()
    }

    /// Reads a key of kept or lacking records: epoch and CID.
    pub fn by_epoch_of(key: &[u8]) -> Option<(Epoch, Cid)> {
        let (epoch, cid) = key.get(1..)?.split_first_chunk()?;
        Some((Epoch::from_be_bytes(*epoch), Cid::try_from(cid).ok()?))
    }

    /// The CID with which a key ends.
    pub fn cid_at_end(key: &[u8]) -> Option<Cid> {
        let start = key.len().checked_sub(CID_BYTES)?;
        Cid::try_from(key.get(start..)?).ok()
    }

    /// Reads a key of the list that starts with `prefix`; `None` when it is not of that list.
    pub fn listed_under(prefix: &[u8], key: &[u8]) -> Option<(Moment, Cid)> {
        let (time, cid) = key.strip_prefix(prefix)?.split_first_chunk()?;
        Some((Moment::from_be_bytes(*time), Cid::try_from(cid).ok()?))
    }
}
