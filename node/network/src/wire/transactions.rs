//! A batch of transactions.

use super::{check_size, WireError};
use bytes::Bytes;
use icn_primitives::{limits::EXTRINSIC_BYTES_MAX, Extrinsic};
use prost::Message as _;

/// Bytes of a gossip message, its envelope not counted.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Transactions in a batch.
pub(crate) const EXTRINSICS_MAX: usize = 1024;

/// The tag of field 1 with a length: the only byte with which an element begins.
const TAG: u8 = (1 << 3) | 2;

#[derive(Clone, PartialEq, prost::Message)]
struct Batch {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    extrinsics: Vec<Bytes>,
}

/// `{1: [extrinsic]}`.
pub(crate) fn encode(extrinsics: &[Extrinsic]) -> Vec<u8> {
    let copy = |extrinsic: &Extrinsic| Bytes::copy_from_slice(extrinsic.bytes());
    Batch { extrinsics: extrinsics.iter().map(copy).collect() }.encode_to_vec()
}

/// Checks every bound and the encoding without allocating; how many transactions there are.
pub(crate) fn measure(bytes: &[u8]) -> Result<usize, WireError> {
    check_size(bytes, MESSAGE_BYTES_MAX)?;
    let mut rest = bytes;
    let mut count = 0;
    while let Some((tag, element)) = rest.split_first() {
        if *tag != TAG {
            return Err(WireError::Malformed);
        }
        rest = skip_element(element)?;
        count += 1;
        if count > EXTRINSICS_MAX {
            return Err(WireError::TooMany { max: EXTRINSICS_MAX });
        }
    }
    if count == 0 {
        return Err(WireError::Empty);
    }
    Ok(count)
}

/// What follows an element, given its length and all that comes after.
fn skip_element(element: &[u8]) -> Result<&[u8], WireError> {
    let mut content = element;
    let bytes = prost::decode_length_delimiter(&mut content).map_err(|_| WireError::Malformed)?;
    if element.len() - content.len() != prost::length_delimiter_len(bytes) {
        return Err(WireError::Malformed);
    }
    if bytes == 0 || bytes > EXTRINSIC_BYTES_MAX as usize {
        return Err(WireError::ExtrinsicSize { bytes });
    }
    content.get(bytes..).ok_or(WireError::Malformed)
}

/// The transactions of a batch.
pub(crate) fn decode(bytes: Vec<u8>) -> Result<Vec<Extrinsic>, WireError> {
    measure(&bytes)?;
    let batch = Batch::decode(Bytes::from(bytes)).map_err(|_| WireError::Malformed)?;
    let extrinsic = |bytes: &Bytes| Extrinsic::from_bytes(bytes).map_err(|_| WireError::Extrinsic);
    batch.extrinsics.iter().map(extrinsic).collect()
}
