//! Reads a blob out of its blocks, and trusts none of them.

use crate::{
    block::verify,
    error::{BlobError, Fault},
    inner::Inner,
    limits::CHUNK_BYTES,
    shape, Root,
};
use icn_dag::{Cid, Codec};
use std::ops::Range;

/// Where blocks are.
pub trait Blocks {
    /// Why they cannot be read.
    type Error;

    /// The bytes that are there for a name, verified or not; `None` when there are none.
    ///
    /// # Errors
    /// When they cannot be read.
    fn block(&self, cid: &Cid) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// Why a blob cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError<E> {
    /// It is not there as it should be.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Where it is cannot be read.
    #[error("{0}")]
    Blocks(E),
}

/// A block somewhere in a blob.
#[derive(Clone, Copy, Debug)]
struct Place {
    cid: Cid,
    start: u64,
    length: u64,
    height: u32,
}

/// A blob whose root is known. Every block is verified each time it is read.
#[derive(Clone, Debug)]
pub struct Reader<B> {
    blocks: B,
    root: Root,
}

impl<B: Blocks> Reader<B> {
    /// Reads the root of a blob.
    ///
    /// # Errors
    /// [`BlobError::Missing`] when it is not there, and as all reading.
    pub fn open(blocks: B, root: Cid) -> Result<Self, ReadError<B::Error>> {
        let bytes = fetch(&blocks, &root)?;
        let size = match root.codec() {
            Codec::DagCbor => Inner::root(&root, &bytes)?.length(),
            Codec::Raw => {
                verify(&root, &bytes)?;
                bytes.len() as u64
            }
        };
        Ok(Self { blocks, root: Root { cid: root, size } })
    }

    /// Its name and size.
    pub fn root(&self) -> Root {
        self.root
    }

    /// Gives the bytes of a range to `sink`, piece by piece; none is longer than a chunk, and all are verified.
    ///
    /// # Errors
    /// [`BlobError::BadRange`]; [`BlobError::Missing`], [`BlobError::CorruptBlob`] and [`BlobError::NotCanonical`] when a block is not as it
    /// should be: pieces before it were given already.
    pub fn read(&self, range: Range<u64>, sink: &mut impl FnMut(&[u8])) -> Result<(), ReadError<B::Error>> {
        let Root { cid, size } = self.root;
        shape::check_range(size, &range)?;
        let mut below = vec![Place { cid, start: 0, length: size, height: shape::height(size) }];
        while let Some(place) = below.pop() {
            let end = place.start.saturating_add(place.length);
            if range.start.max(place.start) >= range.end.min(end) {
                continue;
            }
            let bytes = fetch(&self.blocks, &place.cid)?;
            if place.height == 0 {
                let chunk = chunk(&place, &bytes)?;
                let from = range.start.saturating_sub(place.start).min(place.length);
                let to = range.end.saturating_sub(place.start).min(place.length);
                sink(chunk.get(from as usize..to as usize).unwrap_or_default());
                continue;
            }
            let inner = Inner::below(&place.cid, &bytes, place.length, place.height)?;
            let mut start = end;
            for part in inner.parts().iter().rev() {
                start = start.saturating_sub(part.length);
                below.push(Place { cid: part.cid, start, length: part.length, height: place.height - 1 });
            }
        }
        Ok(())
    }

    /// The bytes of a range.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn bytes(&self, range: Range<u64>) -> Result<Vec<u8>, ReadError<B::Error>> {
        shape::check_range(self.root.size, &range)?;
        let mut bytes = Vec::with_capacity((range.end - range.start).min(CHUNK_BYTES) as usize);
        self.read(range, &mut |piece| bytes.extend_from_slice(piece))?;
        Ok(bytes)
    }
}

fn fetch<B: Blocks>(blocks: &B, cid: &Cid) -> Result<Vec<u8>, ReadError<B::Error>> {
    let found = blocks.block(cid).map_err(ReadError::Blocks)?;
    Ok(found.ok_or(BlobError::Missing(*cid))?)
}

fn chunk<'b>(place: &Place, bytes: &'b [u8]) -> Result<&'b [u8], BlobError> {
    verify(&place.cid, bytes)?;
    if bytes.len() as u64 != place.length {
        return Err(BlobError::NotCanonical { cid: place.cid, fault: Fault::Length });
    }
    Ok(bytes)
}
