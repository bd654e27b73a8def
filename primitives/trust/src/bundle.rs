//! What the validators of an epoch say of it, and the form in which they say it.

use crate::bls::{PublicKey, KEY_BYTES};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use icn_dag::{
    fields::{bytes, malformed, uint, Fields},
    ipld::{self, Limits},
    Cid, Codec, Did, Epoch, Error, Ipld, Moment,
};
use icn_merkle::TreeHead;
use scale_info::TypeInfo;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Version of the format. 1: the first.
pub const VERSION: u64 = 1;

/// Most signers of an epoch: as many as a chain has validators.
pub const SIGNERS_MAX: u32 = 1_000;

/// Bounds of an encoded bundle, with the most signers.
pub const LIMITS: Limits = Limits { bytes: 96 * 1024, depth: 3, items: 8 * 1024 };

/// What a signature covers, before genesis, federation, epoch and CID.
const SIGNING_TAG: &[u8] = b"icn/bundle/1";

/// What the name of a federation is the hash of, before its genesis.
const FEDERATION_TAG: &[u8] = b"icn/federation/1";

/// The name of the federation whose chain begins with a genesis block: a `did:icn` of the network's name and
/// `SHA-256("icn/federation/1" ‖ hash of the FRAME header of block 0)`. `None` when the name of the network is not one.
pub fn federation(network: &str, genesis: &[u8; 32]) -> Option<Did> {
    let hash = Sha256::new().chain_update(FEDERATION_TAG).chain_update(genesis).finalize();
    Did::of_hash(network, &hash.into()).ok()
}

/// Somebody who seals bundles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Signer {
    /// Its key, which was shown to be possessed.
    pub key: PublicKey,
    /// Its power, at least 1.
    pub power: u64,
}

/// Who seals the bundle of an epoch: fixed when the epoch begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Signers {
    /// Those with a sealing key, in ascending order of their keys.
    pub list: BoundedVec<Signer, ConstU32<SIGNERS_MAX>>,
    /// The power of all validators, with those that have no sealing key.
    pub power: u64,
}

/// Why signers are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignersError {
    /// One is there twice, or they are not in ascending order of their keys.
    #[error("the signers are not in ascending order of their keys")]
    Order,
    /// One has no power, or they have more together than all validators.
    #[error("a signer has no power, or the signers have more than all validators")]
    Power,
}

impl Signers {
    /// Checks that they are in order and within bounds.
    ///
    /// # Errors
    /// See [`SignersError`].
    pub fn check(&self) -> Result<(), SignersError> {
        if !self.list.is_sorted_by(|one, next| one.key < next.key) {
            return Err(SignersError::Order);
        }
        let has_power = self.list.iter().all(|signer| signer.power > 0);
        let sum: u128 = self.list.iter().map(|signer| u128::from(signer.power)).sum();
        if has_power && sum <= u128::from(self.power) {
            Ok(())
        } else {
            Err(SignersError::Power)
        }
    }

    /// The place of a key.
    pub fn place(&self, key: &PublicKey) -> Option<usize> {
        self.list.binary_search_by_key(key, |signer| signer.key).ok()
    }

    /// Whether this much power is more than two thirds of all.
    pub fn is_quorum(&self, power: u128) -> bool {
        power.saturating_mul(3) > u128::from(self.power).saturating_mul(2)
    }

    /// The least power that is a quorum.
    pub fn quorum(&self) -> u128 {
        u128::from(self.power).saturating_mul(2) / 3 + 1
    }
}

/// What is final at the end of an epoch, and who says so of the next one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Bundle {
    /// The federation: [`federation`] of its network and genesis.
    pub federation: Did,
    /// Hash of the FRAME header of its block 0.
    pub genesis: [u8; 32],
    /// The epoch.
    pub epoch: Epoch,
    /// The bundle before; none for epoch 0.
    pub prev: Option<Cid>,
    /// Height of the last block of the epoch.
    pub height: u32,
    /// Hash of its FRAME header.
    pub block: [u8; 32],
    /// Its time.
    pub time: Moment,
    /// From when on it is not trusted any more.
    pub valid_until: Moment,
    /// Root of the state after it, for proofs of values: the `app_hash` of its Tendermint header.
    pub state_root: [u8; 32],
    /// The log of all records of all DAGs that are final.
    pub records: TreeHead,
    /// Who seals the next bundle.
    pub signers: Signers,
}

impl Bundle {
    /// Its bytes: canonical dag-cbor.
    ///
    /// # Errors
    /// When it has too many signers.
    pub fn encode_cbor(&self) -> Result<Vec<u8>, Error> {
        ipld::encode(&self.to_ipld(), &LIMITS)
    }

    /// Its name.
    ///
    /// # Errors
    /// As [`Self::encode_cbor`].
    pub fn cid(&self) -> Result<Cid, Error> {
        Ok(Cid::of(Codec::DagCbor, &self.encode_cbor()?))
    }

    /// What a signer signs: the tag, the genesis, the federation as SCALE text, the epoch in eight bytes, big-endian, and the CID.
    ///
    /// # Errors
    /// As [`Self::encode_cbor`].
    pub fn message(&self) -> Result<Vec<u8>, Error> {
        Ok(message(&self.genesis, &self.federation, self.epoch, &self.cid()?))
    }

    fn to_ipld(&self) -> Ipld {
        let link = |cid: &Cid| Ipld::Link(cid.into());
        let signers = self
            .signers
            .list
            .iter()
            .map(|signer| Ipld::List(vec![Ipld::Bytes(signer.key.0.to_vec()), Ipld::Integer(signer.power.into())]));
        let records =
            Ipld::List(vec![Ipld::Integer(self.records.size.into()), Ipld::Bytes(self.records.root.to_vec())]);
        let fields = [
            ("v", Ipld::Integer(VERSION.into())),
            ("federation", Ipld::String(self.federation.as_str().into())),
            ("genesis", Ipld::Bytes(self.genesis.to_vec())),
            ("epoch", Ipld::Integer(self.epoch.into())),
            ("prev", self.prev.as_ref().map_or(Ipld::Null, link)),
            ("height", Ipld::Integer(self.height.into())),
            ("block", Ipld::Bytes(self.block.to_vec())),
            ("time", Ipld::Integer(self.time.into())),
            ("valid_until", Ipld::Integer(self.valid_until.into())),
            ("state_root", Ipld::Bytes(self.state_root.to_vec())),
            ("records", records),
            ("signers", Ipld::List(signers.collect())),
            ("power", Ipld::Integer(self.signers.power.into())),
        ];
        Ipld::Map(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect::<BTreeMap<_, _>>())
    }

    /// Reads canonical dag-cbor.
    ///
    /// # Errors
    /// [`Error::TooLarge`], [`Error::NotCanonical`], and [`Error::Malformed`] with the field that is not what it should be.
    pub fn decode_cbor(encoded: &[u8]) -> Result<Self, Error> {
        let mut fields = Fields::of(ipld::decode(encoded, &LIMITS)?, "bundle")?;
        if fields.uint::<u64>("v")? != VERSION {
            return malformed("v");
        }
        let federation = fields.text("federation")?;
        let genesis = bytes(&fields.take("genesis")?, "genesis")?;
        let prev = match fields.take("prev")? {
            Ipld::Null => None,
            link => Some(icn_dag::fields::cid(&link, "prev")?),
        };
        let bundle = Self {
            federation,
            genesis,
            epoch: fields.uint("epoch")?,
            prev,
            height: fields.uint("height")?,
            block: bytes(&fields.take("block")?, "block")?,
            time: fields.uint("time")?,
            valid_until: fields.uint("valid_until")?,
            state_root: bytes(&fields.take("state_root")?, "state_root")?,
            records: records(fields.list("records")?)?,
            signers: Signers { list: signers(fields.list("signers")?)?, power: fields.uint("power")? },
        };
        fields.end()?;
        bundle.check()?;
        Ok(bundle)
    }

    /// What holds for every bundle by itself.
    fn check(&self) -> Result<(), Error> {
        if self.federation.network().and_then(|network| federation(network, &self.genesis)).as_ref()
            != Some(&self.federation)
        {
            return malformed("federation");
        }
        if self.prev.is_some() != (self.epoch > 0) {
            return malformed("prev");
        }
        if self.valid_until < self.time {
            return malformed("valid_until");
        }
        self.signers.check().or_else(|_| malformed("signers"))
    }
}

/// What a signer signs of a bundle.
pub fn message(genesis: &[u8; 32], federation: &Did, epoch: Epoch, cid: &Cid) -> Vec<u8> {
    [SIGNING_TAG, genesis, &federation.encode(), &epoch.to_be_bytes(), cid.as_bytes()].concat()
}

fn records(list: Vec<Ipld>) -> Result<TreeHead, Error> {
    match &list[..] {
        [size, root] => Ok(TreeHead { size: uint(size.clone(), "records")?, root: bytes(root, "records")? }),
        _ => malformed("records"),
    }
}

fn signers(list: Vec<Ipld>) -> Result<BoundedVec<Signer, ConstU32<SIGNERS_MAX>>, Error> {
    let signers = list
        .into_iter()
        .map(|signer| match signer {
            Ipld::List(pair) => match &pair[..] {
                [key, power] => Ok(Signer {
                    key: PublicKey(bytes::<KEY_BYTES>(key, "signers")?),
                    power: uint(power.clone(), "signers")?,
                }),
                _ => malformed("signers"),
            },
            _ => malformed("signers"),
        })
        .collect::<Result<Vec<_>, _>>()?;
    BoundedVec::try_from(signers).or_else(|_| malformed("signers"))
}
