//! Signed records on the wire: which there are, which are wanted, and they themselves. Nothing here looks into a record.

use super::{check_size, WireError};
use crate::records::{RecordId, RECORD_ID_BYTES};
use bytes::Bytes;
use prost::Message as _;

/// Records that are told, or wanted, at once.
pub(crate) const IDS_MAX: usize = 64;

/// Largest record, in bytes; what the format of records allows is less.
pub(crate) const RECORD_BYTES_MAX: usize = 320 * 1024;

/// Bytes of the records in one answer: many small ones, or a few of the largest.
pub(crate) const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Bytes of a request: its records, each with tag and length.
pub(crate) const REQUEST_MESSAGE_MAX: usize = IDS_MAX * (RECORD_ID_BYTES + 2);

/// Bytes of an answer with tags and lengths.
pub(crate) const ANSWER_MESSAGE_MAX: usize = ANSWER_BYTES_MAX + 8 * IDS_MAX;

/// What one node tells or asks another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordsRequest {
    /// It has these.
    Have(Vec<RecordId>),
    /// It wants these.
    Want(Vec<RecordId>),
}

/// The records that are there of those that were wanted; nothing when some were told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordsAnswer(pub(crate) Vec<Bytes>);

#[derive(Clone, PartialEq, prost::Message)]
struct Request {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    have: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "2")]
    want: Vec<Bytes>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Answer {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    records: Vec<Bytes>,
}

impl RecordsRequest {
    /// `{1: [id]}` or `{2: [id]}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let copy = |ids: &Vec<RecordId>| ids.iter().map(|id| Bytes::copy_from_slice(id)).collect();
        let request = match self {
            Self::Have(ids) => Request { have: copy(ids), want: Vec::new() },
            Self::Want(ids) => Request { have: Vec::new(), want: copy(ids) },
        };
        request.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        check_size(bytes, REQUEST_MESSAGE_MAX)?;
        let request = Request::decode(bytes).map_err(|_| WireError::Malformed)?;
        if request.encode_to_vec() != bytes {
            return Err(WireError::Malformed);
        }
        let ids = |ids: Vec<Bytes>| -> Result<Vec<RecordId>, WireError> {
            ids.iter().map(|id| RecordId::try_from(&id[..]).map_err(|_| WireError::Malformed)).collect()
        };
        match (request.have.is_empty(), request.want.is_empty()) {
            (false, true) => Ok(Self::Have(ids(request.have)?)),
            (true, false) => Ok(Self::Want(ids(request.want)?)),
            (true, true) => Err(WireError::Empty),
            (false, false) => Err(WireError::Malformed),
        }
    }

    /// How many records it is about.
    pub(crate) fn count(&self) -> usize {
        match self {
            Self::Have(ids) | Self::Want(ids) => ids.len(),
        }
    }
}

impl RecordsAnswer {
    /// As many of some records as fit.
    pub(crate) fn of(records: Vec<Vec<u8>>) -> Self {
        let mut bytes = 0;
        let fits = |record: &Vec<u8>| {
            bytes += record.len();
            record.len() <= RECORD_BYTES_MAX && bytes <= ANSWER_BYTES_MAX
        };
        Self(records.into_iter().take(IDS_MAX).take_while(fits).map(Bytes::from).collect())
    }

    /// `{1: [record]}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Answer { records: self.0.clone() }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, WireError> {
        check_size(&bytes, ANSWER_MESSAGE_MAX)?;
        let answer = Answer::decode(Bytes::from(bytes)).map_err(|_| WireError::Malformed)?;
        if answer.records.len() > IDS_MAX {
            return Err(WireError::TooMany { max: IDS_MAX });
        }
        match answer.records.iter().find(|record| record.is_empty() || record.len() > RECORD_BYTES_MAX) {
            Some(record) => Err(WireError::ExtrinsicSize { bytes: record.len() }),
            None => Ok(Self(answer.records)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_fuzzing::{fuzz, Raw};

    #[test]
    fn requests_have_one_encoding() {
        let ids = vec![[1; RECORD_ID_BYTES], [2; RECORD_ID_BYTES]];
        for request in [RecordsRequest::Have(ids.clone()), RecordsRequest::Want(ids.clone())] {
            let bytes = request.to_bytes();
            assert_eq!(RecordsRequest::from_bytes(&bytes), Ok(request));
            // An unknown field, and both lists at once.
            assert_eq!(RecordsRequest::from_bytes(&[&bytes[..], &[0x18, 1]].concat()), Err(WireError::Malformed));
            let both = [RecordsRequest::Have(ids.clone()).to_bytes(), RecordsRequest::Want(ids.clone()).to_bytes()];
            assert_eq!(RecordsRequest::from_bytes(&both.concat()), Err(WireError::Malformed));
        }
        assert_eq!(RecordsRequest::from_bytes(&[]), Err(WireError::Empty));
        assert_eq!(RecordsRequest::from_bytes(&[0x0a, 1, 7]), Err(WireError::Malformed));
        let many = RecordsRequest::Want(vec![[3; RECORD_ID_BYTES]; IDS_MAX + 1]).to_bytes();
        assert!(matches!(RecordsRequest::from_bytes(&many), Err(WireError::Oversized { .. })));
    }

    #[test]
    fn answers_are_bounded() {
        let answer = RecordsAnswer::of(vec![vec![7; 100], vec![8; RECORD_BYTES_MAX]]);
        assert_eq!(answer.0.len(), 2);
        assert_eq!(RecordsAnswer::from_bytes(answer.to_bytes()), Ok(answer));
        let large = vec![vec![9; RECORD_BYTES_MAX]; 10];
        let fitting = RecordsAnswer::of(large);
        assert_eq!(fitting.0.len(), ANSWER_BYTES_MAX / RECORD_BYTES_MAX);
        assert!(fitting.to_bytes().len() <= ANSWER_MESSAGE_MAX);
        assert_eq!(RecordsAnswer::of(vec![vec![0; RECORD_BYTES_MAX + 1]]).0.len(), 0);
        let empty = Answer { records: vec![Bytes::new()] }.encode_to_vec();
        assert!(matches!(RecordsAnswer::from_bytes(empty), Err(WireError::ExtrinsicSize { bytes: 0 })));
        let many = Answer { records: vec![Bytes::from_static(&[1]); IDS_MAX + 1] }.encode_to_vec();
        assert_eq!(RecordsAnswer::from_bytes(many), Err(WireError::TooMany { max: IDS_MAX }));
    }

    #[test]
    fn fuzz_records_request() {
        let ids = vec![[1; RECORD_ID_BYTES], [2; RECORD_ID_BYTES]];
        let seeds = [RecordsRequest::Have(ids.clone()).to_bytes(), RecordsRequest::Want(ids).to_bytes()];
        fuzz("records request", &seeds, |bytes| {
            RecordsRequest::from_bytes(bytes).ok().map(|request| Raw(request.to_bytes()))
        });
    }

    #[test]
    fn fuzz_records_answer() {
        let answer = RecordsAnswer::of(vec![vec![7; 100], vec![8; 300]]);
        fuzz("records answer", &[answer.to_bytes()], |bytes| {
            let answer = RecordsAnswer::from_bytes(bytes.to_vec()).ok()?;
            assert!(answer.0.len() <= IDS_MAX);
            assert_eq!(RecordsAnswer::from_bytes(answer.to_bytes()), Ok(answer));
            Some(Raw(bytes.to_vec()))
        });
    }
}
