//! Cuts bytes into a blob as they come. It holds one chunk and one unfinished inner node of each height, whatever the size.

use crate::{
    block::Block,
    error::BlobError,
    inner::{Inner, Part},
    limits::{CHUNK_BYTES, FANOUT},
    shape, Root,
};

/// Why a blob is not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError<E> {
    /// The bytes are no blob.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Whoever takes the blocks refuses one.
    #[error("{0}")]
    Sink(E),
}

/// A blob in the making.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    chunk: Vec<u8>,
    size: u64,
    /// Parts whose parent is not made yet, by their height.
    open: Vec<Vec<Part>>,
}

impl Builder {
    /// A blob of no bytes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes; `sink` takes the blocks that are complete, each before its parent.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`] beyond the most that a blob may have, before any of these bytes is taken, and what `sink` says.
    pub fn push<E>(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Block) -> Result<(), E>,
    ) -> Result<(), BuildError<E>> {
        let size = self.size.saturating_add(bytes.len() as u64);
        shape::check_size(size)?;
        self.size = size;
        while !bytes.is_empty() {
            // The last chunk is not known before the next byte comes.
            if self.chunk.len() as u64 == CHUNK_BYTES {
                self.close_chunk(sink)?;
            }
            let room = (CHUNK_BYTES as usize).saturating_sub(self.chunk.len()).min(bytes.len());
            let (taken, rest) = bytes.split_at(room);
            self.chunk.extend_from_slice(taken);
            bytes = rest;
        }
        Ok(())
    }

    /// Ends the blob; its name and size.
    ///
    /// # Errors
    /// What `sink` says.
    pub fn finish<E>(mut self, sink: &mut impl FnMut(Block) -> Result<(), E>) -> Result<Root, BuildError<E>> {
        self.close_chunk(sink)?;
        let mut height = 0;
        loop {
            let parts = self.open.get_mut(height).map(std::mem::take).unwrap_or_default();
            if let ([root], true) = (&parts[..], height + 1 >= self.open.len()) {
                return Ok(Root { cid: root.cid, size: self.size });
            }
            self.add(height + 1, Inner::new(parts), sink)?;
            height += 1;
        }
    }

    fn close_chunk<E>(&mut self, sink: &mut impl FnMut(Block) -> Result<(), E>) -> Result<(), BuildError<E>> {
        let length = self.chunk.len() as u64;
        let block = Block::chunk(std::mem::take(&mut self.chunk));
        self.push_part(0, Part { cid: block.cid(), length }, sink)?;
        sink(block).map_err(BuildError::Sink)
    }

    /// Adds a part; where as many are open as a parent has, they get theirs first.
    fn push_part<E>(
        &mut self,
        height: usize,
        part: Part,
        sink: &mut impl FnMut(Block) -> Result<(), E>,
    ) -> Result<(), BuildError<E>> {
        if self.open.len() <= height {
            self.open.resize(height + 1, Vec::new());
        }
        let full = self.open.get_mut(height).filter(|open| open.len() as u64 == FANOUT).map(std::mem::take);
        if let Some(parts) = full {
            self.add(height + 1, Inner::new(parts), sink)?;
        }
        self.open.get_mut(height).into_iter().for_each(|open| open.push(part));
        Ok(())
    }

    fn add<E>(
        &mut self,
        height: usize,
        inner: Inner,
        sink: &mut impl FnMut(Block) -> Result<(), E>,
    ) -> Result<(), BuildError<E>> {
        let block = inner.to_block();
        self.push_part(height, Part { cid: block.cid(), length: inner.length() }, sink)?;
        sink(block).map_err(BuildError::Sink)
    }
}

/// Name and size of bytes that are all here, without their blocks.
///
/// # Errors
/// [`BlobError::TooLarge`].
pub fn root_of(bytes: &[u8]) -> Result<Root, BlobError> {
    let mut builder = Builder::new();
    let mut drop_all = |_: Block| Ok::<_, std::convert::Infallible>(());
    let built = builder.push(bytes, &mut drop_all).and_then(|()| builder.finish(&mut drop_all));
    built.map_err(|error| match error {
        BuildError::Blob(error) => error,
        BuildError::Sink(never) => match never {},
    })
}
