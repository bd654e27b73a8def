//! Blocks of blobs on the wire: which are wanted, and they themselves. Nothing here looks into a block.

use super::{check_size, WireError};
use crate::{blobs::BlockId, records::RECORD_ID_BYTES};
use bytes::Bytes;
use prost::Message as _;

/// Blocks that are wanted at once.
pub(crate) const IDS_MAX: usize = 16;

/// Largest block, in bytes.
pub(crate) const BLOCK_BYTES_MAX: usize = 256 * 1024;

/// Bytes of the blocks in one answer: four of the largest.
pub(crate) const ANSWER_BYTES_MAX: usize = 4 * BLOCK_BYTES_MAX;

/// Bytes of a request: its ids, each with tag and length.
pub(crate) const REQUEST_MESSAGE_MAX: usize = IDS_MAX * (RECORD_ID_BYTES + 2);

/// Bytes of an answer with tags and lengths.
pub(crate) const ANSWER_MESSAGE_MAX: usize = ANSWER_BYTES_MAX + 8 * IDS_MAX;

/// What one node asks another: these blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlobsRequest(pub(crate) Vec<BlockId>);

/// The blocks that are there of those that were wanted, or that there is too much to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BlobsAnswer {
    pub(crate) blocks: Vec<Bytes>,
    pub(crate) busy: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    want: Vec<Bytes>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Answer {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    blocks: Vec<Bytes>,
    #[prost(bool, tag = "2")]
    busy: bool,
}

impl BlobsRequest {
    /// `{1: [id]}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Request { want: self.0.iter().map(|id| Bytes::copy_from_slice(id)).collect() }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let request: Request = super::decode_exact(bytes, REQUEST_MESSAGE_MAX)?;
        if request.want.is_empty() {
            return Err(WireError::Empty);
        }
        let ids = request.want.iter().map(|id| BlockId::try_from(&id[..]).map_err(|_| WireError::Malformed));
        Ok(Self(ids.collect::<Result<_, _>>()?))
    }
}

impl BlobsAnswer {
    /// As many of some blocks as fit.
    pub(crate) fn of(blocks: Vec<Vec<u8>>) -> Self {
        let mut bytes = 0;
        let fits = |block: &Vec<u8>| {
            bytes += block.len();
            block.len() <= BLOCK_BYTES_MAX && bytes <= ANSWER_BYTES_MAX
        };
        Self { blocks: blocks.into_iter().take(IDS_MAX).take_while(fits).map(Bytes::from).collect(), busy: false }
    }

    /// That there is too much to do.
    pub(crate) fn busy() -> Self {
        Self { blocks: Vec::new(), busy: true }
    }

    /// `{1: [block], 2: busy}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Answer { blocks: self.blocks.clone(), busy: self.busy }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, WireError> {
        check_size(&bytes, ANSWER_MESSAGE_MAX)?;
        let Answer { blocks, busy } = Answer::decode(Bytes::from(bytes)).map_err(|_| WireError::Malformed)?;
        if blocks.len() > IDS_MAX {
            return Err(WireError::TooMany { max: IDS_MAX });
        }
        match blocks.iter().find(|block| block.len() > BLOCK_BYTES_MAX) {
            Some(block) => Err(WireError::Oversized { bytes: block.len(), max: BLOCK_BYTES_MAX }),
            None => Ok(Self { blocks, busy }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_fuzzing::{fuzz, Raw};

    #[test]
    fn requests_have_one_encoding() {
        let request = BlobsRequest(vec![[1; RECORD_ID_BYTES], [2; RECORD_ID_BYTES]]);
        let bytes = request.to_bytes();
        assert_eq!(bytes[..2], [0x0a, 36]);
        assert_eq!(BlobsRequest::from_bytes(&bytes), Ok(request));
        assert_eq!(BlobsRequest::from_bytes(&[&bytes[..], &[0x18, 1]].concat()), Err(WireError::Malformed));
        assert_eq!(BlobsRequest::from_bytes(&[]), Err(WireError::Empty));
        assert_eq!(BlobsRequest::from_bytes(&[0x0a, 1, 7]), Err(WireError::Malformed));
        let many = BlobsRequest(vec![[3; RECORD_ID_BYTES]; IDS_MAX + 1]).to_bytes();
        assert!(matches!(BlobsRequest::from_bytes(&many), Err(WireError::Oversized { .. })));
    }

    #[test]
    fn answers_are_bounded() {
        let answer = BlobsAnswer::of(vec![vec![7; 100], Vec::new(), vec![8; BLOCK_BYTES_MAX]]);
        assert_eq!(answer.blocks.len(), 3);
        assert_eq!(BlobsAnswer::from_bytes(answer.to_bytes()), Ok(answer));
        let full = BlobsAnswer::of(vec![vec![9; BLOCK_BYTES_MAX]; 5]);
        assert_eq!(full.blocks.len(), 4);
        assert!(full.to_bytes().len() <= ANSWER_MESSAGE_MAX);
        assert!(BlobsAnswer::of(vec![vec![0; BLOCK_BYTES_MAX + 1]]).blocks.is_empty());
        assert_eq!(BlobsAnswer::from_bytes(BlobsAnswer::busy().to_bytes()), Ok(BlobsAnswer::busy()));
        let large = Answer { blocks: vec![vec![1; BLOCK_BYTES_MAX + 1].into()], busy: false }.encode_to_vec();
        assert!(matches!(BlobsAnswer::from_bytes(large), Err(WireError::Oversized { .. })));
        let many = Answer { blocks: vec![Bytes::from_static(&[1]); IDS_MAX + 1], busy: false }.encode_to_vec();
        assert_eq!(BlobsAnswer::from_bytes(many), Err(WireError::TooMany { max: IDS_MAX }));
    }

    #[test]
    fn fuzz_blobs_request() {
        let seed = BlobsRequest(vec![[1; RECORD_ID_BYTES], [2; RECORD_ID_BYTES]]).to_bytes();
        fuzz("blobs request", &[seed], |bytes| {
            BlobsRequest::from_bytes(bytes).ok().map(|request| Raw(request.to_bytes()))
        });
    }

    #[test]
    fn fuzz_blobs_answer() {
        let answer = BlobsAnswer::of(vec![vec![7; 100], vec![8; 300]]);
        fuzz("blobs answer", &[answer.to_bytes(), BlobsAnswer::busy().to_bytes()], |bytes| {
            let answer = BlobsAnswer::from_bytes(bytes.to_vec()).ok()?;
            assert!(answer.blocks.len() <= IDS_MAX);
            assert_eq!(BlobsAnswer::from_bytes(answer.to_bytes()), Ok(answer));
            Some(Raw(bytes.to_vec()))
        });
    }
}
