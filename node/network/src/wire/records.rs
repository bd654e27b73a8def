//! Signed records on the wire: which there are, which are wanted, and they themselves. Nothing here looks into a record.

use super::{check_size, WireError};
use crate::records::{FoundRecords, RecordId, RECORD_ID_BYTES};
use bytes::Bytes;
use prost::Message as _;

/// Records that are told, or wanted, at once.
pub(crate) const IDS_MAX: usize = 64;

/// Largest record, in bytes; what the format of records allows is less.
pub(crate) const RECORD_BYTES_MAX: usize = 320 * 1024;

/// Bytes of the records in one answer: many small ones, or a few of the largest.
pub(crate) const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Largest thing that is said of a record that is withheld: its id and its signed header.
pub(crate) const WITHHELD_BYTES_MAX: usize = 4096;

/// Bytes of a request: its records, each with tag and length.
pub(crate) const REQUEST_MESSAGE_MAX: usize = IDS_MAX * (RECORD_ID_BYTES + 2);

/// Bytes of an answer with tags and lengths.
pub(crate) const ANSWER_MESSAGE_MAX: usize = ANSWER_BYTES_MAX + (WITHHELD_BYTES_MAX + 8) * IDS_MAX;

/// What one node tells or asks another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RecordsRequest {
    /// It has these.
    Have(Vec<RecordId>),
    /// It wants these.
    Want(Vec<RecordId>),
}

/// The records that are there of those that were wanted, and what is said of those whose payload is not for who wants them; nothing when
/// some were told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordsAnswer {
    pub(crate) records: Vec<Bytes>,
    pub(crate) withheld: Vec<Bytes>,
}

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
    #[prost(bytes = "bytes", repeated, tag = "2")]
    withheld: Vec<Bytes>,
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
    /// As much of an answer as fits.
    pub(crate) fn of(found: FoundRecords) -> Self {
        let mut bytes = 0;
        let fits = |record: &Vec<u8>| {
            bytes += record.len();
            record.len() <= RECORD_BYTES_MAX && bytes <= ANSWER_BYTES_MAX
        };
        let short = |header: &Vec<u8>| header.len() <= WITHHELD_BYTES_MAX;
        Self {
            records: found.records.into_iter().take(IDS_MAX).take_while(fits).map(Bytes::from).collect(),
            withheld: found.withheld.into_iter().filter(short).take(IDS_MAX).map(Bytes::from).collect(),
        }
    }

    /// What was found, as the node reads it.
    pub(crate) fn found(self) -> FoundRecords {
        let vectors = |list: Vec<Bytes>| list.into_iter().map(Vec::from).collect();
        FoundRecords { records: vectors(self.records), withheld: vectors(self.withheld) }
    }

    /// `{1: [record], 2: [id ‖ signed header]}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Answer { records: self.records.clone(), withheld: self.withheld.clone() }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Result<Self, WireError> {
        check_size(&bytes, ANSWER_MESSAGE_MAX)?;
        let Answer { records, withheld } = Answer::decode(Bytes::from(bytes)).map_err(|_| WireError::Malformed)?;
        if records.len() > IDS_MAX || withheld.len() > IDS_MAX {
            return Err(WireError::TooMany { max: IDS_MAX });
        }
        let outside =
            |list: &[Bytes], max: usize| list.iter().map(Bytes::len).find(|bytes| *bytes == 0 || *bytes > max);
        match outside(&records, RECORD_BYTES_MAX).or_else(|| outside(&withheld, WITHHELD_BYTES_MAX)) {
            Some(bytes) => Err(WireError::ExtrinsicSize { bytes }),
            None => Ok(Self { records, withheld }),
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

    fn found(records: Vec<Vec<u8>>, withheld: Vec<Vec<u8>>) -> FoundRecords {
        FoundRecords { records, withheld }
    }

    #[test]
    fn answers_are_bounded() {
        let some = found(vec![vec![7; 100], vec![8; RECORD_BYTES_MAX]], vec![vec![9; WITHHELD_BYTES_MAX]]);
        let answer = RecordsAnswer::of(some.clone());
        assert_eq!((answer.records.len(), answer.withheld.len()), (2, 1));
        assert_eq!(RecordsAnswer::from_bytes(answer.to_bytes()).map(RecordsAnswer::found), Ok(some));
        let large = found(vec![vec![9; RECORD_BYTES_MAX]; 10], vec![vec![9; WITHHELD_BYTES_MAX]; IDS_MAX + 1]);
        let fitting = RecordsAnswer::of(large);
        assert_eq!(fitting.records.len(), ANSWER_BYTES_MAX / RECORD_BYTES_MAX);
        assert_eq!(fitting.withheld.len(), IDS_MAX);
        assert!(fitting.to_bytes().len() <= ANSWER_MESSAGE_MAX);
        let long = found(vec![vec![0; RECORD_BYTES_MAX + 1]], vec![vec![0; WITHHELD_BYTES_MAX + 1]]);
        assert_eq!(RecordsAnswer::of(long), RecordsAnswer::default());
        let one = |bytes: &'static [u8]| vec![Bytes::from_static(bytes)];
        for empty in [Answer { records: one(&[]), withheld: vec![] }, Answer { records: vec![], withheld: one(&[]) }] {
            let read = RecordsAnswer::from_bytes(empty.encode_to_vec());
            assert!(matches!(read, Err(WireError::ExtrinsicSize { bytes: 0 })));
        }
        let many = vec![Bytes::from_static(&[1]); IDS_MAX + 1];
        for many in
            [Answer { records: many.clone(), withheld: vec![] }, Answer { records: vec![], withheld: many.clone() }]
        {
            assert_eq!(RecordsAnswer::from_bytes(many.encode_to_vec()), Err(WireError::TooMany { max: IDS_MAX }));
        }
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
        let answer = RecordsAnswer::of(found(vec![vec![7; 100], vec![8; 300]], vec![vec![9; 50]]));
        fuzz("records answer", &[answer.to_bytes()], |bytes| {
            let answer = RecordsAnswer::from_bytes(bytes.to_vec()).ok()?;
            assert!(answer.records.len() <= IDS_MAX && answer.withheld.len() <= IDS_MAX);
            assert_eq!(RecordsAnswer::from_bytes(answer.to_bytes()), Ok(answer));
            Some(Raw(bytes.to_vec()))
        });
    }
}
