//! Who is shown which payload: SPEC-DAG-35 and SPEC-DAG-36.

use super::Records;
use crate::service::chain::NodeChain;
use icn_dag::{Audience, Cid, Node, SignedHeader};
use icn_executor::RecordRules;
use icn_network::{FoundRecords, PeerId};
use icn_primitives::{BlockNumber, Moment, StateView};
use icn_rpc::backend::{ReadError, Reader, RecordReadError, Shown};
use icn_runtime::Runtime;
use icn_storage::OrderedStore;
use parking_lot::Mutex;
use std::{
    collections::BTreeSet,
    ops::Bound,
    time::{SystemTime, UNIX_EPOCH},
};

/// Bytes that the keys of one storage item start with.
const PREFIX_BYTES: usize = 32;

/// The peers that are given what is for members: validators, which must hold it to vote, and those that the operator or the chain's
/// document names, such as a validator's sentries.
pub struct Trusted {
    named: BTreeSet<PeerId>,
    /// The validators' nodes at a height.
    validators: Mutex<(BlockNumber, BTreeSet<Vec<u8>>)>,
}

impl Trusted {
    /// Validators and these.
    pub fn new(named: impl IntoIterator<Item = PeerId>) -> Self {
        let named = named.into_iter().collect();
        Self { named, validators: Mutex::new((BlockNumber::MAX, BTreeSet::new())) }
    }

    /// Whether a peer is given what is for members.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn has<S: OrderedStore>(&self, peer: &PeerId, chain: &NodeChain<S>) -> Result<bool, ReadError> {
        if self.named.contains(peer) {
            return Ok(true);
        }
        let latest = chain.store.latest();
        let mut validators = self.validators.lock();
        if validators.0 != latest.head().number {
            *validators = (latest.head().number, nodes_of_validators(&*latest)?);
        }
        Ok(validators.1.contains(peer.to_string().as_bytes()))
    }
}

/// The names on the network of the nodes of validators. Who is none has no name here.
fn nodes_of_validators(state: &dyn StateView) -> Result<BTreeSet<Vec<u8>>, ReadError> {
    let key = pallet_validators::Members::<Runtime>::hashed_key_for([0; 32]);
    let prefix = &key[..PREFIX_BYTES];
    let mut names = BTreeSet::new();
    for entry in state.entries(Bound::Included(prefix)) {
        let (key, value) = entry.map_err(ReadError::State)?;
        if !key.starts_with(prefix) {
            break;
        }
        let member: Option<pallet_validators::Member> = codec::Decode::decode(&mut &value[..]).ok();
        names.extend(member.map(|member| member.peer_id.into_inner()).filter(|name| !name.is_empty()));
    }
    Ok(names)
}

/// The time by which proofs expire, in milliseconds: that of people, which a Development chain's may be ahead of.
fn wall_clock() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::try_from(since.as_millis()).unwrap_or(Moment::MAX)
}

/// The audience of a stored record, and the record. What does not decode is for nobody.
fn audience(bytes: &[u8]) -> Option<(Audience, Node)> {
    let node = Node::decode(bytes).ok()?;
    Some((node.header().visibility.audience(), node))
}

impl<S: OrderedStore> Records<S> {
    /// What a reader is shown of a record with these bytes.
    ///
    /// # Errors
    /// See [`RecordReadError`]. A proof that does not hold is refused, whatever the record.
    pub(super) fn show(&self, cid: &Cid, bytes: Vec<u8>, reader: &Reader) -> Result<Option<Shown>, RecordReadError> {
        let Some((audience, node)) = audience(&bytes) else { return Ok(None) };
        let genesis = self.chain.store.genesis_hash();
        if let Some(proof) = &reader.proof {
            proof.verify(&genesis.0, cid, wall_clock())?;
        }
        let open = audience == Audience::All || (audience == Audience::Nodes && reader.local);
        if open {
            return Ok(Some(Shown::Record(bytes)));
        }
        let Some(proof) = &reader.proof else {
            return Ok(SignedHeader::of(&node).map(|header| Shown::Header(Box::new(header))));
        };
        let latest = self.chain.store.latest();
        let rules = RecordRules::of(&*latest);
        let status = rules.key(&node.header().dag, &proof.issuer, &proof.key, rules.epoch());
        rules.finish().map_err(|error| self.chain.executor_error(error))?;
        match status {
            icn_dag::KeyStatus::Valid => Ok(Some(Shown::Record(bytes))),
            _ => Err(RecordReadError::NotAWriter),
        }
    }

    /// What a peer is given of records: those that are here and for it, in order, and the headers of those that are not for it.
    ///
    /// # Errors
    /// When store or state cannot be read.
    pub(super) fn give(&self, peer: &PeerId, trusted: &Trusted, cids: &[Cid]) -> Result<FoundRecords, ReadError> {
        let records = self.read_many(cids)?;
        if trusted.has(peer, &self.chain)? {
            return Ok(FoundRecords { records, withheld: Vec::new() });
        }
        let mut found = FoundRecords::default();
        for bytes in records {
            match audience(&bytes) {
                Some((Audience::All | Audience::Nodes, _)) => found.records.push(bytes),
                Some((Audience::Members, node)) => found.withheld.extend(withheld(&node)),
                None => {}
            }
        }
        Ok(found)
    }
}

/// What a peer is told of a record that is not for it: its CID and signed header.
fn withheld(node: &Node) -> Option<Vec<u8>> {
    let header = SignedHeader::of(node)?;
    Some([&node.cid().as_bytes()[..], &codec::Encode::encode(&header)].concat())
}

/// The record of which a peer says that it is withheld, when that can be: whoever signed it says that it is for members. That it has this
/// name cannot be seen without its payload.
pub(super) fn withheld_of(bytes: &[u8]) -> Option<Cid> {
    let (cid, mut header) = bytes.split_at_checked(icn_dag::cid::CID_BYTES)?;
    let signed: SignedHeader = codec::DecodeAll::decode_all(&mut header).ok()?;
    let is_for_members = signed.header.visibility.audience() == Audience::Members && signed.verify().is_ok();
    Cid::try_from(cid).ok().filter(|_| is_for_members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_dag::{Did, Draft, Ipld, Key, Kind, Payload, Scope, ScopeKind, SigningKey, Visibility};
    use icn_fuzzing::{fuzz, Raw};

    fn node(visibility: Visibility) -> Node {
        let (key, dag) = (SigningKey::from([7; 32]), Did::of_hash("local", &[7; 32]).expect("a network"));
        let draft = Draft {
            dag: dag.clone(),
            parents: Default::default(),
            issuer: Did::of_key(&Key::of(&key)),
            seq: 0,
            epoch: 0,
            time: 1,
            kind: Kind::Genesis,
            scope: Scope { kind: ScopeKind::Cooperative, id: dag },
            visibility,
            refs: Default::default(),
            payload: Payload::new(Ipld::Map([("commitment".to_owned(), Ipld::Bytes(vec![7; 32]))].into()))
                .expect("it is small"),
        };
        Node::sign(draft, &key).expect("its fields fit")
    }

    #[test]
    fn what_is_withheld_is_told_by_a_signed_header_for_members() {
        let told = withheld(&node(Visibility::Members)).expect("it is signed");
        assert_eq!(withheld_of(&told), Some(node(Visibility::Members).cid()));
        // Nobody withholds what is for every peer, and nobody else signs.
        assert_eq!(withheld_of(&withheld(&node(Visibility::Federation)).expect("it is signed")), None);
        let mut forged = told.clone();
        *forged.last_mut().expect("a signature") ^= 1;
        assert_eq!(withheld_of(&forged), None);
        assert_eq!(withheld_of(&[&told[..], &[0]].concat()), None);
        assert_eq!(withheld_of(&told[..told.len() - 1]), None);
    }

    #[test]
    fn fuzz_withheld() {
        let seed = withheld(&node(Visibility::Members)).expect("it is signed");
        fuzz("withheld record", &[seed], |bytes| withheld_of(bytes).map(|_| Raw(bytes.to_vec())));
    }
}
