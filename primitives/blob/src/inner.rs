//! Inner nodes: what is below them, in canonical dag-cbor (SPEC-BLOB-4).

use crate::{
    block::{verify, Block},
    error::{BlobError, Fault},
    limits::{FANOUT, INNER_BYTES_MAX},
    shape,
};
use icn_dag::{
    ipld::{self, Limits},
    Cid, Codec, Ipld,
};
use std::collections::BTreeMap;

/// Version of the format.
const VERSION: i128 = 1;

/// Bounds that are checked before anything is decoded: a map of a list of pairs.
const LIMITS: Limits = Limits { bytes: INNER_BYTES_MAX, depth: 4, items: 4 * FANOUT as usize + 16 };

/// One part of an inner node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The block.
    pub cid: Cid,
    /// Bytes of the blob that are in it or below it, at least 1.
    pub length: u64,
}

/// An inner node: its parts, in the order of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    parts: Vec<Part>,
}

impl Inner {
    /// An inner node over some parts. Whether they have the lengths that they must have, [`Self::check`] says.
    pub(crate) fn new(parts: Vec<Part>) -> Self {
        Self { parts }
    }

    /// Its parts.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Bytes of the blob below it.
    pub fn length(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.length))
    }

    /// The block that holds it.
    pub(crate) fn to_block(&self) -> Block {
        let pair = |part: &Part| Ipld::List(vec![Ipld::Link((&part.cid).into()), Ipld::Integer(part.length.into())]);
        let parts = Ipld::List(self.parts.iter().map(pair).collect());
        let fields = BTreeMap::from([("blob".to_owned(), Ipld::Integer(VERSION)), ("parts".to_owned(), parts)]);
        // Links and integers of 64 bits are within what dag-cbor has, and the fan-out within the bounds.
        Block::inner(ipld::encode(&Ipld::Map(fields), &LIMITS).unwrap_or_default())
    }

    /// Decodes the bytes of an inner node, whose name they have.
    ///
    /// # Errors
    /// [`BlobError::NotCanonical`]; lengths are judged by [`Self::check`].
    fn decode(cid: &Cid, bytes: &[u8]) -> Result<Self, BlobError> {
        let not = |fault| BlobError::NotCanonical { cid: *cid, fault };
        if bytes.len() > INNER_BYTES_MAX {
            return Err(not(Fault::Form));
        }
        let Ok(Ipld::Map(fields)) = ipld::decode(bytes, &LIMITS) else { return Err(not(Fault::Form)) };
        let (Some(version), Some(Ipld::List(parts)), 2) = (fields.get("blob"), fields.get("parts"), fields.len())
        else {
            return Err(not(Fault::Fields));
        };
        if *version != Ipld::Integer(VERSION) {
            return Err(not(Fault::Version));
        }
        let parts = parts.iter().map(part).collect::<Option<Vec<_>>>();
        Ok(Self { parts: parts.ok_or_else(|| not(Fault::Fields))? })
    }

    /// Reads the root of a blob of more than one chunk. Its parts say how long the blob is.
    ///
    /// # Errors
    /// [`BlobError::CorruptBlob`], [`BlobError::NotCanonical`] or [`BlobError::TooLarge`].
    pub fn root(cid: &Cid, bytes: &[u8]) -> Result<Self, BlobError> {
        verify(cid, bytes)?;
        let inner = Self::decode(cid, bytes)?;
        let size = inner.length();
        shape::check_size(size)?;
        inner.check(cid, size, shape::height(size))?;
        Ok(inner)
    }

    /// Reads an inner node that has so many bytes below it, at a height of at least 1.
    ///
    /// # Errors
    /// [`BlobError::CorruptBlob`] or [`BlobError::NotCanonical`].
    pub fn below(cid: &Cid, bytes: &[u8], length: u64, height: u32) -> Result<Self, BlobError> {
        verify(cid, bytes)?;
        let inner = Self::decode(cid, bytes)?;
        inner.check(cid, length, height)?;
        Ok(inner)
    }

    /// Whether its parts are those of the one tree.
    // SPEC-BLOB-3
    fn check(&self, cid: &Cid, length: u64, height: u32) -> Result<(), BlobError> {
        let not = |fault| Err(BlobError::NotCanonical { cid: *cid, fault });
        if height == 0 {
            return not(Fault::Lengths);
        }
        let lengths = shape::part_lengths(length, height);
        let fits = self.parts.len() as u64 <= FANOUT && lengths.len() == self.parts.len();
        if !fits || self.parts.iter().zip(lengths).any(|(part, length)| part.length != length) {
            return not(Fault::Lengths);
        }
        let codec = if height == 1 { Codec::Raw } else { Codec::DagCbor };
        if self.parts.iter().any(|part| part.cid.codec() != codec) {
            return not(Fault::Kind);
        }
        Ok(())
    }
}

fn part(pair: &Ipld) -> Option<Part> {
    let Ipld::List(pair) = pair else { return None };
    let [Ipld::Link(cid), Ipld::Integer(length)] = &pair[..] else { return None };
    Some(Part { cid: Cid::try_from(cid).ok()?, length: u64::try_from(*length).ok().filter(|length| *length > 0)? })
}
